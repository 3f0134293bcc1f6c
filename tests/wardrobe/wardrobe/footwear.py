# SPDX-License-Identifier: Apache-2.0
"""Shoes in profile, the toe to the right, and bags."""

from .ink import CENTRE, Cloth, Drawing, mirrored, shade

K = "corner"


def _shadow(d, left, right, y):
    d.art.append(
        f'<g filter="url(#soft)"><ellipse cx="{(left + right) / 2}" cy="{y}" rx="{(right - left) / 2}" ry="6" opacity=".30"/></g>'
    )


def heels(cloth, seed, *, height=88, strap=False, platform=0, open_toe=False):
    """A pump on a thin heel: the sole climbs from the toe to the heel's top."""
    d = Drawing(cloth, seed)
    height += d.jitter(6)
    ground, back, toe = 322, 62, 282
    y = ground - height  # where the foot's heel rests
    low = ground - 6 - platform
    _shadow(d, back - 6, toe, ground + 3)
    d.shape(
        [
            (back + 6, y + 26, K),
            (back + 40, y + 32, K),
            (back + 26, ground - 34),
            (back + 21, ground, K),
            (back + 11, ground, K),
            (back + 12, ground - 40),
        ],
        cloth.trim if cloth.pattern == "plain" else shade(cloth.main, 0.8),
    )
    if platform:
        d.shape(
            [(186, low - 8, K), (toe + 2, low, K), (toe - 4, ground, K), (200, ground, K), (180, low + 4)],
            shade(cloth.main, 0.7),
        )
    # The inside, then the upper in front of it.
    d.panel(
        [
            (back + 2, y - 34, K),
            (back + 60, y - 8),
            (160, low - 46),
            (214, low - 40, K),
            (150, low - 20),
            (back + 30, y + 26),
        ],
        cloth=Cloth("plain", "#c9a98a" if cloth.main != "#c9a98a" else "#e6d2bd", weave="leather"),
    )
    clip = d.panel(
        [
            (back, y - 38, K),
            (back - 5, y),
            (back + 8, y + 30, K),
            (back + 46, y + 34),
            (140, low - 26),
            (188, low + 2),
            (toe - 10, low + 2),
            (toe + 8, low - 6),
            (toe - 14, low - 22),
            (236, low - 36),
            (206, low - 40, K),
            (176, low - 12),
            (128, low - 38),
            (back + 48, y + 2),
        ]
    )
    if open_toe:
        d.shape(
            [(toe - 30, low - 14), (toe, low - 10), (toe - 10, low - 2), (toe - 34, low - 2)],
            shade(cloth.main, 0.3),
            0.9,
        )
    d.line(
        [(back + 8, y + 30, K), (back + 46, y + 35), (140, low - 25), (188, low + 3), (toe - 8, low + 3, K)],
        shade(cloth.main, 0.4),
        3,
        0.9,
    )
    d.line([(back + 4, y - 26), (back, y + 4)], "#fff", 4, 0.45, clip)
    d.line([(210, low - 28), (248, low - 20), (272, low - 8)], "#fff", 5, 0.4, clip)
    if strap:
        d.line([(back + 2, y - 36), (back + 30, y - 52), (back + 70, y - 38), (back + 84, y - 8)], cloth.main, 9, 1)
        d.line([(back + 2, y - 36), (back + 30, y - 52), (back + 70, y - 38), (back + 84, y - 8)], "#000", 1, 0.3)
        d.disc(back + 66, y - 38, 4, "#d8c27a")
        d.corners.append((back + 30, y - 56))
    return d


