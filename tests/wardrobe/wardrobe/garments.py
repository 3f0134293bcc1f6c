# SPDX-License-Identifier: Apache-2.0
"""Clothes: a function draws a kind; its arguments say which of the kind."""

import math

from .ink import CENTRE, Cloth, Drawing, flipped, mirrored, shade

K = "corner"


def _direction(top, bottom):
    """The angle by which a panel's own down direction is turned from the sheet's, in degrees."""
    return math.degrees(math.atan2(top[0] - bottom[0], bottom[1] - top[1]))


def _sleeves(d, shoulder, armpit, length, width, spread, cuff=None, cloth=None):
    """Both sleeves, hanging from the shoulders; spread is how far the hands are from the body."""
    top = (CENTRE - shoulder[0] + 2, shoulder[1])
    under = (CENTRE - armpit[0] + 6, armpit[1])
    run = math.hypot(spread, length)
    across = (length / run, spread / run)  # a unit vector across the sleeve, towards the body
    hand = (top[0] - spread, top[1] + length)
    inner = (hand[0] + width * across[0], hand[1] + width * across[1])
    elbow = (top[0] - spread * 0.62 - 5, top[1] + length * 0.45)
    elbow_in = (under[0] - spread * 0.38, under[1] + (inner[1] - under[1]) * 0.42)
    left = [top + (K,), elbow, hand + (K,), inner + (K,)]
    left += ([elbow_in] if length > 120 else []) + [under + (K,)]
    angle = _direction(((top[0] + under[0]) / 2, top[1]), ((hand[0] + inner[0]) / 2, hand[1]))
    for points, turn in ((left, angle), (flipped(left), -angle)):
        clip = d.panel(points, turn, cloth, part="sleeve")
        side = 1 if turn == angle else -1
        middle = CENTRE + side * ((hand[0] + inner[0]) / 2 - CENTRE)
        if length > 120:
            bend = CENTRE + side * ((elbow[0] + elbow_in[0]) / 2 - CENTRE)
            d.fold([(bend - 14, elbow[1] - 6 + d.jitter(8)), (bend + 10, elbow[1] + 8)], clip, 6)
            d.fold([(middle, hand[1] - 60), (middle + side * 4, hand[1] - 20)], clip, 7, 0.2)
        if cuff == "rib":
            d.ribs(_cuff(hand, inner, across, 20, side), turn)
        elif cuff:
            d.panel(_cuff(hand, inner, across, 16, side), turn, cuff, part="cuff", textured=False)


def _cuff(hand, inner, across, depth, side):
    back = (across[1], -across[0])  # along the sleeve, towards the shoulder
    points = [
        hand,
        inner,
        (inner[0] + back[0] * depth, inner[1] + back[1] * depth),
        (hand[0] + back[0] * depth, hand[1] + back[1] * depth),
    ]
    points = [(x if side == 1 else 2 * CENTRE - x, y, K) for x, y in points]
    return points


