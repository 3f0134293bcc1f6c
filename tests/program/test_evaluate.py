# SPDX-License-Identifier: Apache-2.0
"""`nacre evaluate search` as an operator calls it, on the drawn wardrobe's pictures."""
import json
import re
import zipfile

import pytest

from conftest import ROOT, run_nacre

MODELS = ROOT / "tests/models"


@pytest.fixture(scope="module")
def truth(wardrobe, tmp_path_factory):
    """Each picture of the gallery is a product of a group of its own kind, and asks for the others."""
    path = tmp_path_factory.mktemp("truth") / "wardrobe.jsonl"
    pictures = sorted((wardrobe / "pictures").rglob("*.jpg"))[:24]
    lines = [{"gallery": str(p), "groups": [f"g{n % 3}"]} for n, p in enumerate(pictures)]
    lines += [{"query": str(p), "domain": "studio", "category": "women.dresses" if n % 2 else "men.shirts",
               "relevant": {f"g{n % 3}": 1}} for n, p in enumerate(pictures)]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_reports_are_written(truth, tmp_path):
    encoder, shipped = MODELS / "encoder.onnx", ROOT / "models/encoder.onnx"
    done = run_nacre("evaluate", "search", "--truth", truth, "--model", encoder, "--model", shipped, "--weights", "own",
                     "--weights", "1:0", "--propose-weights", "--json", tmp_path / "r.json", "--html", tmp_path / "r.html",
                     "--xlsx", tmp_path / "r.xlsx")
    assert done.returncode == 0, done.stderr
    for row in (r"Domain +studio +studio", r"Shape:colour +own +1:0", r"Queries +24 +24"):
        assert re.search("^" + row, done.stdout, re.M), done.stdout
    assert "mean-colour-1" in done.stdout
    told = json.loads((tmp_path / "r.json").read_text())
    names = [section["name"] for section in told["sections"]]
    assert names == ["Summary", "Against mean-colour-1", "Weights", "Categories"]
    own, shape = told["sections"][0]["tables"][0]["rows"]
    assert own["weights"] == "own" and shape["weights"] == "1:0" and own["queries"] == 24
    low, high = own["interval"]["map"]
    assert 0 < low <= own["map"] <= high < 1 and own["r_at_1"] == own["p_at_1"]
    assert {row["category"] for row in told["sections"][3]["tables"][0]["rows"]} == {"women.dresses", "men.shirts"}
    with zipfile.ZipFile(tmp_path / "r.xlsx") as book:
        tabs = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert tabs == [*names, "Definitions"]
    page = (tmp_path / "r.html").read_text()
    assert page.count('class="right"') + page.count('class="wrong"') == 24 * 10


def test_the_same_call_gives_the_same_report(truth, tmp_path):
    for name in ("a", "b"):
        call = run_nacre("evaluate", "search", "--truth", truth, "--model", MODELS / "encoder.onnx", "--json", tmp_path / name)
        assert call.returncode == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_second_stage_is_measured_as_searches_do_it(truth, tmp_path):
    told = {}
    for name, words in {"own": [], "200": ["--refine", "200"], "0": ["--refine", "0"]}.items():
        call = run_nacre("evaluate", "search", "--truth", truth, "--json", tmp_path / name, *words)
        assert call.returncode == 0, call.stderr
        told[name] = json.loads((tmp_path / name).read_text())["sections"][0]["tables"][0]["rows"]
    assert told["own"] == told["200"] != told["0"]


@pytest.mark.parametrize("words, code, told", [
    ([], 2, "--truth is missing"),
    (["--truth", "/nowhere.jsonl"], 1, "/nowhere.jsonl"),
    (["--truth", "TRUTH", "--weights", "2-8"], 2, "expected shape:colour"),
    (["--truth", "TRUTH", "--refine", "-5"], 2, "from 0 to 1000"),
    (["--truth", "TRUTH", "--refine", "1001"], 2, "from 0 to 1000"),
    (["--truth", "TRUTH", "--model", MODELS / "detector.onnx"], 1, "\"detector\", not \"encoder\""),
])
def test_bad_input_is_told(truth, words, code, told):
    done = run_nacre("evaluate", "search", *(truth if word == "TRUTH" else word for word in words))
    assert done.returncode == code and told in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
