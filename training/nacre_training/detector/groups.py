# SPDX-License-Identifier: Apache-2.0
"""The groups that the detector tells apart, and what the words of each source mean.

A source may divide more coarsely than the groups do («shirt» of street-boxes is a top or a shirt): its word
then allows several groups, and none of the allowed ones is ever wrong.
"""
import csv
from pathlib import Path

import numpy as np

_HERE = Path(__file__).resolve().parents[2]
# Groups of one family are easily taken for each other; their scores are added up when the detector is exported.
GROUPS, FAMILIES, PAIRS, NODES = [], [], [], []
for _row in csv.DictReader(open(_HERE / "detector-groups.csv", newline="")):
    GROUPS.append(_row["group"])
    FAMILIES.append(_row["family"])
    PAIRS.append(_row["pair"] == "true")
    NODES.append(_row["nodes"].split())

FAMILY = np.unique(FAMILIES, return_inverse=True)[1]    # its number, of each group

WORDS = {}      # (source, word) -> the allowed groups' numbers
for _row in csv.DictReader(open(_HERE / "detector-words.csv", newline="")):
    WORDS[_row["source"], _row["word"]] = tuple(GROUPS.index(g) for g in _row["groups"].split())


# The taxonomy's roots: a photo that names them all as complete has nothing on it but what is marked.
EVERYTHING = ["women", "men", "girls", "boys", "newborn", "bags", "accessories", "jewellery"]


def words(source):
    return [word for s, word in WORDS if s == source]


def allowed(source, word):
    """Groups as a row of 0 and 1."""
    row = np.zeros(len(GROUPS), bool)
    row[list(WORDS.get((source, word), ()))] = True
    return row


def complete(source, names):
    """Of which groups every object on the photo is marked."""
    if set(names) >= set(EVERYTHING):
        return np.ones(len(GROUPS), bool)
    row = np.zeros(len(GROUPS), bool)
    for name in names:
        row |= allowed(source, name)
    return row
