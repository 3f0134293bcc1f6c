# SPDX-License-Identifier: Apache-2.0
"""The same products in two shops: one result each, with both prices, until the operator parts them."""

import re
import shutil
import sqlite3

import pytest

from conftest import Nacre


@pytest.fixture(scope="module")
def twins(nacre, wardrobe, tmp_path_factory):
    """The wardrobe's workspace with a second shop that sells the same, from the same pictures, a little cheaper."""
    folder = tmp_path_factory.mktemp("twins")
    call = Nacre(shutil.copytree(nacre.workspace, folder / "shop"))
    with sqlite3.connect(call.workspace / "catalogue.sqlite") as catalogue:
        (address,) = catalogue.execute("SELECT url FROM address LIMIT 1").fetchone()
    host = re.match(r"http://[^/]+", address)[0]
    feed = (wardrobe / "wardrobe.yml").read_text()
    feed = re.sub(r"https?://[^/<]+/(?=[^<]*</picture>)", host + "/", feed)
    feed = re.sub(r"<price>(\d+).*?</price>", lambda price: f"<price>{int(price[1]) - 1}</price>", feed)
    (folder / "twin.yml").write_text(feed)
    call("feed", "add", "twin", folder / "twin.yml")
    call("crawl", "twin", "--no-pictures")
    return call


def test_one_result_shows_both_shops(twins, wardrobe):
    photo = sorted((wardrobe / "photos").glob("*.jpg"))[0]
    results = twins.lines("search", photo)[0]["items"][0]["results"]
    assert results
    for result in results:
        product, offers = result["product"], result["product"]["offers"]
        assert {offer["shop"] for offer in offers} == {"wardrobe", "twin"}
        assert product["id"] in [offer["product"] for offer in offers]
        prices = [offer["price"] for offer in offers]
        assert prices == sorted(prices) and offers[0]["shop"] == "twin"


def test_the_operator_parts_and_joins(twins):
    (shown,) = twins.lines("same", "1")
    other = next(product["id"] for product in shown["same"] if product["id"] != 1)
    (parted,) = twins.lines("same", other, "--part")
    assert [product["id"] for product in parted["same"]] == [other]
    (joined,) = twins.lines("same", other, "--join")
    assert 1 in [product["id"] for product in joined["same"]]
    assert "no product" in twins.refuses("same", "98765", code=1)
    assert "contradict" in twins.refuses("same", "1", "--part", "--join", code=2)
