# SPDX-License-Identifier: Apache-2.0
"""What the encoder tells apart: `classes.csv`, one line per form, and the class folders that name categories of their own.

A form is an article type of the products, or a finer one that a word in a product's title (a regular expression) or a
user photo's label teaches. Its columns women … unisex name the taxonomy's categories for each wearer; several, joined
with |, share the probability. A picture is labelled with the set of (form, wearer) pairs that it may be: one pair for a
product, several for a user photo, whose label tells a child's from an adult's and no more.
"""
import csv
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from . import folders, sources

FILE = Path(__file__).resolve().parents[1] / "classes.csv"
WEARERS = ("Women", "Men", "Girls", "Boys", "Unisex")
CHILDREN, ADULTS = ("Girls", "Boys", "Unisex"), ("Women", "Men", "Unisex")


@dataclass
class Form:
    name: str
    article_type: str
    title: re.Pattern | None
    photos: frozenset
    categories: dict = field(default_factory=dict)   # wearer -> taxonomy ids


class Classes:
    def __init__(self, file=FILE, told=None):
        with open(file, newline="", encoding="utf-8") as lines:
            self.forms = [Form(row["form"], row["article_type"], re.compile(row["title"], re.I) if row["title"] else None,
                               frozenset(filter(None, row["photos"].split("|"))),
                               {w: row[w.lower()].split("|") for w in WEARERS if row[w.lower()]})
                          for row in csv.DictReader(lines)]
        self.named = {form.name: number for number, form in enumerate(self.forms)}
        said = folders.read(sources.WORK / "folders") if told is None else told
        for name in sorted(said.forms.keys() - self.named.keys()):
            self.named[name] = len(self.forms)
            self.forms.append(Form(name, name, None, frozenset(), said.forms[name]))
        strange = sorted(set(said.shape.values()) - self.named.keys())
        if strange:
            raise SystemExit(f"folders/shape/{strange[0]}: no form of {Path(file).name} has this name; to add it, write the "
                             f"taxonomy ids that it stands for into folders/shape/{strange[0]}/{folders.CATEGORY}")
        self.pairs = [(f, wearer) for f, form in enumerate(self.forms) for wearer in form.categories]
        self.categories = sorted({c for form in self.forms for ids in form.categories.values() for c in ids})
        self.labels = sorted({label for form in self.forms for label in form.photos})

    @cached_property
    def types(self):
        return sorted({form.article_type for form in self.forms if form.article_type})

    def form(self, article_type, title):
        """The first form of the type whose word the title has; the type's own form stands last and asks for none."""
        for number, form in enumerate(self.forms):
            if form.article_type == article_type and (form.title is None or form.title.search(title)):
                return number
        return None

    def possible(self, picture):
        """The pairs that a picture may be, as numbers; none for an unknown type."""
        if picture.nodes:
            return self.under(picture.nodes)
        if picture.domain == "studio" or picture.form:
            form = self.named[picture.form] if picture.form else self.form(picture.type, picture.title)
            found = [n for n, pair in enumerate(self.pairs) if pair == (form, picture.gender)]
            return found or [n for n, (f, _) in enumerate(self.pairs) if f == form]
        wearers = CHILDREN if picture.gender == "Kids" else ADULTS
        forms = [n for n, form in enumerate(self.forms) if picture.label in form.photos]
        found = [n for n, (f, wearer) in enumerate(self.pairs) if f in forms and wearer in wearers]
        return found or [n for n, (f, _) in enumerate(self.pairs) if f in forms]

    @cache
    def under(self, nodes):
        """The pairs with a category under one of the taxonomy's nodes."""
        return [n for n, (form, wearer) in enumerate(self.pairs)
                if any(f"{category}.".startswith(f"{node}.") for category in self.forms[form].categories[wearer]
                       for node in nodes)]

    def shares(self):
        """pairs x categories: how each pair's probability falls on the taxonomy."""
        table = [[0.0] * len(self.categories) for _ in self.pairs]
        for row, (form, wearer) in zip(table, self.pairs):
            ids = self.forms[form].categories[wearer]
            for category in ids:
                row[self.categories.index(category)] = 1 / len(ids)
        return table
