# SPDX-License-Identifier: Apache-2.0
"""What the drawn shop sells: every garment, shoe and bag with its category, name, price and views."""

import zlib
from dataclasses import dataclass, field
from typing import Callable

from . import footwear as shoe
from . import garments as wear
from .ink import Cloth

WHITE, BLACK, GREY, NAVY, BLUE, SKY = "#f6f4f0", "#19191b", "#8d9198", "#1d2b52", "#2b56b5", "#8fb7de"
CREAM, DENIM, FADED = "#f7ead9", "#4a6f9f", "#8fa9c4"
RED, WINE, PINK, ORANGE, YELLOW, GREEN = "#c3202f", "#74182e", "#e48aa6", "#e0762a", "#ecc23a", "#2f7a45"
OLIVE, BEIGE, BROWN, CAMEL, VIOLET, TEAL, GOLD = (
    "#66682f",
    "#d8c5a3",
    "#5c3a25",
    "#b98a52",
    "#6a3f8f",
    "#1f7f83",
    "#cba347",
)

NAMES = {
    WHITE: "white",
    BLACK: "black",
    GREY: "grey",
    NAVY: "navy",
    BLUE: "blue",
    SKY: "light blue",
    RED: "red",
    WINE: "burgundy",
    PINK: "pink",
    ORANGE: "orange",
    YELLOW: "yellow",
    GREEN: "green",
    OLIVE: "olive",
    BEIGE: "beige",
    CREAM: "cream",
    DENIM: "blue",
    FADED: "light blue",
    BROWN: "brown",
    CAMEL: "camel",
    VIOLET: "violet",
    TEAL: "teal",
    GOLD: "gold",
}
ADJECTIVES = {
    "plain": "",
    "stripes": "striped ",
    "pinstripes": "pinstriped ",
    "checks": "checked ",
    "dots": "dotted ",
    "flowers": "floral ",
    "halves": "two-colour ",
    "raglan": "two-colour ",
    "argyle": "argyle ",
    "hearts": "heart-print ",
    "leopard": "leopard-print ",
}


@dataclass
class Offer:
    id: str
    category: str  # in the shop's own tree, see CATEGORIES
    noun: str
    cloth: Cloth
    draw: Callable
    options: dict
    price: int
    views: list = field(default_factory=lambda: ["front"])

    @property
    def colours(self):
        return " and ".join(NAMES[c] for c in dict.fromkeys(self.cloth.colours[:2]))

    @property
    def name(self):
        name = f"{ADJECTIVES[self.cloth.pattern]}{self.noun}, {self.colours}"
        return name[0].upper() + name[1:]

    def drawing(self, view="front", again=0):
        """The garment; `again` draws it anew, as another photo of the same thing would show it."""
        options = dict(self.options, **({"back": True} if view == "back" else {}))
        return self.draw(self.cloth, zlib.crc32(f"{self.id}/{again}".encode()), **options)


# The shop's own tree: id, parent, name, and the category of nacre's taxonomy that its mapping names.
CATEGORIES = [
    (1, None, "Women", None),
    (2, None, "Men", None),
    (3, None, "Shoes", None),
    (4, None, "Bags", None),
    (5, None, "Accessories", None),
    (10, 1, "Sweaters", "women.knitwear.sweaters"),
    (11, 1, "Cardigans", "women.knitwear.cardigans"),
    (12, 1, "Dresses", "women.dresses"),
    (13, 1, "Evening dresses", "women.dresses.evening"),
    (14, 1, "Skirts", "women.skirts"),
    (15, 1, "Trousers", "women.trousers"),
    (16, 1, "T-shirts", "women.tops.tshirts"),
    (17, 1, "Blouses", "women.shirts.blouses"),
    (18, 1, "Coats", "women.outerwear.coats"),
    (19, 1, "Hoodies", "women.sweatshirts.hoodies"),
    (20, 2, "Shirts", "men.shirts"),
    (21, 2, "Jeans", "men.jeans"),
    (22, 2, "Jackets", "men.outerwear.jackets"),
    (23, 2, "Shorts", "men.shorts"),
    (24, 2, "Puffer jackets", "men.outerwear.down"),
    (30, 3, "Heels", "women.shoes.heels"),
    (31, 3, "Boots", "women.shoes.boots"),
    (32, 3, "Ankle boots", "women.shoes.ankle-boots"),
    (33, 3, "Sneakers", "women.shoes.casual.sneakers"),
    (34, 3, "Ballet flats", "women.shoes.flats.ballerinas"),
    (35, 3, "Loafers", "men.shoes.casual.loafers"),
    (36, 3, "Sandals", "women.shoes.sandals"),
    (40, 4, "Handbags", "bags.handbags"),
    (41, 4, "Backpacks", "bags.backpacks"),
    (42, 4, "Clutches", "bags.clutches"),
    (50, 5, "Beanies", "accessories.headwear.beanies"),
    (51, 5, "Caps", "accessories.headwear.caps"),
    (52, 5, "Hats", "accessories.headwear.hats"),
    (53, 5, "Scarves", "accessories.scarves.scarves"),
    (54, 5, "Ties", "accessories.neckwear.ties"),
    (55, 5, "Gloves", "accessories.gloves.gloves"),
    (56, 5, "Sunglasses", "accessories.eyewear.sunglasses"),
    (57, 5, "Belts", "accessories.belts.women"),
]


