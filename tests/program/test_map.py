# SPDX-License-Identifier: Apache-2.0
"""`nacre map` and `nacre taxonomy` on a shop read from a file."""

import pytest
from conftest import Nacre, run_nacre

CATEGORIES = {1: (None, "Одежда"), 2: (1, "Платья"), 3: (1, "Футболки"), 4: (None, "Посуда"), 5: (None, "Xyzzy")}
OFFERS = [(2, "Платье женское", None)] * 6 + [(3, "Футболка", "Мужской"), (3, "Футболка", "Женский")] * 4
OFFERS += [(4, "Тарелка", None)] * 3 + [(5, "Plugh", None)] * 2


def feed():
    categories = "".join(
        f'<category id="{key}"' + (f' parentId="{parent}"' if parent else "") + f">{name}</category>"
        for key, (parent, name) in CATEGORIES.items())
    offers = "".join(
        f'<offer id="{number}" available="true"><url>http://shop.example/{number}</url><price>100</price>'
        f"<currencyId>RUB</currencyId><categoryId>{category}</categoryId>"
        f"<picture>http://shop.example/{number}.jpg</picture><name>{name} {number}</name>"
        + (f'<param name="Пол">{gender}</param>' if gender else "") + "</offer>"
        for number, (category, name, gender) in enumerate(OFFERS, 1))
    return ('<?xml version="1.0" encoding="UTF-8"?><yml_catalog date="2026-01-01 00:00"><shop><name>s</name>'
            f"<categories>{categories}</categories><offers>{offers}</offers></shop></yml_catalog>")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    call = Nacre(tmp_path / "workspace")
    assert run_nacre("init", call.workspace).returncode == 0
    (tmp_path / "feed.xml").write_text(feed())
    call("feed", "add", "shop", tmp_path / "feed.xml")
    call("crawl", "--no-pictures", "shop")
    return call


def mapping(shop):
    return shop.workspace / "mapping/shop.xml"


def test_check_lists_what_is_unmapped_most_products_first(shop):
    rows = shop.lines("map", "check")
    assert [(row["path"], row["unmapped"]) for row in rows] == [
        ("Одежда > Футболки", 8), ("Одежда > Платья", 6), ("Посуда", 3), ("Xyzzy", 2)]
    assert "19 products: 0 mapped, 0 ignored, 19 unmapped" in shop("map", "check", "shop").stdout


def test_suggest_changes_nothing_unless_told(shop):
    rows = {row["path"]: row for row in shop.lines("map", "suggest", "shop")}
    assert rows["Одежда > Платья"]["guesses"][0]["category"] == "women.dresses"
    assert rows["Посуда"]["guesses"][0]["ignore"]
    assert rows["Одежда > Футболки"]["rules"] == [{"param": "Пол", "is": "Мужской", "category": "men.tops.tshirts"}]
    assert not mapping(shop).exists()


def test_apply_writes_only_what_is_sure(shop):
    shop("map", "suggest", "--apply", "shop")
    rows = {row["path"]: row for row in shop.lines("map", "check", "--all")}
    assert rows["Одежда > Платья"]["mapped"] == 6 and rows["Одежда > Футболки"]["mapped"] == 8
    assert rows["Посуда"]["unmapped"] == 3 and rows["Xyzzy"]["unmapped"] == 2
    before = mapping(shop).read_text()
    shop("map", "suggest", "--apply", "shop")
    assert mapping(shop).read_text() == before
    shop("map", "suggest", "--apply", "--min", "0", "shop")
    assert shop.lines("map", "check") == []


def test_what_was_written_by_hand_stays(shop):
    by_hand = ('<?xml version="1.0" encoding="UTF-8"?>\n<mapping version="1">\n  <!-- Анна: checked -->\n'
               '  <category id="2" path="Одежда > Платья" to="girls.dresses"/>\n')
    mapping(shop).write_text(by_hand + "</mapping>\n")
    shop("map", "suggest", "--apply", "--min", "0", "shop")
    assert mapping(shop).read_text().startswith(by_hand)


def test_edit_opens_the_unmapped_ones_and_takes_them_back(shop, monkeypatch):
    monkeypatch.setenv("EDITOR", "sed -i -e '/Xyzzy/s/to=\"\"/ignore=\"yes\"/'")
    shop("map", "edit", "shop")
    text = mapping(shop).read_text()
    assert '<category id="5" path="Xyzzy" ignore="yes"/>' in text
    assert '<category id="2" path="Одежда > Платья" to=""/>' in text and "<!-- women.dresses" in text
    assert [row["path"] for row in shop.lines("map", "check")] == ["Одежда > Футболки", "Одежда > Платья", "Посуда"]


def test_a_faulty_edit_is_kept_aside(shop, monkeypatch):
    monkeypatch.setenv("EDITOR", "sed -i 's/to=\"\"/to=\"spaceships\"/'")
    told = shop("map", "edit", "shop", code=1).stderr
    assert "spaceships" in told and "shop.xml.edit" in told
    assert not mapping(shop).exists()
    monkeypatch.setenv("EDITOR", "sed -i 's/spaceships/bags/'")  # goes on where it was
    shop("map", "edit", "shop")
    rows = shop.lines("map", "check")
    assert not any(row["unmapped"] for row in rows)
    assert any("mapped to bags, but its name says women.dresses" in row["conflict"] for row in rows)
    monkeypatch.setenv("EDITOR", "false")
    assert "set EDITOR" in shop.refuses("map", "edit", "shop", code=1)


def test_bad_calls_and_files_are_refused(shop):
    assert "no shop" in shop.refuses("map", "check", "other", code=1)
    assert "--min" in shop.refuses("map", "suggest", "--min", "2", code=2)
    mapping(shop).write_text('<mapping version="1">\n<category id="1" to="women.dress"/></mapping>')
    told = shop.refuses("map", "check", code=1)
    assert "shop.xml:2:" in told and "did you mean women.dresses?" in told


def test_taxonomy_merges_leaves_for_the_workspace(shop):
    shop("taxonomy", "merge", "women.dresses.party", "--en", "Party dresses", "--ru", "Нарядные платья",
         "women.dresses.evening", "women.dresses.cocktail")
    ids = [row["id"] for row in shop.lines("taxonomy", "print")]
    assert "women.dresses.party" in ids and "women.dresses.evening" not in ids
    assert shop.lines("taxonomy", "print", "women.dresses.evening")[0]["id"] == "women.dresses.party"
    assert "merged into" in shop.refuses("taxonomy", "merge", "women.dresses.all", "--en", "x", "women.dresses.evening",
                                         "women.dresses.slip", code=1)
    assert "no merge" in shop.refuses("taxonomy", "unmerge", "women.dresses.all", code=1)
    shop("taxonomy", "unmerge", "women.dresses.party")
    assert "women.dresses.evening" in [row["id"] for row in shop.lines("taxonomy", "print")]


def test_taxonomy_is_there_without_a_workspace(tmp_path):
    done = run_nacre("taxonomy", "search", "сапожки", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("women.shoes.boots")
    assert "leaves" in run_nacre("taxonomy", "check", cwd=tmp_path).stdout
    assert run_nacre("taxonomy", "print", "spaceships", cwd=tmp_path).returncode == 1
