# SPDX-License-Identifier: Apache-2.0
"""/v1/operator/…: mappings over HTTP, every answer checked against api/openapi.yaml."""

import json
import threading
import xml.etree.ElementTree

import pytest

from conftest import Nacre, Server, run_nacre
from described import Client
from test_map import feed

TOKEN = "3f9a0c51b7d2e8461a5c"
MAPPING = "/v1/operator/shops/shop/mapping"
QUEUE = "/v1/operator/shops/shop/categories"
BY_HAND = ('<?xml version="1.0" encoding="UTF-8"?>\n<mapping version="1">\n  <!-- Анна: checked -->\n'
           '  <category id="2" path="Одежда > Платья" to="women.skirts"/>\n'
           '  <!-- and this one -->\n  <category path="Посуда" ignore="yes"/>\n')


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operator")
    call = Nacre(folder / "workspace")
    assert run_nacre("init", call.workspace).returncode == 0
    (folder / "feed.xml").write_text(feed())
    call("feed", "add", "shop", folder / "feed.xml")
    call("crawl", "--no-pictures", "shop")
    return call


@pytest.fixture(scope="module")
def client(shop):
    settings = shop.workspace / "nacre.ini"
    assert "#operator_token =" in settings.read_text()
    settings.write_text(settings.read_text().replace("#operator_token =", f"operator_token = {TOKEN}"))
    with Server(shop.workspace) as server:
        client = Client(server.address, {"Authorization": f"Bearer {TOKEN}"})
        while client.raw("GET", "/readyz")[0].status == 503:
            pass
        yield client
    log = "".join(server.log)
    assert TOKEN not in log


@pytest.fixture
def mapping(shop):
    path = shop.workspace / "mapping/shop.xml"
    path.write_text(BY_HAND + "</mapping>\n")
    return path


def etag(client):
    return client.raw("GET", MAPPING)[0].headers["ETag"]


def patch(client, change, status=200, seen=None):
    body = json.dumps(change) if not isinstance(change, bytes) else change
    return client("PATCH", MAPPING, body, {"If-Match": seen or etag(client)}, status)


def test_nobody_is_let_in_without_the_token(client):
    for headers, said in (({}, "Authorization: Bearer"), ({"Authorization": "Bearer " + TOKEN[:-1] + "d"}, "nacre.ini"),
                          ({"Authorization": "Bearer "}, "nacre.ini"), ({"Authorization": f"Basic {TOKEN}"}, "nacre.ini")):
        stranger = Client(client.address, headers)
        assert said in stranger("GET", QUEUE, status=401)["detail"]
        answer, _ = stranger.raw("PUT", MAPPING, BY_HAND.encode())
        assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert stranger.raw("GET", "/v1/operator/nothing")[0].status == 401


def test_the_search_needs_no_token(client):
    assert Client(client.address)("GET", "/v1/taxonomy")["categories"]