def boots(cloth, seed, *, shaft=150, heel=26, thick=True, laces=False, zipper=False):
    """Ankle boots to knee boots, by the height of the shaft."""
    d = Drawing(cloth, seed)
    shaft *= 1 + d.jitter(0.05)
    ground = 250 + shaft * 0.45
    sole = ground - heel
    left, right = 96, 186
    up = ground - 60 - shaft
    _shadow(d, left - 6, 272, ground + 3)
    wide = 46 if thick else 20
    d.shape(
        [(left + 2, sole - 10, K), (left + 8 + wide, sole - 6, K), (left + 2 + wide, ground, K), (left + 4, ground, K)],
        shade(cloth.main, 0.45),
    )
    d.shape(
        [
            (left + 30, sole - 8, K),
            (196, ground - 14),
            (268, ground - 12, K),
            (272, ground - 2, K),
            (190, ground, K),
            (140, sole + 4),
        ],
        shade(cloth.main, 0.4),
    )
    tall = shaft > 100
    clip = d.panel(
        [(left - 6, up, K), (right + (10 if tall else 0), up + 4, K)]
        + ([(right - 4, ground - 120)] if tall else [])
        + [
            (right + 8, ground - 72),
            (238, ground - 54),
            (270, ground - 30),
            (268, ground - 10, K),
            (190, ground - 10),
            (150, sole - 2),
            (left, sole - 4, K),
            (left + 4, ground - 80),
        ]
        + ([(left + 8, ground - 120)] if tall else [])
    )
    d.fold([(left + 14, ground - 92), (right - 6, ground - 78)], clip, 6, 0.35)
    d.fold([(left + 10, ground - 112), (right - 14, ground - 104)], clip, 5, 0.3)
    d.line([(left + 22, up + 20), (left + 30, ground - 130), (left + 24, ground - 70)], "#fff", 8, 0.22, clip)
    d.line([(236, ground - 42), (258, ground - 28)], "#fff", 7, 0.3, clip)
    if zipper:
        d.line([(left + 46, up + 6), (left + 50, ground - 100), (left + 44, sole - 20)], "#b9b9bd", 3, 0.9, clip, "2 2")
    if laces:
        for i in range(int(shaft / 15) + 3):
            y = ground - 68 - i * 14
            if y < up + 10:
                break
            d.line(
                [(right - 22, y + 4), (right + 6, y - 3)], "#efe9dc" if cloth.main < "#8" else "#5b4a3a", 3, 0.95, clip
            )
            d.disc(right - 24, y + 4, 2, "#c8c8c8")
        d.line([(left, ground - 16), (190, ground - 16), (266, ground - 16)], "#d8b84a", 1.4, 0.9, clip, "3 2")
    else:
        d.line([(left - 6, up + 14), (right + 4, up + 17)], opacity=0.35, clip=clip)
    return d


