# SPDX-License-Identifier: Apache-2.0
"""Contact sheets of searches, for a person to judge: garments of one type and pattern in two colours, the classic black and
white striped sweater, and one garment's form in another's colour. They show public pictures and stay outside of the project.

A row is what was asked, then the first twelve of all products (full and large, the query itself left out). Frames: green for
the type and the colour word asked for, yellow for the type alone, red for another type.
"""
import cv2
import numpy as np

from . import evaluate, sources
from .folders import WEARERS_OF
from .labels import PATTERNS, pattern
from .pictures import fit

FOLDER = sources.WORK / "sheets"
FIRST, CELL, WORDS = 12, (144, 108), 24        # results; height and width of a picture; height of what stands below it
GREEN, YELLOW, RED, BLACK = (0, 150, 0), (230, 180, 0), (210, 0, 0), (0, 0, 0)
GARMENTS = ("striped", "checked", "floral", "plain")


def cell(pixels, lines, colour):
    """A framed picture with two lines of words below."""
    framed = cv2.rectangle(fit(pixels, CELL).copy(), (0, 0), (CELL[1] - 1, CELL[0] - 1), colour, 2)
    below = np.full((WORDS, CELL[1], 3), 255, np.uint8)
    for number, line in enumerate(lines):
        cv2.putText(below, line[:20], (1, 10 + 11 * number), cv2.FONT_HERSHEY_SIMPLEX, 0.32, BLACK, 1, cv2.LINE_AA)
    return np.concatenate([framed, below])


class Sheets:
    def __init__(self, model):
        self.table = evaluate.Table()
        self.pictures = self.table.pictures
        self.outputs = evaluate.encode(model, self.pictures)
        self.shape, self.colour = self.outputs.vectors("shape"), self.outputs.vectors("colour")
        self.gallery = np.array([n for n, p in enumerate(self.pictures) if p.domain == "studio"])

    def pixels(self, n):
        return self.pictures[n].pixels()

    def row(self, asked, shape, colour, type_wanted, word, without=()):
        """`asked`: pictures with lines; the first twelve by both codes 1:1."""
        score = self.shape[self.gallery] @ shape + self.colour[self.gallery] @ colour
        score[np.isin(self.gallery, list(without))] = -9
        cells = [cell(pixels, lines, BLACK) for pixels, lines in asked]
        for n in self.gallery[np.argsort(-score, kind="stable")[:FIRST]]:
            p = self.pictures[n]
            frame = RED if p.type != type_wanted else GREEN if p.colour == word else YELLOW
            cells.append(cell(self.pixels(n), (f"{p.type} {p.colour}", p.title), frame))
        return np.concatenate(cells, 1)

    def like(self, n):
        p = self.pictures[n]
        asked = [(self.pixels(n), (f"? {p.type} {p.colour}", p.title))]
        return self.row(asked, self.shape[n], self.colour[n], p.type, p.colour, [n])

    def is_garment(self, picture):
        """Neither shoes nor what anyone carries: its categories are those of a wearer."""
        classes = self.table.classes
        pairs = [classes.pairs[pair] for pair in classes.possible(picture)]
        ids = [category for form, wearer in pairs for category in classes.forms[form].categories[wearer]]
        return all(i.partition(".")[0] in WEARERS_OF and ".shoes" not in i for i in ids)

    def chosen(self, of_pattern):
        """Of the two types of garment with most unseen products of the pattern, the first product in each of the two
        colours that most of them have."""
        some = [n for n in self.table.rows("studio", "valid")
                if pattern(self.pictures[n].title) == of_pattern and self.is_garment(self.pictures[n])]
        most = lambda words, count: sorted(set(words), key=lambda w: (-words.count(w), w))[:count]  # noqa: E731
        found = []
        for kind in most([self.pictures[n].type for n in some], 2):
            of_type = [n for n in some if self.pictures[n].type == kind]
            for word in most([self.pictures[n].colour for n in of_type], 2):
                found.append(next(n for n in of_type if self.pictures[n].colour == word))
        return found

    def sweaters(self):
        """Striped sweaters in black or white, or what comes next to them."""
        striped = list(PATTERNS).index("striped")
        return [n for n in self.gallery if self.pictures[n].type in ("Sweaters", "Sweatshirts")
                and pattern(self.pictures[n].title) == striped and self.pictures[n].colour in ("Black", "White")][:4]

    def in_colour_of(self, count=8):
        """Unseen products of many types, each asked for in a swatch's colour and in the colour of another product."""
        random, valid, rows = np.random.default_rng(2), self.table.rows("studio", "valid"), []
        swatches = self.table.swatches(self.outputs)
        kinds = [kind for kind in ("Tshirts", "Shirts", "Heels", "Handbags", "Dresses", "Sports Shoes", "Tops", "Kurtas")
                 if kind in set(self.table.of(valid, "type"))][:count]
        for number, kind in enumerate(kinds):
            a = random.choice([n for n in valid if self.pictures[n].type == kind])
            words = [w for w in ("Red", "Green", "Blue", "Yellow", "Pink") if w in swatches and w != self.pictures[a].colour]
            word = words[number % len(words)]
            asked = [(self.pixels(a), ("form of this", self.pictures[a].title))]
            if number % 2:
                b = random.choice([n for n in valid if self.pictures[n].colour == word and self.pictures[n].type != kind])
                asked.append((self.pixels(b), ("colour of this", self.pictures[b].title)))
                code = self.colour[b]
            else:
                blank = np.full((*CELL, 3), 255, np.uint8)
                cv2.putText(blank, word, (8, CELL[0] // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.8, BLACK, 1, cv2.LINE_AA)
                asked.append((blank, ("the word's colour", "")))
                code = swatches[word]
            rows.append(self.row(asked, self.shape[a], code, kind, word, [a]))
        return rows


def write(model, folder=FOLDER):
    """Writes the sheets as PNG; returns their files."""
    sheets, files = Sheets(model), []
    folder.mkdir(parents=True, exist_ok=True)
    rows = {name: [sheets.like(n) for n in sheets.chosen(list(PATTERNS).index(name))] for name in GARMENTS}
    rows["classic-sweater"] = [sheets.like(n) for n in sheets.sweaters()]
    rows["form-in-a-colour"] = sheets.in_colour_of()
    for name, found in rows.items():
        if found:
            files.append(folder / f"{name}.png")
            cv2.imwrite(str(files[-1]), np.concatenate(found)[:, :, ::-1])
    return files
