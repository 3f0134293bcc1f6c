# SPDX-License-Identifier: Apache-2.0
"""Samples: a photo or a composed picture at the network's input size, and what is known about it."""
from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np

from .. import augment
from ..pictures import WHITE, decode
from . import groups, prepare, seg

SIZE = (576, 384)                   # most photos stand upright, 3:4 or 2:3
# How much of every batch a kind of picture makes up.
SHARE = {"street-boxes": 0.30, "street-masks": 0.20, "user-photos": 0.30, "composed": 0.09, "products": 0.07, "rooms": 0.04}
LEAST_VISIBLE = 0.3                 # of an object's box: below it what is left is neither an object nor background
PASTED, PASTE = ("street-boxes", "street-masks"), 0.25      # photos that cut-outs are put on, and how often
TINT = 0.3                          # how often the colours of a photo are other ones
LEAST_SIDE, LEAST_PIXELS = 3, 30    # of an object; of a cut-out


@dataclass
class Sample:
    pixels: np.ndarray              # uint8 [H, W, 3]
    known: np.ndarray               # bool [groups]: every object of the group is marked
    allowed: np.ndarray             # bool [objects, groups]
    boxes: np.ndarray               # float32 [objects, 4]: left, top, right, bottom
    masks: list                     # uint8 [H, W] of each object, or None
    certain: np.ndarray             # bool [objects]: the box is


def read(path, source):
    """A label file and its photo."""
    labels = seg.read(path)
    pixels = decode((path.parent / labels.photo).read_bytes(), labels.photo)
    things = [t for t in labels.things if groups.allowed(source, t.category).any()]
    boxes = np.array([t.box for t in things], np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    allowed = np.array([groups.allowed(source, t.category) for t in things]).reshape(-1, len(groups.GROUPS))
    masks = [seg.decode(t.mask, labels.width, labels.height) if t.mask else None for t in things]
    return Sample(pixels, groups.complete(source, labels.complete), allowed, boxes, masks,
                  np.array([not t.doubtful for t in things], bool))


def placed(sample, size, factor, left, top, mirrored=False, ground=WHITE):
    """The photo scaled by a factor with its corner at (left, top) of the canvas, and all that is marked on it."""
    height, width = size
    h, w = sample.pixels.shape[:2]
    matrix = np.float32([[factor, 0, left + factor / 2 - 0.5], [0, factor, top + factor / 2 - 0.5]])
    pixels = np.ascontiguousarray(sample.pixels)
    if factor < 0.6:                # a warp alone would take one pixel of four
        pixels = cv2.resize(pixels, (round(w * factor), round(h * factor)), interpolation=cv2.INTER_AREA)
        x, y = pixels.shape[1] / w, pixels.shape[0] / h
        warp = np.float32([[factor / x, 0, left], [0, factor / y, top]])
    else:
        warp = matrix
    pixels = cv2.warpAffine(pixels, warp, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
                            borderValue=ground)
    boxes = sample.boxes * factor + np.float32([left, top, left, top])
    masks = [m if m is None else cv2.warpAffine(m, matrix, (width, height), flags=cv2.INTER_LINEAR) for m in sample.masks]
    if mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        boxes = np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)
        masks = [m if m is None else np.ascontiguousarray(m[:, ::-1]) for m in masks]
    return clipped(Sample(pixels, sample.known, sample.allowed, boxes, masks, sample.certain))


def clipped(sample):
    """Boxes cut at the frame; a group of which too little of an object is left becomes unknown."""
    height, width = sample.pixels.shape[:2]
    boxes = sample.boxes
    whole = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    cut = boxes.clip(0, [width, height, width, height])
    sides = cut[:, 2:] - cut[:, :2]
    kept = (sides.min(1, initial=np.inf) >= LEAST_SIDE) & (sides.prod(1) >= LEAST_VISIBLE * whole)
    kept |= ~sample.certain
    lost = sample.allowed[~kept & (sides.prod(1) > 0)].any(0)
    known = sample.known & ~lost
    return Sample(sample.pixels, known, sample.allowed[kept], cut[kept],
                  [m for m, keep in zip(sample.masks, kept) if keep], sample.certain[kept])


def fitted(sample, size=SIZE, margin=1.0):
    """As the product shows it to the network: the whole photo, centred on white."""
    h, w = sample.pixels.shape[:2]
    factor = min(size[0] / h, size[1] / w) * margin
    return placed(sample, size, factor, (size[1] - w * factor) / 2, (size[0] - h * factor) / 2)


