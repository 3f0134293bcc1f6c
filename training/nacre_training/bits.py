# SPDX-License-Identifier: Apache-2.0
"""What 128 bits cost: the mean average precision of an encoder's codes at other lengths, and of its values as floats.

Codes of other lengths are made of the same 128 values, without training: their first principal components, turned at random
so that each bit tells as much, cut to signs; more bits than values are the signs of several such turns. Gallery and queries are the
products that training has not seen; right for shape is the same article type, for colour the same colour word.
"""
import numpy as np

from . import evaluate, measure

LENGTHS = (32, 64, 128, 256, 1024)


def turned(values, length, seed=1):
    """Values whose signs are a code of `length` bits."""
    random, width = np.random.default_rng(seed), values.shape[1]
    centred = values - values.mean(0)
    kept = min(length, width)
    components = np.linalg.svd(centred, full_matrices=False)[2][:kept].T
    turns = [np.linalg.qr(random.standard_normal((kept, kept)))[0] for _ in range(-(-length // width))]
    return centred @ components @ np.concatenate(turns, 1)[:, :length]


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
    outputs, valid = evaluate.encode(path, table.pictures), table.rows("studio", "valid")
    found = {}
    for view, what in (("shape", "type"), ("colour", "colour")):
        values, names = getattr(outputs, view)[valid], table.of(valid, what)
        found[view, "the file's bits", values.shape[1]] = precision(values, names, True)
        for length in LENGTHS:
            found[view, "bits", length] = precision(turned(values, length), names, True)
        found[view, "floats", values.shape[1]] = precision(values, names, False)
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
        points = {what: sorted((length, value) for (v, w, length), value in found.items() if (v, w) == (view, what))
                  for what in ("bits", "floats", "the file's bits")}
        axes.plot(*zip(*points["bits"]), "o-", color=colour, label=f"{view}, turned")
        axes.axhline(points["floats"][0][1], color=colour, linestyle=":", label=f"{view}, {points['floats'][0][0]} floats")
        axes.plot(*points["the file's bits"][0], "*", markersize=11, color=colour, label=f"{view}, the file's own")
    axes.set_xscale("log", base=2)
    axes.set_xticks(LENGTHS, [str(n) for n in LENGTHS])
    axes.set_xlabel("bits a picture")
    axes.set_ylabel("mean average precision")
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(file, dpi=100)
