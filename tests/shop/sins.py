# SPDX-License-Identifier: Apache-2.0
"""A shop's server that plays every sin of real ones, for the tests and the soak run.

    with Shop(hosts=20) as shop:      # 127.0.0.1, 127.0.0.2 …, each on a free port
        shop.feed = yml(shop.url("/picture/1.png"), shop.url("/cut/2.png", host=1))
        …                             # crawl shop.url("/feed.yml")
        shop.asked["/picture/1.png"]  # how often

The first part of a path names the sin (see `Connection.answer`), the number in the last part makes the picture: the
same number gives the same bytes on every machine. What a server does by itself over time is counted in requests, not
in seconds, so that runs repeat exactly.
"""

import asyncio
import email.utils
import functools
import gzip
import re
import ssl
import struct
import threading
import time
import zlib
from collections import Counter
from xml.sax.saxutils import escape

DATE = email.utils.formatdate(1700000000, usegmt=True)


@functools.lru_cache(maxsize=None)
def png(number, size_bytes=0, declared_side=32):
    """A valid picture of one colour, with a comment that fills it up to about `size_bytes`."""
    colour = bytes((number >> shift & 255 for shift in (0, 8, 16)))
    rows = (b"\0" + colour * 32) * 32

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    filling = chunk(b"tEXt", b"Comment\0" + b"x" * (size_bytes - 200)) if size_bytes > 200 else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", declared_side, declared_side, 8, 2, 0, 0, 0)) + filling
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def yml(*pictures, names="Dress"):
    """A YML feed with one offer for each address (or list of addresses)."""
    offers = []
    for number, addresses in enumerate(pictures):
        addresses = [addresses] if isinstance(addresses, str) else addresses
        offers.append(f'<offer id="{number}" available="true"><url>http://shop.example/{number}</url>'
                      f"<price>{100 + number}</price><currencyId>RUB</currencyId><categoryId>1</categoryId>"
                      + "".join(f"<picture>{escape(address)}</picture>" for address in addresses)
                      + f"<name>{escape(names)} {number}</name></offer>\n")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<yml_catalog date="2026-01-01 00:00"><shop><name>Shop</name>'
            "<company>Shop</company><url>http://shop.example</url><currencies><currency id=\"RUB\" rate=\"1\"/>"
            '</currencies><categories><category id="1">Dresses</category></categories><offers>\n'
            + "".join(offers) + "</offers></shop></yml_catalog>\n").encode()


