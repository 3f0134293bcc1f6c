# SPDX-License-Identifier: Apache-2.0
"""One stage, no anchors: EfficientNet-lite2, a feature pyramid to 1/8 of the side, heads shared by its three levels.

Every place of a level tells how far the object's four sides are (as a distribution over 16 distances: Li et al. 2020,
arXiv:2006.04388), one score a group, and 32 coefficients of the prototype maps that make its mask (YOLACT: Bolya et al.
2019, arXiv:1904.02689).
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from .. import backbone
from ..encoder import DEEP_CHANNELS, MIDDLE, MIDDLE_CHANNELS
from . import groups

STRIDES = (8, 16, 32)
TAPS = (MIDDLE, 15, backbone.BLOCKS)        # the pyramid takes what these blocks have made
CHANNELS = (MIDDLE_CHANNELS, 120, DEEP_CHANNELS)
WIDTH, PROTOTYPES, DISTANCES = 96, 32, 16
PRIOR = 0.01                        # what every score starts at


class Norm(nn.Sequential):
    """3x3 convolution, batch norm, ReLU."""

    def __init__(self, before, after, kernel=3):
        super().__init__(nn.Conv2d(before, after, kernel, 1, kernel // 2, bias=False), nn.BatchNorm2d(after, momentum=0.03),
                         nn.ReLU(inplace=True))


class Tower(nn.Module):
    """Convolutions that the levels share, with a batch norm for each level."""

    def __init__(self, depth=2):
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, 1, 1, bias=False) for _ in range(depth))
        self.norms = nn.ModuleList(nn.ModuleList(nn.BatchNorm2d(WIDTH, momentum=0.03) for _ in STRIDES) for _ in range(depth))

    def forward(self, x, level):
        for convolution, norms in zip(self.convolutions, self.norms):
            x = F.relu(norms[level](convolution(x)))
        return x


class Detector(nn.Module):
    def __init__(self, pretrained=True):
        super().__init__()
        self.backbone = backbone.pretrained() if pretrained else backbone.Backbone()
        del self.backbone.top
        self.lateral = nn.ModuleList(Norm(channels, WIDTH, 1) for channels in CHANNELS)
        self.smooth = nn.ModuleList(Norm(WIDTH, WIDTH) for _ in STRIDES)
        self.about = nn.Conv2d(CHANNELS[-1], WIDTH, 1)     # the whole photo, added to its smallest map
        self.classes, self.sides = Tower(), Tower()
        self.score = nn.Conv2d(WIDTH, len(groups.GROUPS), 3, 1, 1)
        self.distance = nn.Conv2d(WIDTH, 4 * DISTANCES, 1)
        self.coefficient = nn.Conv2d(WIDTH, PROTOTYPES, 1)
        self.maps = nn.ModuleList([Norm(WIDTH, WIDTH), Norm(WIDTH, 64), nn.Conv2d(64, PROTOTYPES, 1)])
        nn.init.constant_(self.score.bias, math.log(PRIOR / (1 - PRIOR)))
        nn.init.normal_(self.score.weight, std=0.01)

    def pyramid(self, x):
        x = self.backbone.lower(x, TAPS[0])
        seen = [x, *(x := self.backbone.between(x, first, last) for first, last in zip(TAPS, TAPS[1:]))]
        maps = [lateral(x) for lateral, x in zip(self.lateral, seen)]
        maps[2] = maps[2] + self.about(seen[2].mean((2, 3), keepdim=True))
        for level in (1, 0):
            maps[level] = maps[level] + F.interpolate(maps[level + 1], scale_factor=2.0, mode="nearest")
        return [smooth(x) for smooth, x in zip(self.smooth, maps)]

    def forward(self, x):
        """Logits of the groups [N,A,C] and distances [N,A,4*16], coefficients [N,A,P], prototypes [N,P,H/4,W/4]."""
        maps = self.pyramid(x)
        scores, distances, coefficients = [], [], []
        for level, x in enumerate(maps):
            classes, sides = self.classes(x, level), self.sides(x, level)
            for values, made in ((self.score(classes), scores), (self.distance(sides), distances),
                                 (self.coefficient(sides), coefficients)):
                made.append(values.flatten(2).transpose(1, 2))
        x = self.maps[1](F.interpolate(self.maps[0](maps[0]), scale_factor=2.0, mode="nearest"))
        return torch.cat(scores, 1), torch.cat(distances, 1), torch.cat(coefficients, 1), self.maps[2](x)


def places(size):
    """The middles of all places in pixels [A,2], and their level's stride [A,1]."""
    points, strides = [], []
    for stride in STRIDES:
        h, w = math.ceil(size[0] / stride), math.ceil(size[1] / stride)
        y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
        points.append(torch.stack([x, y], -1).reshape(-1, 2) * stride)
        strides.append(torch.full((h * w, 1), float(stride)))
    return torch.cat(points), torch.cat(strides)


def boxes(distances, points, strides):
    """The distributions' means as left, top, right, bottom [N,A,4]."""
    shares = distances.unflatten(-1, (4, DISTANCES)).softmax(-1)
    mean = (shares * torch.arange(DISTANCES, dtype=shares.dtype)).sum(-1) * strides
    return torch.cat([points - mean[..., :2], points + mean[..., 2:]], -1)
