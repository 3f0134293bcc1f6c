# SPDX-License-Identifier: Apache-2.0
"""`nacre evaluate detect` from photos and .seg files to its three reports, read back as their users read them."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

NACRE = os.environ["NACRE"]
MODELS = Path(__file__).parent / "models"
SIDE, CELL = 128, 16  # of a photo, and of what the tests' detector takes for a dress (red) or a shoe (blue)
RED, BLUE, WHITE = b"\xff\0\0", b"\0\0\xff", b"\xff\xff\xff"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def png(cells):
    """A white picture with cells: {(column, row): colour}."""
    rows = b"".join(
        b"\0" + b"".join(cells.get((x // CELL, y // CELL), WHITE) for x in range(SIDE)) for y in range(SIDE))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Workbook:
    """What is in an xlsx file, by the standard library alone."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.strings = ["".join(t.text or "" for t in item.iter(SHEET + "t"))
                        for item in self.read("xl/sharedStrings.xml").iter(SHEET + "si")]
        self.names = [sheet.get("name") for sheet in self.read("xl/workbook.xml").iter(SHEET + "sheet")]
        styles = self.read("xl/styles.xml")
        fills = [fill.find(f".//{SHEET}fgColor") for fill in styles.find(SHEET + "fills")]
        self.fills = [fills[int(format.get("fillId"))] for format in styles.find(SHEET + "cellXfs")]

    def read(self, name):
        return ElementTree.fromstring(self.zip.read(name))

    def sheet(self, name):
        return self.read(f"xl/worksheets/sheet{self.names.index(name) + 1}.xml")

    def rows(self, name):
        """Rows of {column's letters: (value, colour behind it)}."""
        for row in self.sheet(name).iter(SHEET + "row"):
            yield {cell.get("r").rstrip("0123456789"): self.cell(cell) for cell in row}

    def cell(self, cell):
        fill = self.fills[int(cell.get("s", 0))]
        value = cell.findtext(SHEET + "v")
        if value is not None:
            value = self.strings[int(value)] if cell.get("t") == "s" else round(float(value), 9)
        return value, fill.get("rgb") if fill is not None else None

    def table(self, name):
        """The first table of a sheet that has no title there, by its heads."""
        rows = self.rows(name)
        heads = {column: value for column, (value, _) in next(rows).items()}
        for row in rows:
            if len(row) < 2:
                return
            yield {heads[column]: cell for column, cell in row.items()}


class EvaluateDetectTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="nacre-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.truth = self.folder / "truth & <more>"
        self.truth.mkdir()

    def photo(self, name, domain, cells, objects, complete=("women.dresses", "women.shoes")):
        (self.truth / f"{name}.png").write_bytes(png(cells))
        lines = ["seg 1", f"photo {SIDE} {SIDE} {name}.png", f"domain {domain}", *(f"complete {c}" for c in complete)]
        for category, *box in objects:
            lines += ["object", f"category {category}", f"box {' '.join(map(str, box))}", "state drawn"]
        (self.truth / f"{name}.seg").write_text("\n".join(lines) + "\n")

    def photos(self):
        """On the street one dress of two is marked where it is found; the user's photo shows a pair of shoes."""
        self.photo("a", "street", {(1, 1): RED, (5, 5): RED},
                   [("women.dresses.evening", 16, 16, 16, 16), ("girls.dresses", 64, 16, 16, 16)])
        self.photo("b", "user", {(2, 2): BLUE, (3, 2): BLUE}, [("men.shoes", 32, 32, 32, 16)])
        self.photo("c", "unknown", {}, [])

    def evaluate(self, *options, code=0, truth=None, models=("detector.onnx",)):
        command = [NACRE, "evaluate", "detect", "--truth", str(truth or self.truth)]
        for model in models:
            command += ["--model", str(MODELS / model)]
        run = subprocess.run([*command, *map(str, options)], capture_output=True, text=True, timeout=300, cwd=self.folder)
        self.assertEqual(run.returncode, code, f"{command}\n{run.stdout}{run.stderr}")
        return run

    def report(self, *options, **others):
        path = self.folder / "report.json"
        self.evaluate("--json", path, *options, **others)
        return json.loads(path.read_text())

    def rows(self, report, section, table=0):
        return next(s for s in report["sections"] if s["name"] == section)["tables"][table]["rows"]

    def test_figures(self):
        self.photos()
        report = self.report()
        summary = {row["domain"]: row for row in self.rows(report, "Summary")}
        self.assertEqual(list(summary), ["Street", "User", "Unknown domain"])
        street = summary["Street"]
        self.assertEqual([street[key] for key in ("photos", "objects", "right", "wrong")], [1, 2, 1, 1])
        self.assertEqual([street[key] for key in ("tpr", "fpr", "precision", "recall", "f1")], [.5] * 5)
        self.assertEqual(street["false_alarms_per_photo"], 1)
        user = summary["User"]
        self.assertEqual([user[key] for key in ("tpr", "fpr", "ap50", "ap", "empty_photos")], [1, 0, 1, 1, 0])
        empty = summary["Unknown domain"]
        self.assertEqual([empty[key] for key in ("objects", "tpr", "empty_photos", "empty_photos_with_alarm")],
                         [0, None, 1, 0])
        dress = next(row for row in self.rows(report, "Street") if row["category"] == "dress")
        self.assertEqual(dress["stored_threshold"], .5)
        self.assertEqual(next(row for row in self.rows(report, "dress", 1) if row["domain"] == "Street"),
                         {"domain": "Street", "class": 0, "place": 0, "both": 0, "twice": 0, "background": 1, "missed": 1})
        self.assertIn("IoU", report["definitions"]["Right"])

    def worse_model(self):
        """The same network, whose dresses never reach their working point."""
        path = self.folder / "worse.onnx"
        path.write_bytes((MODELS / "detector.onnx").read_bytes().replace(b"cells", b"tiles")
                         .replace(b'"threshold": 0.5', b'"threshold": 1.0'))
        return path

    def test_models_are_compared(self):
        self.photos()
        xlsx, html = self.folder / "r.xlsx", self.folder / "r.html"
        report = self.report("--stored", "--xlsx", xlsx, "--html", html, models=("detector.onnx", self.worse_model()))
        before, now = [row for row in self.rows(report, "Summary") if row["domain"] == "User"]
        self.assertEqual([before["model"], now["model"]], ["cells-1", "tiles-1"])
        self.assertEqual([before["tpr"], now["tpr"], now["before"]["tpr"]], [1, 0, 1])
        self.assertNotIn("before", before)

        book = Workbook(xlsx)
        row = next(row for row in book.table("Summary") if row["Domain"][0] == "User" and row["Model"][0] == "tiles-1")
        self.assertEqual([row[f"TPR{what}"][0] for what in ("", " before", " change")], [0, 1, -1])
        self.assertEqual(row["TPR change"][1], "FFF9E4E9")  # worse is red
        street = next(row for row in book.table("Street") if row["Category"][0] == "all" and row["Model"][0] == "tiles-1")
        self.assertEqual(street["False alarms a photo change"], (-1, "FFE3F1E6"))  # fewer is better: green

        page = html.read_text()
        self.assertIn('<span class="bad">-1.000</span>', page)
        self.assertIn("truth &amp; &lt;more&gt;/a.png", page)
        self.assertNotIn("<more>", page)
        self.assertEqual(page.count("<img"), 4)  # two photos with mistakes: as marked, as found
        self.assertNotIn("http", page.replace("https://arxiv.org", ""))  # it needs nothing else

    def test_workbook(self):
        self.photos()
        xlsx = self.folder / "r.xlsx"
        self.evaluate("--xlsx", xlsx)
        book = Workbook(xlsx)
        self.assertEqual(book.names, ["Summary", "Street", "User", "Unknown domain", "dress", "shoe", "Definitions"])
        for name in book.names:
            pane = book.sheet(name).find(f".//{SHEET}pane")
            self.assertEqual(pane.get("state"), "frozen", name)
        definitions = {row["A"][0] for row in book.rows("Definitions")}
        self.assertLessEqual({"TPR", "FPR", "AP50–95", "Working point", "Background"}, definitions)

    @unittest.skipUnless(shutil.which("soffice"), "no LibreOffice here")
    def test_libreoffice_reads_it(self):
        self.photos()
        xlsx, out = self.folder / "r.xlsx", self.folder / "out"
        self.evaluate("--stored", "--xlsx", xlsx, models=("detector.onnx", self.worse_model()))
        run = subprocess.run(["soffice", f"-env:UserInstallation=file://{self.folder}/profile", "--headless", "--convert-to",
                              "xlsx", "--outdir", out, xlsx], capture_output=True, text=True, timeout=300, check=True)
        self.assertNotIn("rror", run.stdout + run.stderr)
        ours, theirs = Workbook(xlsx), Workbook(out / "r.xlsx")
        self.assertEqual(ours.names, theirs.names)
        for name in ours.names:
            values = [[[value for value, _ in row.values() if value is not None] for row in book.rows(name)]
                      for book in (ours, theirs)]
            self.assertEqual(*([row for row in rows if row] for rows in values), name)

    def test_fpr(self):
        self.photos()
        report = self.report("--fpr", "0.1")
        # The false alarm on the street scores as high as the right one.
        self.assertEqual(next(row for row in self.rows(report, "Summary"))["wrong"], 0)
        self.evaluate("--fpr", "1.5", code=2)
        self.evaluate("--fpr", "0.1", "--stored", code=2)

    def test_words(self):
        self.photo("a", "street", {(1, 1): RED, (5, 5): RED}, [("gown", 16, 16, 16, 16), ("Kleid", 80, 80, 16, 16)],
                   ("gown", "Kleid"))
        words = self.folder / "words.csv"
        words.write_text("# what two people wrote\ngown,women.dresses.evening\n\nKleid,dress\n")
        street = self.rows(self.report("--words", words), "Summary")[0]
        self.assertEqual([street[key] for key in ("objects", "right", "wrong")], [2, 2, 0])
        for text, *told in (("gown", "line 1", "ID"), ("gown,dress\nKleid,robe", "robe", "Kleid")):
            words.write_text(text)
            self.refuses(*told, options=("--words", words))

    def refuses(self, *expected, options=(), **how):
        lines = self.evaluate(*options, code=1, **how).stderr.splitlines()
        errors = [line for line in lines if not line.startswith("nacre: photos ")]  # progress
        self.assertEqual(len(errors), 1, lines)
        for words in expected:
            self.assertIn(words, errors[0])

    def test_bad_input_is_told(self):
        self.photos()
        self.refuses("foreign.onnx", "nacre", models=("foreign.onnx",))
        self.refuses("encoder.onnx", models=("encoder.onnx",))
        self.refuses("absent.onnx", models=("absent.onnx",))
        self.refuses("/absent", truth=self.folder / "absent")
        (self.truth / "b.png").write_bytes(png({})[:100])
        self.refuses("b.seg", "b.png")
        (self.truth / "b.png").unlink()
        self.refuses("b.seg", "b.png")
        (self.truth / "b.seg").write_text("seg 1\nphoto none\n")
        self.refuses("b.seg", "line 2")
        self.photo("b", "user", {}, [])
        seg = self.truth / "b.seg"
        seg.write_text(seg.read_text().replace(f"photo {SIDE} {SIDE}", f"photo {SIDE} 12"))
        self.refuses("b.png", "128 x 128", "128 x 12")

    def test_truth_without_meaning_is_told(self):
        self.refuses(".seg", "nacre label import")
        self.photo("a", "street", {}, [("Dress", 0, 0, 9, 9), ("gown", 0, 0, 9, 9)])
        self.refuses("none of the 2 objects", "nacre label check")
        run = subprocess.run([NACRE, "evaluate", "detect"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main()
