# SPDX-License-Identifier: Apache-2.0
"""Crawls of a sinful shop with the real program, over real HTTP on 127.0.0.1."""

import json
import os
import random
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "shop"))
from sins import Shop, yml  # noqa: E402

NACRE = os.environ["NACRE"]
KILLS = int(os.environ.get("NACRE_TEST_KILLS", "5"))


class CrawlTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="nacre-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.workspace = self.folder / "workspace"
        self.nacre("init", self.workspace, workspace=None)

    def settings(self, shop="", **settings):
        """Patient enough for a busy machine, quick enough for a test."""
        settings = {"allow_private": "true", "wait_ms": 20, "timeout_s": 10} | settings
        (self.workspace / "nacre.ini").write_text(
            "[workspace]\nversion = 1\n[crawl]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
            + shop)

    def nacre(self, *arguments, code=0, workspace=True, **options):
        command = [NACRE, *map(str, arguments)] + (["--workspace", str(self.workspace)] if workspace else [])
        run = subprocess.run(command, capture_output=True, text=True, timeout=120 + 20 * KILLS, **options)
        self.assertEqual(run.returncode, code, f"{command}\n{run.stdout}{run.stderr}")
        self.assertNotIn("secret", run.stdout + run.stderr)
        return run

    def add(self, address):
        self.nacre("feed", "add", "shop", address)

    def crawl(self, *options, code=0):
        run = self.nacre("crawl", "shop", "--json", *options, code=code)
        result = json.loads(run.stdout)
        result["notices"] = run.stderr
        return result

    def fails_to_crawl(self, *options):
        """Crawls in vain: one line says why, the catalogue is as it was."""
        before = self.contents()
        result = self.crawl(*options, code=1)
        self.assertEqual(self.contents(), before)
        error = result["error"]["message"]
        self.assertIn(f"nacre: error: {error}\n", result["notices"])
        return error

    def contents(self):
        """What the catalogue holds, without times and versions."""
        with sqlite3.connect(self.workspace / "catalogue.sqlite") as database:
            products = database.execute("SELECT offer, name, gone FROM product JOIN product_text ON product = id ORDER BY offer").fetchall()
            addresses = database.execute("SELECT url, picture, tries > 0, why FROM address ORDER BY url").fetchall()
            pictures = database.execute("SELECT hash, format, width, height FROM picture ORDER BY hash").fetchall()
        database.close()
        return products, addresses, pictures

    def stored(self):
        return sorted(path.name for path in (self.workspace / "pictures").glob("??/*"))

    def why(self):
        """path → why its picture failed, or None."""
        return {"/" + url.split("/", 3)[3]: why for url, _, _, why in self.contents()[1]}

    # --- The plain road ---

    def test_second_crawl_of_an_unchanged_shop_fetches_nothing(self):
        self.settings()
        with Shop(hosts=3) as shop:
            shop.feed = yml(*[shop.url(f"/picture/{n}.png", host=n % 3) for n in range(30)])
            self.add(shop.url("/feed.yml"))
            first = self.crawl()
            self.assertEqual((first["feed"]["new"], first["pictures"]["fetched"]), (30, 30))
            self.assertEqual(len(self.stored()), 30)
            asked = shop.asked.copy()
            second = self.crawl()
            self.assertTrue(second["feed"]["unchanged"])
            self.assertEqual(second["pictures"]["fetched"], 0)
            self.assertEqual(dict(shop.asked - asked), {"/feed.yml": 1})

    def test_feed_from_a_file(self):
        self.settings()
        with Shop() as shop:
            path = self.folder / "feed.yml"
            path.write_bytes(yml(shop.url("/picture/1.png"), shop.url("/picture/2.png")))
            self.add(path)
            self.assertEqual(self.crawl()["pictures"]["fetched"], 2)
            second = self.crawl()
            self.assertEqual((second["feed"]["same"], second["pictures"]["fetched"]), (2, 0))
            path.unlink()
            self.assertIn(str(path), self.fails_to_crawl())

    def test_only_new_pictures_are_fetched(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(shop.url("/picture/1.png"), shop.url("/picture/2.png"))
            self.crawl()
            shop.feed = yml(shop.url("/picture/1.png"), shop.url("/picture/3.png"))
            second = self.crawl()
            self.assertEqual((second["feed"]["same"], second["feed"]["changed"], second["pictures"]["fetched"]), (1, 1, 1))
            self.assertEqual(shop.asked["/picture/1.png"], 1)

    def test_no_pictures(self):
        self.settings()
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"))
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl("--no-pictures")["pictures"]["fetched"], 0)
            self.assertEqual(self.crawl()["pictures"]["fetched"], 1)

    # --- Sins of picture servers ---

    def test_each_sin_is_named_and_stops_nothing_else(self):
        self.settings(timeout_s=1)
        sins = {
            "/status/404/1.png": "HTTP 404", "/status/500/2.png": "HTTP 500", "/status/403/3.png": "HTTP 403",
            "/status/204/4.png": "HTTP 204", "/hang/5.png": "silent or too slow", "/drip/6.png": "silent or too slow",
            "/cut/7.png": "cut off", "/long-length/8.png": "cut off", "/short-length/9.png": "cut off",
            "/hangs-up/10.png": "closed the connection", "/loop/11.png": "too many redirects",
            "/html/12.png": "an HTML page", "/empty/13.png": "empty", "/bomb/14.png": "65535x65535",
            "/huge/15.png": "too large", "/x-robots/16.png": "X-Robots-Tag",
            "/to/17.png?ftp://127.0.0.1/": "no http or https", "/to/18.png?file:///etc/passwd": "no http or https",
        }
        good = ["/picture/20.png", "/modified/21.png", "/fails/2/22.png", "/gzip-lie/23.png", "/new-etag/24.png"]
        with Shop(hosts=2) as shop:
            # One host for each kind, so that a bad server's waits do not hold up the good one.
            shop.feed = yml(*[shop.url(path) for path in sins], *[shop.url(path, host=1) for path in good])
            self.add(shop.url("/feed.yml"))
            result = self.crawl()
            why = self.why()
            for path, reason in sins.items():
                self.assertIn(reason, why[path], path)
            for path in good:
                self.assertIsNone(why[path], path)
            self.assertEqual(result["pictures"]["fetched"], len(good))
            self.assertEqual(result["pictures"]["failed"], len(sins))
            # Where another try may help there were three; where it cannot, one.
            for path in ("/status/500/2.png", "/hang/5.png", "/cut/7.png", "/fails/2/22.png", "/short-length/9.png"):
                self.assertEqual(shop.asked[path], 3, path)
            for path in ("/status/404/1.png", "/html/12.png", "/bomb/14.png", "/x-robots/16.png"):
                self.assertEqual(shop.asked[path], 1, path)
            self.assertEqual(shop.asked["/loop/11.png"], 6)  # and five redirects

    def test_retry_asks_for_what_failed_only(self):
        self.settings()
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"), shop.url("/fails/3/2.png"), shop.url("/status/404/3.png"))
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["failed"], 2)
            asked = shop.asked.copy()
            self.assertEqual(self.crawl()["pictures"]["failed"], 0)  # nothing is due yet
            result = self.crawl("--retry")
            self.assertEqual((result["pictures"]["fetched"], result["pictures"]["failed"]), (1, 1))
            self.assertEqual(set(shop.asked - asked),
                             {"/feed.yml", "/robots.txt", "/fails/3/2.png", "/status/404/3.png"})

    def test_busy_server_is_waited_for(self):
        self.settings()
        with Shop() as shop:
            shop.feed = yml(shop.url("/busy/2/1/1.png"), shop.url("/busy/1/date/2.png"), shop.url("/busy/1/1/503/3.png"))
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 3)

    def test_server_that_wants_a_long_pause_is_left(self):
        self.settings(connections_per_host=1)
        with Shop(hosts=2) as shop:
            shop.feed = yml(shop.url("/busy/9/7200/1.png"), *[shop.url(f"/picture/{n}.png") for n in range(5)],
                            shop.url("/picture/9.png", host=1))
            self.add(shop.url("/feed.yml"))
            result = self.crawl()
            self.assertEqual(result["pictures"]["fetched"], 1)
            self.assertEqual((result["pictures"]["failed"], result["pictures"]["left"]), (1, 5))
            self.assertIn("left for the next crawl", result["notices"])
            self.assertEqual(self.crawl()["pictures"]["fetched"], 5)

    def test_dead_server_is_given_up(self):
        self.settings(tries=1)
        with Shop() as dead:
            gone = dead.url("")
        with Shop() as shop:
            shop.feed = yml(*[f"{gone}/picture/{n}.png" for n in range(50)], shop.url("/picture/1.png"))
            self.add(shop.url("/feed.yml"))
            result = self.crawl()
            self.assertEqual((result["pictures"]["fetched"], result["pictures"]["left"]), (1, 50))
            self.settings(tries=1, obey_robots="false")
            result = self.crawl()
            self.assertEqual(result["pictures"]["failed"] + result["pictures"]["left"], 50)
            self.assertLess(result["pictures"]["failed"], 40)
            self.assertIn("given up", result["notices"])

    def test_changed_pictures_are_noticed(self):
        self.settings(recheck_days=0)
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"), shop.url("/modified/2.png"), shop.url("/new-etag/3.png"),
                            shop.url("/changing/4.png"))
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 4)
            before = {url: picture for url, picture, _, _ in self.contents()[1]}
            result = self.crawl()
            self.assertEqual((result["pictures"]["unchanged"], result["pictures"]["fetched"]), (2, 2))
            after = {url: picture for url, picture, _, _ in self.contents()[1]}
            self.assertEqual([url for url in after if after[url] != before[url]], [shop.url("/changing/4.png")])

    def test_content_under_many_addresses_is_stored_once(self):
        self.settings()
        with Shop() as shop:
            shop.feed = yml(*[shop.url(f"/same/{n}.png") for n in range(7)])
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 7)
            self.assertEqual(len(self.stored()), 1)

    def test_placeholders_are_left_out(self):
        self.settings(placeholder_products=3)
        with Shop() as shop:
            shop.feed = yml(*[[shop.url(f"/same/{n}.png"), shop.url(f"/picture/{n}.png")] for n in range(4)])
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["placeholders"], 1)
            shop.feed = yml(*[[shop.url(f"/same/{n}.png"), shop.url(f"/picture/{n}.png")] for n in range(3)])
            self.assertEqual(self.crawl()["pictures"]["placeholders"], 0)

    # --- What is no longer shown ---

    def test_pictures_that_nobody_shows_are_removed_after_a_while(self):
        self.settings(keep_days=1)
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(6)])
            self.crawl()
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(4)], shop.url("/picture/9.png"))
            self.age_of_unshown(days=2)
            self.assertEqual(self.crawl()["pictures"]["removed"], 0)  # noted, since now
            self.assertEqual(len(self.stored()), 7)
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(4)])
            self.age_of_unshown(hours=23)  # 4 and 5 have stood there for a day, 9 for none
            self.assertEqual(self.crawl()["pictures"]["removed"], 0)  # looked a day ago
            self.age_of_unshown(days=2)
            self.assertEqual(self.crawl()["pictures"]["removed"], 2)
            self.assertEqual(len(self.stored()), 5)
            asked = shop.asked.copy()
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(6)])  # they come back
            self.assertEqual(self.crawl()["pictures"]["fetched"], 2)
            self.assertEqual({path for path in shop.asked - asked if "picture" in path}, {"/picture/4.png", "/picture/5.png"})
            self.age_of_unshown(days=2)
            self.assertEqual(self.crawl()["pictures"]["removed"], 1)
            self.assertEqual(self.stored(), sorted(hash for hash, *_ in self.contents()[2]))
            self.assertEqual(len(self.stored()), 6)

    def age_of_unshown(self, days=0, hours=0):
        """Lets time go by."""
        with sqlite3.connect(self.workspace / "catalogue.sqlite") as database:
            seconds = (days * 24 + hours) * 3600
            database.execute("UPDATE unshown SET since_s = since_s - ?", (seconds,))
            database.execute("UPDATE counter SET value = value - ? WHERE name = 'unshown_s'", (seconds,))
        database.close()

    def test_a_removed_shop_leaves_nothing(self):
        self.settings(keep_days=0)
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(5)])
            self.crawl()
            self.nacre("feed", "remove", "shop")
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(shop.url("/picture/1.png"))
            self.assertEqual(self.crawl()["pictures"]["removed"], 4)
            _, addresses, pictures = self.contents()
            self.assertEqual((len(addresses), len(pictures), len(self.stored())), (1, 1, 1))

    def test_removal_goes_on_after_a_kill(self):
        self.settings(keep_days=0)
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(4)])
            self.crawl()
            one, two = self.stored()[:2]
            with sqlite3.connect(self.workspace / "catalogue.sqlite") as database:  # as a killed crawl leaves it
                database.execute("UPDATE address SET picture = NULL, etag = NULL, next_try_s = 1 WHERE picture IN (?, ?)", (one, two))
                database.execute("DELETE FROM picture WHERE hash IN (?, ?)", (one, two))
                database.execute("INSERT INTO unshown VALUES (?, 0), (?, 0)", (one, two))
                database.execute("DELETE FROM product_picture WHERE address = (SELECT id FROM address WHERE picture IS NULL LIMIT 1)")
            database.close()
            result = self.crawl()["pictures"]  # one of the two comes back before it is removed
            self.assertEqual((result["fetched"], result["removed"]), (1, 1))
            self.assertEqual(self.stored(), sorted(hash for hash, *_ in self.contents()[2]))

    def test_a_catalogue_of_version_1_is_brought_up_to_date(self):
        def shape(path):
            with sqlite3.connect(path) as database:
                names = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")}
                columns = {(table, *column[1:4]) for table in names for column in database.execute(f"PRAGMA table_info({table})")}
                version = database.execute("PRAGMA user_version").fetchone()
            database.close()
            return names, columns, version

        self.settings()
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"))
            old = self.workspace / "catalogue.sqlite"
            old.unlink(missing_ok=True)
            with sqlite3.connect(old) as database:
                database.executescript((Path(__file__).parent / "catalogue/version-1.sql").read_text())
                database.execute("UPDATE shop SET feed_address = ?", (shop.url("/feed.yml"),))
            database.close()
            self.assertEqual(self.crawl()["feed"]["changed"], 1)
            self.nacre("init", self.folder / "fresh", workspace=False)
            self.nacre("feed", "list", "--workspace", self.folder / "fresh", workspace=False)
            self.assertEqual(shape(old), shape(self.folder / "fresh/catalogue.sqlite"))

    # --- Politeness ---

    def test_limits_of_a_host_are_kept(self):
        self.settings(connections_per_host=3)
        with Shop(hosts=4) as shop:
            shop.delay_s = 0.01
            shop.feed = yml(*[shop.url(f"/picture/{n}.png", host=n % 4) for n in range(200)],
                            *[shop.url(f"/to/{n}.png?" + shop.url(f"/picture/{n + 500}.png", host=1)) for n in range(50)])
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 250)
            self.assertLessEqual(max(shop.most_open.values()), 3)

    def test_rate_of_a_host_is_kept(self):
        self.settings(requests_per_second=20)
        with Shop() as shop:
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(20)])
            self.add(shop.url("/feed.yml"))
            self.crawl()
            gaps = [later - earlier for earlier, later in zip(shop.times[1:], shop.times[2:])]  # the feed is first
            self.assertGreaterEqual(sum(gaps), 0.9 * len(gaps) / 20)

    def test_robots_are_obeyed(self):
        self.settings()
        with Shop() as shop:
            shop.robots = (200, "User-agent: *\nDisallow: /picture/1")
            shop.feed = yml(shop.url("/picture/1.png"), shop.url("/picture/2.png"))
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 1)
            self.assertIn("robots.txt", self.why()["/picture/1.png"])
            self.assertNotIn("/picture/1.png", shop.asked)
            self.assertRegex(shop.last_headers["/robots.txt"]["user-agent"], r"^nacre/[0-9.]+$")
            self.settings(obey_robots="false", contact="https://example.org/nacre")
            self.assertEqual(self.crawl("--retry")["pictures"]["fetched"], 1)
            self.assertIn("(+https://example.org/nacre)", shop.last_headers["/picture/1.png"]["user-agent"])

    def test_robots_behind_a_redirect_hold(self):
        self.settings()
        with Shop(hosts=2) as shop:
            shop.feed = yml(*[shop.url(f"/to/{n}.png?" + shop.url(f"/picture/{n}.png", host=1)) for n in range(3)])
            shop.robots = (200, "User-agent: *\nDisallow: /picture/1")
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 2)
            self.assertEqual(shop.asked["/robots.txt"], 2)

    def test_robots_may_be_elsewhere(self):
        self.settings(hosts=1)
        with Shop() as elsewhere, Shop(hosts=3) as shop:
            elsewhere.robots = (200, "User-agent: *\nDisallow: /picture/1")
            shop.robots = (301, elsewhere.url("/robots.txt"))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png", host=n % 3) for n in range(9)])
            self.add(shop.url("/feed.yml"))
            self.assertEqual(self.crawl()["pictures"]["fetched"], 8)

    def test_unreadable_robots_forbid_all(self):
        self.settings()
        with Shop() as shop:
            shop.robots = (500, "")
            shop.feed = yml(shop.url("/picture/1.png"))
            self.add(shop.url("/feed.yml"))
            result = self.crawl()
            self.assertEqual((result["pictures"]["fetched"], result["pictures"]["left"]), (0, 1))
            self.assertNotIn("/picture/1.png", shop.asked)
            shop.robots = (404, "")
            self.assertEqual(self.crawl()["pictures"]["fetched"], 1)

    def test_private_addresses_are_refused(self):
        self.settings(allow_private="false")
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            self.assertIn("allow_private", self.fails_to_crawl())
            path = self.folder / "feed.yml"
            path.write_bytes(yml(shop.url("/picture/1.png"), shop.url("/picture/2.png").replace("127.0.0.1", "localhost"),
                                 "http://[::1]/3.png", "http://169.254.169.254/latest/4.png"))
            self.nacre("feed", "add", "file", path)
            run = self.nacre("crawl", "file", "--json")
            self.assertEqual(json.loads(run.stdout)["pictures"]["fetched"], 0)
            self.assertIn("allow_private", run.stderr)
            self.assertFalse(shop.asked)

    def test_certificates_are_checked(self):
        if not shutil.which("openssl"):
            self.skipTest("openssl is not installed")
        self.settings(tries=1)
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=other.example", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with Shop(tls_context=context) as shop:
            self.add(shop.url("/feed.yml"))
            self.assertIn("certificate", self.fails_to_crawl())

    # --- Sins of feeds ---

    def test_broken_feed_changes_nothing(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml?code=secret"))
            whole = yml(*[shop.url(f"/picture/{n}.png") for n in range(10)])
            shop.feed = whole
            self.crawl()
            renamed = yml(*[shop.url(f"/picture/{n}.png") for n in range(10)], names="Skirt")
            cut = renamed.index(b'<offer id="6"')
            shop.feed = renamed[:cut + 60]
            self.assertIn("line", self.fails_to_crawl())
            result = self.crawl("--partial")
            self.assertTrue(result["feed"]["partial"])
            self.assertEqual((result["feed"]["changed"], result["feed"]["gone"]), (6, 0))
            shop.feed = whole  # a partial reading is no version to compare with
            self.assertEqual(self.crawl()["feed"]["changed"], 6)
            log = [json.loads(line) for line in self.nacre("feed", "log", "shop", "--json").stdout.splitlines()]
            self.assertEqual([run["committed"] for run in log], [True, True, False, True])
            self.assertIn("line", log[2]["message"])

    def test_missing_end_tags_are_no_harm(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(5)]).replace(b"</shop></yml_catalog>\n", b"")
            self.assertEqual(self.crawl()["feed"]["new"], 5)

    def test_empty_answers_are_refused(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            shop.feed = yml(shop.url("/picture/1.png"))
            self.crawl()
            for feed in (b"", b" ", yml(), b"<html><body>Sign in</body></html>"):
                shop.feed = feed
                self.assertTrue(self.fails_to_crawl())

    def test_small_feed_is_to_be_confirmed(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml"))
            pictures = [shop.url(f"/picture/{n}.png") for n in range(10)]
            shop.feed = yml(*pictures)
            self.crawl()
            shop.feed = yml(*pictures[:4])
            self.assertIn("--accept-small", self.fails_to_crawl())
            self.assertEqual(self.crawl("--accept-small")["feed"]["gone"], 6)
            shop.feed = yml(*pictures[:2])  # a half is enough
            self.assertEqual(self.crawl()["feed"]["gone"], 2)

    def test_feed_servers_sins(self):
        self.settings(timeout_s=1, tries=2)
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"))
            for path, reason in {"/status/404/feed.yml": "HTTP 404", "/status/500/feed.yml": "HTTP 500",
                                 "/loop/feed.yml": "too many redirects", "/hangs-up/feed.yml": "closed the connection",
                                 "/feed-cut.yml/9": "cut off", "/to/feed.yml?file:///etc/passwd": "neither http nor"}.items():
                self.nacre("feed", "add", "bad", shop.url(path))
                run = self.nacre("crawl", "bad", code=1)
                self.assertIn(reason, run.stderr)
                self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
                self.nacre("feed", "remove", "bad")
            self.assertEqual(shop.asked["/status/404/feed.yml"], 1)
            self.assertEqual(shop.asked["/status/500/feed.yml"], 2)
            for path in ("/feed-cut.yml/1", "/feed.yml.gz", "/feed-gzip-lie.yml", "/to/1?/feed.yml"):
                self.nacre("feed", "add", "good", shop.url(path))
                self.assertIn("1 offers", self.nacre("crawl", "good").stdout)
                self.nacre("feed", "remove", "good")

    def test_silent_feed_server(self):
        self.settings(timeout_s=1, tries=1)
        with Shop() as shop:
            self.add(shop.url("/hang/feed.yml"))
            self.assertIn("silent", self.fails_to_crawl())

    def test_changes_only_are_asked_for_where_the_address_allows(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml?code=secret&last_import="))
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(10)])
            self.assertEqual(self.crawl()["feed"]["new"], 10)
            self.assertEqual(list(shop.asked)[0], "/feed.yml?code=secret")
            shop.feed = yml(shop.url("/picture/1.png"), names="Skirt")
            second = self.crawl()
            self.assertEqual((second["feed"]["changed"], second["feed"]["gone"]), (1, 0))
            asked = [path for path in shop.asked if "last_import" in path]
            self.assertEqual(len(asked), 1)
            self.assertRegex(asked[0], r"&last_import=\d{4}\.\d\d\.\d\d\.\d\d\.\d\d$")
            shop.feed = yml()  # nothing changed
            self.assertEqual(self.crawl()["feed"]["gone"], 0)
            self.settings(full_days=0)
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(9)])
            self.assertEqual(self.crawl()["feed"]["gone"], 1)

    def test_keys_are_never_shown(self):
        self.settings()
        with Shop() as shop:
            self.add(shop.url("/feed.yml?code=secret&feed_id=7"))
            shop.feed = yml(shop.url("/status/404/1.png?token=secret"))
            self.crawl()
            shop.feed = b"nonsense"
            self.crawl(code=1)
            self.assertIn("code=***&feed_id=7", self.nacre("feed", "list").stdout)
            self.nacre("feed", "log", "--problems")
            self.assertEqual(shop.asked["/feed.yml?code=secret&feed_id=7"], 2)

    # --- Stopped, killed, no room ---

    def start(self, *arguments):
        return subprocess.Popen([NACRE, *arguments, "--workspace", str(self.workspace)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def kill_often(self, longest_s, *arguments):
        """Starts the command and kills it at random moments, so many times."""
        chance, killed = random.Random(1), 0
        while killed < KILLS:
            process = self.start(*arguments)
            time.sleep(chance.uniform(0, longest_s))
            code = process.poll()
            process.kill()
            _, errors = process.communicate()
            self.assertIn(code, (None, 0), errors)
            killed += code is None
        return killed

    def test_killed_at_any_moment_it_goes_on(self):
        count = 120 * KILLS
        self.settings()
        with Shop(hosts=4) as shop:
            shop.delay_s = 0.005
            shop.feed = yml(*[shop.url(f"/picture/{n}.png", host=n % 4) for n in range(count)])
            self.add(shop.url("/feed.yml"))
            killed = self.kill_often(0.8, "crawl", "shop")
            self.crawl()
            self.assertEqual(len(self.contents()[2]), count)
            self.assertEqual(len(self.stored()), count)
            self.assertEqual([row for row in self.contents()[1] if not row[1]], [])
            pictures = [times for path, times in shop.asked.items() if path.startswith("/picture/")]
            self.assertLessEqual(max(pictures), 1 + killed)
            asked = shop.asked.copy()
            self.crawl()
            self.assertEqual(dict(shop.asked - asked), {"/feed.yml": 1})

    def items(self):
        with sqlite3.connect(self.workspace / "catalogue.sqlite") as database:
            rows = database.execute("SELECT offer, picture, x, y, width, height, category, shape, colour FROM item"
                                    " JOIN product_text USING (product) ORDER BY offer, picture, x, y").fetchall()
        database.close()
        return rows

    def test_killed_while_indexing_it_goes_on(self):
        if not any((Path(__file__).parent.parent / "models").glob("encoder.onnx")):
            self.skipTest("models/encoder.onnx is not there")
        self.settings()
        with Shop() as shop:
            count = 10 * KILLS  # so that there is work left for the last one
            shop.feed = yml(*[shop.url(f"/picture/{n * 9999}.png") for n in range(count)])
            self.add(shop.url("/feed.yml"))
            self.crawl()
            undisturbed = self.folder / "undisturbed"
            shutil.copytree(self.workspace, undisturbed)
            self.kill_often(2, "index")
            self.nacre("index")
            disturbed = self.items()
            self.assertEqual(len({row[0] for row in disturbed}), count)
            self.workspace = undisturbed
            self.nacre("index")
            self.assertEqual(disturbed, self.items())

    def test_stopped_by_a_signal_it_keeps_what_it_has(self):
        self.settings()
        with Shop() as shop:
            shop.delay_s = 0.01
            shop.feed = yml(*[shop.url(f"/picture/{n}.png") for n in range(1000)])
            self.add(shop.url("/feed.yml"))
            process = self.start("crawl", "shop")
            while sum(shop.asked.values()) < 100:
                time.sleep(0.01)
            self.assertIn("another crawl", self.nacre("crawl", "shop", code=1).stderr)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 1)
            self.assertIn("stopped", errors)
            kept = len(self.stored())
            self.assertGreater(kept, 0)
            self.assertEqual(sum(1 for row in self.contents()[1] if row[1]), kept)

    def test_full_disk(self):
        """On a file system of 2 MB, in a name space of our own."""
        inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
        if subprocess.run([*inside, "mount -t tmpfs tmpfs /mnt"], capture_output=True).returncode:
            self.skipTest("no mount name spaces here")
        self.settings()
        with Shop() as shop:
            shop.picture_bytes = 100_000
            path = self.folder / "feed.yml"
            path.write_bytes(yml(*[shop.url(f"/picture/{n}.png") for n in range(100)]))
            self.add(path)
            script = (f"mount -t tmpfs -o size=2m tmpfs /mnt && cp -r {self.workspace} /mnt/w && "
                      f"{NACRE} crawl --workspace /mnt/w; code=$?; cp -r /mnt/w {self.folder}/after; exit $code")
            run = subprocess.run([*inside, script], capture_output=True, text=True, timeout=120)
            self.assertEqual(run.returncode, 1, run.stderr)
            errors = [line for line in run.stderr.splitlines() if "error" in line]
            self.assertEqual(len(errors), 1, run.stderr)
            self.assertIn("No space left on device", errors[0])
            # With room again it goes on and lacks nothing.
            self.workspace = self.folder / "after"
            self.crawl()
            self.assertEqual(len(self.stored()), 100)
            self.assertEqual(len(self.contents()[2]), 100)

    # --- By schedule ---

    def test_watch(self):
        self.settings(shop="[shop shop]\nschedule = 1m\n")
        with Shop() as shop:
            shop.feed = yml(shop.url("/picture/1.png"))
            self.add(shop.url("/feed.yml"))
            process = self.start("crawl", "--watch")
            while shop.asked["/picture/1.png"] < 1:
                time.sleep(0.05)
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
            self.settings(shop="[shop shop]\nschedule = sometimes\n")
            self.assertIn("[shop shop]: schedule \"sometimes\"", self.nacre("crawl", "--watch", code=1).stderr)

    # --- Wrong calls ---

    def test_wrong_calls(self):
        self.assertIn("no-such-shop", self.nacre("crawl", "no-such-shop", code=1).stderr)
        self.nacre("crawl", "--retry", "--partial", code=2)
        self.nacre("crawl", "a", "b", code=2)
        self.nacre("feed", "add", "shop", self.folder / "none.yml", code=1)
        self.nacre("feed", "add", "shop", self.folder, code=1)
        self.nacre("feed", "add", "shop", "ftp://shop.example/feed.yml", code=1)
        self.nacre("feed", "add", "../shop", "http://shop.example/feed.yml", code=2)
        self.nacre("feed", "add", "shop", "http://shop.example/feed.yml", "--format", "pdf", code=2)
        self.nacre("feed", "add", "shop", "http://shop.example/feed.yml")
        self.nacre("feed", "add", "shop", "http://shop.example/feed.yml", code=1)
        self.nacre("feed", "remove", "other", code=1)
        self.nacre("feed", "log", "other", code=1)
        self.nacre("feed", "remove", "shop")
        self.nacre("feed", "add", "shop", "http://shop.example/feed.yml")
        self.settings(connections_per_host=0)
        self.assertIn("[crawl] connections_per_host", self.nacre("crawl", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