def top(
    cloth,
    seed,
    *,
    neck="crew",
    sleeve="long",
    length=270,
    fit=74,
    flare=0,
    front=None,
    collar=None,
    hem=None,
    hood=False,
    pockets=None,
    waist=None,
    belt=None,
    trim=None,
    back=False,
):
    """Anything with shoulders: sweater, cardigan, hoodie, T-shirt, shirt, blouse, jacket, coat, dress.

    neck     crew, v, boat, turtle, scoop, straps
    sleeve   long, short, cap, none
    length   from shoulder to hem; fit: half the chest's width; flare: how much wider the hem is than the chest
    front    None, buttons, zip, open; collar: None, shirt, polo, lapels, stand; hem: None or rib
    waist    half the waist's width at natural height, for dresses and coats with a waist
    trim     a cloth for cuffs, collar and the like; back: the view from behind
    """
    d = Drawing(cloth, seed)
    trim = trim or Cloth("plain", cloth.trim, weave=cloth.weave)
    fit, length = fit * (1 + d.jitter(0.03)), length * (1 + d.jitter(0.03))
    top_y = max(26, 216 - length / 2 - (14 if hood or neck == "turtle" else 0))
    neck_half, neck_depth = {
        "crew": (27, 20),
        "v": (25, 62),
        "boat": (42, 13),
        "turtle": (24, 10),
        "scoop": (34, 42),
        "straps": (34, 44),
    }[neck]
    if back:
        neck_depth = 9
    shoulder = (max(fit - 6, neck_half + 14), top_y + 20)
    if sleeve == "none":
        shoulder = (fit - 16, top_y + 14)
    if neck == "straps":
        shoulder = (neck_half + 9, top_y)
    armpit_y = top_y + (82 if sleeve != "none" else 78)
    hem_y = top_y + length
    hem_half = fit + flare

    # What shows of the inside of the back, through the neckline.
    if not back and neck not in ("turtle", "straps") and not hood:
        d.panel(
            mirrored(
                [
                    (0, top_y - 7),
                    (neck_half * 0.7, top_y - 5),
                    (neck_half + 3, top_y + 2, K),
                    (neck_half * 0.7, top_y + neck_depth * 0.8),
                    (0, top_y + neck_depth + 2, K),
                ]
            ),
            cloth=Cloth("plain", shade(cloth.main, 0.55)),
            textured=False,
        )
    if hood:
        d.panel(mirrored([(0, top_y - 30), (32, top_y - 24), (50, top_y + 10), (40, top_y + 34, K), (0, top_y + 46)]))
        d.panel(
            mirrored([(0, top_y - 16), (22, top_y - 10), (30, top_y + 12), (0, top_y + 40, K)]),
            cloth=Cloth("plain", shade(trim.main, 0.5)),
            textured=False,
        )

    if sleeve in ("long", "short", "cap"):
        reach = {"long": min(length, 275) * 0.93, "short": 84, "cap": 46}[sleeve]
        spread = {"long": 46, "short": 34, "cap": 20}[sleeve] + d.jitter(6)
        width = {"long": 29, "short": 42, "cap": 44}[sleeve]
        cuff = (
            "rib" if hem == "rib" and sleeve == "long" else (trim if collar == "shirt" and sleeve == "long" else None)
        )
        _sleeves(d, shoulder, (fit, armpit_y), reach, width, spread, cuff)

    half = [(0, top_y + neck_depth)]
    if neck == "v" and not back:
        half = [(0, top_y + neck_depth, K)]
    elif neck == "straps":
        half += [(neck_half - 12, top_y + neck_depth - 3), (neck_half - 1, top_y + 20)]
    else:
        half += [(neck_half * 0.75, top_y + neck_depth * 0.72)]
    half += [(neck_half, top_y, K), shoulder + (K,)]
    if sleeve == "none" and neck != "straps":
        half += [(fit - 15, top_y + 45)]
    half += [(fit, armpit_y, K)]
    if waist:
        half += [
            (waist + 5, armpit_y + 42),
            (waist, armpit_y + 62),
            ((waist + hem_half) / 2 + 3, (armpit_y + 62 + hem_y) / 2),
        ]
    else:
        half += [(fit - 1 + flare * 0.3, (armpit_y + hem_y) / 2)]
    half += [(hem_half, hem_y - 3, K), (hem_half * 0.5, hem_y + 3), (0, hem_y + 4)]
    clip = d.panel(mirrored(half))

    _drape(d, clip, fit, armpit_y, hem_y, hem_half, flare, waist)
    if hem == "rib":
        band = mirrored([(0, hem_y - 18), (hem_half + 4, hem_y - 22, K), (hem_half + 4, hem_y + 6, K), (0, hem_y + 8)])
        d.art.append(f'<g clip-path="url(#{clip})">')
        d.ribs(band)
        d.art.append("</g>")
    if waist and not belt:
        d.line(mirrored([(waist + 1, armpit_y + 60, K), (0, armpit_y + 64)])[:3], opacity=0.3, clip=clip)
    if belt:
        d.panel(
            mirrored(
                [(0, armpit_y + 56), (waist + 2, armpit_y + 52, K), (waist + 2, armpit_y + 66, K), (0, armpit_y + 71)]
            ),
            cloth=Cloth("plain", belt),
            textured=False,
        )
        d.shape(
            [
                (CENTRE - 9, armpit_y + 54, K),
                (CENTRE + 9, armpit_y + 54, K),
                (CENTRE + 9, armpit_y + 73, K),
                (CENTRE - 9, armpit_y + 73, K),
            ],
            "#c9a44a",
            0.9,
        )
    if not back:
        _front(d, clip, front, top_y + neck_depth, hem_y, cloth, trim, collar)
        _pockets(d, pockets, fit, armpit_y, hem_y, trim)
    _collar(d, neck, collar, neck_half, neck_depth, top_y, trim, back, hem)
    return d


