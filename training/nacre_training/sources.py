# SPDX-License-Identifier: Apache-2.0
"""The public data under ../shared/data, read into one list of pictures.

Validation pictures are chosen by product id and by the photo's sender, never over crops, and by a checksum, so that a
picture stays on its side when data is added. Pictures of size `small` are only trained on.
"""
import csv
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from . import folders
from .pictures import decode

SHARED = Path(os.environ.get("NACRE_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
WORK = Path(os.environ.get("NACRE_TRAINING_WORK", Path(__file__).resolve().parents[1]))  # holds data/ and runs/
COLOURS = Path(__file__).resolve().parents[1] / "user-colours.csv"
PRODUCT_PART, SENDER_PART = 5, 5  # one of so many products, one of so many senders, is for validation


@dataclass
class Picture:
    domain: str             # studio | user | street | view
    name: str               # product id, photo, or view
    product: str            # pictures with the same value show the same thing
    file: str               # path, mostly under the data folder; inside a tar after '!'
    split: str              # train | valid | measure | aside (not believed: not used)
    size: str = ""          # studio: full | large | small
    type: str = ""          # studio: article type
    gender: str = ""
    colour: str = ""        # studio: the shop's colour word
    title: str = ""
    label: str = ""         # user: one of 17 classes
    form: str = ""          # said by a class folder: the form, instead of what type and title tell
    pattern: str = ""       # said by a class folder, instead of the title
    style: str = ""         # view: the same form in several colours
    main: bool = True       # view: the shop's first picture of the product
    category: str = ""      # view: the shop's own category
    nodes: tuple = ()       # street: the taxonomy's nodes that its label allows
    box: tuple = ()         # street: where it is on its photo: left, top, right, bottom

    def read(self):
        path, _, member = self.file.partition("!")
        if not member:
            return (SHARED / path).read_bytes()
        return _archive(path)[member]

    def pixels(self):
        """RGB, height x width x 3."""
        pixels = decode(self.read(), self.file)
        if not self.box:
            return pixels
        left, top, right, bottom = self.box
        return pixels[top:bottom, left:right]


_archives = {}


def _archive(path):
    if path not in _archives:
        with tarfile.open(SHARED / path) as tar:
            _archives[path] = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    return _archives[path]


def _rows(path):
    if not (SHARED / path).is_file():
        raise SystemExit(f"{SHARED / path}: not found; set NACRE_SHARED to the folder that holds data/")
    with open(SHARED / path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _chosen(key, part):
    return zlib.crc32(key.encode()) % part == 0


def products():
    for row in _rows("products/products.csv"):
        name = row["id"]
        file = f"products/pictures/{name}.jpg"
        if row["size"] == "small":
            file = f"products/small-60x80.tar!{name}.jpg"
        valid = row["size"] != "small" and _chosen(name, PRODUCT_PART)
        yield Picture("studio", name, name, file, "valid" if valid else "train", row["size"], row["article_type"],
                      row["gender"], row["base_colour"], row["name"])


def user_photos():
    for row in _rows("user-photos/labels.csv"):
        name = row["photo"]
        valid = _chosen("sender " + row["sender"], SENDER_PART)
        yield Picture("user", name, name, f"user-photos/photos/{name}.jpg", "valid" if valid else "train",
                      gender="Kids" if row["kids"] == "True" else "Adults", label=row["label"])


def shop_views():
    """Only to measure on."""
    for row in _rows("shop-views/views.csv"):
        yield Picture("view", row["picture"], row["product"], "shop-views/pictures/" + row["picture"], "measure",
                      title=row["name"], style=row["style"], main=row["main"] == "1",
                      category=row["category"].removeprefix("Default Category/"))


def accepted_types():
    """User photo's label -> the article types that answer it rightly."""
    return {row["label"]: [t for t in row["article_types"].split("|") if t]
            for row in _rows("user-photos/accepted-types.csv")}


def user_colours():
    """User photo -> the shops' colour words that name its colours rightly, of photos that somebody looked at."""
    with open(COLOURS, newline="", encoding="utf-8") as file:
        return {row["photo"]: row["colours"].split("|") for row in csv.DictReader(file)}


def everything():
    """In a fixed order, the small pictures last and after them the operator's own; with what the class folders say."""
    found = sorted([*products(), *user_photos(), *shop_views()], key=lambda picture: picture.size == "small")
    return folders.read(WORK / "folders").tell(found, own)


def own(name, file, form):
    return Picture("studio", name, name, str(file.resolve()), "train", "full", form)
