# SPDX-License-Identifier: Apache-2.0
"""What a similarity means to a person: the table `nacre.match` of an encoder (docs/models.md).

Each validation product is asked for with another view of it (cut closer, turned round, in other light) among all
validation products. What a person would say of a pair is taken from the labels:

    same           the product itself
    very similar   its article type and colour word, and no other pattern
    similar        its article type
    related        anything else

For a group of categories and its usual weights, isotonic regression gives the probability of «at least so» for every
similarity; a word's threshold is where that passes 1/2. The foreign shop is measured, never fitted.
"""
import json
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np

from . import export, features, labels, pictures, sources
from .classes import Classes

WORDS = ("similar", "very similar", "same")     # from level 1 on
BITS = 128
LEAST_QUERIES = 100     # of a group of its own
TAXONOMY = Path(__file__).resolve().parents[2] / "data" / "taxonomy.xml"
NEVER = 1.0             # no similarity is enough: only equal codes are


def weights_of_categories(file=TAXONOMY):
    """id -> (shape, colour): a category's own, else those of the one that it is like, else its parent's."""
    root = xml.parse(file).getroot()
    elements = {e.get("id"): e for e in root.iter("category")}
    parents = {child.get("id"): parent.get("id") for parent in root.iter() for child in parent}

    def find(name):
        element = elements.get(name, root)
        if element.get("weights"):
            return tuple(map(int, element.get("weights").split(":")))
        return find(element.get("like") or parents[name])

    return {name: find(name) for name in elements}