def _drape(d, clip, fit, armpit_y, hem_y, hem_half, flare, waist):
    """The folds of a hanging cloth: from the armpits, and down to a wide hem."""
    for side in (-1, 1):
        x = CENTRE + side * (fit - 10)
        d.fold([(x, armpit_y + 6), (x - side * 26, armpit_y + 34 + d.jitter(8))], clip, 6, 0.22)
        d.fold(
            [
                (CENTRE + side * (fit * 0.62 + d.jitter(8)), armpit_y + 60),
                (CENTRE + side * (fit * 0.55 + flare * 0.5), hem_y - 8),
            ],
            clip,
            9,
            0.2,
        )
    if flare > 12:
        start = armpit_y + (66 if waist else 30)
        count = 5 + int(flare / 18)
        for i in range(count):
            t = (i + 0.5) / count * 2 - 1
            d.fold(
                [(CENTRE + t * (waist or fit) * 0.8, start + 10), (CENTRE + t * hem_half * 0.95 + d.jitter(4), hem_y)],
                clip,
                7 + flare / 20,
                0.30,
            )


def _front(d, clip, front, start, hem_y, cloth, trim, collar):
    if front == "buttons":
        d.line([(CENTRE - 7, start), (CENTRE - 7, hem_y)], opacity=0.5, clip=clip)
        d.line([(CENTRE + 7, start), (CENTRE + 7, hem_y)], opacity=0.28, clip=clip)
        big = collar == "lapels"
        button = "#e9e4d8" if cloth.main < "#9" and not big else shade(cloth.main, 0.42)
        first = start + (34 if big else 18)
        count = 4 if big else max(4, int((hem_y - first) / 32))
        step = (min(hem_y, first + 200 if big else hem_y) - first - 14) / (count - 1)
        for i in range(count):
            for x in (CENTRE - 22, CENTRE + 22) if big else (CENTRE,):
                d.disc(x, first + i * step, 4.6 if big else 2.6, button)
    elif front == "zip":
        d.line([(CENTRE, start), (CENTRE, hem_y)], "#9a9a9e", 4, 0.95, clip)
        d.line([(CENTRE, start), (CENTRE, hem_y)], "#3a3a3e", 4, 0.9, clip, "1.5 2")
        d.disc(CENTRE, start + 12, 3, "#c8c8cc")
    elif front == "open":
        d.shape(
            [
                (CENTRE - 9, start - 4, K),
                (CENTRE + 9, start - 4, K),
                (CENTRE + 14, hem_y + 2, K),
                (CENTRE - 14, hem_y + 2, K),
            ],
            shade(cloth.main, 0.42),
            0.95,
        )


