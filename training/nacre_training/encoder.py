# SPDX-License-Identifier: Apache-2.0
"""The encoder: one picture in; what it is, a shape code and a colour code out.

    picture ─► lower blocks ─► middle map (1/8 of the side, 48 channels) ─► upper blocks ─► deep map (1/32, 352)
                                    │                                                          │
                                    └──────► local colour and texture, weighed by   ◄── where ─┤
                                             where the item is ─► colour code                  ├─► forms, wearers
                                                                                               └─► shape code

Form is read from the deep map alone. Colour is read where it still is exact: from the picture itself (averaged over
8x8 pixels) and the middle map, summed up over the cells in which the deep map sees the item.
"""
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from .backbone import TOP_CHANNELS, Backbone

SIZE = (256, 192)   # height, width: nearly all shops' and users' pictures are 3:4
BITS = 128
MIDDLE = 7          # blocks up to the middle map
MIDDLE_CHANNELS, DEEP_CHANNELS, LOCAL = 48, 352, 96


class Seen(NamedTuple):
    """What the encoder makes of a batch of pictures."""
    top: torch.Tensor       # 1280 features, averaged over places
    forms: torch.Tensor     # logits, one a form
    pairs: torch.Tensor     # logits, one a (form, wearer) pair: meaningful within a form
    shape: torch.Tensor     # values; a bit is 1 where its value is above 0
    colour: torch.Tensor


class Code(nn.Module):
    """A linear layer whose outputs are centred and scaled over the data, so that each bit halves the pictures."""

    def __init__(self, before):
        super().__init__()
        self.linear = nn.Linear(before, BITS, bias=False)
        self.norm = nn.BatchNorm1d(BITS, affine=False, momentum=0.02)

    def forward(self, x):
        return self.norm(self.linear(x))


class Heads(nn.Module):
    def __init__(self, pairs):
        """`pairs`: for each (form, wearer) pair, the number of its form."""
        super().__init__()
        pairs = torch.as_tensor(pairs)
        self.register_buffer("form_of_pair", F.one_hot(pairs).float())      # pairs x forms
        self.forms = nn.Linear(TOP_CHANNELS, self.form_of_pair.shape[1])
        self.pairs = nn.Linear(TOP_CHANNELS, len(pairs))
        self.where = nn.Conv2d(DEEP_CHANNELS, 1, 1)
        self.local = nn.Sequential(nn.Conv2d(3 + MIDDLE_CHANNELS, LOCAL, 1), nn.ReLU6(),
                                   nn.Conv2d(LOCAL, LOCAL, 1), nn.ReLU6())
        self.drop = nn.Dropout(0.3)
        self.shape = Code(TOP_CHANNELS)
        self.colour = Code(TOP_CHANNELS + 2 * LOCAL)

    def where_in(self, deep):
        """0..1 for each cell of the middle map: whether it shows the item."""
        return torch.sigmoid(F.interpolate(self.where(deep), scale_factor=4.0))

    def forward(self, thumbnail, middle, deep, top):
        """`top`: the deep map widened, averaged over places."""
        top = self.drop(top)
        where = self.where_in(deep)
        where = where / (where.sum((2, 3), keepdim=True) + 1e-3)
        local = self.local(torch.cat([thumbnail, middle], 1))
        mean = (local * where).sum((2, 3))
        spread = ((local - mean[:, :, None, None]).square() * where).sum((2, 3))
        colour = self.colour(torch.cat([top, mean, (spread + 1e-4).sqrt()], 1))
        return Seen(top, self.forms(top), self.pairs(top), self.shape(top), colour)

    def joint(self, seen):
        """log P(form, wearer) = log P(form) + log P(wearer | form), pair by pair."""
        likely = torch.exp((seen.pairs - seen.pairs.amax(1, keepdim=True)).clamp(min=-60))
        within = torch.log(likely) - torch.log((likely @ self.form_of_pair) @ self.form_of_pair.T)
        return F.log_softmax(seen.forms, 1) @ self.form_of_pair.T + within


class Encoder(nn.Module):
    def __init__(self, pairs):
        super().__init__()
        self.backbone = Backbone()
        self.heads = Heads(pairs)

    def forward(self, pictures):
        return self.from_maps(*self.maps(pictures))

    def maps(self, pictures):
        middle = self.backbone.lower(pictures, MIDDLE)
        return F.avg_pool2d(pictures, 8), middle, self.backbone.between(middle, MIDDLE)

    def from_maps(self, thumbnail, middle, deep):
        top = self.backbone.top(deep).mean((2, 3))
        return self.heads(thumbnail, middle, deep, top)