def isotonic(share, count):
    """The rising sequence nearest to `share` (least squares, weights `count` > 0): pool adjacent violators."""
    blocks = []     # [mean, weight, length]
    for s, c in zip(share, count):
        blocks.append([s, c, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, weight, length = blocks.pop()
            before = blocks[-1]
            blocks[-1] = [(before[0] * before[1] + mean * weight) / (before[1] + weight), before[1] + weight,
                          before[2] + length]
    return np.repeat([b[0] for b in blocks], [b[2] for b in blocks])


def threshold(distance, right, most):
    """The similarity from which on a pair is rather right than not; `most`: the largest distance there can be."""
    count = np.bincount(distance.ravel(), minlength=most + 1).astype(float)
    rights = np.bincount(distance[right], minlength=most + 1)
    seen = np.flatnonzero(count)[::-1]      # from the least similar
    likely = isotonic(rights[seen] / count[seen], count[seen]) >= 0.5
    if not likely.any():
        return NEVER
    first = likely.argmax()
    edge = seen[first] if first == 0 else (seen[first] + seen[first - 1]) / 2
    return round(1 - float(edge) / most, 4)


def other_view(picture, random):
    """The picture cut closer, turned round, in other light."""
    height, width = picture.shape[:2]
    h, w = (round(side * random.uniform(0.8, 0.95)) for side in (height, width))
    top, left = random.integers(height - h + 1), random.integers(width - w + 1)
    part = picture[top:top + h, left:left + w].astype(np.float32)
    if random.random() < 0.5:
        part = part[:, ::-1]
    return np.clip(part * random.uniform(0.85, 1.1) + random.uniform(-8, 8), 0, 255).astype(np.uint8)


class Encoder:
    def __init__(self, path):
        import onnxruntime
        self.run = onnxruntime.InferenceSession(str(path))
        self.size = json.loads(self.run.get_modelmeta().custom_metadata_map["nacre.input"])["size"]

    def bits(self, wanted, change=None):
        """(shape, colour) of pictures, as rows of 0 and 1."""
        parts = []
        for first in range(0, len(wanted), features.BATCH):
            some = [p.pixels() for p in wanted[first:first + features.BATCH]]
            some = [pictures.fit(change(p) if change else p, self.size) for p in some]
            parts.append(self.run.run(["shape", "colour"], {"pictures": features.normalise(some)}))
        return [np.concatenate(part) > 0 for part in zip(*parts)]


def hamming(a, b):
    a, b = a.astype(np.float32), b.astype(np.float32)
    return np.rint(a.sum(1)[:, None] + b.sum(1)[None] - 2 * a @ b.T).astype(np.int64)


def levels(products):
    """What a person would say of each pair: 3 same, 2 very similar, 1 similar, 0 related."""
    types, colours = (np.array([getattr(p, what) for p in products]) for what in ("type", "colour"))
    patterns = np.array([labels.pattern(p.title) for p in products])
    unknown = patterns == labels.UNKNOWN
    same_pattern = (patterns[:, None] == patterns[None]) | unknown[:, None] | unknown[None]
    same_type = types[:, None] == types[None]
    found = same_type.astype(np.int8)
    found[same_type & (colours[:, None] == colours[None]) & same_pattern] = 2
    np.fill_diagonal(found, 3)
    return found


def groups(products, classes):
    """The group of each: a category's first two words, where enough products are in it; else none."""
    found = []
    for product in products:
        pair = classes.possible(product)[:1]
        form, wearer = classes.pairs[pair[0]] if pair else (None, None)
        found.append(".".join(classes.forms[form].categories[wearer][0].split(".")[:2]) if pair else "")
    found = np.array(found)
    names, counts = np.unique(found, return_counts=True)
    return np.where(np.isin(found, names[counts >= LEAST_QUERIES]), found, "")


def fit(shape, colour, level, group, weights):
    """{group: {"weights", "same", "very similar", "similar"}}; "": whatever has no group of its own."""
    table = {}
    for name in sorted(set(group) | {""}):
        rows = np.full(len(group), True) if name == "" else group == name
        s, c = weights.get(name, (1, 1))
        distance, most = s * shape[rows] + c * colour[rows], BITS * (s + c)
        table[name] = {"weights": [s, c], **{word: threshold(distance, level[rows] > n, most)
                                             for n, word in reversed(list(enumerate(WORDS)))}}
    return table


def said(entry, shape, colour):
    """The level that an entry of the table gives each pair."""
    s, c = entry["weights"]
    similarity = 1 - (s * shape + c * colour) / (BITS * (s + c))
    return sum((similarity >= entry[word]).astype(int) for word in WORDS)


def foreign_shop(encoder, table):
    """How often «same» is true, and how often the same product is called so, in the shop that is never fitted."""
    views = list(sources.shop_views())
    asked, main = [p for p in views if not p.main], [p for p in views if p.main]
    distances = [hamming(a, b) for a, b in zip(encoder.bits(asked), encoder.bits(main))]
    same = np.array([p.product for p in asked])[:, None] == np.array([p.product for p in main])[None]
    level = said(table[""], *distances)
    lines = [f"foreign shop, {len(asked)} views among {len(main)} products, by the table's last line:"]
    for n in (3, 2, 1, 0):
        word = ("related", *WORDS)[n]
        lines.append(f"  {word}: {(level == n).sum() / len(asked):.2f} products a view, "
                     f"{same[level == n].mean() if (level == n).any() else 0:.1%} of them the same, "
                     f"{(same & (level == n)).sum() / same.sum():.1%} of the same")
    return "\n".join(lines)


def write(path, table):
    import onnx
    model = onnx.load(path)
    kept = [entry for entry in model.metadata_props if entry.key != "nacre.match"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    export.describe(model, {"nacre.match": table})
    onnx.save(model, path)


def calibrate(path):
    """Fits the table, writes it into the file, and tells it as text."""
    encoder, random = Encoder(path), np.random.default_rng(1)
    products = [p for p in sources.products() if p.split == "valid"]
    there, asked = encoder.bits(products), encoder.bits(products, lambda picture: other_view(picture, random))
    group = groups(products, Classes())
    table = fit(hamming(asked[0], there[0]), hamming(asked[1], there[1]), levels(products), group,
                weights_of_categories())
    write(path, table)
    lines = ["| categories | products | weights | same | very similar | similar |", "|---|---|---|---|---|---|"]
    for name in sorted(table, key=lambda name: (name == "", name)):
        entry, count = table[name], (group == name).sum() if name else len(group)
        lines.append(f"| {name or 'any other'} | {count} | {entry['weights'][0]}:{entry['weights'][1]} | "
                     f"{entry['same']} | {entry['very similar']} | {entry['similar']} |")
    return "\n".join([*lines, "", foreign_shop(encoder, table)])