def _pockets(d, pockets, fit, armpit_y, hem_y, trim):
    if pockets == "chest":
        x, y = CENTRE + 20, armpit_y - 14
        d.line(
            [(x, y, K), (x + 30, y, K), (x + 30, y + 30, K), (x + 15, y + 36, K), (x, y + 30, K), (x, y, K)],
            opacity=0.45,
        )
    elif pockets == "slanted":
        for side in (-1, 1):
            x = CENTRE + side * fit * 0.62
            d.line([(x + side * 10, hem_y - 118, K), (x - side * 4, hem_y - 70, K)], width=3.5, opacity=0.45)
    elif pockets == "pouch":
        d.line(
            [
                (CENTRE - 44, hem_y - 24, K),
                (CENTRE - 48, hem_y - 52, K),
                (CENTRE - 30, hem_y - 88, K),
                (CENTRE + 30, hem_y - 88, K),
                (CENTRE + 48, hem_y - 52, K),
                (CENTRE + 44, hem_y - 24, K),
            ],
            width=1.8,
            opacity=0.5,
        )
    elif pockets == "flaps":
        for side in (-1, 1):
            x = CENTRE + side * fit * 0.56
            for y in (armpit_y - 6, hem_y - 62):
                d.panel(
                    [(x - 19, y, K), (x + 19, y, K), (x + 19, y + 15, K), (x - 19, y + 15, K)],
                    cloth=trim,
                    textured=False,
                )


def _collar(d, neck, collar, neck_half, neck_depth, top_y, trim, back, hem):
    if neck == "turtle":
        roll = mirrored(
            [(0, top_y - 26), (neck_half - 2, top_y - 24, K), (neck_half + 3, top_y + 8, K), (0, top_y + 15)]
        )
        d.panel(roll, cloth=trim)
        d.ribs(roll)
        return
    if collar in ("shirt", "polo"):
        for side in (-1, 1):
            if back:
                continue
            points = [
                (CENTRE + side * 2, top_y + neck_depth + 2, K),
                (CENTRE + side * (neck_half - 2), top_y - 12, K),
                (CENTRE + side * (neck_half + 5), top_y + 6, K),
                (CENTRE + side * 25, top_y + neck_depth + 18, K),
            ]
            d.panel(points, cloth=trim, depth=0.6)
        if back:
            d.panel(
                mirrored(
                    [(0, top_y - 8), (neck_half + 2, top_y - 4, K), (neck_half + 4, top_y + 10, K), (0, top_y + 16)]
                ),
                cloth=trim,
            )
    elif collar == "lapels" and not back:
        for side in (-1, 1):
            d.panel(
                [
                    (CENTRE + side * 3, top_y + 96, K),
                    (CENTRE + side * 46, top_y + 58, K),
                    (CENTRE + side * 34, top_y + 48, K),
                    (CENTRE + side * 44, top_y + 36, K),
                    (CENTRE + side * (neck_half + 2), top_y - 8, K),
                    (CENTRE + side * (neck_half - 8), top_y + 2, K),
                ],
                cloth=trim,
                depth=0.7,
            )
    elif collar == "stand":
        d.panel(
            mirrored([(0, top_y - 12), (neck_half, top_y - 14, K), (neck_half + 5, top_y + 8, K), (0, top_y + 18)]),
            cloth=trim,
        )
    elif neck in ("crew", "v", "boat", "scoop") and collar is None:
        edge = [(neck_half, top_y, K), (neck_half * 0.75, top_y + neck_depth * 0.72), (0, top_y + neck_depth)]
        if neck == "v" and not back:
            edge = [(neck_half, top_y, K), (0, top_y + neck_depth, K)]
        width = 9 if hem == "rib" else 4
        points = [(CENTRE - p[0],) + tuple(p[1:]) for p in edge] + [
            (CENTRE + p[0],) + tuple(p[1:]) for p in reversed(edge[:-1])
        ]
        d.line(points, shade(trim.main, 0.80), width, 1)
        d.line(points, "#000", width, 0.35, dash="1.2 2.6" if hem == "rib" else None)


