# SPDX-License-Identifier: Apache-2.0
"""What is known about each picture, as arrays: the pairs that it may be, its colour word, its pattern."""
import re

import numpy as np

UNKNOWN = -1
PATTERNS = {    # the first that a product's title names
    "striped": r"\b(strip(e|ed|es))\b",
    "checked": r"\b(check(s|ed|ered)?|plaid|tartan)\b",
    "floral": r"\b(floral|flower(s|y)?)\b",
    "dotted": r"\b(polka|dots?|dotted)\b",
    "printed": r"\b(print(s|ed)?|graphic|patterned)\b",
    "plain": r"\b(solid|plain)\b",
}


def pattern(title):
    for number, word in enumerate(PATTERNS.values()):
        if re.search(word, title, re.I):
            return number
    return UNKNOWN


def pattern_of(picture):
    if picture.pattern:
        return list(PATTERNS).index(picture.pattern) if picture.pattern in PATTERNS else UNKNOWN
    return pattern(picture.title) if picture.domain == "studio" else UNKNOWN


class Labels:
    def __init__(self, pictures, classes):
        self.possible = np.zeros((len(pictures), len(classes.pairs)), bool)
        for row, picture in zip(self.possible, pictures):
            if picture.domain != "view":
                row[classes.possible(picture)] = True
        self.colours = sorted({p.colour for p in pictures if p.colour not in ("", "NA")})
        self.colour = np.array([self.colours.index(p.colour) if p.colour in self.colours else UNKNOWN for p in pictures])
        self.pattern = np.array([pattern_of(p) for p in pictures])
        self.shop = np.array([p.domain == "studio" for p in pictures])
        self.label = np.array([classes.labels.index(p.label) if p.label in classes.labels else UNKNOWN for p in pictures])
