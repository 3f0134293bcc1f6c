# SPDX-License-Identifier: Apache-2.0
"""What 128 bits cost: the mean average precision of codes of 32 … 256 bits, and of 1024 floats, on one network.

A file's own codes have one length. For the others, linear heads are trained here, all alike and for the same steps, on what
its heads read: for shape the 1280 pooled features, for colour those and the local means and spreads. Gallery and queries are
the products that training has not seen; right for shape is the same article type, for colour the same colour word.
"""
import numpy as np
import torch
from torch.nn import functional as F

from . import evaluate, features, measure
from .objective import PROXY_SCALE, bits, independence

LENGTHS, FLOATS = (32, 64, 128, 256), 1024
LEARNT_FROM, STEPS, BATCH, RATE = 5000, 500, 512, 2e-3


def inner(path):
    """A session of the encoder that also gives what its heads read: names of pooled and of pooled with local features."""
    import onnx
    import onnxruntime
    model = onnx.load(path)
    pooled = next(node.output[0] for node in model.graph.node if node.op_type == "ReduceMean")
    both = next(node.output[0] for node in model.graph.node if node.op_type == "Concat" and node.input[0] == pooled)
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in (pooled, both))
    return onnxruntime.InferenceSession(model.SerializeToString()), pooled, both


def read(path, pictures):
    """The features of pictures, and the file's own codes; kept on disk."""
    def make():
        run, pooled, both = inner(path)
        height, width = run.get_inputs()[0].shape[2:]
        parts = [run.run([pooled, both, "shape", "colour"], {"pictures": features.normalise(
            [features.fit(features.decode(p.read(), p.file), (height, width)) for p in pictures[first:first + features.BATCH]])})
            for first in range(0, len(pictures), features.BATCH)]
        return {name: np.concatenate(part) for name, part in zip(("pooled", "both", "shape", "colour"), zip(*parts))}

    return evaluate.kept(b"features " + open(path, "rb").read(), pictures, make)


def head(train, target, test, length, exact):
    """Values of `test` from a linear head that was trained to tell `target` apart by its bits, or by its floats."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    centre, scale = train.mean(0), train.std(0) + 1e-3
    x, y = (torch.from_numpy(((a - centre) / scale).astype(np.float32)) for a in (train, test))
    target = torch.as_tensor(target)
    layer = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(x.shape[1], length, bias=False),
                                torch.nn.BatchNorm1d(length, affine=False))
    points = torch.nn.Parameter(torch.randn(int(target.max()) + 1, length))
    optimizer = torch.optim.AdamW([*layer.parameters(), points], lr=RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.1)
    for _ in range(STEPS):
        rows = random.choice(len(x), min(BATCH, len(x)), replace=False)
        values = layer(x[rows])
        code = bits(values) / length ** 0.5 if exact else F.normalize(values, dim=1)
        loss = F.cross_entropy(PROXY_SCALE * F.linear(code, F.normalize(points, dim=1)), target[rows])
        optimizer.zero_grad()
        (loss + 0.5 * independence(values)).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return layer.eval()(y).numpy()


def precision(values, names, exact):
    """Mean average precision of each among all others that have its name."""
    vectors = np.where(values > 0, 1.0, -1.0) if exact else values
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similar, right = vectors @ vectors.T, names[:, None] == names[None]
    np.fill_diagonal(similar, -9)
    np.fill_diagonal(right, False)
    asked = right.any(1)
    return float(measure.average_precision(similar[asked], right[asked]).mean())


def measured(path):
    """(view, what, values a picture) -> mean average precision."""
    table = evaluate.Table()
    train, valid = table.rows("studio", "train"), table.rows("studio", "valid")
    train = np.random.default_rng(1).permutation(train)[:LEARNT_FROM]
    seen = read(path, [table.pictures[n] for n in (*train, *valid)])
    found = {}
    for view, what, read_by in (("shape", "type", "pooled"), ("colour", "colour", "both")):
        names = table.of(valid, what)
        target = np.unique(table.of(train, what), return_inverse=True)[1]
        own = seen[view][len(train):]
        found[view, "the file's bits", own.shape[1]] = precision(own, names, True)
        for length, exact in (*((n, True) for n in LENGTHS), (FLOATS, False)):
            values = head(seen[read_by][:len(train)], target, seen[read_by][len(train):], length, exact)
            found[view, "bits" if exact else "floats", length] = precision(values, names, exact)
            print(view, length, "bits" if exact else "floats", round(found[view, "bits" if exact else "floats", length], 3), flush=True)
    return found


def text(found):
    columns = list(dict.fromkeys((what, length) for _, what, length in found))
    lines = ["| mAP | " + " | ".join(f"{length} {what}" for what, length in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {view} | " + " | ".join(f"{found[(view, *column)]:.3f}" for column in columns) + " |"
              for view in dict.fromkeys(view for view, _, _ in found)]
    return "\n".join(lines)


def plot(found, file):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(5, 3.2))
    for view, colour in (("shape", "tab:blue"), ("colour", "tab:orange")):
        points = sorted((length, value) for (v, what, length), value in found.items() if v == view and what == "bits")
        axes.plot(*zip(*points), "o-", color=colour, label=f"{view}, linear heads")
        axes.axhline(found[view, "floats", FLOATS], color=colour, linestyle=":", label=f"{view}, {FLOATS} floats")
        own = next((length, value) for (v, what, length), value in found.items() if v == view and what == "the file's bits")
        axes.plot(*own, "*", markersize=11, color=colour, label=f"{view}, the file's own")
    axes.set_xscale("log", base=2)
    axes.set_xticks(LENGTHS, [str(n) for n in LENGTHS])
    axes.set_xlabel("bits a picture")
    axes.set_ylabel("mean average precision")
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(file, dpi=100)
