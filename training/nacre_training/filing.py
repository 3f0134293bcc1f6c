# SPDX-License-Identifier: Apache-2.0
"""Fills the class folders (`folders`) with the training pictures, and lists what a model doubts.

A product goes to the folder of its form and of its colour word; to the folder of a pattern if its title names one; and to
one of two colours, red-white, if its title names both and its pixels show both. Titles alone do not do: a finely checked
«Red & White» shirt looks pink. Pixels alone do not either: a model's skin and trousers are on the picture too. A user's
photo goes to a form where its label allows only that one.

Doubts: a linear probe reads the form, the colour word and the pattern from the model's codes and categories, each picture
by a probe that was fitted without it (folds by product). Where it all but rules out a picture's own class, and is all but
sure of another that has many pictures, the picture is moved there; else it is set aside. The model learnt from these labels,
so it doubts too little rather than too much. Pictures of 60x80 and users' photos are not judged.
"""
import csv
import re
import zlib
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from . import augment, evaluate, folders, measure, sources
from .classes import Classes
from .labels import PATTERNS, UNKNOWN, pattern
from .pictures import resize

ROOT = sources.WORK / "folders"
MOVED = ("picture", "view", "from", "to", "probability", "reason", "title")     # probability: of `from`
FOLDS = 5
RULED_OUT, SURE, FEW = 0.002, 0.98, 50     # probabilities; pictures of a class that nothing is moved to

SHADES = {      # what shops call by these words, RGB
    "black": ["101010", "303034"], "white": ["f8f8f8", "e0e0e4"], "grey": ["707074", "98989c", "b8b8bc"],
    "red": ["c01820", "902030", "701828"], "pink": ["e880a8", "f0b8c8", "d02878"], "orange": ["e87020", "f09048"],
    "yellow": ["f0d840", "e0c060"], "green": ["208040", "305838", "80b080", "90c840"],
    "blue": ["2050a8", "202848", "6890c8", "a8c0e0", "20a0c8"], "purple": ["603080", "9070b0", "402848"],
    "brown": ["503020", "805840", "382820"], "beige": ["d8c0a0", "e8dcc0"]}
SAID = {word: word for word in SHADES} | {"navy blue": "blue", "navy": "blue", "gray": "grey", "maroon": "red",
                                          "cream": "beige", "lime": "green", "silver": "grey"}
WORD = "|".join(sorted(SAID, key=len, reverse=True))
TWO = re.compile(rf"\b({WORD})\s*(?:&|and|/|-|,|\s)\s*({WORD})\b", re.I)
LEAST_PART, LEAST_BOTH, APART = 0.2, 0.6, 30.0      # of the item's middle; in Lab


def lab(pixels):
    return cv2.cvtColor(np.asarray(pixels, np.float32) / 255, cv2.COLOR_RGB2LAB)


def two_colours(title):
    """The two colours that a title names, in the order of the alphabet."""
    found = TWO.search(title)
    names = sorted({SAID[word.lower()] for word in found.groups()}) if found else []
    return names if len(names) == 2 else None


def shows(picture, pair):
    """Whether a product on white has both colours: among the item's pixels, in the middle of it, grouped by k-means."""
    factor = 128 / max(picture.shape[:2])
    small = resize(picture, round(picture.shape[0] * factor), round(picture.shape[1] * factor))
    item = cv2.erode((augment.cut_out(small)[:, :, 0] > 0.5).astype(np.uint8), np.ones((3, 3)))
    rows, columns = np.nonzero(item)
    if len(rows) < 200:
        return False
    top, bottom = np.quantile(rows, (0.2, 0.7)).astype(int)     # a top's trousers are below, a face above
    item[:top], item[bottom:] = 0, 0
    pixels = lab(cv2.GaussianBlur(small, (3, 3), 0))[item > 0]
    if len(pixels) < 100:
        return False
    cv2.setRNGSeed(1)
    _, group, centres = cv2.kmeans(pixels, 5, None, (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0), 2,
                                   cv2.KMEANS_PP_CENTERS)
    part = np.bincount(group.ravel(), minlength=5) / len(pixels)
    distance = []
    for name in pair:
        shades = lab(np.array([[list(bytes.fromhex(code)) for code in SHADES[name]]], np.uint8))[0]
        distance.append(np.linalg.norm(centres[:, None] - shades[None], axis=2).min(1))
    distance = np.array(distance)
    likest = np.where(distance.min(0) < 28, distance.argmin(0), -1)
    parts = [part[likest == n].sum() for n in (0, 1)]
    if min(parts) < LEAST_PART or sum(parts) < LEAST_BOTH:
        return False
    middle = [np.average(centres[likest == n], axis=0, weights=part[likest == n]) for n in (0, 1)]
    return float(np.linalg.norm(middle[0] - middle[1])) >= APART


