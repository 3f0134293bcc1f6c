# SPDX-License-Identifier: Apache-2.0
"""The real program on a real workspace: crawled from the drawn wardrobe over HTTP, indexed, searched, served."""

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WARDROBE = ROOT / "build/wardrobe"


def run_nacre(*arguments, **options):
    return subprocess.run([os.environ["NACRE"], *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          **options)


class Nacre:
    """Calls the program on one workspace."""

    def __init__(self, workspace):
        self.workspace = workspace

    def __call__(self, *arguments, code=0):
        done = run_nacre("--workspace", self.workspace, *arguments)
        assert done.returncode == code, f"nacre {arguments} gave {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def lines(self, *arguments, code=0):
        """What --json prints, one object a line."""
        return [json.loads(line) for line in self(*arguments, "--json", code=code).stdout.splitlines()]

    def refuses(self, *arguments, code):
        """The one line that tells what is wrong."""
        lines = self(*arguments, code=code).stderr.splitlines()
        assert len(lines) == 1, lines
        return lines[0]


@pytest.fixture(scope="session")
def wardrobe():
    subprocess.run([ROOT / "tests/wardrobe/draw", WARDROBE], check=True)
    return WARDROBE


def with_metadata(model, key, value):
    """The ONNX file with one more entry in its metadata: field 14 of ModelProto, whose last entry of a key counts."""
    def field(number, content):
        length, size = b"", len(content)
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    return model + field(14, field(1, key.encode()) + field(2, value.encode()))


# What the program's results are called, in words.
MATCH = {"women.dresses": {"weights": [2, 8], "same": 0.95, "very similar": 0.85, "similar": 0.7},
         "": {"weights": [1, 1], "same": 0.95, "very similar": 0.85, "similar": 0.7}}


@pytest.fixture(scope="session")
def nacre(wardrobe, tmp_path_factory):
    """A workspace with the whole wardrobe in it."""
    call = Nacre(tmp_path_factory.mktemp("workspace") / "shop")
    shop = subprocess.Popen([ROOT / "tests/shop/serve", wardrobe], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True)
    address = shop.stdout.readline().strip()
    assert run_nacre("init", call.workspace).returncode == 0
    configuration = call.workspace / "nacre.ini"
    configuration.write_text(configuration.read_text().replace("#allow_private = false", "allow_private = true"))
    call("feed", "add", "wardrobe", f"{address}/wardrobe.yml")
    call("crawl")
    shop.stdin.close()
    shop.wait(timeout=60)
    shutil.copy(wardrobe / "mapping.xml", call.workspace / "mapping/wardrobe.xml")
    shipped = (ROOT / "models/encoder.onnx").read_bytes()
    (call.workspace / "models").mkdir(exist_ok=True)
    (call.workspace / "models/encoder.onnx").write_bytes(with_metadata(shipped, "nacre.match", json.dumps(MATCH)))
    call("index")
    return call


class Server:
    """`nacre serve` on a workspace. `address` is where it answers, `log` what it prints."""

    def __init__(self, workspace, *options):
        self.process = subprocess.Popen(
            [os.environ["NACRE"], "serve", "--workspace", workspace, "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.log, self.address = [], None
        for line in self.process.stdout:
            self.log.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                self.address = found[0]
                break
        assert self.address, f"nacre serve did not start: {self.log}"
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout), daemon=True)
        self.reader.start()  # so that its log never fills the pipe

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        self.reader.join()


@pytest.fixture(scope="session")
def server(nacre):
    """The address of a server on the workspace."""
    with Server(nacre.workspace) as running:
        yield running.address
