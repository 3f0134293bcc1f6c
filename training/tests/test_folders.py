# SPDX-License-Identifier: Apache-2.0
"""Class folders: what is filed, what is doubted, what they say to training."""
import cv2
import numpy as np
import pytest

from nacre_training import filing, folders, sources
from nacre_training.classes import Classes
from nacre_training.labels import PATTERNS, pattern_of
from nacre_training.sources import Picture


@pytest.fixture
def filled(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "SHARED", shared / "data")
    monkeypatch.setattr(sources, "WORK", tmp_path)
    filing.fill(root=tmp_path / "folders")
    return tmp_path / "folders"


def picture_of(name):
    return next(p for p in sources.everything() if p.name == name)


def test_products_are_filed_by_form_colour_and_pattern(filled):
    train = [p for p in sources.products() if p.split == "train"]
    small = next(p for p in train if p.size == "small")
    large = next(p for p in train if p.size == "large")
    for picture in (small, large):
        said = "striped" if int(picture.name) % 2 else "plain"
        for folder in (f"shape/{picture.type}", f"colour/{picture.colour.lower()}", f"colour/{said}"):
            assert (filled / folder / f"studio-{picture.name}.jpg").read_bytes() == picture.read()
    assert (filled / f"shape/{large.type}/studio-{large.name}.jpg").is_symlink()
    measured = {folders.stem(p) for p in sources.everything() if p.split != "train"}
    assert not measured & {file.stem for file in filled.rglob("*.jpg")}


def test_filling_again_would_lose_a_persons_work(filled):
    with pytest.raises(SystemExit, match="filled already"):
        filing.fill(root=filled)


def test_what_a_person_moves_is_what_is_learnt(filled):
    shirt = next(p for p in sources.products() if p.split == "train" and p.type == "Tshirts")
    name = f"studio-{shirt.name}.jpg"
    assert Classes().possible(picture_of(shirt.name)) == Classes().possible(shirt)
    (filled / "shape/Tshirts" / name).rename(filled / "shape/Dresses" / name)
    classes = Classes()
    assert {classes.forms[classes.pairs[n][0]].name for n in classes.possible(picture_of(shirt.name))} == {"Dresses"}
    for file in filled.glob(f"colour/*/{name}"):
        file.unlink()
    (filled / "colour/red-white").mkdir()
    (filled / "colour/red-white" / name).symlink_to(filled / "shape/Dresses" / name)
    assert picture_of(shirt.name).colour == "red-white" and pattern_of(picture_of(shirt.name)) == -1
    (filled / "aside/shape/Dresses").mkdir(parents=True)
    (filled / "shape/Dresses" / name).rename(filled / "aside/shape/Dresses" / name)
    assert picture_of(shirt.name).split == "aside"


def test_without_folders_nothing_changes():
    known = [Picture("studio", "1", "1", "", "train", type="Tshirts", colour="Red", title="Striped Tshirt")]
    assert folders.Folders().tell(known, None) == known
    assert pattern_of(known[0]) == list(PATTERNS).index("striped")


@pytest.mark.parametrize("files, words", [
    ({"shape/Kimonos/a.jpg": "x"}, "Kimonos/category"),
    ({"shape/Kimonos/a.jpg": "x", "shape/Kimonos/category": "women.kimono-like"}, "women.kimono-like"),
    ({"shape/Kimonos/a.jpg": "x", "shape/Kimonos/category": " "}, "is empty"),
    ({"shape/Dresses/a.jpg": "x", "shape/Tops/a.jpg": "x"}, "stands in shape/Dresses too"),
    ({"colour/red/a.jpg": "x"}, "no folder of shape"),
])
def test_a_wrong_folder_is_named(tmp_path, files, words):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(SystemExit, match=words):
        told = folders.read(tmp_path)
        Classes(told=told)
        told.tell([], lambda name, file, form: Picture("studio", name, name, str(file), "train", form=form))


def test_two_colours_are_named_and_seen():
    assert filing.two_colours("Lotto Men White-Red Shoe") == ["red", "white"]
    assert filing.two_colours("Puma Navy Blue T-shirt") is None
    picture = np.full((300, 225, 3), 255, np.uint8)
    cv2.rectangle(picture, (40, 40), (185, 260), (200, 25, 30), -1)
    assert not filing.shows(picture, ["red", "white"])
    for top in range(50, 250, 40):
        cv2.rectangle(picture, (60, top), (165, top + 20), (250, 250, 250), -1)
    assert filing.shows(picture, ["red", "white"]) and not filing.shows(picture, ["green", "white"])


def test_the_one_wrong_label_is_doubted():
    random = np.random.default_rng(0)
    names = ["Tshirts"] * 100 + ["Dresses"] * 100
    seen = random.normal(size=(200, 60)).astype(np.float32)
    seen[:100, :40] += 12
    names[7] = "Dresses"
    pictures = [Picture("studio", str(n), str(n), "", "train", title=f"title {n}") for n in range(200)]
    row, = filing.doubts("shape", pictures, names, seen)
    assert (row["picture"], row["from"], row["to"], row["title"]) == ("studio-7.jpg", "Dresses", "Tshirts", "title 7")
