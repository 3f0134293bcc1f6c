# SPDX-License-Identifier: Apache-2.0
"""The second stage of a search, held against a slow plain computation from what the catalogue keeps."""

import math
import shutil
import sqlite3
from contextlib import closing

import pytest


@pytest.fixture
def own(nacre, tmp_path):
    """A copy of the workspace, to be spoilt."""
    shutil.copytree(nacre.workspace, tmp_path / "shop")
    return type(nacre)(tmp_path / "shop")


def execute(call, sql):
    with closing(sqlite3.connect(call.workspace / "catalogue.sqlite")) as database:
        rows = database.execute(sql).fetchall()
        database.commit()
        return rows


def set_refine(call, value):
    configuration = call.workspace / "nacre.ini"
    lines = [line for line in configuration.read_text().splitlines() if "refine =" not in line]
    lines.insert(lines.index("[search]") + 1, f"refine = {value}")
    configuration.write_text("\n".join(lines) + "\n")


def values(fine):
    """The middles of the steps, in steps of half a step: shape's 128, colour's 128."""
    flat = [2 * nibble - 15 for byte in fine for nibble in (byte >> 4, byte & 15)]
    return flat[:128], flat[128:]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def likeness(result, asked, found, weights):
    """As docs/models.md has it."""
    shares = []
    for part, kind in enumerate(("shape", "colour")):
        if asked and found:
            shares.append(cosine(values(asked)[part], values(found)[part]))
        else:
            shares.append(math.cos(math.pi * round(128 * (1 - result[kind])) / 128))
    shape, colour = map(int, weights.split(":"))
    return (shape * shares[0] + colour * shares[1]) / (shape + colour)


def similar(call, product, top=60):
    (reply,) = call.lines("similar", product, "--top", top)
    return reply["weights"], reply["results"]


def name(result):
    return result["product"]["id"], result["product"]["picture"]


def expected(call, product, refine):
    """The order of the codes, its first ones put in order again; and the likeness of each."""
    set_refine(call, 0)
    weights, results = similar(call, product)
    assert [r["similarity"] for r in results] == sorted((r["similarity"] for r in results), reverse=True)
    fine = {(product, picture): blob for product, picture, blob in execute(
        call, "SELECT product, rtrim(picture), fine FROM item")}
    asked = execute(call, f"SELECT fine FROM item WHERE product = {product} ORDER BY id LIMIT 1")[0][0]
    likes = {name(r): likeness(r, asked, fine[r["product"]["id"], r["product"]["picture"].rsplit("/", 1)[1]], weights)
             for r in results}
    first = sorted(results[:refine], key=lambda r: -round(likes[name(r)], 9))
    return [name(r) for r in first + results[refine:]], results, likes


PRODUCT = "SELECT product FROM item GROUP BY category ORDER BY count(*) DESC LIMIT 1"


@pytest.mark.parametrize("spoil", ["", "UPDATE item SET fine = NULL WHERE id % 2"])
@pytest.mark.parametrize("refine", [7, 200])
def test_order_is_the_plain_computation_s(own, spoil, refine):
    ((product,),) = execute(own, PRODUCT)
    if spoil:
        execute(own, spoil)
    order, plain, likes = expected(own, product, refine)
    set_refine(own, refine)
    _, results = similar(own, product)
    assert len(results) > 10 and [name(r) for r in results] == order
    # What is told of each product stays what it was.
    assert sorted(map(str, ({**r, "rank": 0} for r in results))) == sorted(map(str, ({**r, "rank": 0} for r in plain)))
    assert [r["rank"] for r in results] == list(range(1, len(results) + 1))


def test_fine_values_never_contradict_the_codes(own):
    for shape, colour, fine in execute(own, "SELECT shape, colour, fine FROM item"):
        for code, part in zip((shape, colour), values(fine)):
            assert int.from_bytes(code) == int("".join("1" if value > 0 else "0" for value in part), 2)


def test_catalogue_of_before_is_taken_over(own):
    """One of schema version 2 has no fine values: they come with the next indexing, searches work at once."""
    ((product,),) = execute(own, PRODUCT)
    execute(own, "ALTER TABLE item DROP COLUMN fine")
    execute(own, "PRAGMA user_version = 2")
    own("feed", "list")
    order, _, _ = expected(own, product, 200)
    set_refine(own, 200)
    assert [name(r) for r in similar(own, product)[1]] == order
    execute(own, "UPDATE product SET codes_due = 1")
    own("index")
    assert execute(own, "SELECT count(*) FROM item WHERE fine IS NULL OR length(fine) <> 128") == [(0,)]


def test_photos_are_refined_too(own, wardrobe):
    photo = sorted((wardrobe / "photos").glob("*.jpg"))[0]
    shown = {}
    for refine in (0, 200):
        set_refine(own, refine)
        for colour in ((), ("--colour", "red")):
            (item, *_) = own.lines("search", photo, "--top", "100", *colour)[0]["items"]
            shown[refine, colour] = [name(result) for result in item["results"]]
    for colour in ((), ("--colour", "red")):
        assert sorted(shown[0, colour]) == sorted(shown[200, colour]) and shown[0, colour] != shown[200, colour]


def test_values_that_cannot_be_read_are_told(own, wardrobe):
    execute(own, "ALTER TABLE item RENAME COLUMN fine TO lost")
    photo = sorted((wardrobe / "photos").glob("*.jpg"))[0]
    assert "fine" in own.refuses("search", photo, code=1)


@pytest.mark.parametrize("value", ["-1", "1001", "many"])
def test_bad_setting_is_told(own, wardrobe, value):
    set_refine(own, value)
    told = own.refuses("search", sorted((wardrobe / "photos").glob("*.jpg"))[0], code=1)
    assert "refine" in told and "nacre.ini" in told
