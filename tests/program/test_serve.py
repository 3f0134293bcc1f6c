# SPDX-License-Identifier: Apache-2.0
"""The HTTP interface, every answer checked against api/openapi.yaml."""

import http.client
import json
import re
import threading

import pytest

from described import Client, multipart

@pytest.fixture(scope="session")
def client(server):
    client = Client(server)
    while client.raw("GET", "/readyz")[0].status == 503:
        pass
    return client


@pytest.fixture(scope="session")
def photo(wardrobe):
    return (wardrobe / "photos" / "dresses-1201.jpg").read_bytes()


def test_search_answers_as_the_command_line_does(client, nacre, photo, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo)
    told = client.post("/v1/search", [("photo", "photo.jpg", photo), ("top", None, b"5"), ("weights", None, b"3:1")])
    printed = nacre.lines("search", path, "--top", "5", "--weights", "3:1")[0]
    key = [(r["rank"], r["similarity"], r["product"]["id"]) for r in told["items"][0]["results"]]
    assert key == [(r["rank"], r["similarity"], r["product"]["id"]) for r in printed["items"][0]["results"]]
    assert told["photo"]["path"] == "photo.jpg" and told["items"][0]["weights"] == "3:1"


def test_search_takes_every_option(client, photo):
    told = client.post("/v1/search", [("photo", "p.jpg", photo), ("category", None, b"women"), ("box", None, b"5,5,90,90"),
                                      ("colour", None, b"navy"), ("min-score", None, b"0.3")])
    assert told["items"][0]["category"] == "women"
    told = client.post("/v1/search", [("photo", "p.jpg", photo), ("colour", "c.jpg", photo)])
    assert told["items"][0]["results"]


def test_detect_gives_items_without_results(client, photo):
    told = client.post("/v1/detect", [("photo", "p.jpg", photo)])
    assert told["items"] and "results" not in told["items"][0]


def test_products_and_pictures(client, photo):
    product = client.post("/v1/search", [("photo", "p.jpg", photo)])["items"][0]["results"][0]["product"]
    again = client("GET", f"/v1/products/{product['id']}")
    assert again["name"] == product["name"]
    similar = client("GET", f"/v1/products/{product['id']}/similar?top=3&weights=1:2&colour=%23ff0000")
    assert len(similar["results"]) == 3 and similar["weights"] == "1:2"
    whole = client("GET", product["picture"])
    small = client("GET", product["picture"] + "?width=64")
    assert whole[:2] == small[:2] == b"\xff\xd8" and len(small) < len(whole)


def test_taxonomy_lists_parents_first(client):
    categories = client("GET", "/v1/taxonomy")["categories"]
    seen = set()
    for category in categories:
        assert category.get("parent") is None or category["parent"] in seen
        seen.add(category["id"])
    leaves = seen - {category.get("parent") for category in categories}
    assert len(leaves) >= 205


def test_operation(client):
    assert client("GET", "/healthz")["status"] == "ok"
    ready = client("GET", "/readyz")
    assert ready["products"] > 100 and ready["pictures"] >= ready["products"]
    metrics = client("GET", "/metrics").decode()
    assert re.search(r'^nacre_requests_total\{route="search",status="2xx"\} \d+$', metrics, re.M)
    assert re.search(r"^nacre_index_items \d+$", metrics, re.M)


def test_page_is_served(client):
    answer, content = client.raw("GET", "/")
    assert answer.status == 200 and b"<!doctype html>" in content.lower()
    for asset in re.findall(rb'(?:src|href)="(/[^"]+)"', content):
        answer, _ = client.raw("GET", asset.decode())
        assert answer.status == 200, asset
    for path in ("/nothing", "/../nacre.ini", "/assets/../../nacre.ini", "/%2e%2e/nacre.ini"):
        assert client.raw("GET", path)[0].status == 404