def sneakers(cloth, seed, *, sole="#f4f2ee", accent=None, high=False):
    d = Drawing(cloth, seed)
    ground = 292
    accent = accent or cloth.colours[-1]
    rise = 62 if high else 0
    _shadow(d, 38, 298, ground + 3)
    d.shape(
        [
            (36, ground - 30),
            (44, ground, K),
            (160, ground + 1),
            (288, ground, K),
            (302, ground - 16),
            (290, ground - 28, K),
            (160, ground - 22),
        ],
        sole,
    )
    d.panel(
        [(62, 188 - rise, K), (92, 176 - rise), (128, 184 - rise, K), (150, 196), (140, 216), (80, 214)],
        cloth=Cloth("plain", shade(cloth.main, 0.45)),
        textured=False,
    )
    clip = d.panel(
        [
            (48, 190 - rise, K),
            (40, 230),
            (36, ground - 28, K),
            (160, ground - 22),
            (292, ground - 27, K),
            (298, ground - 44),
            (268, ground - 64),
            (222, ground - 80),
            (160, 190, K),
            (124, 186 - rise * 0.9, K),
            (112, 204 - rise),
            (76, 204 - rise),
            (66, 184 - rise),
        ]
    )
    # Toe cap, heel patch, side stripe.
    d.panel(
        [
            (246, ground - 74),
            (270, ground - 62),
            (299, ground - 42),
            (293, ground - 27, K),
            (236, ground - 25, K),
            (234, ground - 50),
        ],
        cloth=Cloth("plain", sole if cloth.pattern != "plain" else shade(cloth.main, 0.9)),
        textured=False,
    )
    d.panel(
        [(46, 202, K), (76, 216), (72, ground - 26, K), (37, ground - 28, K), (40, 240)],
        cloth=Cloth("plain", accent),
        textured=False,
    )
    d.line([(104, ground - 28), (140, ground - 58), (196, ground - 66)], accent, 11, 0.95, clip)
    d.line([(36, ground - 12), (160, ground - 8), (296, ground - 12)], accent, 2.5, 0.6)
    # Tongue and laces.
    d.panel(
        [(128, 176 - rise, K), (152, 184 - rise, K), (226, ground - 82), (206, ground - 70), (150, 206)],
        cloth=Cloth("plain", shade(cloth.main, 1.08)),
        textured=False,
    )
    steps = 7 if high else 5
    for i in range(steps):
        t = i / (steps - 1)
        x, y = 212 - t * (80 if not high else 86), ground - 74 - t * (24 + rise * 0.85)
        d.line([(x - 16, y + 13), (x + 9, y - 8)], "#ffffff" if cloth.main < "#b" else "#4a4a4a", 4, 1)
        d.disc(x - 17, y + 14, 2.2, "#d6d6d6")
    return d


def flats(cloth, seed, *, bow=False, loafer=False):
    d = Drawing(cloth, seed)
    ground = 276
    _shadow(d, 46, 290, ground + 3)
    sole = shade(cloth.main, 0.4)
    d.shape(
        [
            (46, ground - 14, K),
            (48, ground, K),
            (90, ground, K),
            (96, ground - 7),
            (286, ground - 2, K),
            (290, ground - 12, K),
        ],
        sole,
    )
    d.panel(
        [(52, 222, K), (90, 236), (150, 244), (214, 236, K), (150, 262), (60, 258)],
        cloth=Cloth("plain", "#d7b899", weave="leather"),
    )
    rise = 24 if loafer else 0
    clip = d.panel(
        [
            (46, 214, K),
            (40, 246),
            (46, ground - 12, K),
            (170, ground - 8),
            (288, ground - 11, K),
            (292, ground - 26),
            (262, ground - 42),
            (226, 232 - rise * 0.5),
            (196, 224 - rise, K),
            (176, 246 - rise * 0.4),
            (110, 246),
            (66, 236),
        ]
    )
    d.line([(236, ground - 30), (268, ground - 24)], "#fff", 7, 0.35, clip)
    d.line([(50, 226), (46, 256)], "#fff", 4, 0.3, clip)
    if bow:
        for side in (-1, 1):
            d.panel([(220, 234), (220 + side * 24, 218), (220 + side * 26, 246)], textured=False)
        d.disc(220, 233, 5, shade(cloth.main, 0.8))
    if loafer:
        d.panel([(186, 216, K), (222, 214, K), (240, 240, K), (196, 250, K)], textured=False)
        d.line([(186, 250), (214, 256), (262, 244)], opacity=0.5, width=2)
        d.shape([(196, 226, K), (226, 222, K), (230, 231, K), (199, 236, K)], "#c9a44a")
    return d


