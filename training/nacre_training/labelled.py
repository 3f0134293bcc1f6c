# SPDX-License-Identifier: Apache-2.0
"""What the label files of `detector prepare` teach the encoder: the items on street photos, as pictures of their own, and
where on a shop's or a user's picture its thing is. Without them it is trained on these pictures as they are."""
from functools import cache

import numpy as np

from .detector import groups, prepare, seg
from .sources import Picture

STREETS = ("street-boxes", "street-masks")
MARGIN = 0.05                       # of the box's side, around it: as the product has it
LEAST_SIDE = 40                     # pixels; a smaller item says nothing


def streets():
    """Every large enough item of the street photos that are trained on. Its label often allows several groups."""
    found = []
    for source in STREETS:
        for path in sorted((prepare.LABELS / source / "train").glob("*.seg")):
            labels = seg.read(path)
            for number, thing in enumerate(labels.things):
                nodes = tuple(node for group in np.flatnonzero(groups.allowed(source, thing.category))
                              for node in groups.NODES[group])
                if nodes and min(thing.box[2:]) >= LEAST_SIDE:
                    box = _with_margin(thing, labels)
                    name = f"{source} {path.stem} {number}"
                    found.append(Picture("street", name, name, str((path.parent / labels.photo).resolve()), "train",
                                         nodes=nodes, box=box))
    return found


def _with_margin(thing, labels):
    """Left, top, right, bottom in whole pixels, on the photo."""
    x, y, width, height = thing.box
    return (max(0, round(x - MARGIN * width)), max(0, round(y - MARGIN * height)),
            min(labels.width, round(x + (1 + MARGIN) * width)), min(labels.height, round(y + (1 + MARGIN) * height)))


@cache
def _certain(source):
    """The label files whose one thing has a mask, by the picture's name."""
    return {path.stem: path for path in (prepare.LABELS / source / "train").glob("*.seg")
            if "\nmask " in path.read_text(encoding="utf-8")}


def _labels(picture):
    source = {"user": "user-photos", "studio": "products"}.get(picture.domain)
    path = _certain(source).get(picture.name) if source else None
    return path and seg.read(path)


def item(picture):
    """Where a user's photo shows its thing, height x width x 1, 0..1; None where that is not known."""
    labels = _labels(picture) if picture.domain == "user" else None
    return labels and seg.decode(labels.things[0].mask, labels.width, labels.height).astype(np.float32)[:, :, None]


def frame(picture):
    """The part of a shop's or a user's picture that the product would look at, as shares of its sides: left, top, right,
    bottom. The whole where that is not known."""
    labels = _labels(picture)
    if not labels:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = _with_margin(labels.things[0], labels)
    return left / labels.width, top / labels.height, right / labels.width, bottom / labels.height
