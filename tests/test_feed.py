# SPDX-License-Identifier: Apache-2.0
"""`nacre feed check` counts what an independent reader counts: Python's own XML parser, for every feed of tests/feeds that
is well-formed."""

import json
import os
import re
import subprocess
import unittest
import xml.etree.ElementTree as tree
from pathlib import Path

FEEDS = Path(__file__).parent / "feeds"
GOOGLE = "{http://base.google.com/ns/1.0}"
PICTURES = {"picture", "image", "image_link", "additional_image_link", "lifestyle_image_link"}


def nacre(path):
    run = subprocess.run([os.environ["NACRE"], "feed", "check", "--json", path], capture_output=True, text=True, timeout=60)
    told = json.loads(run.stdout)
    assert run.returncode == (1 if "error" in told else run.returncode), run
    return told


def local(tag):
    return tag.rsplit("}", 1)[-1]


def fields(record, names):
    return [node.text.strip() for node in record if local(node.tag) in names and (node.text or "").strip()]


def count(root):
    """Records, categories and pictures of a feed's tree, as docs/feeds.md counts them."""
    records = [node for node in root.iter() if local(node.tag) in ("offer", "item", "entry")]
    # An element may hold several addresses, each with its scheme.
    pictures = sum(len(re.split(r"[\s,;|]+(?=https?:|//)", text)) for record in records for text in fields(record, PICTURES))
    if local(root.tag) not in ("rss", "RDF", "feed"):
        categories = sum(local(node.tag) == "category" and bool((node.get("id") or "").strip()) for node in root.iter())
    else:  # Google's feeds list none: the different paths count
        paths = [fields(record, {"product_type"}) or fields(record, {"google_product_category"}) for record in records]
        categories = len({path[0] for path in paths if path})
    return len(records), categories, pictures


class FeedTest(unittest.TestCase):
    def test_counts_are_those_of_another_reader(self):
        compared = 0
        for path in sorted(path for path in FEEDS.iterdir() if path.suffix != ".expected"):
            with self.subTest(path.name):
                told = nacre(path)
                self.assertTrue(told["complete"] or told["dialect"] == "admitad" or told["error"]["message"])
                try:
                    root = tree.parse(path).getroot()
                except (tree.ParseError, ValueError, LookupError):
                    continue  # it is not well-formed: its .expected says what becomes of it
                self.assertEqual((told["offers"] + told["bad"] + told["merged"], told["categories"], told["pictures"]), count(root))
                compared += 1
        self.assertGreater(compared, 40)


if __name__ == "__main__":
    unittest.main()