def stock():
    """All offers, in the feed's order."""
    offers = []

    def add(category, noun, cloth, draw, price, views=None, **options):
        number = sum(o.category == category for o in offers) + 1
        identity = str(next(c[0] for c in CATEGORIES if c[2] == category) * 100 + number)
        offers.append(Offer(identity, category, noun, cloth, draw, options, price + number * 10, views or ["front"]))

    for department in (sweaters, dresses, skirts_and_trousers, tops_and_coats, menswear, shoes, bags, accessories):
        department(add)
    return offers


def knit(pattern, *colours, size=24):
    return Cloth(pattern, *colours, size=size, weave="knit")


def leather(colour):
    return Cloth("plain", colour, weave="leather")


# --- The departments: each adds its offers through add(category, noun, cloth, draw, price, views, **options). ---


def sweaters(add):
    def sweater(cloth, i, price=3900):
        neck = ["crew", "boat", "crew", "v", "crew", "turtle"][i % 6]
        add(
            "Sweaters",
            "sweater",
            cloth,
            wear.top,
            price,
            ["front", "back"] if i % 2 == 0 else None,
            neck=neck,
            hem="rib",
            length=262 + 6 * (i % 4),
            fit=72 + 3 * (i % 3),
        )

    # The classic example: striped in black and white, black and white but not striped, striped in other colours, plain.
    for i, (a, b, size) in enumerate(
        [
            (WHITE, BLACK, 22),
            (BLACK, WHITE, 30),
            (WHITE, BLACK, 36),
            (BLACK, WHITE, 24),
            (WHITE, BLACK, 28),
            (WHITE, BLACK, 44),
            (BLACK, WHITE, 38),
        ]
    ):
        sweater(knit("stripes", a, b, size=size), 2 * i)
    for i, cloth in enumerate(
        [
            knit("halves", WHITE, BLACK, size=205),
            knit("raglan", WHITE, BLACK),
            knit("halves", BLACK, WHITE, size=225),
            knit("raglan", BLACK, WHITE),
            knit("dots", BLACK, WHITE, size=20),
            knit("argyle", WHITE, BLACK, GREY, size=24),
        ]
    ):
        sweater(cloth, i)
    for i, (a, b, size) in enumerate(
        [
            (RED, WHITE, 26),
            (BLUE, YELLOW, 30),
            (GREEN, YELLOW, 24),
            (PINK, WINE, 34),
            (ORANGE, BROWN, 28),
            (TEAL, BEIGE, 30),
            (YELLOW, RED, 40),
            (VIOLET, PINK, 24),
        ]
    ):
        sweater(knit("stripes", a, b, size=size), i)
    for i, colour in enumerate([RED, GREEN, BLUE, BEIGE, PINK, YELLOW]):
        sweater(knit("plain", colour), i, 3500)

    for cloth in [
        knit("plain", WINE),
        knit("plain", GREY),
        knit("stripes", NAVY, RED),
        knit("plain", BEIGE),
        knit("argyle", GREEN, YELLOW, WHITE, size=20),
    ]:
        add("Cardigans", "cardigan", cloth, wear.top, 4200, neck="v", hem="rib", front="buttons", length=270)


