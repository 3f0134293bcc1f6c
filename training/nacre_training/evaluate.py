# SPDX-License-Identifier: Apache-2.0
"""The table of quality: classic codes, pooled floats and any number of encoders, on pictures kept out of training.

Queries: validation user photos, validation products, and the other views of a foreign shop. Gallery: the products of size
full and large, once all of them (most were trained on) and once the validation ones alone; for the foreign shop its main
pictures. Bits are compared by Hamming distance, floats by cosine.
A label that a representation does not name itself is read from it by a linear probe fitted on training pictures.
"""
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import baselines, features, measure, sources
from .classes import Classes

CODES = features.DATA / "codes"
REFINED = 200                   # the first hits, that a search puts in order again by fine values
FINE_STEP, FINE_STEPS = 0.2, 16     # of these (docs/models.md)


@dataclass
class Outputs:
    """What one representation says of every picture that is measured on or probed with."""
    name: str
    shape: np.ndarray
    colour: np.ndarray
    categories: np.ndarray | None = None    # log probabilities
    ids: list | None = None                 # the category of each
    exact: bool = True                      # bits; else floats

    def vectors(self, kind):
        values = getattr(self, kind)
        if self.exact:
            return np.where(values > 0, 1.0, -1.0).astype(np.float32) / values.shape[1] ** 0.5
        return values / np.linalg.norm(values, axis=1, keepdims=True)

    def fine(self, kind):
        """The values in steps, as the product keeps them for its second stage."""
        half = FINE_STEPS // 2
        values = np.clip(np.floor(getattr(self, kind) / FINE_STEP), -half, half - 1) + 0.5
        return values / np.linalg.norm(values, axis=1, keepdims=True)


def kept(maker, pictures, make):
    """The arrays that `make()` gives, from disk if the same maker (its bytes) was asked about the same pictures before."""
    key = hashlib.sha256(maker + "".join(p.name for p in pictures).encode()).hexdigest()[:16]
    file = CODES / f"{key}.npz"
    if not file.exists():
        CODES.mkdir(parents=True, exist_ok=True)
        np.savez(file, **make())
    return np.load(file)


def encode(path, pictures):
    """Runs an exported encoder; its answers are kept on disk by the file's checksum."""
    import onnxruntime
    run = onnxruntime.InferenceSession(str(path))
    properties = run.get_modelmeta().custom_metadata_map

    def make():
        size = json.loads(properties["nacre.input"])["size"]
        parts = []
        for first in range(0, len(pictures), features.BATCH):
            some = pictures[first:first + features.BATCH]
            parts.append(run.run(["categories", "shape", "colour"], {
                "pictures": features.normalise([features.fit(p.pixels(), size) for p in some])}))
        return {name: np.concatenate(part).astype(np.float32)
                for name, part in zip(("categories", "shape", "colour"), zip(*parts))}

    arrays = kept(Path(path).read_bytes(), pictures, make)
    return Outputs(f"{properties['nacre.name']} {properties['nacre.version']} ({path})", arrays["shape"],
                   arrays["colour"], arrays["categories"], json.loads(properties["nacre.classes"]))


