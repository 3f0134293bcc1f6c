# SPDX-License-Identifier: Apache-2.0
"""Training for so many minutes of work. A checkpoint every few minutes; the same command goes on from it."""
import copy
import math
import time
from functools import partial

import numpy as np
import torch

from .. import backbone, features, shipped, sources
from ..train import DROP, ahead, report, save
from . import network, scenes
from .network import Detector
from .objective import objective

RUNS = sources.WORK / "runs"
WARM = 150                          # steps until the full rate
KEEP = 0.998                        # of the weights' running mean
FROZEN = 2                          # blocks that stay as they came: to 1/4 of the side
MEASURED = 20                       # batches whose statistics a network that was exported gets again


def pictures(samples):
    return features.normalise([sample.pixels for sample in samples])


def follow(mean, net, step):
    """The running mean of the weights, which is what is exported; short memory at the beginning."""
    keep = min(KEEP, (1 + step) / (10 + step))
    with torch.no_grad():
        for a, b in zip(mean.state_dict().values(), net.state_dict().values()):
            if a.is_floating_point():
                a.lerp_(b, 1 - keep)
            else:
                a.copy_(b)


def load(run):
    """The running mean of a run's weights."""
    net = Detector(pretrained=False)
    net.load_state_dict(torch.load(RUNS / run / "detector.pt", map_location="cpu", weights_only=True)["mean"])
    return net.eval()


def train(run, minutes, begin=None, trunk=None, batch=16, rate=1e-3, every=100, small=(480, 320), small_part=0.3):
    """First on small pictures, then at full size; the rate follows the share of the minutes that is spent. `begin`: an
    exported detector to begin with; without one it begins with the `trunk` of an exported encoder, or ImageNet's."""
    path = RUNS / run / "detector.pt"
    torch.manual_seed(1)
    mixture = scenes.Mixture()
    state = torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None
    net = Detector(pretrained=not (state or begin or trunk)).to(memory_format=torch.channels_last)
    if state:
        net.load_state_dict(state["net"])
    elif begin:
        random = np.random.default_rng(1)
        shipped.load(net, begin, "net.")
        shipped.measure(net, (torch.from_numpy(pictures(mixture.batch(random, batch, scenes.SIZE))) for _ in range(MEASURED)))
    elif trunk:
        shipped.trunk(net.backbone, trunk)
    mean = copy.deepcopy(net)
    blocks = net.backbone.blocks
    for layer in (net.backbone.stem, *blocks[:FROZEN]):
        layer.requires_grad_(False)
    net.backbone.drop(DROP)
    early, late = (list(part.parameters()) for part in (blocks[FROZEN:network.TAPS[0]], blocks[network.TAPS[0]:]))
    outside = [p for name, p in net.named_parameters() if not name.startswith("backbone.")]
    optimizer = torch.optim.AdamW([{"params": params, "peak": rate * part}
                                   for params, part in ((early, 0.1), (late, 0.25), (outside, 1.0))], lr=rate, weight_decay=0.03)
    done, step = 0.0, 0
    if state:
        mean.load_state_dict(state["mean"])
        optimizer.load_state_dict(state["optimizer"])
        done, step = state["minutes"], state["step"]

    path.parent.mkdir(parents=True, exist_ok=True)
    narrow = backbone.narrow()

    def prepared(random, size):
        samples = mixture.batch(random, batch, size)
        return samples, torch.from_numpy(pictures(samples)).contiguous(memory_format=torch.channels_last)

    size, kept, start, first = None, {}, time.time(), step
    net.train()
    while done < minutes:
        now, part = time.time(), done / minutes
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / WARM) * (0.02 + 0.98 * math.cos(math.pi / 2 * part) ** 2)
        if size != (small if part < small_part else scenes.SIZE):
            size = small if part < small_part else scenes.SIZE
            points, strides = network.places(size)
            batches = ahead(partial(prepared, size=size))
        samples, x = next(batches)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=narrow):
            outputs = net(x)
        parts = objective(outputs, samples, points, strides)
        optimizer.zero_grad()
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimizer.step()
        step += 1
        follow(mean, net, step)
        report(f"{done:.1f} of {minutes} minutes, step {step}", (step - first) * batch / (time.time() - start), parts, kept,
               step % 20 == 0)
        done += (time.time() - now) / 60
        if step % every == 0 or done >= minutes:
            save({"net": net.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(),
                  "minutes": done, "step": step}, path)
    return path
