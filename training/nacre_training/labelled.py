# SPDX-License-Identifier: Apache-2.0
"""What the label files of `detector prepare` teach the encoder: the items on street photos, as pictures of their own, and
where on a user's photo its thing is. Without them it is trained on shops' and users' pictures as they are."""
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
                x, y, width, height = thing.box
                if nodes and min(width, height) >= LEAST_SIDE:
                    box = (max(0, round(x - MARGIN * width)), max(0, round(y - MARGIN * height)),
                           min(labels.width, round(x + (1 + MARGIN) * width)),
                           min(labels.height, round(y + (1 + MARGIN) * height)))
                    name = f"{source} {path.stem} {number}"
                    found.append(Picture("street", name, name, str((path.parent / labels.photo).resolve()), "train",
                                         nodes=nodes, box=box))
    return found


@cache
def _certain():
    return {path.stem for path in (prepare.LABELS / "user-photos" / "train").glob("*.seg")
            if "\nmask " in path.read_text(encoding="utf-8")}


def item(picture):
    """Where a user's photo shows its thing, height x width x 1, 0..1; None where that is not known."""
    if picture.domain != "user" or picture.name not in _certain():
        return None
    labels = seg.read(prepare.LABELS / "user-photos" / "train" / f"{picture.name}.seg")
    return seg.decode(labels.things[0].mask, labels.width, labels.height).astype(np.float32)[:, :, None]
