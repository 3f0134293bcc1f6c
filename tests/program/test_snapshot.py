# SPDX-License-Identifier: Apache-2.0
"""A server saves its index and starts from it; a snapshot that does not count, or is damaged, is passed over."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import urllib.request

import pytest


class Server:
    """One run of `nacre serve`; `log` is what it said."""

    def __init__(self, workspace):
        self.process = subprocess.Popen([os.environ["NACRE"], "serve", "--workspace", workspace, "--listen", "127.0.0.1:0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.address = re.search(r"http://\S+", self.process.stdout.readline())[0]

    def items(self):
        while True:
            metrics = urllib.request.urlopen(self.address + "metrics").read().decode()
            try:
                urllib.request.urlopen(self.address + "readyz").read()
            except urllib.error.HTTPError:
                continue  # still loading
            if count := int(re.search(r"^nacre_index_items (\d+)$", metrics, re.M)[1]):
                return count

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        log = self.process.communicate(timeout=60)[1]
        assert self.process.returncode == 0
        return log


@pytest.fixture
def workspace(nacre, tmp_path):
    """A copy of the wardrobe's workspace in which every item stands ten times."""
    copy = shutil.copytree(nacre.workspace, tmp_path / "shop", ignore=shutil.ignore_patterns("index"))
    with sqlite3.connect(copy / "catalogue.sqlite") as catalogue:
        catalogue.execute("UPDATE counter SET value = value + 1 WHERE name = 'sequence'")
        (sequence,) = catalogue.execute("SELECT value FROM counter WHERE name = 'sequence'").fetchone()
        columns = [row[1] for row in catalogue.execute("PRAGMA table_info(item)")]
        values = ", ".join({"id": "NULL", "sequence": str(sequence)}.get(column, column) for column in columns)
        catalogue.execute(f"INSERT INTO item SELECT {values} FROM item, (SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9]'))")
    return copy


def snapshots(workspace):
    return sorted((workspace / "index").glob("*")) if (workspace / "index").exists() else []


def count(workspace):
    server = Server(workspace)
    return server.items(), server.stop()


def test_a_server_starts_from_its_snapshot(workspace):
    items, log = count(workspace)
    assert items > 1000 and log == ""
    (saved,) = snapshots(workspace)
    assert count(workspace) == (items, "")
    # Change what is in the catalogue without telling: only a start that reads everything again would see it.
    with sqlite3.connect(workspace / "catalogue.sqlite") as catalogue:
        catalogue.execute("DROP TRIGGER item_is_removed")
        catalogue.execute("DELETE FROM item WHERE id = (SELECT min(id) FROM item)")
    assert count(workspace) == (items, "")
    saved.unlink()
    assert count(workspace) == (items - 1, "")


def test_a_damaged_snapshot_is_passed_over(workspace):
    items, _ = count(workspace)
    (saved,) = snapshots(workspace)
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    again, log = count(workspace)
    assert again == items and "warning" in log and saved.name in log


def test_another_catalogue_s_snapshot_is_passed_over(workspace):
    items, _ = count(workspace)
    with sqlite3.connect(workspace / "catalogue.sqlite") as catalogue:
        catalogue.execute("UPDATE counter SET value = value + 1 WHERE name = 'identity'")
        catalogue.execute("DELETE FROM item WHERE id = (SELECT min(id) FROM item)")
    assert count(workspace) == (items - 1, "")
