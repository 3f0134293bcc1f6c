# SPDX-License-Identifier: Apache-2.0
"""Exact colour: a histogram of the item's pixels, computed inside the exported network.

The learnt colour code is made to forget what a photo's light does, and so forgets which of a style's colours it was: two
products of one word get one code. The histogram keeps it. Pixels are weighed by where the network sees the item.
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import backbone, features
from .encoder import BITS, SIZE
from .pictures import fit

KEPT = BITS // 2        # of the colour code's bits, so many stay the learnt ones; the others tell the histogram
FITTED_ON = 800        # training pictures
BINS = (8, 16, 16)                                          # of L, a, b
LOWEST, WIDTH = (0.0, -96.0, -96.0), (100 / 7, 12.0, 12.0)  # the middle of the first bin, and from bin to bin
WHITE = 0.96                                                # a pixel whose least channel is above is background
# sRGB's primaries over the white point D65
XYZ = ((0.4124564 / 0.950456, 0.3575761 / 0.950456, 0.1804375 / 0.950456), (0.2126729, 0.7151522, 0.0721750),
       (0.0193339 / 1.088754, 0.1191920 / 1.088754, 0.9503041 / 1.088754))


def lab(rgb):
    """n x 3 x height x width, 0..1 -> CIELAB."""
    linear = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055).clamp(min=1e-4) ** 2.4, rgb / 12.92)
    x, y, z = F.conv2d(linear, torch.tensor(XYZ)[:, :, None, None]).clamp(min=1e-6).split(1, 1)
    x, y, z = (torch.where(v > 0.008856, v ** (1 / 3), 7.787 * v + 16 / 116) for v in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


class Histogram(nn.Module):
    """Roots of the shares of 8 x 16 x 16 colours; a pixel falls on the bins next to it."""

    def forward(self, pictures, where):
        """`pictures` as the network takes them; `where`: n x 1 x height / 8 x width / 8, how far a cell is of the item."""
        rgb = F.avg_pool2d(pictures * backbone.STD + backbone.MEAN, 4).clamp(0, 1)
        weight = F.interpolate(where, scale_factor=2.0) * (rgb.amin(1, keepdim=True) < WHITE).float() + 1e-6
        parts = []
        for values, bins, lowest, width in zip(lab(rgb), BINS, LOWEST, WIDTH):
            place = ((values - lowest) / width).clamp(0, bins - 1).flatten(1)
            parts.append((1 - (place[:, :, None] - torch.arange(bins)).abs()).clamp(min=0))     # n x pixels x bins
        light, a, b = parts
        light = light * (weight / weight.sum((2, 3), keepdim=True)).flatten(1)[:, :, None]
        joint = (light[:, :, :, None] * a[:, :, None, :]).flatten(2)
        return (joint.transpose(1, 2) @ b).flatten(1).clamp(min=1e-9).sqrt()


class Exact(nn.Module):
    """The histogram's principal components after a random rotation, which evens out what each bit tells."""

    def __init__(self, histograms, seed=3):
        super().__init__()
        self.histogram, n = Histogram(), BITS - KEPT
        mean = histograms.mean(0)
        components = np.linalg.svd(histograms - mean, full_matrices=False)[2][:n].T
        rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
        basis = components @ rotation
        basis = basis / ((histograms - mean) @ basis).std(0)
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("basis", torch.tensor(basis, dtype=torch.float32))

    def forward(self, pictures, where):
        return (self.histogram(pictures, where) - self.mean) @ self.basis


def seen(encoder, pictures):
    """The histograms of some pictures, as the encoder sees where the items are."""
    found, histogram = [], Histogram()
    with torch.no_grad():
        for first in range(0, len(pictures), features.BATCH):
            x = torch.from_numpy(features.normalise([fit(p.pixels(), SIZE)
                                                     for p in pictures[first:first + features.BATCH]]))
            found.append(histogram(x, encoder.heads.where_in(encoder.backbone(x))).numpy())
    return np.concatenate(found)


def exact(encoder, pictures, seed=5):
    """An `Exact` for this encoder, fitted on shops' training pictures."""
    some = [p for p in pictures if p.domain == "studio" and p.split == "train" and p.size != "small"]
    some = [some[n] for n in np.random.default_rng(seed).permutation(len(some))[:FITTED_ON]]
    return Exact(seen(encoder.eval(), some))
