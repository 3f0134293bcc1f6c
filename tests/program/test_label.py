# SPDX-License-Identifier: Apache-2.0
"""`nacre label`: other tools' labels in, COCO out, what is wrong, what there is."""

import json
import struct
import zlib

import pytest

from conftest import run_nacre


def grey_png(rows):
    """A PNG of these rows of grey values."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def folder(tmp_path):
    """Photos of 8x10 pixels, two of them, a folder for labels, and class names."""
    (tmp_path / "photos/more").mkdir(parents=True)
    (tmp_path / "labels/more").mkdir(parents=True)
    for name in ("a.png", "more/b.png"):
        (tmp_path / "photos" / name).write_bytes(grey_png([[255] * 8] * 10))
    (tmp_path / "names.txt").write_text("background\nbags\nwomen.dresses\n")
    return tmp_path


def label(*arguments, code=0):
    done = run_nacre("label", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def imported(folder, form, *options):
    label("import", "--format", form, *options, folder / "labels", folder / "photos")
    return (folder / "photos/a.seg").read_text()


def test_yolo_boxes_and_outlines(folder):
    (folder / "labels/a.txt").write_text("1 0.5 0.5 0.25 0.2\n\n2  0 0 0.5 0 0.5 0.5\n")
    text = imported(folder, "yolo", "--classes", folder / "names.txt", "--domain", "user")
    assert text == ("seg 1\nphoto 8 10 a.png\ndomain user\n\n"
                    "object\ncategory bags\nbox 3 4 2 2\nstate drawn\n\n"
                    "object\ncategory women.dresses\nbox 0 0 4 5\npolygon 0 0 4 0 4 5\nstate drawn\n")
    assert not (folder / "photos/more/b.seg").exists()  # no labels: unknown


def test_voc(folder):
    (folder / "labels/more/b.xml").write_text(
        "<annotation><size><width>8</width></size><object><name>bags</name><difficult>1</difficult><bndbox><xmin>1</xmin>"
        "<ymin>2</ymin><xmax>4</xmax><ymax>6.5</ymax></bndbox></object></annotation>")
    label("import", "--format", "voc", folder / "labels", folder / "photos")
    assert (folder / "photos/more/b.seg").read_text() == (
        "seg 1\nphoto 8 10 b.png\ndomain unknown\n\nobject\ncategory bags\nbox 1 2 3 4.5\nstate doubtful\n")


def test_label_pictures(folder):
    rows = [[0] * 8 for _ in range(10)]
    rows[2][3] = rows[3][3] = rows[3][4] = 2
    (folder / "labels/a.png").write_bytes(grey_png(rows))
    text = imported(folder, "png", "--classes", folder / "names.txt", "--complete")
    assert "complete bags\ncomplete women.dresses\n" in text and "background" not in text
    assert "category women.dresses\nbox 3 2 2 2\nmask " in text
    label("export", folder / "photos", folder / "out.json")
    (annotation,) = json.loads((folder / "out.json").read_text())["annotations"]
    assert annotation["area"] == 3 and annotation["segmentation"]["size"] == [10, 8]


def test_coco_comes_back(folder):
    (folder / "labels/a.txt").write_text("1 0.5 0.5 0.25 0.2\n")
    before = imported(folder, "yolo", "--classes", folder / "names.txt")
    label("export", folder / "photos", folder / "out.json")
    assert json.loads(label("import", folder / "out.json", folder / "again", "--json").stdout) == {"photos": 1, "objects": 1}
    assert (folder / "again/a.seg").read_text() == before


def test_check_and_stats(folder):
    (folder / "labels/a.txt").write_text("1 0.5 0.5 0.25 0.2\n1 0.2 0.2 0.1 0.1\n")
    imported(folder, "yolo", "--classes", folder / "names.txt", "--complete")
    stats = json.loads(label("stats", folder / "photos", "--json").stdout)
    assert stats["photos"] == {"unknown": 1, "street": 0, "user": 0, "studio": 0} and stats["objects"] == 2
    assert stats["categories"]["bags"] == {"objects": 2, "photos": 1, "complete": 1}
    faults = label("check", folder / "photos", code=1).stdout
    assert "background" in faults and "1 files, 1 faults" in faults
    (folder / "photos/bad.seg").write_text("seg 1\nphoto 5\n")
    faults = [json.loads(line) for line in label("check", folder / "photos", "--json", code=1).stdout.splitlines()]
    assert any("bad.seg" in fault["file"] and "line 2" in fault["what"] for fault in faults)


@pytest.mark.parametrize("form, name, content, words", [
    ("yolo", "a.txt", b"7 0.5 0.5 0.1 0.1\n", "line 1: expected a class from 0 to 2"),
    ("yolo", "a.txt", b"1 0.5 0.5 0.1 0.1\n1 0.5 1.5 0.1 0.1\n", "line 2"),
    ("voc", "a.xml", b"<annotation><object><name>bags</name></object></annotation>", "no whole bndbox"),
    ("voc", "a.xml", b"<!DOCTYPE annotation [<!ENTITY a 'b'>]><annotation/>", "no DOCTYPE"),
    ("voc", "a.xml", b"not xml", "no Pascal VOC file"),
    ("png", "a.png", grey_png([[9] * 8] * 10), "label 9 has no name"),
    ("png", "a.png", grey_png([[0] * 9] * 10), "9x10 pixels, its photo 8x10"),
    ("png", "a.png", b"not a picture", "it is a text"),
])
def test_bad_labels_are_told(folder, form, name, content, words):
    path = folder / "labels" / name
    path.write_bytes(content)
    done = label("import", "--format", form, "--classes", folder / "names.txt", folder / "labels", folder / "photos", code=1)
    assert words in done.stderr and str(path) in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (folder / "photos/a.seg").exists()


def test_wrong_usage_is_told(folder):
    label("import", "--format", "moon", folder / "labels", folder / "photos", code=2)
    assert "--classes" in label("import", "--format", "yolo", folder / "labels", folder / "photos", code=2).stderr
    assert "no-such" in label("import", folder / "no-such.json", folder / "photos", code=1).stderr
    assert "no-such" in label("stats", folder / "no-such", code=1).stderr