def sandals(cloth, seed, *, wedge=40):
    d = Drawing(cloth, seed)
    ground = 300
    _shadow(d, 44, 292, ground + 3)
    heel = ground - wedge - 10
    d.shape(
        [(44, heel, K), (120, heel + 6), (220, ground - 16), (290, ground - 14, K), (286, ground, K), (50, ground, K)],
        "#b98d5e",
    )
    d.line([(46, heel + 2), (120, heel + 8), (220, ground - 13), (289, ground - 12)], "#8d6538", 4, 0.9)
    for a, b, c in (
        ((206, ground - 18), (226, ground - 62), (262, ground - 14)),
        ((150, heel + 16), (190, ground - 92), (232, ground - 18)),
        ((58, heel + 2), (94, heel - 76), (150, heel + 14)),
    ):
        points = [a, ((a[0] + b[0]) / 2 - 8, (a[1] + b[1]) / 2), b, ((b[0] + c[0]) / 2 + 8, (b[1] + c[1]) / 2), c]
        d.line(points, shade(cloth.main, 0.5), 15, 1)
        d.line(points, cloth.main, 12, 1)
        d.line(points, "#fff", 3, 0.35)
        d.corners += points
    d.line([(50, heel), (48, heel - 40), (92, heel - 74)], cloth.main, 9, 1)
    d.disc(104, heel - 70, 5, "#d8c27a")
    return d


def handbag(cloth, seed, *, width=92, height=130, handle="double", flap=False, lock="#d2b25a"):
    d = Drawing(cloth, seed)
    width, height = width * (1 + d.jitter(0.05)), height * (1 + d.jitter(0.05))
    y0 = 232 - height / 2 + 32
    y1 = y0 + height
    strap = shade(cloth.trim, 0.75)
    _shadow(d, CENTRE - width, CENTRE + width, y1 + 4)
    arcs = {"double": ((46, 96), (38, 74)), "single": ((54, 110),), "long": ((width - 8, 190),), "none": ()}[handle]
    for half, rise in arcs:
        points = [
            (CENTRE - half, y0 + 16),
            (CENTRE - half * 0.86, y0 - rise * 0.6),
            (CENTRE, y0 - rise),
            (CENTRE + half * 0.86, y0 - rise * 0.6),
            (CENTRE + half, y0 + 16),
        ]
        d.line(points, shade(strap, 0.6), 11 if handle != "long" else 7, 1)
        d.line(points, strap, 8 if handle != "long" else 5, 1)
        d.line(points, "#fff", 2, 0.35)
        d.corners += points
    slope = 14 if handle == "double" else -4
    clip = d.panel(
        mirrored([(0, y0 + 2), (width - slope, y0, K), (width + 2, y1 - 12), (width - 8, y1, K), (0, y1 + 2)])
    )
    d.fold([(CENTRE - width * 0.5, y0 + 24), (CENTRE - width * 0.62, y1)], clip, 9, 0.2)
    d.fold([(CENTRE + width * 0.4, y0 + 24), (CENTRE + width * 0.56, y1)], clip, 9, 0.2)
    if flap:
        d.panel(
            mirrored(
                [
                    (0, y0 - 2),
                    (width - slope + 3, y0 - 3, K),
                    (width - 2, y0 + height * 0.42),
                    (width * 0.5, y0 + height * 0.62),
                    (0, y0 + height * 0.66),
                ]
            )
        )
        d.shape(
            mirrored(
                [
                    (0, y0 + height * 0.55),
                    (11, y0 + height * 0.55, K),
                    (11, y0 + height * 0.73, K),
                    (0, y0 + height * 0.73),
                ]
            ),
            lock,
        )
    else:
        d.line(
            [(CENTRE - width + slope, y0 + 14), (CENTRE, y0 + 17), (CENTRE + width - slope, y0 + 14)],
            strap,
            6,
            0.9,
            clip,
        )
        for half, _ in arcs[:1]:
            for side in (-1, 1):
                d.disc(CENTRE + side * half, y0 + 18, 5, lock)
    d.line([(CENTRE - width + 8, y1 - 8), (CENTRE, y1 - 5), (CENTRE + width - 8, y1 - 8)], "#fff", 1, 0.5, clip, "4 3")
    return d


