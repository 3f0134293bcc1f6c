# SPDX-License-Identifier: Apache-2.0
"""Reads and writes .seg label files (docs/seg.md), as far as training needs them."""
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Thing:
    category: str
    box: tuple                  # x, y, width, height
    mask: str = ""              # COCO's compressed run lengths
    doubtful: bool = False      # the category is certain, the box is not


@dataclass
class Labels:
    width: int
    height: int
    photo: str
    domain: str
    complete: list = field(default_factory=list)
    things: list = field(default_factory=list)


def encode(mask):
    from pycocotools import mask as coco
    return coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()


def decode(text, width, height):
    from pycocotools import mask as coco
    return coco.decode({"size": [height, width], "counts": text.encode()})


def write(labels, path):
    lines = ["seg 1", f"photo {labels.width} {labels.height} {labels.photo}", f"domain {labels.domain}"]
    lines += [f"complete {name}" for name in labels.complete]
    for thing in labels.things:
        lines += ["", "object", f"category {thing.category}", "box " + " ".join(f"{v:.10g}" for v in thing.box)]
        if thing.mask:
            lines.append(f"mask {thing.mask}")
        lines.append(f"state {'doubtful' if thing.doubtful else 'drawn'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(path):
    labels, thing = None, None
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, rest = line.partition(" ")
        if key == "photo":
            width, height, name = rest.split(" ", 2)
            labels = Labels(int(width), int(height), name, "unknown")
        elif key == "domain":
            labels.domain = rest
        elif key == "complete":
            labels.complete.append(rest)
        elif key == "object":
            thing = Thing("", ())
            labels.things.append(thing)
        elif key == "category":
            thing.category = rest
        elif key == "box":
            thing.box = tuple(map(float, rest.split()))
        elif key == "mask":
            thing.mask = rest
        elif key == "state":
            thing.doubtful = rest == "doubtful"
    return labels