class Connection(asyncio.Protocol):
    def __init__(self, shop, host):
        self.shop, self.host, self.unread, self.transport = shop, host, b"", None

    def connection_made(self, transport):
        self.transport = transport
        self.shop.open[self.host] += 1
        self.shop.most_open[self.host] = max(self.shop.most_open[self.host], self.shop.open[self.host])

    def connection_lost(self, _):
        self.shop.open[self.host] -= 1

    def data_received(self, data):
        self.unread += data
        while b"\r\n\r\n" in self.unread:
            head, self.unread = self.unread.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
            with self.shop.lock:
                self.shop.asked[path] += 1
                self.shop.last_headers[path] = headers
                if not path.startswith("/robots.txt"):
                    self.shop.times.append(time.monotonic())
            if self.shop.delay_s:
                self.shop.loop.call_later(self.shop.delay_s, self.answer, path, headers)
            else:
                self.answer(path, headers)

    def send(self, status, body=b"", length=None, close=False, **headers):
        if self.transport.is_closing():
            return
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
        if status == 304:
            lines.pop()
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if close:
            self.transport.close()

    def send_version(self, body, etag, headers, **more):
        """A body with its ETag, or 304 where the client has it."""
        if headers.get("if-none-match") == etag:
            self.send(304, ETag=etag)
        else:
            self.send(200, body, ETag=etag, **more)

    def answer(self, path, headers):
        shop = self.shop
        parts = path.split("?")[0].strip("/").split("/")
        sin, last = parts[0], parts[-1]
        number = int(re.search(r"\d*", last).group() or 0)
        times = shop.asked[path]
        picture = png(number, shop.picture_bytes)
        if path in shop.pages:
            self.send(200, shop.pages[path])
        elif sin == "feed.yml":
            etag = f'"{zlib.crc32(shop.feed)}"'
            self.send_version(shop.feed, etag, headers)
        elif sin == "feed.yml.gz":  # compressed, and told
            self.send(200, gzip.compress(shop.feed), Content_Encoding="gzip")
        elif sin == "feed-gzip-lie.yml":  # told, not compressed
            self.send(200, shop.feed, Content_Encoding="gzip")
        elif sin == "feed-cut.yml":  # cut off N times, then whole
            cut = times <= int(parts[1])
            self.send(200, shop.feed[:len(shop.feed) // 2] if cut else shop.feed, length=len(shop.feed), close=cut)
        elif sin == "robots.txt":
            status, text = shop.robots
            self.send(status, text.encode(), **({"Location": text} if status == 301 else {}))
        elif sin == "picture":
            self.send_version(picture, f'"{number}"', headers, Last_Modified=DATE)
        elif sin == "modified":  # no ETag, only a date
            if headers.get("if-modified-since") == DATE:
                self.send(304)
            else:
                self.send(200, picture, Last_Modified=DATE)
        elif sin == "new-etag":  # another ETag each time, the same content
            self.send(200, picture, ETag=f'"{times}"')
        elif sin == "changing":  # another content each time
            self.send_version(png(number + 1000 * times), f'"{times}"', headers)
        elif sin == "same":  # one content under many addresses
            self.send(200, png(0))
        elif sin == "status":
            self.send(int(parts[1]), b"<html>an error's page</html>")
        elif sin == "fails":  # fails N times, then is good
            if times <= int(parts[1]):
                self.send(500)
            else:
                self.send(200, picture)
        elif sin == "busy":  # 429 N times, with Retry-After in seconds or as a date
            if times <= int(parts[1]):
                after = parts[2] if parts[2] != "date" else email.utils.formatdate(time.time() + 1, usegmt=True)
                self.send(int(parts[3]) if len(parts) > 4 else 429, Retry_After=after)
            else:
                self.send(200, picture)
        elif sin == "hang":
            pass
        elif sin == "drip":
            self.send(200, picture[:20], length=len(picture))
        elif sin == "cut":
            self.send(200, picture[:len(picture) // 2], length=len(picture), close=True)
        elif sin == "long-length":
            self.send(200, picture, length=len(picture) + 1000, close=True)
        elif sin == "short-length":
            self.send(200, picture, length=len(picture) // 2, close=True)
        elif sin == "hangs-up":
            self.transport.close()
        elif sin == "loop":
            self.send(302, Location=path)
        elif sin == "to":  # a redirect to what the query says
            self.send(301, Location=path.split("?", 1)[1])
        elif sin == "gzip-lie":
            self.send(200, picture, Content_Encoding="gzip")
        elif sin == "html":
            self.send(200, b"<!DOCTYPE html><html><body>Sign in</body></html>", Content_Type="image/jpeg")
        elif sin == "empty":
            self.send(200)
        elif sin == "bomb":
            self.send(200, png(number, declared_side=65535))
        elif sin == "huge":
            self.send(200, length=10**10)
        elif sin == "x-robots":
            self.send(200, picture, X_Robots_Tag="noindex, nofollow")
        else:
            self.send(404)


class Shop:
    def __init__(self, hosts=1, tls_context=None):
        self.feed = b""
        self.robots = (404, "")
        self.pages = {}  # path → body
        self.delay_s = 0
        self.picture_bytes = 0
        self.asked = Counter()  # path → requests
        self.last_headers = {}  # path → headers of its last request
        self.times = []
        self.open, self.most_open = Counter(), Counter()  # connections of a host
        self.lock = threading.Lock()
        self.loop = asyncio.new_event_loop()
        self.tls_context = tls_context
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(hosts, ready), daemon=True)
        self.thread.start()
        ready.wait()

    def run(self, hosts, ready):
        asyncio.set_event_loop(self.loop)

        async def listen(host):
            server = await self.loop.create_server(lambda: Connection(self, host), f"127.0.0.{host + 1}", 0,
                                                   ssl=self.tls_context, backlog=256)
            self.servers.append(server)
            return f"{'https' if self.tls_context else 'http'}://127.0.0.{host + 1}:{server.sockets[0].getsockname()[1]}"

        self.servers = []
        self.origins = [self.loop.run_until_complete(listen(host)) for host in range(hosts)]
        ready.set()
        self.loop.run_forever()
        for server in self.servers:
            server.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def url(self, path, host=0):
        return self.origins[host] + path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
