# SPDX-License-Identifier: Apache-2.0
"""A real shop on 127.0.0.1, a real workspace crawled and indexed from it, a real `nacre serve`, a real Chromium.

Every answer that the page gets is checked against api/openapi.yaml on its way, every request against the rule that the page
asks nobody but its own server, and every message of the browser's console fails the test that did not expect it.
"""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema
import pytest
import yaml
from playwright.sync_api import Error, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
PRICELESS = 1004
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 860}
PATIENCE_MS = 120_000  # a machine may be busy; only what never comes fails

expect.set_options(timeout=PATIENCE_MS)


# ---- the shop ------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="session")
def wardrobe(tmp_path_factory):
    """A copy of the drawn wardrobe in which the product PRICELESS has no price."""
    subprocess.run([ROOT / "tests/wardrobe/draw", ROOT / "build/wardrobe"], check=True)
    folder = shutil.copytree(ROOT / "build/wardrobe", tmp_path_factory.mktemp("shop") / "wardrobe")
    feed = folder / "wardrobe.yml"
    feed.write_text(re.sub(rf'(<offer id="{PRICELESS}".*?) *<price>.*?</price>\n', r"\1", feed.read_text(), count=1, flags=re.S))
    return folder


@pytest.fixture(scope="session")
def shop(wardrobe):
    """The shop's address."""
    process = subprocess.Popen([ROOT / "tests/shop/serve", wardrobe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(timeout=60)


# ---- nacre ---------------------------------------------------------------------------------------------------------

def nacre(*arguments):
    done = subprocess.run([os.environ["NACRE"], *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"nacre {' '.join(map(str, arguments))}: {done.stderr}"


def serve(workspace):
    """Starts `nacre serve` on a port of the kernel's choice; gives the process and its address."""
    process = subprocess.Popen(
        [os.environ["NACRE"], "serve", "--workspace", workspace, "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        if address:
            threading.Thread(target=process.stdout.read, daemon=True).start()  # so that its log never fills the pipe
            wait_until_ready(address[0])
            return process, address[0]
    raise AssertionError("nacre serve did not start: " + "".join(lines))


def wait_until_ready(address):
    """It listens while it still loads, and answers 503 then."""
    while True:
        try:
            return urllib.request.urlopen(f"{address}/readyz").close()
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 503
            time.sleep(0.1)


def stop(process):
    process.terminate()
    assert process.wait(timeout=60) == 0, "nacre serve did not end cleanly"


@pytest.fixture(scope="session")
def server(wardrobe, shop, tmp_path_factory):
    workspace = tmp_path_factory.mktemp("workspace") / "shop"
    nacre("init", workspace)
    settings = workspace / "nacre.ini"
    settings.write_text(settings.read_text().replace("#allow_private = false", "allow_private = true"))
    nacre("feed", "add", "wardrobe", f"{shop}/wardrobe.yml", "--workspace", workspace)
    nacre("crawl", "--workspace", workspace)
    shutil.copy(wardrobe / "mapping.xml", workspace / "mapping/wardrobe.xml")
    nacre("index", "--workspace", workspace)
    process, address = serve(workspace)
    yield address
    stop(process)


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("empty") / "shop"
    nacre("init", workspace)
    process, address = serve(workspace)
    yield address
    stop(process)


# ---- the interface's description -------------------------------------------------------------------------------------

class Description:
    """Checks answers against api/openapi.yaml."""

    def __init__(self):
        self.document = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
        self.paths = [(re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"), methods)
                      for path, methods in self.document["paths"].items()]

    def check(self, method, path, status, kind, body):
        methods = next(methods for pattern, methods in self.paths if pattern.match(path))
        answer = methods[method.lower()]["responses"][str(status)]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        if "content" not in answer:
            return
        kind = kind.split(";")[0]
        assert kind in answer["content"], f"{method} {path}: {status} came as {kind}"
        if kind.endswith("json"):
            schema = {**answer["content"][kind]["schema"], "components": self.document["components"]}
            jsonschema.Draft202012Validator(schema).validate(json.loads(body))


@pytest.fixture(scope="session")
def description():
    return Description()


# ---- the browser -----------------------------------------------------------------------------------------------------

@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=[
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, server, description):
    """open_page(size, at=…, **context options): the page in a fresh browser profile."""
    contexts, outside, complaints, answers = [], [], [], []

    def open_one(size=DESK, at=None, expect_refusals=False, **options):
        address = at or server
        context = chromium.new_context(viewport=size, locale=options.pop("locale", "en-GB"), **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()

        def said(message):
            refusal = "Failed to load resource" in message.text
            if message.type in ("error", "warning") and not (expect_refusals and refusal):
                complaints.append(f"{message.text} ({message.location['url']})")

        def asked(request):
            if not request.url.startswith((address, "blob:")):
                outside.append(request.url)

        def answered(response):
            path = response.url.removeprefix(address).split("?")[0]
            if path.startswith(("/v1/", "/readyz")) and response.request.service_worker is None:
                answers.append((response, path))

        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.on("response", answered)
        page.on("filechooser", lambda _: None)  # catches them from now on; a later listener may come too late
        page.goto(address)
        return page

    yield open_one
    for response, path in answers:
        kind = response.headers.get("content-type", "")
        try:
            body = response.body() if "json" in kind else b""
        except Error:
            continue  # the browser forgets the bodies of a page that was left
        description.check(response.request.method, path, response.status, kind, body)
    for context in contexts:
        context.close()
    assert not outside, f"the page asked outside addresses: {outside}"
    assert not complaints, f"the browser complained: {complaints}"


@pytest.fixture
def screenshot():
    SCREENSHOTS.mkdir(exist_ok=True)

    def take(page, name, **options):
        page.evaluate("""() => Promise.all([...document.images].map(image => {
          image.loading = "eager"; // also those further down
          return image.decode().catch(() => undefined);
        }))""")
        page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled", **options)

    return take
