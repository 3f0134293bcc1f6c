# SPDX-License-Identifier: Apache-2.0
"""Samples: a photo or a composed picture at the network's input size, and what is known about it."""
from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np

from .. import augment
from ..pictures import WHITE, decode
from . import groups, prepare, seg

SIZE = (480, 320)                   # most photos stand upright, 3:4 or 2:3
# How much of every batch a kind of picture makes up.
SHARE = {"street-boxes": 0.32, "street-masks": 0.19, "user-photos": 0.25, "composed": 0.11, "products": 0.08, "rooms": 0.05}
LEAST_VISIBLE = 0.3                 # of an object's box: below it what is left is neither an object nor background
LEAST_SIDE = 3                      # pixels


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
    factor = min(size[0] / h, size[1] / w) * np.exp(random.uniform(-0.35, 0.4) if random.random() < 0.75 else 0)
    stretch_left, stretch_top = size[1] - w * factor, size[0] - h * factor
    left, top = (v * (random.uniform(0, 1) if abs(v) > 1 else 0.5) for v in (stretch_left, stretch_top))
    ground = WHITE if random.random() < 0.5 else tuple(int(v) for v in random.integers(0, 256, 3))
    made = placed(sample, size, factor, left, top, random.random() < 0.5, ground)
    made.pixels = augment.light(made.pixels, random)
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

    def __call__(self, random, size=SIZE):
        height, width = size
        canvas = self.ground(random, size)
        boxes, allowed, masks = [], [], []
        for _ in range(random.integers(1, 6)):
            kind = self.names[random.choice(len(self.names), p=self.share)]
            path = self.kinds[kind][random.integers(len(self.kinds[kind]))]
            one = read(path, kind[0])
            if one.masks[0] is None:
                continue
            side = random.uniform(0.15, 0.85) * min(height, width)
            box = one.boxes[0]
            factor = min(side / max(box[2:] - box[:2]), 1.6)
            turned = random.uniform(-25, 25) if random.random() < 0.7 else random.uniform(0, 360)
            middle = (box[:2] + box[2:]) / 2
            matrix = cv2.getRotationMatrix2D(tuple(map(float, middle)), turned, factor)
            to = np.array([random.uniform(0.12, 0.88) * width, random.uniform(0.12, 0.88) * height])
            matrix[:, 2] += to - middle
            pixels = augment.light(one.pixels, random)
            if factor < 0.6:
                pixels = cv2.GaussianBlur(pixels, (0, 0), 0.4 / factor)
            pixels = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR)
            soft = cv2.warpAffine(one.masks[0].astype(np.float32), matrix, (width, height), flags=cv2.INTER_LINEAR)
            soft = cv2.GaussianBlur(soft, (3, 3), 0)
            mask = (soft > 0.5).astype(np.uint8)
            if mask.sum() < 30:
                continue
            if random.random() < 0.5:       # its shadow
                shift = np.float32([[1, 0, random.uniform(-6, 6)], [0, 1, random.uniform(0, 8)]])
                shadow = cv2.GaussianBlur(cv2.warpAffine(soft, shift, (width, height)), (0, 0), 4)
                canvas = (canvas * (1 - random.uniform(0.1, 0.45) * shadow[:, :, None])).astype(np.uint8)
            soft = (soft * np.clip((soft - 0.3) / 0.4, 0, 1))[:, :, None]
            canvas = (pixels * soft + canvas * (1 - soft)).astype(np.uint8)
            for other in masks:
                other[mask > 0] = 0
            masks.append(mask)
            allowed.append(one.allowed[0])
            boxes.append(mask.sum())
        known = np.ones(len(groups.GROUPS), bool)
        kept = []
        for i, (mask, whole) in enumerate(zip(masks, boxes)):
            if mask.sum() >= max(30, LEAST_VISIBLE * whole):
                kept.append(i)
            elif mask.any():
                known &= ~allowed[i]
        frame = np.array([prepare.box_of(masks[i]) for i in kept], np.float32).reshape(-1, 4)
        frame[:, 2:] += frame[:, :2]
        return Sample(canvas, known, np.array([allowed[i] for i in kept]).reshape(-1, len(groups.GROUPS)), frame,
                      [masks[i] for i in kept], np.ones(len(kept), bool))


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
        return varied(read(path, kind), random, size)

    def batch(self, random, count, size=SIZE):
        """With shares that hold in every batch, not only on average."""
        kinds, shares = list(SHARE), np.cumsum(list(SHARE.values()))
        at = (np.arange(count) + random.random()) / count * shares[-1]
        return [self.sample(random, kinds[min(i, len(kinds) - 1)], size) for i in np.searchsorted(shares, at)]
