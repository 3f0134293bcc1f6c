# SPDX-License-Identifier: Apache-2.0
"""Class folders: what a person who looks through pictures, and moves some, tells training.

    folders/shape/Kimonos/…             pictures of one form, by its name in classes.csv
    folders/shape/Kimonos/category      for a form that classes.csv has not: the taxonomy ids that it stands for
    folders/colour/green/…              of one colour word, of two colours (red-white) or of one pattern (striped)
    folders/aside/shape/…, aside/colour/…   pictures whose label is not believed

`filing` fills them with the training pictures, named DOMAIN-NAME.jpg. Any other file is a picture of the operator's own.
Of a picture in shape/ the folders say everything: its form, and by the folders of colour/ that have a file of the same
name its colours and pattern. A picture in aside/shape/ is not learnt from. One that is in neither keeps what its data set
says of it, so that without folders everything is as it was.
"""
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field, replace
from pathlib import Path

from .labels import PATTERNS

SHAPE, COLOUR, ASIDE, CATEGORY = "shape", "colour", "aside", "category"
TAXONOMY = Path(__file__).resolve().parents[2] / "data/taxonomy.xml"
WEARERS_OF = {"women": ["Women"], "men": ["Men"], "girls": ["Girls"], "boys": ["Boys"],
              "newborn": ["Girls", "Boys", "Unisex"]}    # by how a category's id begins; else anyone
ANYONE = ["Women", "Men", "Girls", "Boys", "Unisex"]


def stem(picture):
    return f"{picture.domain}-{Path(picture.name).stem}"


@dataclass
class Folders:
    """What the tree says; empty where there is none."""
    shape: dict = field(default_factory=dict)       # picture's stem -> form
    colour: dict = field(default_factory=dict)      # picture's stem -> colour words and patterns, lower case
    files: dict = field(default_factory=dict)       # picture's stem -> the file that shape/ has
    forms: dict = field(default_factory=dict)       # form with a `category` file -> wearer -> taxonomy ids
    aside: set = field(default_factory=set)         # stems in aside/shape/

    def tell(self, pictures, own):
        """The pictures with what the folders say of them, and after them the operator's own, which `own(stem, file, form)`
        makes. Only training pictures are touched: what is measured on keeps the label of its data set."""
        names = {stem(p) for p in pictures}
        words = {p.colour.lower(): p.colour for p in pictures}

        def told(picture, name):
            if name in self.aside:
                return replace(picture, split="aside")
            if name not in self.shape:
                return picture
            said = self.colour.get(name, [])
            colours = sorted((word for word in said if word not in PATTERNS), key=lambda word: "-" not in word)
            return replace(picture, form=self.shape[name], colour=words.get(colours[0], colours[0]) if colours else "",
                           pattern=next((word for word in said if word in PATTERNS), "unknown"))

        known = [told(p, stem(p)) if p.split == "train" else p for p in pictures]
        added = [told(own(name, self.files[name], self.shape[name]), name)
                 for name in sorted(self.shape.keys() - names)]
        lost = sorted(self.colour.keys() - self.shape.keys() - names)
        if lost:
            raise SystemExit(f"colour/{self.colour[lost[0]][0]}/{lost[0]}: stands in no folder of shape/; put it there "
                             "under the same name, to say what it is")
        return known + added


def classes_of(root):
    return sorted(f for f in root.iterdir() if f.is_dir()) if root.is_dir() else []


def pictures_of(folder):
    return [f for f in sorted(folder.iterdir()) if f.name != CATEGORY and not f.name.startswith(".")]


def categories(file):
    """wearer -> the taxonomy ids that a `category` file names for them."""
    known = {category.get("id") for category in ElementTree.parse(TAXONOMY).iter("category")}
    found = {}
    for name in file.read_text(encoding="utf-8").split():
        if name not in known:
            raise SystemExit(f"{file}: «{name}» is no category of {TAXONOMY}; name one of its ids, or add it there")
        for wearer in WEARERS_OF.get(name.partition(".")[0], ANYONE):
            found.setdefault(wearer, []).append(name)
    if not found:
        raise SystemExit(f"{file}: is empty; write the taxonomy ids that the pictures beside it stand for")
    return found


def read(root):
    folders = Folders()
    for folder in classes_of(root / SHAPE):
        if (folder / CATEGORY).exists():
            folders.forms[folder.name] = categories(folder / CATEGORY)
        for file in pictures_of(folder):
            if file.stem in folders.shape:
                raise SystemExit(f"{file}: stands in shape/{folders.shape[file.stem]} too; leave it in one of them")
            folders.shape[file.stem], folders.files[file.stem] = folder.name, file
    for folder in classes_of(root / COLOUR):
        for file in pictures_of(folder):
            folders.colour.setdefault(file.stem, []).append(folder.name.lower())
    for folder in classes_of(root / ASIDE / SHAPE):
        folders.aside.update(file.stem for file in pictures_of(folder))
    return folders