def dresses(add):
    dress = dict(sleeve="none", neck="scoop", length=320, fit=54, waist=42, flare=44)
    for i, cloth in enumerate(
        [
            Cloth("flowers", CREAM, RED, YELLOW, size=18),
            Cloth("plain", RED),
            Cloth("dots", NAVY, WHITE, size=9),
            Cloth("stripes", WHITE, BLUE, size=18),
            Cloth("flowers", NAVY, PINK, WHITE, size=18),
            Cloth("plain", YELLOW),
            Cloth("leopard", CAMEL, BLACK, BROWN, size=15),
            Cloth("checks", GREEN, WHITE, YELLOW, size=13),
            Cloth("plain", TEAL),
            Cloth("dots", RED, WHITE, size=12),
        ]
    ):
        cut = [
            dress,
            dict(dress, sleeve="short", neck="crew", fit=58),
            dict(dress, sleeve="cap", neck="v", flare=14, length=300, fit=57),
            dict(dress, neck="straps", flare=54),
        ][i % 4]
        add("Dresses", "dress", cloth, wear.top, 5600, ["front", "back"] if i % 3 == 0 else None, **cut)
    for cloth, cut in [
        (Cloth("plain", BLACK, weave="silk"), dict(neck="straps", flare=40)),
        (Cloth("plain", WINE, weave="silk"), dict(neck="v", flare=20)),
        (Cloth("plain", GREEN, weave="silk"), dict(neck="straps", flare=26)),
        (Cloth("plain", GOLD, weave="silk"), dict(neck="scoop", flare=30)),
        (Cloth("plain", BLUE, weave="silk"), dict(neck="v", flare=44)),
    ]:
        add(
            "Evening dresses",
            "evening dress",
            cloth,
            wear.top,
            12900,
            **dict(dress, length=390, fit=50, waist=38, **cut),
        )


def skirts_and_trousers(add):
    for cloth, cut in [
        (Cloth("checks", RED, NAVY, YELLOW, size=14, weave="wool"), dict(pleats=10, hem=92)),
        (Cloth("plain", BLACK), dict(hem=54, length=210)),
        (Cloth("plain", BEIGE), dict(pleats=12, hem=100, length=230)),
        (Cloth("flowers", WHITE, PINK, YELLOW, size=17), dict(ruffle=True, hem=84)),
        (Cloth("plain", BLUE, weave="denim"), dict(hem=66, length=150)),
        (Cloth("dots", BLACK, WHITE, size=11), dict(hem=98, length=200)),
        (Cloth("plain", WINE, weave="leather"), dict(hem=60, length=160)),
        (Cloth("stripes", NAVY, WHITE, size=22), dict(hem=88, length=190)),
    ]:
        add("Skirts", "skirt", cloth, wear.skirt, 3300, **cut)

    for i, cloth in enumerate(
        [
            Cloth("plain", RED),
            Cloth("plain", BLACK),
            Cloth("plain", RED),
            Cloth("plain", BEIGE),
            Cloth("pinstripes", GREY, WHITE, size=10),
            Cloth("plain", OLIVE),
            Cloth("plain", NAVY),
            Cloth("checks", GREY, BLACK, WHITE, size=9, weave="wool"),
        ]
    ):
        add(
            "Trousers",
            "trousers",
            cloth,
            wear.bottom,
            3900,
            ["front", "back"] if i % 4 == 0 else None,
            flare=(0, 4, 14, 8)[i % 4],
        )


def tops_and_coats(add):
    for cloth, neck in [
        (Cloth("plain", WHITE), "crew"),
        (Cloth("stripes", WHITE, NAVY, size=16), "boat"),
        (Cloth("plain", BLACK), "v"),
        (Cloth("plain", GREEN), "crew"),
        (Cloth("hearts", PINK, RED, size=22), "scoop"),
        (Cloth("plain", ORANGE), "crew"),
        (Cloth("raglan", WHITE, RED), "crew"),
    ]:
        add(
            "T-shirts",
            "T-shirt",
            cloth,
            wear.top,
            1200,
            ["front", "back"],
            neck=neck,
            sleeve="short",
            length=228,
            fit=66,
        )
    for cloth in [
        Cloth("plain", WHITE, weave="silk"),
        Cloth("dots", SKY, WHITE, size=8, weave="silk"),
        Cloth("flowers", WHITE, VIOLET, YELLOW, size=14),
        Cloth("plain", PINK, weave="silk"),
    ]:
        add("Blouses", "blouse", cloth, wear.top, 2900, front="buttons", collar="shirt", length=235, fit=62, flare=4)

    coat = dict(front="buttons", collar="lapels", neck="v", length=360, flare=10, pockets="slanted")
    for cloth in [
        Cloth("plain", CAMEL, weave="wool"),
        Cloth("plain", BLACK, weave="wool"),
        Cloth("checks", GREY, BLACK, WHITE, size=12, weave="wool"),
        Cloth("plain", RED, weave="wool"),
        Cloth("plain", NAVY, weave="wool"),
    ]:
        add("Coats", "coat", cloth, wear.top, 14900, ["front", "back"], **coat)
    for cloth in [Cloth("plain", GREY), Cloth("plain", PINK), Cloth("plain", BLACK), Cloth("raglan", NAVY, GREY)]:
        add("Hoodies", "hoodie", cloth, wear.top, 3200, hem="rib", hood=True, pockets="pouch")