@pytest.mark.parametrize("parts, status, kind", [
    ([], 400, "photo-missing"),
    ([("photo", "p.jpg", b"")], 400, "photo-missing"),
    ([("photo", "p.jpg", b"no picture at all")], 422, "photo-unreadable"),
    ([("photo", "p.jpg", "PHOTO"), ("weights", None, b"0:0")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("top", None, b"0")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("nonsense", None, b"1")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("top", None, b"1"), ("top", None, b"2")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("photo", "q.jpg", "PHOTO")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("top", None, b"9" * 10000)], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("category", None, b"women.dreses")], 400, "unknown-category"),
    ([("photo", "p.jpg", "PHOTO"), ("box", None, b"9999,0,5,5")], 400, "bad-request"),
    ([("photo", "p.jpg", "PHOTO"), ("colour", "c.jpg", b"no picture")], 422, "photo-unreadable"),
], ids=lambda value: str(value)[:60])
def test_wrong_forms_are_told(client, photo, parts, status, kind):
    filled = [(name, file, photo if content == "PHOTO" else content) for name, file, content in parts]
    assert client.post("/v1/search", filled, status)["type"] == f"urn:nacre:problem:{kind}"


@pytest.mark.parametrize("body, status, kind", [
    (b"", 400, "bad-request"),
    (b"{", 400, "bad-request"),
    (b"[]", 400, "bad-request"),
    (b"[" * 100000, 400, "bad-request"),
    (b'{"image_url": {"deep": 1}}', 400, "bad-request"),
    (b'{"top": 3}', 400, "photo-missing"),
    (b'{"image_url": "http://127.0.0.1/x.jpg", "image_url": "again"}', 400, "bad-request"),
    (b'{"image_url": "http://127.0.0.1/x.jpg"}', 403, "image-url-off"),
    (b'{"image_url": "' + b"x" * 1100000 + b'"}', 413, "too-large"),
], ids=lambda value: str(value)[:40])
def test_wrong_json_is_told(client, body, status, kind):
    value = client("POST", "/v1/search", body, {"Content-Type": "application/json"}, status)
    assert value["type"] == f"urn:nacre:problem:{kind}"


def test_wrong_requests_are_told(client, photo):
    assert client("POST", "/v1/search", b"x", {"Content-Type": "text/plain"}, 415)
    assert client("POST", "/v1/search", b"x", {"Content-Type": "multipart/form-data"}, 400)
    assert client("GET", "/v1/products/999999999", status=404)
    assert client("GET", "/v1/products/none", status=400)
    assert client("GET", "/v1/products/1/similar?top=none", status=400)
    assert client("GET", "/v1/pictures/" + "0" * 64, status=404)
    assert client("GET", "/v1/pictures/..%2f..%2fnacre.ini", status=400)
    for method, path, allow in (("GET", "/v1/search", "POST"), ("DELETE", "/v1/taxonomy", "GET")):
        answer, _ = client.raw(method, path)
        assert answer.status == 405 and answer.headers["Allow"] == allow


def test_the_operators_part_is_closed_without_a_token(client):
    told = client("GET", "/v1/operator/shops", headers={"Authorization": "Bearer "}, status=403)
    assert told["type"].endswith(":operator-off") and "[access] operator_token" in told["detail"]
    assert client("PUT", "/v1/operator/shops/wardrobe/mapping", b"<mapping/>", {"If-Match": "*"}, 403)


def test_a_huge_body_is_refused_before_it_is_sent(client):
    connection = http.client.HTTPConnection(client.host, timeout=60)
    connection.putrequest("POST", "/v1/search")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_many_at_once_are_answered_or_told_to_come_back(client, photo):
    body, kind = multipart([("photo", "p.jpg", photo)])
    statuses = []

    def search():
        answer, content = client.raw("POST", "/v1/search", body, {"Content-Type": kind})
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) >= 1 and json.loads(content)["type"].endswith(":busy")
        statuses.append(answer.status)

    threads = [threading.Thread(target=search) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 24 and set(statuses) <= {200, 503} and 200 in statuses