def bottom(cloth, seed, *, length=330, waist=50, hips=66, leg=33, flare=0, kind="trousers", back=False):
    """Trousers, jeans, shorts, leggings: two legs under a waistband."""
    d = Drawing(cloth, seed)
    length, hips = length * (1 + d.jitter(0.03)), hips * (1 + d.jitter(0.04))
    y0 = 220 - length / 2
    crotch, hem = y0 + 108, y0 + length
    ankle = leg + flare
    stance = 15 if length > 200 else 10  # how far each leg leans outwards
    for side in (-1, 1):
        centre = CENTRE + side * (hips * 0.5 + stance * 0.8)
        points = [
            (CENTRE - side * 2, y0 + 12, K),
            (CENTRE + side * waist, y0 + 10, K),
            (CENTRE + side * (hips + 1), y0 + 70),
            (CENTRE + side * (hips + stance * 0.3), crotch + 20),
            (centre + side * ankle * 0.62, hem, K),
            (centre - side * ankle * 0.55, hem + 3, K),
            (CENTRE + side * 4, crotch + 6, K),
        ]
        if length > 200:
            points.insert(4, (CENTRE + side * (hips * 0.92 + stance * 0.6), (crotch + hem) / 2))
            points.insert(7, (centre - side * leg * 0.62 - side * 2, (crotch + hem) / 2))
        clip = d.panel(points)
        if kind == "trousers":  # the crease
            d.line(
                [(CENTRE + side * waist * 0.55, y0 + 40), (centre, crotch + 40), (centre + side * 2, hem)],
                width=1.6,
                opacity=0.35,
                clip=clip,
            )
        d.fold([(CENTRE + side * 6, crotch + 2), (CENTRE + side * hips * 0.6, crotch + 24)], clip, 6, 0.25)
        if length > 200:
            d.fold([(centre - 12, hem - 22), (centre + 12, hem - 12)], clip, 5, 0.2)
            d.fold([(centre - 10, (crotch + hem) / 2), (centre + 12, (crotch + hem) / 2 + 8)], clip, 6, 0.2)
        if kind == "jeans":
            fade = [(centre, crotch + 4), (centre + side * 3, (crotch + hem) / 2 + 20)]
            d.art.append(f'<g clip-path="url(#{clip})"><g filter="url(#soft)">')
            d.line(fade, "#ffffff", 20, 0.22)
            d.art.append("</g></g>")
            d.line(
                [(CENTRE + side * (hips * 0.97), y0 + 40), (centre + side * ankle * 0.55, hem)],
                "#c98a3c",
                1,
                0.6,
                clip,
                "3 2",
            )
        if back:
            x, y = CENTRE + side * hips * 0.46, y0 + 40
            d.line(
                [
                    (x - 15, y, K),
                    (x + 15, y, K),
                    (x + 15, y + 28, K),
                    (x, y + 36, K),
                    (x - 15, y + 28, K),
                    (x - 15, y, K),
                ],
                width=1.6,
                opacity=0.5,
            )
        else:
            d.line(
                [
                    (CENTRE + side * waist * 0.62, y0 + 14, K),
                    (CENTRE + side * hips * 0.80, y0 + 34),
                    (CENTRE + side * hips, y0 + 44, K),
                ],
                "#c98a3c" if kind == "jeans" else "#000",
                1.6,
                0.6,
            )
    if not back:
        d.line([(CENTRE, y0 + 12), (CENTRE, crotch - 30), (CENTRE - 2, crotch + 4)], opacity=0.5)
        d.line([(CENTRE + 9, y0 + 12), (CENTRE + 9, y0 + 54), (CENTRE, y0 + 66)], opacity=0.3)
    band = Cloth("plain", cloth.main, weave=cloth.weave)
    d.panel(mirrored([(0, y0 + 3), (waist, y0, K), (waist + 3, y0 + 15, K), (0, y0 + 19)]), cloth=band)
    if not back:
        d.disc(CENTRE, y0 + 10, 3.4, "#b98a4a" if kind == "jeans" else shade(cloth.main, 0.5))
    for x in (-36, -18, 18, 36):
        d.line([(CENTRE + x, y0), (CENTRE + x, y0 + 18)], shade(cloth.main, 0.6), 3, 0.8)
    return d