def place(root, view, name, picture):
    """The picture in a class folder: a link to its file, or a file of its own where it is a member of an archive."""
    folder = root / view / name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{folders.stem(picture)}.jpg"
    if "!" in picture.file:
        file.write_bytes(picture.read())
    else:
        file.symlink_to((sources.SHARED / picture.file).resolve())


def said_of(picture, classes):
    """What the data set says: the form (None where it allows several), the colour folders, the pattern (None where it
    tells none)."""
    forms = {classes.pairs[pair][0] for pair in classes.possible(picture)}
    form = classes.forms[forms.pop()].name if len(forms) == 1 else None
    colours = [picture.colour.lower()] if picture.colour not in ("", "NA") else []
    both = two_colours(picture.title) if picture.domain == "studio" else None
    if both and shows(picture.pixels(), both):
        colours.append("-".join(both))
    number = pattern(picture.title) if picture.domain == "studio" else UNKNOWN
    return form, colours, None if number == UNKNOWN else list(PATTERNS)[number]


def probabilities(seen, names, products):
    """pictures x classes, each picture's from a probe that was fitted without its fold."""
    fold = np.array([zlib.crc32(("fold " + product).encode()) % FOLDS for product in products])
    classes, target = np.unique(names, return_inverse=True)
    found = np.zeros((len(names), len(classes)))
    for n in set(fold):
        known = np.unique(target[fold != n])        # a class of one fold alone cannot be judged there
        place_of = {number: place for place, number in enumerate(known)}
        likely = measure.probe(seen[fold != n], np.array([place_of[t] for t in target[fold != n]]), seen[fold == n], likely=True)
        found[np.ix_(fold == n, known)] = likely
        for row in np.flatnonzero((fold == n) & ~np.isin(target, known)):
            found[row] = np.arange(len(classes)) == target[row]
    return classes, found


def doubts(view, pictures, names, seen):
    """Rows of moved.csv, the surest first."""
    classes, likely = probabilities(seen, names, [p.product for p in pictures])
    rows = []
    for picture, name, row in zip(pictures, names, likely):
        own, best = row[list(classes).index(name)], row.argmax()
        if own >= RULED_OUT or len(classes) < 2:
            continue
        sure = row[best] >= SURE and names.count(classes[best]) >= FEW
        likest = f"{classes[best]} ({row[best]:.3f})"
        rows.append(dict(zip(MOVED, (
            f"{folders.stem(picture)}.jpg", view, name, classes[best] if sure else folders.ASIDE, f"{own:.4f}",
            f"looks like {likest}" if sure else f"not like {name}; {likest} is too unsure or has few pictures",
            picture.title))))
    return sorted(rows, key=lambda r: (float(r["probability"]), r["picture"]))


def judge(filed, model):
    """What the model doubts of the filed pictures that it can see well."""
    judged = [p for p in sources.everything() if p.size != "small"]
    outputs = evaluate.encode(model, judged)
    seen = dict(zip((folders.stem(p) for p in judged), np.concatenate(
        [np.maximum(outputs.categories, -12), outputs.shape, outputs.colour], 1)))
    rows = []
    for view, of in (("shape", lambda form, colours, pattern: form),
                     ("colour", lambda form, colours, pattern: colours[0] if colours else None),
                     ("pattern", lambda form, colours, pattern: pattern)):
        some = [(p, of(*said)) for p, said in filed if p.domain == "studio" and p.size != "small" and of(*said)]
        if some:
            pictures, names = map(list, zip(*some))
            rows += doubts(view, pictures, names, np.stack([seen[folders.stem(p)] for p in pictures]))
    return rows


def fill(model=None, root=ROOT):
    """Makes the folders and, with a model (an encoder.onnx), moves what it doubts; returns the rows of moved.csv."""
    if any((root / view).exists() for view in (folders.SHAPE, folders.COLOUR, folders.ASIDE)):
        raise SystemExit(f"{root}: is filled already; what was moved there by hand would be lost: move it away first")
    classes = Classes()
    filed = [(p, said_of(p, classes)) for p in sources.everything() if p.split == "train"]
    rows = judge(filed, model) if model else []
    moved = {(row["picture"], row["view"]): row["to"] for row in rows}
    filled = Counter()
    for picture, (form, colours, pattern) in filed:
        if not form:
            continue
        name = f"{folders.stem(picture)}.jpg"
        for view, judged, said in ((folders.SHAPE, "shape", form), *((folders.COLOUR, "colour" if n == 0 else "", word)
                                   for n, word in enumerate(colours)), (folders.COLOUR, "pattern", pattern)):
            to = moved.get((name, judged), said)
            if to == folders.ASIDE:
                place(root / folders.ASIDE, view, said, picture)
            elif to:
                place(root, view, to, picture)
                filled[view] += 1
    with open(root / "moved.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, MOVED)
        table.writeheader()
        table.writerows(rows)
    return filled, rows
