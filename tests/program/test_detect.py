# SPDX-License-Identifier: Apache-2.0
"""`nacre detect`, `encode` and `index`: what they print, and what they say to bad input."""

import re
import struct
import zlib

import pytest

from conftest import ROOT, Nacre, run_nacre


@pytest.fixture(scope="session")
def photos(wardrobe):
    return sorted((wardrobe / "photos").glob("*.jpg"))


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A workspace with the tests' tiny networks, whose detector finds red and blue squares."""
    workspace = tmp_path_factory.mktemp("small") / "w"
    assert run_nacre("init", workspace).returncode == 0
    (workspace / "models").mkdir()
    for name in ("encoder.onnx", "detector.onnx"):
        (workspace / "models" / name).write_bytes((ROOT / "tests/models" / name).read_bytes())
    return Nacre(workspace)


def png(width, height, rows):
    """A PNG of this size, whatever rows are behind its header."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="session")
def squares(tmp_path_factory):
    """A red square and a pair of blue ones, each in one cell of the tiny detector's grid."""
    def colour_at(x, y):
        if 40 <= x < 80 and 80 <= y < 120:
            return 255, 0, 0
        if 240 <= y < 280 and (40 <= x < 80 or 120 <= x < 160):
            return 0, 0, 255
        return 255, 255, 255
    path = tmp_path_factory.mktemp("photos") / "squares.png"
    rows = b"".join(b"\0" + b"".join(bytes(colour_at(x, y)) for x in range(320)) for y in range(320))
    path.write_bytes(png(320, 320, rows))
    return path


def test_items_have_boxes_masks_and_names(small, squares):
    (reply,) = small.lines("detect", squares)
    assert reply["photo"] == {"path": str(squares), "width": 320, "height": 320}
    assert reply["model"] == "cells-1"
    shoes, dress = reply["items"]
    assert shoes["box"] == [40, 240, 120, 40] and dress["box"] == [40, 80, 40, 40]
    assert dress["category"] == "women.dresses.evening"
    assert dress["label"] == {"en": "Evening dresses", "ru": "Вечерние платья"}
    assert shoes["category"] == "men.shoes.casual.sneakers"
    for item in reply["items"]:
        assert 0.5 < item["score"] <= 1
        assert item["mask"]["size"] == [320, 320] and re.fullmatch(r"[0-o]+", item["mask"]["counts"])
        assert all(0 <= category["score"] <= 1 for category in item["categories"])


def test_min_score_is_obeyed(small, squares):
    assert len(small.lines("detect", squares, "--min-score", "0.9999")[0]["items"]) == 0
    assert len(small.lines("detect", squares, "--min-score", "0")[0]["items"]) > 2
    assert "0 to 1" in small.refuses("detect", squares, "--min-score", "7", code=2)


def test_items_are_drawn(small, squares, tmp_path):
    drawn = tmp_path / "drawn.png"
    small("detect", squares, "--draw", drawn)
    assert drawn.read_bytes().startswith(b"\x89PNG") and drawn.read_bytes() != squares.read_bytes()
    assert "one photo" in small.refuses("detect", squares, squares, "--draw", drawn, code=2)
    assert "no-such" in small.refuses("detect", squares, "--draw", tmp_path / "no-such/x.png", code=1)


def test_a_photo_of_nothing_is_searched_whole(small, tmp_path):
    white = tmp_path / "white.png"
    white.write_bytes(png(320, 240, (b"\0" + b"\xff" * 960) * 240))
    assert small.lines("detect", white)[0]["items"] == []
    (item,) = small.lines("search", white)[0]["items"]
    assert item["box"] == [0, 0, 320, 240] and item["score"] == 1 and "mask" not in item


def test_faces_are_drawn_blurred(small, squares, tmp_path):
    """To this workspace's faces.onnx a red square is a face."""
    (small.workspace / "models/faces.onnx").write_bytes((ROOT / "tests/models/faces.onnx").read_bytes())
    for name, options in (("blurred", ()), ("kept", ("--keep-faces",))):
        small("detect", squares, "--draw", tmp_path / name, *options)
    assert (tmp_path / "blurred").read_bytes() != (tmp_path / "kept").read_bytes()


def test_the_parts_times_are_told(small, squares):
    assert re.search(r"load \d+ ms, decode \d+ ms, detect \d+ ms, encode \d+ ms", small("detect", squares, "--timings").stderr)


def test_codes_are_32_hex_digits(nacre, photos):
    replies = nacre.lines("encode", *photos[:3])
    assert [reply["picture"] for reply in replies] == [str(photo) for photo in photos[:3]]
    for reply in replies:
        assert re.fullmatch(r"[0-9a-f]{32}", reply["shape"]) and re.fullmatch(r"[0-9a-f]{32}", reply["colour"])
        assert reply["category"] and reply["categories"]
    assert replies == nacre.lines("encode", *photos[:3])


@pytest.mark.parametrize("command, key", [("detect", "photo"), ("encode", "picture")])
def test_bad_pictures_are_told(nacre, photos, tmp_path, command, key):
    bad = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"I am no picture, whatever my name says\n", "a text"),
        "page.jpg": (b"<!doctype html><html><title>404</title>", "an HTML page"),
        "cut.jpg": (photos[0].read_bytes()[:3000], "broken"),
        "bomb.png": (png(65535, 65535, b""), "65535x65535"),
    }
    for name, (content, words) in bad.items():
        path = tmp_path / name
        path.write_bytes(content)
        line = nacre.refuses(command, path, code=1)
        assert str(path) in line and words in line
    assert "none.jpg" in nacre.refuses(command, tmp_path / "none.jpg", code=1)
    assert key.upper() in nacre.refuses(command, code=2)
    replies = nacre.lines(command, photos[0], tmp_path / "text.jpg", photos[0], code=1)
    assert [("error" in reply) for reply in replies] == [False, True, False]
    assert replies[1]["error"]["status"] == "format"
    name = replies[1][key]
    assert (name["path"] if key == "photo" else name) == str(tmp_path / "text.jpg")


def test_a_wrong_model_is_told(tmp_path, photos):
    workspace = tmp_path / "w"
    assert run_nacre("init", workspace).returncode == 0
    (workspace / "models").mkdir()
    call = Nacre(workspace)
    model = workspace / "models/encoder.onnx"
    model.write_bytes(b"no network at all")
    assert str(model) in call.refuses("encode", photos[0], code=1)
    model.write_bytes((ROOT / "tests/models/foreign.onnx").read_bytes())
    assert "nacre.kind" in call.refuses("encode", photos[0], code=1)


def test_nothing_is_indexed_twice(nacre):
    (counts,) = nacre.lines("index")
    assert counts == {"products": 0, "pictures": 0, "ignored": 0, "unmapped": 0, "failed": 0}
    assert "no-such" in nacre.refuses("index", "no-such", code=1)


def test_disagreements_name_mapping_and_sight(nacre):
    for line in nacre.lines("index", "--disagreements"):
        assert line["shop"] == "wardrobe" and line["category"] != line["seen"]
