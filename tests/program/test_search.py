# SPDX-License-Identifier: Apache-2.0
"""`nacre search`, `similar`, `doctor`, and what they say to bad input."""

import socket
import struct
import zlib

import pytest

from conftest import MATCH


@pytest.fixture(scope="session")
def photo(wardrobe):
    return wardrobe / "photos" / "dresses-1201.jpg"


def test_search_gives_ranked_products(nacre, photo):
    (reply,) = nacre.lines("search", photo, "--top", "7")
    assert reply["photo"]["path"] == str(photo)
    assert reply["model"]
    (item,) = reply["items"]
    assert len(item["results"]) == 7
    assert all(0 <= result["similarity"] <= 1 for result in item["results"])
    shape, colour = map(int, item["weights"].split(":"))
    for rank, result in enumerate(item["results"], 1):
        assert result["rank"] == rank
        expected = (shape * result["shape"] + colour * result["colour"]) / (shape + colour)
        assert result["similarity"] == pytest.approx(expected, abs=1e-4)
        product = result["product"]
        assert product["shop"] == "wardrobe" and product["name"] and product["url"].startswith("http")
        with open(product["picture"], "rb") as picture:
            assert picture.read(2) in (b"\xff\xd8", b"\x89P")
    ids = [result["product"]["id"] for result in item["results"]]
    assert len(set(ids)) == len(ids)


def test_results_have_a_word_that_weights_do_not_change(nacre, photo):
    words = {}
    picture = nacre.lines("search", photo, "--top", "1")[0]["items"][0]["results"][0]["product"]["picture"]
    for weights in ("1:1", "3:1"):
        (item,) = nacre.lines("search", picture, "--top", "40", "--weights", weights)[0]["items"]
        table = MATCH["women.dresses" if item["category"].startswith("women.dresses") else ""]
        shape, colour = table["weights"]
        for result in item["results"]:
            similarity = (shape * result["shape"] + colour * result["colour"]) / (shape + colour)
            expected = next((word for word in ("same", "very similar", "similar") if similarity >= table[word]), "related")
            assert result["match"] == expected
            assert words.setdefault(result["product"]["id"], expected) == expected
    assert {"same", "related"} <= set(words.values())
    line = nacre("search", picture, "--top", "1").stdout.splitlines()[1]
    assert "  same: " in line


def test_a_product_s_own_picture_finds_it_first(nacre, photo):
    (reply,) = nacre.lines("search", photo)
    product = reply["items"][0]["results"][0]["product"]
    (again,) = nacre.lines("search", product["picture"], "--top", "1", "--category", product["category"])
    best = again["items"][0]["results"][0]
    assert best["similarity"] == 1 and best["product"]["picture"] == product["picture"]


def test_an_item_s_own_box_is_that_item(nacre, photo):
    item = nacre.lines("search", photo, "--category", "women.shoes")[0]["items"][0]
    box = ",".join(map(str, item["box"]))
    (again,) = nacre.lines("search", photo, "--category", "women.shoes", "--box", box)[0]["items"]
    assert again["box"] == item["box"] and again["results"] == item["results"] != []


def test_weights_change_the_order(nacre, photo):
    by_shape = nacre.lines("search", photo, "--weights", "1:0")[0]["items"][0]
    by_colour = nacre.lines("search", photo, "--weights", "0:1")[0]["items"][0]
    assert all(result["similarity"] == result["shape"] for result in by_shape["results"])
    assert all(result["similarity"] == result["colour"] for result in by_colour["results"])
    assert by_shape["results"] != by_colour["results"]


def test_category_and_box_are_obeyed(nacre, photo):
    (reply,) = nacre.lines("search", photo, "--category", "bags", "--box", "10,10,100,120")
    (item,) = reply["items"]
    assert item["category"] == "bags" and item["box"] == [10, 10, 100, 120]
    assert item["results"] and all(r["product"]["category"].startswith("bags") for r in item["results"])


def test_a_named_colour_replaces_the_item_s_own(nacre, photo):
    size = nacre.lines("detect", photo)[0]["photo"]
    whole = "search", photo, "--box", f"0,0,{size['width']},{size['height']}"  # a picture named as a colour is taken whole
    own, red, as_code, as_picture = (
        nacre.lines(*whole, *colour)[0]["items"][0]["results"]
        for colour in ((), ("--colour", "red"), ("--colour", "#c21f2e"), ("--colour", photo)))
    assert red == as_code != own == as_picture


def test_similar_leaves_the_product_out(nacre, photo):
    product = nacre.lines("search", photo)[0]["items"][0]["results"][0]["product"]
    (reply,) = nacre.lines("similar", product["id"], "--top", "5")
    assert reply["product"]["id"] == product["id"]
    assert 0 < len(reply["results"]) <= 5  # of its kind there may be fewer
    assert product["id"] not in [result["product"]["id"] for result in reply["results"]]


def test_many_photos_go_through_one_start(nacre, photo, tmp_path):
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    replies = nacre.lines("search", photo, text, photo, code=1)
    assert [("error" in reply) for reply in replies] == [False, True, False]
    assert replies[1]["photo"]["path"] == str(text)


def png(width, height):
    """The head of a PNG that claims this size, with next to nothing behind it."""
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_bad_photos_are_told(nacre, photo, tmp_path):
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"I am no picture, whatever my name says\n",
        "cut.jpg": photo.read_bytes()[:3000],
        "bomb.png": png(65535, 65535),
    }
    for name, content in bad.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert str(path) in nacre.refuses("search", path, code=1)
    assert "none.jpg" in nacre.refuses("search", tmp_path / "none.jpg", code=1)


def test_bad_options_are_told(nacre, photo):
    assert "0:0" in nacre.refuses("search", photo, "--weights", "0:0", code=2)
    assert "nacre taxonomy" in nacre.refuses("search", photo, "--category", "women.dreses", code=1)
    assert "outside" in nacre.refuses("search", photo, "--box", "9000,9000,10,10", code=1)
    assert "--help" in nacre.refuses("search", photo, "--tpo", "3", code=2)
    assert "PHOTO" in nacre.refuses("search", code=2)
    assert "no product" in nacre.refuses("similar", "987654321", code=1)
    assert "--help" in nacre.refuses("similar", "dress", code=2)


def test_wrong_workspaces_are_told(nacre, photo, tmp_path):
    nacre_at = type(nacre)
    assert "nacre init" in nacre_at(tmp_path).refuses("search", photo, code=1)
    assert "no-such" in nacre_at(tmp_path / "no-such").refuses("search", photo, code=1)
    (tmp_path / "nacre.ini").write_text("[workspace]\nversion = 99\n")
    assert "newer nacre" in nacre_at(tmp_path).refuses("search", photo, code=1)


def test_doctor_finds_nothing_wrong(nacre):
    (report,) = nacre.lines("doctor")
    assert report["problems"] == []
    assert report["facts"]["catalogue"]["products_to_index"] == 0
    assert report["facts"]["onnxruntime"]["version"]
    assert report["facts"]["kernel"]


def test_port_taken_is_told(nacre):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "another program" in nacre.refuses("serve", "--listen", address, code=1)
    assert "HOST:PORT" in nacre.refuses("serve", "--listen", "nonsense", code=2)