def menswear(add):
    for cloth, sleeve in [
        (Cloth("plain", WHITE), "long"),
        (Cloth("checks", RED, NAVY, BEIGE, size=14), "long"),
        (Cloth("plain", SKY), "long"),
        (Cloth("pinstripes", WHITE, BLUE, size=9), "long"),
        (Cloth("checks", GREEN, BLACK, YELLOW, size=16), "long"),
        (Cloth("plain", BLACK), "short"),
        (Cloth("flowers", TEAL, ORANGE, YELLOW, size=18), "short"),
    ]:
        add(
            "Shirts",
            "shirt",
            cloth,
            wear.top,
            2600,
            front="buttons",
            collar="shirt",
            pockets="chest",
            fit=70,
            sleeve=sleeve,
            length=255,
        )
    for colour, flare in [(NAVY, 0), (DENIM, 2), (FADED, 6), (BLACK, 0)]:
        add(
            "Jeans",
            "jeans",
            Cloth("plain", colour, weave="denim"),
            wear.bottom,
            4500,
            ["front", "back"],
            kind="jeans",
            flare=flare,
        )
    for cloth, cut in [
        (Cloth("plain", BLACK, weave="leather"), dict(front="zip", collar="stand", pockets="slanted")),
        (Cloth("plain", BROWN, weave="leather"), dict(front="zip", collar="shirt")),
        (Cloth("plain", DENIM, weave="denim"), dict(front="buttons", collar="shirt", pockets="flaps")),
        (Cloth("plain", OLIVE), dict(front="zip", collar="stand", hem="rib")),
    ]:
        add("Jackets", "jacket", cloth, wear.top, 8900, length=235, fit=74, **cut)
    for cloth, kind in [
        (Cloth("plain", BEIGE), "trousers"),
        (Cloth("plain", DENIM, weave="denim"), "jeans"),
        (Cloth("checks", NAVY, WHITE, RED, size=14), "trousers"),
        (Cloth("plain", OLIVE), "trousers"),
    ]:
        add("Shorts", "shorts", cloth, wear.bottom, 1900, length=190, leg=48, kind=kind)
    for colour in (BLUE, RED, BLACK):
        add(
            "Puffer jackets",
            "puffer jacket",
            Cloth("plain", colour, weave="padded"),
            wear.top,
            9900,
            front="zip",
            hood=True,
            length=262,
            fit=80,
        )


def shoes(add):
    side = ["front", "other side"]
    for colour, cut in [
        (RED, dict(height=92)),
        (BLACK, dict(height=90)),
        (BEIGE, dict(height=74)),
        (GOLD, dict(height=88, strap=True)),
        (BLUE, dict(height=84)),
        (BLACK, dict(height=64, strap=True)),
        (PINK, dict(height=96, platform=14)),
        (GREEN, dict(height=82, open_toe=True)),
    ]:
        add("Heels", "heels", leather(colour), shoe.heels, 5900, side, **cut)
    add(
        "Heels",
        "heels",
        Cloth("leopard", CAMEL, BLACK, BROWN, size=10, weave="leather"),
        shoe.heels,
        6900,
        side,
        height=86,
    )
    for colour, cut in [
        (BLACK, dict(shaft=150)),
        (BROWN, dict(shaft=165, zipper=True)),
        (CAMEL, dict(shaft=140, heel=20)),
        (WINE, dict(shaft=160, thick=False, heel=52)),
    ]:
        add("Boots", "boots", leather(colour), shoe.boots, 8900, side, **cut)
    for colour, cut in [
        (CAMEL, dict(laces=True)),
        (BLACK, dict(laces=True)),
        (BROWN, dict(zipper=True)),
        (RED, dict(thick=False, heel=48)),
        (GREY, {}),
    ]:
        add("Ankle boots", "ankle boots", leather(colour), shoe.boots, 7200, side, shaft=70, **cut)
    for cloth, cut in [
        (Cloth("plain", WHITE), dict(accent=BLUE)),
        (Cloth("plain", NAVY), dict(accent=WHITE, high=True)),
        (Cloth("plain", BLACK), dict(accent=WHITE)),
        (Cloth("plain", RED), dict(accent=WHITE)),
        (Cloth("plain", GREY), dict(accent=YELLOW)),
        (Cloth("plain", GREEN), dict(accent=WHITE)),
        (Cloth("plain", PINK), dict(accent=VIOLET)),
        (Cloth("checks", BLACK, WHITE, WHITE, size=10), dict(accent=BLACK, high=True)),
    ]:
        add("Sneakers", "sneakers", cloth, shoe.sneakers, 4900, side, **cut)
    for colour, bow in [(PINK, True), (BLACK, False), (RED, True), (BEIGE, False), (NAVY, True)]:
        add("Ballet flats", "ballet flats", leather(colour), shoe.flats, 3400, side, bow=bow)
    for colour in (BROWN, BLACK, WINE):
        add("Loafers", "loafers", leather(colour), shoe.flats, 5100, side, loafer=True)
    for colour, wedge in [(BROWN, 40), (WHITE, 20), (GOLD, 56), (BLACK, 30)]:
        add("Sandals", "sandals", leather(colour), shoe.sandals, 3100, side, wedge=wedge)