def skirt(cloth, seed, *, length=190, waist=46, hem=70, pleats=0, ruffle=False):
    d = Drawing(cloth, seed)
    length, hem = length * (1 + d.jitter(0.05)), hem * (1 + d.jitter(0.04))
    y0 = 215 - length / 2
    y1 = y0 + length
    hips = max(waist + 14, (waist + hem) / 2)
    half = [
        (0, y0 + 10),
        (waist, y0 + 8, K),
        (hips, y0 + min(70, length * 0.4)),
        (hem, y1 - 4, K),
        (hem * 0.5, y1 + 3),
        (0, y1 + 4),
    ]
    clip = d.panel(mirrored(half))
    count = pleats or 4
    for i in range(count):
        t = (i + 0.5) / count * 2 - 1
        d.fold(
            [
                (CENTRE + t * waist * 0.9, y0 + 18),
                (CENTRE + t * hips * 0.9, y0 + length * 0.4),
                (CENTRE + t * hem * 0.97, y1 + 4),
            ],
            clip,
            4 if pleats else 8,
            0.34 if pleats else 0.2,
        )
        if pleats:
            d.line(
                [(CENTRE + t * waist * 0.9 - 3, y0 + 18), (CENTRE + t * hem * 0.97 - 5, y1 + 4)],
                opacity=0.35,
                clip=clip,
            )
    if ruffle:
        band = [(0, y1 - 42), (hem - 6, y1 - 46, K), (hem + 14, y1 + 8, K)]
        clip = d.panel(mirrored(band + [(hem * 0.5, y1 + 14), (0, y1 + 15)]))
        for i in range(9):
            t = (i + 0.5) / 9 * 2 - 1
            d.fold([(CENTRE + t * hem, y1 - 42), (CENTRE + t * (hem + 10), y1 + 14)], clip, 6, 0.35)
    d.panel(
        mirrored([(0, y0 + 2), (waist, y0, K), (waist + 2, y0 + 13, K), (0, y0 + 16)]),
        cloth=Cloth("plain", cloth.main, weave=cloth.weave),
    )
    return d


def scarf(cloth, seed, *, fringe=True):
    """Tied once: a loop above, two ends below."""
    d = Drawing(cloth, seed)
    lean = d.jitter(8)
    for x, turn, end in ((-26, 7, 372), (22, -6, 340)):
        x += lean
        tip = CENTRE + x * 1.9
        points = [(CENTRE + x - 22, 170, K), (CENTRE + x + 22, 170, K), (tip + 26, end - 4, K), (tip - 26, end, K)]
        clip = d.panel(points, turn)
        d.fold([(CENTRE + x - 6, 190), (tip - 8, end)], clip, 6, 0.3)
        d.fold([(CENTRE + x + 10, 190), (tip + 12, end)], clip, 5, 0.25)
        if fringe:
            for i in range(12):
                fx = tip - 25 + i * 4.5
                d.line(
                    [(fx, end - 2), (fx - turn * 0.3, end + 22 + d.jitter(3))],
                    cloth.colours[i % len(cloth.colours)],
                    2.4,
                    0.95,
                )
            d.corners += [(tip, end + 22)]
    loop = [
        (CENTRE - 78, 92),
        (CENTRE - 40, 64),
        (CENTRE + 40, 62),
        (CENTRE + 78, 94),
        (CENTRE + 50, 168),
        (CENTRE + 6, 196),
        (CENTRE - 46, 172),
    ]
    clip = d.panel(loop, 90)
    hole = [(CENTRE - 40, 96), (CENTRE, 80), (CENTRE + 40, 96), (CENTRE + 22, 122), (CENTRE, 128), (CENTRE - 24, 122)]
    d.shape(hole, shade(cloth.main, 0.35))
    for dy in (0, 22, 42):
        d.fold([(CENTRE - 66, 118 + dy * 0.6), (CENTRE, 146 + dy), (CENTRE + 64, 116 + dy * 0.6)], clip, 6, 0.32)
    return d