def varied(sample, random, size=SIZE):
    """Another frame and another light; half of them mirrored."""
    h, w = sample.pixels.shape[:2]
    factor = min(size[0] / h, size[1] / w) * np.exp(random.uniform(-0.5, 0.45) if random.random() < 0.8 else 0)
    stretch_left, stretch_top = size[1] - w * factor, size[0] - h * factor
    left, top = (v * (random.uniform(0, 1) if abs(v) > 1 else 0.5) for v in (stretch_left, stretch_top))
    ground = WHITE if random.random() < 0.5 else tuple(int(v) for v in random.integers(0, 256, 3))
    made = placed(sample, size, factor, left, top, random.random() < 0.5, ground)
    made.pixels = augment.light(made.pixels, random)
    if random.random() < TINT:
        made.pixels = augment.tint(made.pixels, random)
    if random.random() < augment.ERASE:
        made.pixels = augment.erase(made.pixels, random, (0.05, 0.2))
    if random.random() < 0.1:
        made.pixels = cv2.GaussianBlur(made.pixels, (0, 0), random.uniform(0.5, 1.2))
    return made


class Composer:
    """Cut-outs of products and of users' things, scaled, turned, lit and overlapping, before rooms, floors and plain
    grounds."""

    def __init__(self, files, rooms):
        self.files, self.rooms = files, rooms
        kinds = {}
        for source, path, kind in files:
            kinds.setdefault((source, kind), []).append(path)
        self.kinds = kinds
        self.names = sorted(kinds)
        share = np.array([len(kinds[k]) for k in self.names]) ** 0.5
        self.share = share / share.sum()
        # One shoe alone is no item of a street photo, where two are one.
        alone = share * [not groups.allowed(*k)[groups.PAIRS].any() for k in self.names]
        self.alone = alone / alone.sum()

    def ground(self, random, size):
        height, width = size
        if len(self.rooms) and random.random() < 0.6:
            path = self.rooms[random.integers(len(self.rooms))]
            labels = seg.read(path)
            part = augment.crop(decode((path.parent / labels.photo).read_bytes(), labels.photo), random, 0.3)
            return augment.light(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR), random)
        tone = random.integers(60, 256, 3) if random.random() < 0.7 else np.array([255, 255, 255])
        coarse = random.normal(0, random.uniform(0, 14), (random.integers(2, 40), random.integers(2, 40), 1))
        ground = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        return (tone + ground[:, :, None]).clip(0, 255).astype(np.uint8)

    def cut_out(self, random, size, sides, often):
        """A thing on an empty canvas of that size: its pixels, how much of each is its (0..1), and its groups. `sides`: the
        least and the greatest length of its box, as shares of the canvas's shorter side; `often`: how often each kind."""
        height, width = size
        kind = self.names[random.choice(len(self.names), p=often)]
        one = read(self.kinds[kind][random.integers(len(self.kinds[kind]))], kind[0])
        box = one.boxes[0]
        factor = min(random.uniform(*sides) * min(height, width) / max(box[2:] - box[:2]), 1.6)
        turned = random.uniform(-25, 25) if random.random() < 0.7 else random.uniform(0, 360)
        middle = (box[:2] + box[2:]) / 2
        matrix = cv2.getRotationMatrix2D(tuple(map(float, middle)), turned, factor)
        matrix[:, 2] += random.uniform(0.12, 0.88, 2) * (width, height) - middle
        pixels = augment.light(one.pixels, random)
        if factor < 0.6:
            pixels = cv2.GaussianBlur(pixels, (0, 0), 0.4 / factor)
        pixels = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR)
        share = cv2.warpAffine(one.masks[0].astype(np.float32), matrix, (width, height), flags=cv2.INTER_LINEAR)
        return pixels, cv2.GaussianBlur(share, (3, 3), 0), one.allowed[0]

    def onto(self, sample, random, count, sides, often):
        """The sample with so many cut-outs before it."""
        canvas, masks, allowed = sample.pixels, list(sample.masks), list(sample.allowed)
        whole = [(box[2:] - box[:2]).prod() if mask is None else mask.sum() for box, mask in zip(sample.boxes, masks)]
        hidden = np.zeros(canvas.shape[:2], np.uint8)
        for _ in range(count):
            pixels, share, kinds = self.cut_out(random, canvas.shape[:2], sides, often)
            mask = (share > 0.5).astype(np.uint8)
            if mask.sum() < LEAST_PIXELS:
                continue
            if random.random() < 0.5:
                canvas = shaded(canvas, share, random)
            share = (share * np.clip((share - 0.3) / 0.4, 0, 1))[:, :, None]
            canvas = (pixels * share + canvas * (1 - share)).astype(np.uint8)
            masks = [m if m is None else m & (1 - mask) for m in masks] + [mask]
            hidden |= mask
            allowed.append(kinds)
            whole.append(mask.sum())
        added = len(masks) - len(sample.boxes)
        return uncovered(Sample(canvas, sample.known, np.array(allowed).reshape(-1, len(groups.GROUPS)),
                                np.concatenate([sample.boxes, np.zeros((added, 4), np.float32)]), masks,
                                np.concatenate([sample.certain, np.ones(added, bool)])), whole, hidden)

    def __call__(self, random, size=SIZE):
        empty = Sample(self.ground(random, size), np.ones(len(groups.GROUPS), bool), np.zeros((0, len(groups.GROUPS)), bool),
                       np.zeros((0, 4), np.float32), [], np.zeros(0, bool))
        return self.onto(empty, random, random.integers(1, 6), (0.15, 0.85), self.share)