class Table:
    """The pictures and what is right for each."""

    def __init__(self, pictures=None):
        pictures = pictures or sources.everything()
        self.numbers = [n for n, p in enumerate(pictures) if p.size != "small"]
        self.pictures = [pictures[n] for n in self.numbers]
        self.accepted = sources.accepted_types()
        self.colours = sources.user_colours()
        self.classes = Classes()

    def rows(self, domain, split):
        return np.array([n for n, p in enumerate(self.pictures) if p.domain == domain and p.split == split])

    def of(self, rows, what):
        return np.array([getattr(self.pictures[n], what) for n in rows])

    def types(self, outputs):
        """The article type of each validation product, as the representation has it."""
        train, valid = self.rows("studio", "train"), self.rows("studio", "valid")
        if outputs.categories is None:
            names, target = np.unique(self.of(train, "type"), return_inverse=True)
            return names[measure.probe(outputs.shape[train], target, outputs.shape[valid])]
        main = self.main_types(outputs.ids)
        names = sorted(set(main))
        likely = np.exp(outputs.categories[valid])
        scores = np.stack([likely[:, [m == name for m in main]].sum(1) for name in names], 1)
        return np.array(names)[scores.argmax(1)]

    def main_types(self, ids):
        """For each category, the article type that most training products of the category have."""
        counts = {category: Counter() for category in ids}
        for picture in self.pictures:
            if picture.domain == "studio" and picture.split == "train":
                for pair in self.classes.possible(picture)[:1]:
                    form, wearer = self.classes.pairs[pair]
                    for category in self.classes.forms[form].categories[wearer]:
                        if category in counts:
                            counts[category][picture.type] += 1
        return [counts[category].most_common(1)[0][0] if counts[category] else "" for category in ids]

    def swatches(self, outputs):
        """The code of each colour word: what most training products of the word have."""
        train = self.rows("studio", "train")
        words, values = self.of(train, "colour"), outputs.vectors("colour")[train]
        found = {word: values[words == word].mean(0) for word in sorted(set(words)) if (words == word).sum() >= 20}
        if outputs.exact:
            return {word: np.where(mean > 0, 1, -1) / len(mean) ** 0.5 for word, mean in found.items()}
        return {word: mean / np.linalg.norm(mean) for word, mean in found.items()}

    def in_another_colour(self, outputs, queries, gallery):
        """The form of a product with the code of a colour word: P@10 of the form's type in that colour, over every word
        that ten or more products of the type have and the product itself has not."""
        shape, colour = outputs.vectors("shape"), outputs.vectors("colour")
        types, words = self.of(gallery, "type"), self.of(gallery, "colour")
        form = shape[queries] @ shape[gallery].T
        found = []
        for word, code in self.swatches(outputs).items():
            relevant = (self.of(queries, "type")[:, None] == types[None]) & (words == word)[None]
            asked = (relevant.sum(1) >= 10) & (self.of(queries, "colour") != word)
            if asked.any():
                found.append(measure.precision(form[asked] + (colour[gallery] @ code)[None], relevant[asked]))
        return np.concatenate(found) if found else np.zeros(0)

    def measures(self, outputs):
        """name -> (one value a query, what was asked)."""
        studio, user = self.rows("studio", "valid"), self.rows("user", "valid")
        shape, colour = outputs.vectors("shape"), outputs.vectors("colour")
        both = np.concatenate([shape, colour], 1)
        types, words = self.of(studio, "type"), self.of(studio, "colour")
        found = {}
        right = self.types(outputs) == types
        found["article type, studio: accuracy"] = right

        train = self.rows("user", "train")
        said = outputs.shape if outputs.categories is None else np.concatenate(
            [np.maximum(outputs.categories, -12), outputs.shape], 1)
        names, target = np.unique(self.of(train, "label"), return_inverse=True)
        found["user photos, 17 classes: accuracy"] = \
            names[measure.probe(said[train], target, said[user])] == self.of(user, "label")

        asked = np.array([n for n in user if self.accepted.get(self.pictures[n].label)])
        for gallery, which in ((np.array([n for n, p in enumerate(self.pictures) if p.domain == "studio"]), "all"),
                               (studio, "unseen")):
            types_there, words_there = self.of(gallery, "type"), self.of(gallery, "colour")
            relevant = np.array([np.isin(types_there, self.accepted[self.pictures[n].label]) for n in asked])
            found[f"user photo to {which} products, accepted type: P@10 (shape alone)"] = \
                measure.precision(shape[asked] @ shape[gallery].T, relevant)

            coloured = [row for row, n in enumerate(asked) if self.pictures[n].name in self.colours]
            fitting = [np.isin(words_there, self.colours[self.pictures[n].name]) for n in asked[coloured]]
            relevant = relevant[coloured] & np.array(fitting, bool).reshape(-1, len(gallery))
            enough = relevant.sum(1) >= 10
            if enough.any():
                found[f"user photo to {which} products, accepted type and colour: P@10 (1:1)"] = \
                    measure.precision((both[asked[coloured]] @ both[gallery].T)[enough], relevant[enough])

            itself = studio[:, None] == gallery[None]
            similar = np.where(itself, -9, both[studio] @ both[gallery].T)
            relevant = (types[:, None] == types_there[None]) & (words[:, None] == words_there[None]) & ~itself
            enough = relevant.sum(1) >= 10
            found[f"studio to {which} products, same type and colour: P@10 (1:1)"] = \
                measure.precision(similar[enough], relevant[enough])

        found["a product's form in another colour word: P@10 (1:1)"] = self.in_another_colour(outputs, studio, studio)

        train = self.rows("studio", "train")
        names, target = np.unique(self.of(train, "colour"), return_inverse=True)
        seen = colour * colour.shape[1] ** 0.5 if outputs.exact else outputs.colour
        found["colour word: accuracy"] = names[measure.probe(seen[train], target, seen[studio])] == words

        views = self.rows("view", "measure")
        main = np.array([n for n in views if self.pictures[n].main])
        other = np.array([n for n in views if not self.pictures[n].main])
        relevant = self.of(other, "product")[:, None] == self.of(main, "product")[None]
        similar = both[other] @ both[main].T
        for k in (1, 5):
            found[f"another view of the same product: R@{k}"] = measure.recall(similar, relevant, k)
        if outputs.categories is not None:      # values that an encoder gave
            first = measure.best(similar, REFINED)
            fine = sum(values[other] @ values[main].T for values in (outputs.fine("shape"), outputs.fine("colour")))
            refined = np.full_like(fine, -9)
            np.put_along_axis(refined, first, np.take_along_axis(fine, first, 1), 1)
            for k in (1, 5):
                found[f"another view, with the second stage: R@{k}"] = measure.recall(refined, relevant, k)
        return {name: np.asarray(values, float) for name, values in found.items() if len(values)}


def evaluate(models, baseline=True):
    table = Table()
    columns = []
    if baseline:
        studio = table.rows("studio", "train")
        arrays = kept(Path(baselines.__file__).read_bytes(), table.pictures,
                      lambda: dict(zip(("shape", "colour", "pooled"), (*baselines.classic(table.pictures, studio),
                                                                       baselines.pooled(table.numbers)))))
        columns.append(Outputs("classic", arrays["shape"], arrays["colour"]))
        columns.append(Outputs("pooled floats", arrays["pooled"], arrays["pooled"], exact=False))
    columns += [encode(path, table.pictures) for path in models]
    results = {}
    for outputs in columns:
        results[outputs.name] = {
            name: {"value": float(values.mean()), "queries": len(values), "interval": measure.interval(values)}
            for name, values in table.measures(outputs).items()}
    return results


def text(results):
    names = list(dict.fromkeys(name for r in results.values() for name in r))
    lines = ["| measure (queries) | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for name in names:
        cells = [f"{r[name]['value']:.3f} [{r[name]['interval'][0]:.3f}, {r[name]['interval'][1]:.3f}]"
                 if name in r else "" for r in results.values()]
        queries = next(r[name]["queries"] for r in results.values() if name in r)
        lines.append(f"| {name} ({queries}) | " + " | ".join(cells) + " |")
    return "\n".join(lines)