def hat(cloth, seed, *, kind="beanie"):
    d = Drawing(cloth, seed)
    trim = Cloth("plain", cloth.trim, weave=cloth.weave)
    if kind == "beanie":
        d.panel(mirrored([(0, 118), (48, 128), (84, 182), (90, 262, K), (0, 276)]))
        fold = mirrored([(0, 244), (92, 232, K), (95, 286, K), (0, 302)])
        d.panel(fold, cloth=trim)
        d.ribs(fold, gap=7)
        if cloth.pattern != "plain":
            d.disc(CENTRE, 106, 22, cloth.colours[-1])
            d.corners.append((CENTRE, 84))
    elif kind == "cap":
        d.panel([(60, 250, K), (66, 190), (110, 140), (170, 132), (226, 160), (244, 246, K), (150, 262)])
        for x in (110, 196):
            d.line([(152, 132), (x, 180), (x - 8 if x < 150 else x + 14, 256)], opacity=0.4)
        d.panel(
            [(150, 258, K), (244, 240, K), (296, 262), (312, 284, K), (250, 282), (168, 292), (146, 276, K)], cloth=trim
        )
        d.disc(156, 132, 5, trim.main)
    elif kind == "fedora":
        d.panel([(20, 262), (90, 286), (240, 286), (312, 258), (300, 290), (220, 322), (110, 322), (32, 292)])
        d.panel(
            [
                (84, 280, K),
                (92, 190),
                (112, 146),
                (150, 158),
                (190, 144),
                (226, 160),
                (240, 196),
                (248, 280, K),
                (166, 298),
            ]
        )
        d.panel(
            [(84, 256, K), (166, 272), (247, 256, K), (249, 284, K), (166, 300), (83, 284, K)],
            cloth=Cloth("plain", cloth.colours[-1] if len(cloth.colours) > 1 else shade(cloth.main, 0.3)),
            textured=False,
        )
        d.line([(150, 158), (164, 190), (168, 230)], width=5, opacity=0.2)
    return d


def tie(cloth, seed):
    d = Drawing(cloth, seed)
    d.panel(
        [(CENTRE - 14, 92, K), (CENTRE + 14, 92, K), (CENTRE + 30, 340, K), (CENTRE, 384, K), (CENTRE - 30, 340, K)], 35
    )
    d.panel([(CENTRE - 20, 56, K), (CENTRE + 20, 56, K), (CENTRE + 14, 94, K), (CENTRE - 14, 94, K)], -30)
    return d


def gloves(cloth, seed):
    d = Drawing(cloth, seed)
    hand = [
        (96, 330, K),
        (92, 268),
        (62, 232),
        (54, 196),
        (66, 190),
        (96, 228),
        (92, 150),
        (98, 108),
        (110, 106),
        (114, 160, K),
        (116, 92),
        (128, 82),
        (136, 94),
        (134, 160, K),
        (142, 96),
        (152, 92),
        (158, 104),
        (152, 168, K),
        (164, 124),
        (174, 122),
        (176, 136),
        (166, 210),
        (156, 270),
        (152, 330, K),
    ]
    hand = [(p[0] - 24,) + tuple(p[1:]) for p in hand]
    for points in (flipped(hand), hand):
        d.panel(points)
        cuff = [(points[0][0], 318, K), (points[-1][0], 318, K), (points[-1][0], 354, K), (points[0][0], 354, K)]
        d.panel(cuff)
        d.ribs(cuff)
    return d
