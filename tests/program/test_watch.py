# SPDX-License-Identifier: Apache-2.0
"""`nacre crawl --watch`, `nacre index --watch` and `nacre serve` beside each other on one workspace, as the systemd units
start them: what a shop has is found by itself."""

import json
import os
import subprocess
import sys
import time

import pytest

from conftest import ROOT, Nacre, Server, run_nacre
from described import Client, multipart

sys.path.insert(0, str(ROOT / "tests/shop"))
from sins import Shop, png, yml  # noqa: E402

TOKEN = "3f9a0c51b7d2e8461a5c"
PATIENCE_S = 120
MAPPING = "/v1/operator/shops/shop/mapping"


def wait_for(question):
    """The first answer that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    pytest.fail("it did not come to pass")


class Watching:
    def __init__(self, workspace, *arguments):
        self.process = subprocess.Popen([os.environ["NACRE"], "--workspace", workspace, *arguments, "--watch"],
                                        stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0


def test_new_and_changed_products_are_found_without_further_ado(tmp_path):
    call = Nacre(tmp_path / "workspace")
    assert run_nacre("init", call.workspace).returncode == 0
    with open(call.workspace / "nacre.ini", "w") as settings:
        settings.write(f"[workspace]\nversion = 1\n[crawl]\nallow_private = true\n[access]\noperator_token = {TOKEN}\n")
    with Shop() as shop, Server(call.workspace) as server, Watching(call.workspace, "index"):
        client = Client(server.address, {"Authorization": f"Bearer {TOKEN}"})

        def map_to(category):
            etag = client.raw("GET", MAPPING)[0].headers["ETag"]
            client("PATCH", MAPPING, json.dumps({"categories": [{"id": "1", "category": category}]}), {"If-Match": etag})

        def found(number, category):
            """The product of this number, where a search by its picture finds it in this category."""
            answer, content = client.raw("POST", "/v1/search", *form(number, category))
            results = json.loads(content)["items"][0]["results"] if answer.status == 200 else []
            return next((r["product"] for r in results if r["product"]["offer"] == str(number)), None)

        wait_for(lambda: client.raw("GET", "/readyz")[0].status == 200)
        shop.feed = yml(*[shop.url(f"/picture/{colour(n)}.png") for n in range(3)])
        call("feed", "add", "shop", shop.url("/feed.yml"))
        map_to("women.dresses")
        with Watching(call.workspace, "crawl"):
            assert wait_for(lambda: found(2, "women.dresses"))["price"] == 102

        map_to("women.skirts")  # what the operator changes is looked at again
        wait_for(lambda: found(2, "women.skirts"))
        assert not found(2, "women.dresses")

        # A new product, and a new price of an old one.
        shop.feed = yml(*[shop.url(f"/picture/{colour(n)}.png") for n in range(4)]).replace(b"<price>102<", b"<price>77<")
        call("crawl")
        wait_for(lambda: found(3, "women.skirts"))
        wait_for(lambda: found(2, "women.skirts")["price"] == 77)
        assert shop.asked[f"/picture/{colour(2)}.png"] == 1  # a price needs no picture



def colour(number):
    return number * 5000011 + 255


def form(number, category):
    return multipart_body([("photo", "p.png", png(colour(number))), ("category", None, category.encode())])


def multipart_body(parts):
    body, kind = multipart(parts)
    return body, {"Content-Type": kind}