def bags(add):
    for cloth, cut in [
        (leather(WINE), {}),
        (leather(BLACK), dict(flap=True, handle="long", height=104)),
        (leather(CAMEL), dict(height=150, width=98)),
        (leather(RED), dict(flap=True, handle="single")),
        (leather(WHITE), {}),
        (Cloth("checks", BEIGE, BROWN, RED, size=13, weave="leather"), dict(height=140)),
        (leather(GREEN), dict(flap=True, handle="long", height=96, width=84)),
        (leather(BLUE), dict(handle="single", height=118)),
        (leather(PINK), dict(flap=True, handle="single", width=80, height=100)),
        (Cloth("stripes", NAVY, WHITE, size=26), dict(width=112, height=140)),
    ]:
        add("Handbags", "handbag", cloth, shoe.handbag, 6400, **cut)
    for cloth in [
        Cloth("plain", GREEN),
        Cloth("plain", BLACK),
        Cloth("plain", ORANGE),
        Cloth("plain", NAVY),
        Cloth("flowers", PINK, WHITE, YELLOW, size=17),
    ]:
        add("Backpacks", "backpack", cloth, shoe.backpack, 4100)
    for colour, chain in [(GOLD, True), (BLACK, False), (RED, False), (GREY, True)]:
        add("Clutches", "clutch", Cloth("plain", colour, weave="silk"), shoe.clutch, 3800, chain=chain)


def accessories(add):
    for cloth in [
        knit("stripes", RED, WHITE),
        knit("plain", GREY),
        knit("plain", YELLOW),
        knit("stripes", NAVY, SKY, size=30),
    ]:
        add("Beanies", "beanie", cloth, wear.hat, 1300, kind="beanie")
    for cloth in [
        Cloth("plain", NAVY),
        Cloth("plain", RED),
        Cloth("halves", WHITE, GREEN, size=252),
        Cloth("plain", BLACK),
    ]:
        add("Caps", "cap", cloth, wear.hat, 1100, kind="cap")
    for cloth in [
        Cloth("plain", BROWN, BLACK, weave="wool"),
        Cloth("plain", BEIGE, WINE, weave="wool"),
        Cloth("plain", BLACK, GREY, weave="wool"),
    ]:
        add("Hats", "hat", cloth, wear.hat, 2700, kind="fedora")
    for cloth in [
        Cloth("checks", BEIGE, NAVY, RED, size=16, weave="wool"),
        knit("stripes", BLACK, YELLOW, size=40),
        Cloth("plain", WINE, weave="wool"),
        Cloth("flowers", SKY, PINK, WHITE, size=16, weave="silk"),
        knit("plain", GREY),
    ]:
        add("Scarves", "scarf", cloth, wear.scarf, 1700)
    for cloth in [
        Cloth("pinstripes", NAVY, WHITE, size=14, weave="silk"),
        Cloth("plain", RED, weave="silk"),
        Cloth("dots", GREEN, WHITE, size=6, weave="silk"),
    ]:
        add("Ties", "tie", cloth, wear.tie, 1500)
    for colour in (BLACK, BROWN, WINE):
        add("Gloves", "gloves", leather(colour), wear.gloves, 2100)
    for colour in (BLACK, BROWN, RED):
        add("Sunglasses", "sunglasses", leather(colour), shoe.sunglasses, 2500)
    for colour in (BROWN, BLACK, WHITE):
        add("Belts", "belt", leather(colour), shoe.belt, 1600)
