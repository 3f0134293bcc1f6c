# SPDX-License-Identifier: Apache-2.0
"""Boxes that no source tells, from a detector's own finds: a product that somebody wears has a label and no box. The best
find of an allowed group becomes its box and mask. Photos to measure on stay as they are."""
import numpy as np

from . import groups, prepare, scenes, seg
from .evaluate import Model

SURE = 0.3                  # least score of a find that is believed
EDGE = 0.01                 # of the photo's side; a box that reaches three edges is of the whole photo
FILLED = 0.35               # least share of its box that the mask covers


def draw(path, photo, source, model):
    """Gives the one doubtful thing of a label file the box and mask that the model finds; whether it found one."""
    labels = seg.read(path)
    thing, = labels.things
    boxes, scores, kinds, masks, _ = model(photo, masks=True)
    fitting = np.flatnonzero((scores >= SURE) & groups.allowed(source, thing.category)[kinds])
    if not len(fitting):
        return False
    best = fitting[0]
    left, top, right, bottom = boxes[best] / (labels.width, labels.height, labels.width, labels.height)
    reached = sum((left < EDGE, top < EDGE, right > 1 - EDGE, bottom > 1 - EDGE))
    if reached > 2 or masks[best].sum() < FILLED * (boxes[best][2:] - boxes[best][:2]).prod():
        return False
    labels.things = [seg.Thing(thing.category, prepare.box_of(masks[best]), seg.encode(masks[best]))]
    beside = path.with_suffix(".new")
    seg.write(labels, beside)
    beside.replace(path)        # a training that runs meanwhile reads the old file or the new one
    return True


def believe(model):
    """Source by source, says how many of the photos without a certain box have one now."""
    model = Model(model)
    for source in prepare.SOURCES:
        asked = found = 0
        for path in scenes.files(source, "train"):
            if "state doubtful" in path.read_text(encoding="utf-8"):
                asked += 1
                found += draw(path, scenes.read(path, source), source, model)
        print(f"{source}: {found} of {asked} photos without a certain box have one now", flush=True)
