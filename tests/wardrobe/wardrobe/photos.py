# SPDX-License-Identifier: Apache-2.0
"""Photos that a shopper takes: the shop's garments on a floor, a bed, a rug or a wall, turned and cut differently."""

import random
from dataclasses import dataclass
from math import cos, radians, sin

from . import garments
from .ink import HEIGHT, WIDTH, Cloth, Drawing, shade
from .stock import BLACK, WHITE, Offer

PHOTO_WIDTH, PHOTO_HEIGHT = 660, 880


@dataclass
class Item:
    offer: Offer
    x: float  # where the sheet's centre comes to lie
    y: float
    scale: float
    angle: float


@dataclass
class Photo:
    name: str
    room: str
    items: list


def photos(offers):
    """One photo for each of many offers, then some with several items."""
    by_category = {}
    for offer in offers:
        by_category.setdefault(offer.category, []).append(offer)
    rng = random.Random(20260115)
    rooms = ["floor", "bed", "rug", "wall"]
    result = []
    for category, some in by_category.items():
        for offer in some[:2] if len(some) > 6 else some[:1]:
            result.append(
                Photo(
                    f"{category.lower().replace(' ', '-')}-{offer.id}",
                    rooms[len(result) % 4],
                    [
                        Item(
                            offer,
                            330 + rng.uniform(-30, 30),
                            440 + rng.uniform(-40, 40),
                            rng.uniform(1.5, 1.9),
                            rng.uniform(-12, 12),
                        )
                    ],
                )
            )

    # The classic query: striped in black and white, and not itself in the shop.
    classic = Offer(
        "classic",
        "Sweaters",
        "sweater",
        Cloth("stripes", WHITE, BLACK, size=32, weave="knit"),
        garments.top,
        dict(neck="crew", hem="rib", length=268, fit=74),
        0,
    )
    result.append(Photo("classic-striped-sweater", "floor", [Item(classic, 335, 430, 1.75, -6)]))

    def pick(category, i):
        return by_category[category][i]

    for i, (room, trio) in enumerate(
        [
            ("bed", (pick("Dresses", 1), pick("Heels", 1), pick("Clutches", 1))),
            ("floor", (pick("Sweaters", 0), pick("Skirts", 1), pick("Ankle boots", 1))),
            ("rug", (pick("Shirts", 1), pick("Jeans", 0), pick("Sneakers", 0))),
            ("wall", (pick("Coats", 0), pick("Scarves", 0), pick("Handbags", 0))),
        ]
    ):
        places = [(200, 300, 1.12, -5), (460, 330, 1.05, 6), (330, 690, 0.85, -3)]
        result.append(Photo(f"outfit-{i + 1}", room, [Item(offer, *place) for offer, place in zip(trio, places)]))
    return result


def draw(photo):
    """The photo as SVG, and the truth: for each item its offer and box (x, y, width, height) in pixels."""
    art, truth = _room(photo.room), []
    for i, item in enumerate(photo.items):
        drawing = item.offer.drawing(again=1)
        turn = (
            f"translate({item.x:.1f},{item.y:.1f}) rotate({item.angle:.1f}) scale({item.scale:.3f}) "
            f"translate({-WIDTH / 2},{-HEIGHT / 2})"
        )
        art += f'<g filter="url(#fall)"><g transform="{turn}">{drawing.symbol(f"i{i}")}</g></g>'
        truth.append((item.offer, _box(drawing, item)))
    # A lamp's warm light from one corner.
    art += (
        f'<defs><radialGradient id="lamp" cx=".25" cy=".2" r="1.1"><stop offset="0" stop-color="#fff6e2" stop-opacity=".12"/>'
        f'<stop offset="1" stop-color="#20160a" stop-opacity=".14"/></radialGradient></defs>'
        f'<rect width="{PHOTO_WIDTH}" height="{PHOTO_HEIGHT}" fill="url(#lamp)"/>'
    )
    return art, truth


def _box(drawing: Drawing, item):
    c, s = cos(radians(item.angle)) * item.scale, sin(radians(item.angle)) * item.scale
    xs, ys = zip(
        *(
            ((x - WIDTH / 2) * c - (y - HEIGHT / 2) * s + item.x, (x - WIDTH / 2) * s + (y - HEIGHT / 2) * c + item.y)
            for x, y in drawing.corners
        )
    )
    left, top = max(0, min(xs)), max(0, min(ys))
    return round(left), round(top), round(min(PHOTO_WIDTH, max(xs)) - left), round(min(PHOTO_HEIGHT, max(ys)) - top)


def _room(kind):
    rng = random.Random(kind)
    w, h = PHOTO_WIDTH, PHOTO_HEIGHT
    # The shadow that a garment casts on what it lies on.
    defs = (
        '<filter id="fall" x="-10%" y="-10%" width="120%" height="120%"><feGaussianBlur in="SourceAlpha" stdDeviation="9"/>'
        '<feOffset dx="9" dy="13"/><feComponentTransfer result="shadow"><feFuncA type="linear" slope=".45"/></feComponentTransfer>'
        '<feMerge><feMergeNode in="shadow"/><feMergeNode in="SourceGraphic"/></feMerge></filter>'
    )

    def surface(frequency, depth):
        return (
            f'<filter id="surface" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB">'
            f'<feTurbulence type="fractalNoise" baseFrequency="{frequency}" numOctaves="4" seed="5" result="noise"/>'
            f'<feDiffuseLighting in="noise" surfaceScale="{depth}" diffuseConstant="1.1" lighting-color="#fff" result="light">'
            f'<feDistantLight azimuth="235" elevation="60"/></feDiffuseLighting>'
            f'<feBlend in="light" in2="SourceGraphic" mode="multiply"/></filter>'
        )

    if kind == "floor":
        art = f'<rect width="{w}" height="{h}" fill="#5d4226"/>'
        for row in range(9):
            y = row * 100
            x = -rng.randrange(300)
            while x < w:
                length = rng.randrange(260, 420)
                art += (
                    f'<rect x="{x}" y="{y}" width="{length}" height="104" fill="{shade("#b08a5e", 0.88 + 0.24 * rng.random())}" '
                    f'stroke="#5d4226" stroke-width="2"/>'
                )
                x += length
        defs += surface("0.004 0.09", 5)
    elif kind == "bed":
        art = f'<rect width="{w}" height="{h}" fill="#f1f2f4"/>'
        defs += surface("0.005 0.003", 13)
    elif kind == "rug":
        art = f'<rect width="{w}" height="{h}" fill="#6f7f86"/>'
        art += "".join(
            f'<path d="M0 {y}H{w}" stroke="#c9bfa6" stroke-width="5" opacity=".55"/>' for y in range(40, h, 120)
        )
        defs += surface("0.25", 5)
    else:
        art = (
            f'<rect width="{w}" height="{h}" fill="#cfc4b2"/><rect y="{h - 120}" width="{w}" height="120" fill="#8b6f52"/>'
            f'<rect y="{h - 136}" width="{w}" height="18" fill="#f0ebe2"/>'
        )
        defs += surface("0.06", 1.6)
    return f'<defs>{defs}</defs><g filter="url(#surface)">{art}</g>'