def test_a_token_must_be_secret(shop, tmp_path):
    assert run_nacre("init", tmp_path / "w").returncode == 0
    (tmp_path / "w/nacre.ini").write_text("[workspace]\nversion = 1\n[access]\noperator_token = hunter2\n")
    done = run_nacre("serve", "--workspace", tmp_path / "w", "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and "openssl rand" in done.stderr and "hunter2" not in done.stderr


def test_the_queue_is_what_map_check_prints(client, shop, mapping):
    assert client("GET", "/v1/operator/shops") == {"shops": [{"shop": "shop", "products": 19}]}
    told = client("GET", QUEUE)
    assert told["categories"] == shop.lines("map", "check", "shop")
    assert (told["products"], told["mapped"], told["ignored"], told["unmapped"]) == (19, 6, 3, 10)
    assert [row["path"] for row in told["categories"]] == ["Одежда > Футболки", "Xyzzy", "Одежда > Платья"]
    assert "women.skirts" in told["categories"][2]["conflict"]
    assert told["categories"][0]["rules"] == [{"param": "Пол", "is": "Мужской", "category": "men.tops.tshirts"}]
    assert client("GET", QUEUE + "?all=true")["categories"] == shop.lines("map", "check", "--all", "shop")
    assert client("GET", QUEUE + "?all=maybe", status=400)
    assert told["mapping_etag"] == etag(client)


def test_the_mapping_comes_as_its_file(client, mapping):
    assert client("GET", MAPPING).decode() == mapping.read_text()
    mapping.unlink()
    empty = xml.etree.ElementTree.fromstring(client("GET", MAPPING))
    assert empty.tag == "mapping" and len(empty) == 0


def test_answers_go_into_the_file_and_leave_the_rest(client, shop, mapping):
    queue = client("GET", QUEUE)
    shirts = queue["categories"][0]
    told = patch(client, {"categories": [
        {"id": shirts["id"], "path": shirts["path"], "category": shirts["guesses"][0]["category"], "rules": shirts["rules"]},
        {"id": "5", "path": "Xyzzy", "ignore": True},
        {"id": "2", "category": "women.dresses"}]}, seen=queue["mapping_etag"])
    assert told["entries"] == 4 and told["mapping_etag"] == etag(client) != queue["mapping_etag"]
    kept = BY_HAND.replace("women.skirts", "women.dresses")
    text = mapping.read_text()
    assert text.startswith(kept) and 'id="5" path="Xyzzy" ignore="yes"' in text
    assert client("GET", QUEUE)["categories"] == []
    rows = {row["path"]: row for row in client("GET", QUEUE + "?all=true")["categories"]}
    assert rows["Одежда > Футболки"]["mapped"] == 8 and rows["Xyzzy"]["ignored"] == 2
    patch(client, {"categories": [{"path": "Посуда"}]})  # unmapped again
    assert [row["path"] for row in client("GET", QUEUE)["categories"]] == ["Посуда"]
    refused = patch(client, {"categories": [{"id": "3", "category": "men.tops", "rules": shirts["rules"]}]}, 400)
    assert "rules already" in refused["detail"] and "PUT" in refused["detail"]


@pytest.mark.parametrize("change, kind, said", [
    ({"categories": [{"id": "5", "category": "women.dress"}]}, "unknown-category", "women.dress"),
    ({"categories": [{"id": "5", "category": 7}]}, "unknown-category", "no category"),
    ({"categories": [{"id": "5", "ignore": True}, {"category": "bags"}]}, "bad-request", "categories[1]"),
    ({"categories": [{"id": "5", "category": "bags", "ignore": True}]}, "bad-request", "not both"),
    ({"categories": [{"id": "5", "to": "bags"}]}, "bad-request", "categories[0]"),
    ({"categories": [{"id": 5, "category": "bags"}]}, "bad-request", "categories[0]"),
    ({"categories": ["bags"]}, "bad-request", "categories[0]"),
    ({"categories": [{"id": "5", "category": "bags", "rules": [{"param": "x"}]}]}, "bad-request", "rules"),
    ({"categories": []}, "bad-request", "categories"),
    ({}, "bad-request", "categories"),
    (b"[1, 2", "bad-request", "line 1"),
    (b"", "bad-request", "JSON"),
], ids=str)
def test_a_wrong_change_changes_nothing(client, mapping, change, kind, said):
    before = mapping.read_text()
    told = patch(client, change, 400)
    assert told["type"] == f"urn:nacre:problem:{kind}" and said in told["detail"]
    assert mapping.read_text() == before


def test_a_whole_file_takes_the_place(client, mapping):
    new = BY_HAND.replace("checked", "проверено") + '  <rule param="Пол" is="муж*" wearer="men"/>\n</mapping>\n'
    told = client("PUT", MAPPING, new.encode(), {"If-Match": etag(client)})
    assert told["entries"] == 2 and mapping.read_text() == new


@pytest.mark.parametrize("text, said", [
    ('<mapping version="1">\n<category id="1" to="women.dress"/></mapping>', [":2:", "did you mean women.dresses?"]),
    ('<mapping version="1">\n\n<category id="1" to="bags"', [":3:", "not well-formed"]),
    ('<mapping version="1"><category to="bags"/></mapping>', [":1:", "needs the shop's id"]),
    ('<mapping version="9"/>', [":1:", "update nacre"]),
    ('<!DOCTYPE mapping [<!ENTITY x SYSTEM "file:///etc/passwd">]><mapping version="1"/>', ["DOCTYPE", "remove it"]),
    ("", ["not well-formed"]),
], ids=str)
def test_a_faulty_file_is_told_and_not_taken(client, mapping, text, said):
    before = mapping.read_text()
    told = client("PUT", MAPPING, text.encode(), {"If-Match": etag(client)}, 422)
    assert told["type"].endswith(":mapping-invalid") and all(part in told["detail"] for part in said), told["detail"]
    assert mapping.read_text() == before


def test_a_file_that_a_hand_has_spoilt_is_told_and_can_be_replaced(client, mapping):
    mapping.write_text('<mapping version="1">\n<category id="1" to="nonsense"/></mapping>')
    for path in (MAPPING, QUEUE):
        assert "shop.xml:2:" in client("GET", path, status=422)["detail"]
    assert client("PATCH", MAPPING, b"{}", {"If-Match": "*"}, 422)
    client("PUT", MAPPING, (BY_HAND + "</mapping>").encode(), {"If-Match": "*"})
    assert client("GET", MAPPING)


def test_of_two_operators_the_second_is_told(client, mapping):
    assert "ETag" in client("PUT", MAPPING, BY_HAND.encode(), status=428)["detail"]
    seen = etag(client)
    mapping.write_text(mapping.read_text().replace("Анна", "Ольга"))  # by hand, meanwhile
    assert patch(client, {"categories": [{"id": "5", "ignore": True}]}, 412, seen)["type"].endswith(":changed-meanwhile")
    assert client("PUT", MAPPING, (BY_HAND + "</mapping>").encode(), {"If-Match": seen}, 412)
    assert "Ольга" in mapping.read_text()

    seen, statuses = etag(client), []

    def change(number):
        body = json.dumps({"categories": [{"id": "5", "path": f"Xyzzy {number}", "ignore": True}]})
        statuses.append(client.raw("PATCH", MAPPING, body, {"If-Match": seen})[0].status)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 7 and mapping.read_text().count("Xyzzy") == 1


def test_what_is_not_there_is_told(client):
    assert client("GET", "/v1/operator/shops/other/categories", status=404)
    assert client("GET", "/v1/operator/shops/..%2F..%2Fnacre/mapping", status=404)
    assert client.raw("GET", "/v1/operator/shops/shop/nothing")[0].status == 404
    assert client.raw("GET", "/v1/operator/")[0].status == 404
    for method, path, allow in (("DELETE", MAPPING, "GET, PUT, PATCH"), ("PUT", QUEUE, "GET"), ("POST", MAPPING, "GET, PUT, PATCH")):
        answer, _ = client.raw(method, path, b"x")
        assert answer.status == 405 and answer.headers["Allow"] == allow
    assert client("PUT", MAPPING, b" " * (40 * 1024 * 1024 + 1), {"If-Match": "*"}, 413)