def shaded(canvas, share, random):
    """With the shadow of a thing that covers `share` of each pixel."""
    shift = np.float32([[1, 0, random.uniform(-6, 6)], [0, 1, random.uniform(0, 8)]])
    shadow = cv2.GaussianBlur(cv2.warpAffine(share, shift, canvas.shape[1::-1]), (0, 0), 4)
    return (canvas * (1 - random.uniform(0.1, 0.45) * shadow[:, :, None])).astype(np.uint8)


def uncovered(sample, whole, hidden):
    """Boxes of what is to be seen; a group of which too little of an object is left becomes unknown. `whole`: the pixels each
    object had; `hidden`: where something lies before the photo. A box without a mask stays as it is."""
    kept, boxes, known = [], sample.boxes.copy(), sample.known.copy()
    for i, (mask, pixels) in enumerate(zip(sample.masks, whole)):
        if mask is None:
            left, top, right, bottom = np.round(boxes[i]).astype(int)
            seen = pixels - hidden[top:bottom, left:right].sum()
        else:
            seen = mask.sum()
        if seen >= max(LEAST_VISIBLE * pixels, min(LEAST_PIXELS, pixels)):
            kept.append(i)
            if mask is not None:
                boxes[i] = prepare.box_of(mask)
                boxes[i, 2:] += boxes[i, :2]
        elif seen > 0:
            known &= ~sample.allowed[i]
    return Sample(sample.pixels, known, sample.allowed[kept], boxes[kept], [sample.masks[i] for i in kept], sample.certain[kept])


def files(source, split):
    return sorted((prepare.LABELS / source / split).glob("*.seg"))


class Mixture:
    """Endless batches with every domain in each."""

    def __init__(self):
        self.files = {source: files(source, "train") for source in prepare.SOURCES}
        cut_outs, self.weights = [], {}
        for source in ("products", "user-photos"):
            things = [seg.read(path).things[0] for path in self.files[source]]
            often = Counter(thing.category for thing in things)
            weights = np.array([often[thing.category] ** -0.5 for thing in things])
            self.weights[source] = weights / weights.sum()
            cut_outs += [(source, path, thing.category) for path, thing in zip(self.files[source], things) if thing.mask]
        self.compose = Composer(cut_outs, self.files["rooms"])

    def sample(self, random, kind, size=SIZE):
        if kind == "composed":
            return self.compose(random, size)
        path = self.files[kind][random.choice(len(self.files[kind]), p=self.weights.get(kind))]
        made = varied(read(path, kind), random, size)
        if kind in PASTED and random.random() < PASTE:
            made = self.compose.onto(made, random, random.integers(1, 3), (0.1, 0.5), self.compose.alone)
        return made

    def batch(self, random, count, size=SIZE):
        """With shares that hold in every batch, not only on average."""
        kinds, shares = list(SHARE), np.cumsum(list(SHARE.values()))
        at = (np.arange(count) + random.random()) / count * shares[-1]
        return [self.sample(random, kinds[min(i, len(kinds) - 1)], size) for i in np.searchsorted(shares, at)]
