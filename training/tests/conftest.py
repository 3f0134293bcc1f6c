# SPDX-License-Identifier: Apache-2.0
"""A tiny drawn data set in the layout of ../shared/data, so that the whole road runs where that does not exist."""
import csv
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

TRAINING = Path(__file__).resolve().parents[1]
COLOURS = {"Red": (200, 30, 30), "Blue": (30, 60, 200), "Green": (20, 140, 50)}
TYPES = {"Tshirts": [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)],
         "Dresses": [(0.4, 0.1), (0.6, 0.1), (0.9, 0.95), (0.1, 0.95)],
         "Heels": [(0.1, 0.4), (0.9, 0.7), (0.9, 0.9), (0.1, 0.6)]}
LABELS = {"Tshirts": "T-Shirt", "Dresses": "Dress", "Heels": "Shoes"}


def drawn(kind, colour, random, size=(300, 225), background=255):
    """A JPEG of one garment, a little moved."""
    height, width = size
    picture = np.full((height, width, 3), background, np.uint8)
    moved = np.array(TYPES[kind]) + random.normal(0, 0.02, 2)
    cv2.fillPoly(picture, [(moved * (width, height)).astype(np.int32)], COLOURS[colour][::-1])
    return cv2.imencode(".jpg", picture)[1].tobytes()


def write_table(path, rows):
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("shared"), np.random.default_rng(0)
    data = folder / "data"
    for name in ("products/pictures", "user-photos/photos", "shop-views/pictures"):
        (data / name).mkdir(parents=True)
    things = [(kind, colour) for kind in TYPES for colour in COLOURS]
    products = []
    with tarfile.open(data / "products/small-60x80.tar", "w") as tar:
        for number in range(270):
            kind, colour = things[number % len(things)]
            size = "small" if number >= 240 else "large"
            products.append({
                "id": str(number), "size": size, "gender": "Men" if kind == "Tshirts" else "Women", "master_category": "",
                "sub_category": "", "article_type": kind, "base_colour": colour, "season": "", "year": "", "usage": "",
                "name": f"Drawn {'Striped' if number % 2 else 'Solid'} {kind}"})
            picture = drawn(kind, colour, random, (80, 60) if size == "small" else (300, 225))
            if size == "small":
                entry = tarfile.TarInfo(f"{number}.jpg")
                entry.size = len(picture)
                tar.addfile(entry, io.BytesIO(picture))
            else:
                (data / f"products/pictures/{number}.jpg").write_bytes(picture)
    write_table(data / "products/products.csv", products)
    photos = []
    for number in range(54):
        kind, colour = things[number % len(things)]
        (data / f"user-photos/photos/u{number}.jpg").write_bytes(drawn(kind, colour, random, (272, 204), 120))
        photos.append({"photo": f"u{number}", "label": LABELS[kind], "kids": "False", "sender": str(number // 3)})
    write_table(data / "user-photos/labels.csv", photos)
    write_table(data / "user-photos/accepted-types.csv",
                [{"label": label, "article_types": kind} for kind, label in LABELS.items()])
    views = []
    for number, (kind, colour) in enumerate(things):
        for view in ("main", "back"):
            (data / f"shop-views/pictures/{number}-{view}.jpg").write_bytes(drawn(kind, colour, random))
            views.append({"picture": f"{number}-{view}.jpg", "product": f"{kind}-{colour}", "style": kind,
                          "main": str(int(view == "main")), "name": kind, "category": kind, "price": "1"})
    write_table(data / "shop-views/views.csv", views)
    return folder


@pytest.fixture(scope="session")
def nacre_training(shared, tmp_path_factory):
    """Runs the command line on the drawn data; returns what it printed. Its folder: `.work`."""
    work = tmp_path_factory.mktemp("work")

    def run(*words, module="nacre_training"):
        environment = {**os.environ, "NACRE_SHARED": str(shared), "NACRE_TRAINING_WORK": str(work),
                       "PYTHONPATH": str(TRAINING)}
        done = subprocess.run([sys.executable, "-W", "ignore", "-m", module, *map(str, words)],
                              env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.work = work
    return run
