# SPDX-License-Identifier: Apache-2.0
"""What training asks of the encoder.

- classes: the picture is one of the (form, wearer) pairs that its label allows.
- codes: the *bits*, not the floats, are scored. A bit is the sign of its value; its gradient passes as if it were tanh
  (straight-through). Bits lie near a learnt point (proxy) of their form for shape, of their colour word and pattern
  for colour.
- neighbours: a code's nearest ones among the batch's products are right ones: products of an allowed form for shape (so
  that a user's photo lands among shops' pictures, not beside them), of the same colour word for colour.
- identity: among the batch's pictures, a code is nearest to the code of another view of the same product.
- independence: no two bits say the same. (Each bit halves the data by the batch norm before it.)
"""
import torch
from torch import nn
from torch.nn import functional as F

from .encoder import BITS, TOP_CHANNELS
from .labels import PATTERNS, UNKNOWN

PROXY_SCALE = 12.0
IDENTITY_TEMPERATURE = 0.12
NEIGHBOUR_TEMPERATURE = 0.1
WEIGHTS = {"classes": 1.5, "labels": 0.6, "shape": 1.0, "colour": 1.0, "pattern": 0.4,
           "shape neighbours": 1.5, "colour neighbours": 0.5, "shape identity": 0.5,
           "colour identity": 0.5, "independence": 0.5}


def bits(values):
    soft = torch.tanh(values)
    return soft + (torch.sign(values) - soft).detach()


class Proxies(nn.Module):
    """Scores of a code against one learnt direction a class."""

    def __init__(self, classes):
        super().__init__()
        self.points = nn.Parameter(torch.randn(classes, BITS))

    def stand_in(self, codes, members):
        """Puts each class's point at the mean of its members' codes. `members`: codes x classes, 0 or 1."""
        mean = members.T @ codes
        with torch.no_grad():
            there = mean.norm(dim=1) > 0
            self.points[there] = F.normalize(mean[there], dim=1) * BITS ** 0.5

    def forward(self, code):
        return PROXY_SCALE * F.linear(code / BITS ** 0.5, F.normalize(self.points, dim=1))


def known(scores, target, smooth=0.0):
    """Cross entropy over the pictures whose target is known; 0 if none is."""
    mask = target != UNKNOWN
    if not mask.any():
        return scores.sum() * 0
    return F.cross_entropy(scores[mask], target[mask], label_smoothing=smooth)


def any_of(log_likely, allowed):
    """-log of the probability that it is one of the allowed ones."""
    return -torch.logsumexp(log_likely.masked_fill(~allowed, -1e4), 1).mean()


def independence(values):
    v = torch.tanh(values)
    v = v - v.mean(0)
    v = v / (v.square().mean(0).sqrt() + 1e-3)
    correlation = v.T @ v / len(v)
    return (correlation - torch.diag(torch.diag(correlation))).square().sum() / BITS


def same_product(code, product):
    """Supervised contrast: rows of `product` that are equal show the same thing."""
    score = code @ code.T / BITS / IDENTITY_TEMPERATURE
    itself = torch.eye(len(code), dtype=torch.bool)
    same = (product[:, None] == product[None, :]) & ~itself
    log_likely = score - torch.logsumexp(score.masked_fill(itself, -1e4), 1, keepdim=True)
    with_another = same.any(1)
    if not with_another.any():
        return score.sum() * 0
    return -((log_likely * same).sum(1)[with_another] / same.sum(1)[with_another]).mean()


def neighbours(code, right, gallery):
    """Neighbourhood components (Goldberger et al. 2004): -log of the share of right ones among all of the gallery, the
    nearest counting most; over the rows that have a right one. `right`: rows x rows."""
    candidates = gallery[None, :] & ~torch.eye(len(code), dtype=torch.bool)
    right = right & candidates
    asked = right.any(1)
    if not asked.any():
        return code.sum() * 0
    score = (code[asked] @ code.T / BITS / NEIGHBOUR_TEMPERATURE).masked_fill(~candidates[asked], -1e4)
    return (torch.logsumexp(score, 1) - torch.logsumexp(score.masked_fill(~right[asked], -1e4), 1)).mean()


class Objective(nn.Module):
    def __init__(self, heads, colours, labels):
        super().__init__()
        self.shape = Proxies(heads.form_of_pair.shape[1])
        self.colour = Proxies(colours)
        self.pattern = Proxies(len(PATTERNS))
        self.label = nn.Linear(TOP_CHANNELS, labels)

    def forward(self, heads, seen, target):
        """`target`: possible, colour, pattern, label, shop; with several views of products also product, and colour product,
        which is another one where a view was recoloured. Returns every part."""
        shape, colour = bits(seen.shape), bits(seen.colour)
        forms = (target["possible"].float() @ heads.form_of_pair) > 0
        parts = {
            "classes": any_of(heads.joint(seen), target["possible"]),
            "labels": known(self.label(seen.top), target["label"]),
            "shape": any_of(F.log_softmax(self.shape(shape), 1), forms),
            "colour": known(self.colour(colour), target["colour"], 0.1),
            "pattern": known(self.pattern(colour), target["pattern"], 0.1),
            "shape neighbours": neighbours(shape, forms.float() @ forms.float().T > 0, target["shop"]),
            "colour neighbours": neighbours(colour, target["colour"][:, None] == target["colour"][None],
                                            target["colour"] != UNKNOWN),
            "independence": independence(seen.shape) + independence(seen.colour),
        }
        if "product" in target:
            parts["shape identity"] = same_product(shape, target["product"])
            parts["colour identity"] = same_product(colour, target["colour product"])
        return parts


def total(parts):
    return sum(WEIGHTS[name] * value for name, value in parts.items())