def backpack(cloth, seed):
    d = Drawing(cloth, seed)
    trim = Cloth("plain", shade(cloth.trim, 0.7), weave=cloth.weave)
    d.line([(CENTRE - 18, 92), (CENTRE - 14, 66), (CENTRE + 14, 66), (CENTRE + 18, 92)], trim.main, 9, 1)
    for side in (-1, 1):
        d.line([(CENTRE + side * 70, 120), (CENTRE + side * 104, 200), (CENTRE + side * 96, 330)], trim.main, 14, 1)
    d.corners += [(CENTRE - 108, 200), (CENTRE + 108, 200), (CENTRE, 60)]
    d.panel(mirrored([(0, 82), (56, 90), (84, 140), (92, 250), (90, 352, K), (50, 366), (0, 368)]))
    d.line(
        [(CENTRE - 78, 210), (CENTRE - 60, 120), (CENTRE, 104), (CENTRE + 60, 120), (CENTRE + 78, 210)],
        "#2c2c2e",
        4,
        0.8,
    )
    d.panel(mirrored([(0, 236), (52, 238), (66, 256), (66, 340, K), (0, 350)]))
    d.line([(CENTRE - 58, 254), (CENTRE, 250), (CENTRE + 58, 254)], "#2c2c2e", 4, 0.8)
    d.disc(CENTRE + 52, 256, 4, "#c9c9cc")
    d.shape(mirrored([(0, 146), (22, 146, K), (22, 176, K), (0, 176)]), trim.main)
    return d


def clutch(cloth, seed, *, chain=False):
    d = Drawing(cloth, seed)
    _shadow(d, 58, 272, 300)
    if chain:
        d.line([(70, 190), (90, 96), (165, 70), (240, 96), (260, 190)], "#cdb15c", 4, 1, dash="5 3")
        d.corners += [(165, 68)]
    d.panel(mirrored([(0, 180), (108, 178, K), (112, 294), (104, 300, K), (0, 302)]))
    d.shape(mirrored([(0, 174), (110, 172, K), (110, 186, K), (0, 188)]), "#cdb15c")
    d.disc(CENTRE - 5, 170, 6, "#e2ca7c")
    d.disc(CENTRE + 5, 170, 6, "#e2ca7c")
    return d


def sunglasses(cloth, seed, *, lens="#2b2b30"):
    d = Drawing(cloth, seed)
    for side in (-1, 1):
        d.line([(CENTRE + side * 112, 206), (CENTRE + side * 128, 196), (CENTRE + side * 118, 168)], cloth.main, 8, 1)
        glass = [
            (CENTRE + side * 14, 204),
            (CENTRE + side * 60, 194),
            (CENTRE + side * 112, 204),
            (CENTRE + side * 104, 258),
            (CENTRE + side * 62, 276),
            (CENTRE + side * 22, 252),
        ]
        d.shape(glass, lens)
        d.line(glass + [glass[0]], cloth.main, 8, 1)
        d.line([(CENTRE + side * 40 - 10, 214), (CENTRE + side * 40 - 24, 240)], "#fff", 7, 0.35)
    d.line([(CENTRE - 16, 210), (CENTRE, 204), (CENTRE + 16, 210)], cloth.main, 8, 1)
    d.corners += [(CENTRE - 130, 168), (CENTRE + 130, 168)]
    return d


def belt(cloth, seed):
    d = Drawing(cloth, seed)
    coil = [(60, 210), (110, 170), (220, 170), (276, 212), (226, 262), (112, 264)]
    d.line(coil + [coil[0]], shade(cloth.main, 0.5), 36, 1)
    d.line(coil + [coil[0]], cloth.main, 32, 1)
    d.line(coil + [coil[0]], "#fff", 1.2, 0.5, dash="4 3")
    d.shape([(88, 232, K), (134, 242, K), (130, 290, K), (84, 280, K)], "#cfcfd4")
    d.shape([(97, 243, K), (125, 249, K), (122, 278, K), (94, 272, K)], cloth.main)
    d.line([(110, 246), (108, 276)], "#9a9aa0", 4, 1)
    d.corners += [(40, 154), (296, 290)]
    return d
