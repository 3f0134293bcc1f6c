# SPDX-License-Identifier: Apache-2.0
"""What every drawing is made of: outlines, cloths and the filters that make them look like cloth.

A garment is drawn on a sheet of 330x440 units as a list of panels (body, sleeves, straps …). A panel is an outline
filled with a cloth, whose pattern is turned to the panel's own direction, then shaded at its edges. At the end a
filter bends the whole a little and lays wrinkles over it, so that stripes are not ruler-straight.
"""

import math
import random

WIDTH, HEIGHT = 330, 440
CENTRE = WIDTH / 2


def shade(colour, factor):
    """The colour #rrggbb made darker (factor < 1) or lighter (factor > 1)."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    if factor < 1:
        r, g, b = r * factor, g * factor, b * factor
    else:
        r, g, b = (1 - (1 - v) / factor for v in (r, g, b))
    return "#%02x%02x%02x" % tuple(round(255 * v) for v in (r, g, b))


def outline(points, closed=True):
    """An SVG path through the points; it is smooth at (x, y) and has a corner at (x, y, "corner")."""
    n = len(points)

    def tangent(i):
        if len(points[i]) > 2 or (not closed and i in (0, n - 1)):
            return 0, 0
        before, after = points[i - 1], points[(i + 1) % n]
        return (after[0] - before[0]) / 6, (after[1] - before[1]) / 6

    path = "M%.1f %.1f" % points[0][:2]
    for i in range(n if closed else n - 1):
        a, b = points[i], points[(i + 1) % n]
        (tax, tay), (tbx, tby) = tangent(i), tangent((i + 1) % n)
        path += "C%.1f %.1f %.1f %.1f %.1f %.1f" % (a[0] + tax, a[1] + tay, b[0] - tbx, b[1] - tby, b[0], b[1])
    return path + ("Z" if closed else "")


def mirrored(half):
    """A symmetrical outline from its left half, given top to bottom as (distance from the centre line, y[, "corner"])."""
    left = [(CENTRE - p[0],) + tuple(p[1:]) for p in half]
    right = [(CENTRE + p[0],) + tuple(p[1:]) for p in reversed(half) if p[0] != 0]
    return left + right


def flipped(points):
    """The outline on the other side of the centre line."""
    return [(2 * CENTRE - p[0],) + tuple(p[1:]) for p in points]


class Cloth:
    """Colours and a pattern; gives the SVG tile that a panel is filled with."""

    def __init__(self, pattern, *colours, size=16, weave="cotton"):
        self.pattern, self.colours, self.size, self.weave = pattern, colours, size, weave

    @property
    def main(self):
        return self.colours[0]

    @property
    def trim(self):
        """The colour of what is not patterned: soles, ribs, straps."""
        return self.colours[-1] if self.pattern in ("halves", "raglan") else self.colours[0]

    def tile(self, identity, angle, origin, part):
        """The <pattern> for a panel whose own down direction is turned by the angle from the sheet's."""
        a = self.colours[0]
        b = self.colours[1] if len(self.colours) > 1 else a
        c = self.colours[2] if len(self.colours) > 2 else b
        s = self.size
        if self.pattern == "halves":  # one colour above, the other below, whatever the panel's direction
            return _pattern(
                identity,
                WIDTH,
                2 * HEIGHT,
                f'<rect width="{WIDTH}" height="{s}" fill="{a}"/>'
                f'<rect y="{s}" width="{WIDTH}" height="{2 * HEIGHT}" fill="{b}"/>',
                0,
                (0, 0),
            )
        if self.pattern == "raglan":
            colour = b if part == "sleeve" else a
            return _pattern(identity, 20, 20, f'<rect width="20" height="20" fill="{colour}"/>', 0, (0, 0))
        if self.pattern == "plain":
            width = height = 20
            art = ""
        elif self.pattern == "stripes":
            width, height = 40, s
            art = f'<rect y="{s / 2}" width="40" height="{s / 2}" fill="{b}"/>'
        elif self.pattern == "pinstripes":
            width, height = s, 40
            art = f'<rect x="{s / 2}" width="{max(1.2, s / 7):.1f}" height="40" fill="{b}"/>'
        elif self.pattern == "checks":
            width = height = 2 * s
            art = (
                f'<rect y="{s}" width="{2 * s}" height="{s}" fill="{b}" opacity=".55"/>'
                f'<rect x="{s}" width="{s}" height="{2 * s}" fill="{b}" opacity=".55"/>'
                f'<path d="M{s / 2} 0V{2 * s}M0 {s / 2}H{2 * s}" stroke="{c}" stroke-width="{s / 10:.1f}" opacity=".8"/>'
            )
        elif self.pattern == "dots":
            width = height = 2 * s
            art = "".join(
                f'<circle cx="{x * s}" cy="{y * s}" r="{s * 0.3:.1f}" fill="{b}"/>' for x, y in ((0.5, 0.5), (1.5, 1.5))
            )
        elif self.pattern == "argyle":
            width, height = 2 * s, 3 * s
            art = (
                f'<path d="M{s} 0L{2 * s} {1.5 * s}L{s} {3 * s}L0 {1.5 * s}Z" fill="{b}"/>'
                f'<path d="M0 0L{2 * s} {3 * s}M{2 * s} 0L0 {3 * s}" stroke="{c}" stroke-width="1.2" opacity=".7"/>'
            )
        elif self.pattern == "hearts":
            width = height = 2 * s
            heart = "m0 4c-2-6-9-5-8 1 1 4 5 6 8 9 3-3 7-5 8-9 1-6-6-7-8-1z"
            art = "".join(
                f'<path transform="translate({x * s},{y * s - s * 0.2}) scale({s / 26:.2f})" d="M0 0{heart}" '
                f'fill="{b}"/>'
                for x, y in ((0.5, 0.5), (1.5, 1.5))
            )
        elif self.pattern == "flowers":
            width = height = 4 * s
            art = _flowers(s, b, c, a)
        elif self.pattern == "leopard":
            width = height = 4 * s
            art = _leopard(s, b, c)
        else:
            raise ValueError(self.pattern)
        ground = f'<rect width="{width}" height="{height}" fill="{a}"/>'
        return _pattern(identity, width, height, ground + art, angle, origin)


def _pattern(identity, width, height, art, angle, origin):
    return (
        f'<pattern id="{identity}" width="{width}" height="{height}" patternUnits="userSpaceOnUse" '
        f'patternTransform="translate({origin[0]:.1f},{origin[1]:.1f}) rotate({angle:.1f})">{art}</pattern>'
    )


def _flowers(s, petal, heart, ground):
    rng = random.Random(7)
    art = ""
    for i in range(4):
        for j in range(4):
            x, y = (i + 0.3 + 0.4 * rng.random()) * s, (j + 0.3 + 0.4 * rng.random()) * s
            turn, r = rng.random() * 72, s * (0.15 + 0.08 * rng.random())
            leaf = shade("#3f7a3a", 0.8 + 0.4 * rng.random())
            art += (
                f'<ellipse cx="{x + 1.9 * r:.1f}" cy="{y + 1.4 * r:.1f}" rx="{r:.1f}" ry="{r / 2:.1f}" fill="{leaf}"/>'
            )
            for k in range(5):
                t = math.radians(turn + 72 * k)
                art += f'<circle cx="{x + r * math.cos(t):.1f}" cy="{y + r * math.sin(t):.1f}" r="{r * 0.75:.1f}" fill="{petal}"/>'
            art += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r * 0.5:.1f}" fill="{heart}"/>'
    return art


def _leopard(s, spot, heart):
    rng = random.Random(11)
    art = ""
    for i in range(4):
        for j in range(4):
            x, y = (i + 0.5 + 0.25 * (j % 2)) * s, (j + 0.5) * s
            turn, r = rng.random() * 360, s * (0.22 + 0.08 * rng.random())
            art += (
                f'<g transform="translate({x:.1f},{y:.1f}) rotate({turn:.0f})"><circle r="{r:.1f}" fill="{heart}"/>'
                f'<circle r="{r:.1f}" fill="none" stroke="{spot}" stroke-width="{r * 0.8:.1f}" '
                f'stroke-dasharray="{r * 2.2:.1f} {r:.1f}"/></g>'
            )
    return art


# For each weave: how deep wrinkles are and how wide (turbulence frequencies across and down), and how much it shines.
WEAVES = {
    "knit": dict(depth=5, across=0.012, down=0.010, bend=7),
    "cotton": dict(depth=8, across=0.022, down=0.009, bend=5),
    "wool": dict(depth=5, across=0.010, down=0.006, bend=4),
    "silk": dict(depth=11, across=0.030, down=0.006, bend=5),
    "denim": dict(depth=9, across=0.030, down=0.016, bend=4),
    "leather": dict(depth=5, across=0.020, down=0.020, bend=1.5),
    "padded": dict(depth=9, across=0.012, down=0.030, bend=4),
}

# A small tile laid over a cloth that shows how it is made.
TEXTURES = {
    "knit": (
        5,
        4.4,
        '<path d="M0 .6L2.5 3.6L5 .6" fill="none" stroke="#000" stroke-width=".9" opacity=".30"/>'
        '<path d="M0 2.6L2.5 5.6L5 2.6" fill="none" stroke="#fff" stroke-width=".8" opacity=".22"/>',
    ),
    "denim": (3, 3, '<path d="M0 3L3 0" stroke="#fff" stroke-width=".8" opacity=".20"/>'),
    "wool": (
        4,
        4,
        '<circle cx="1" cy="1" r=".8" opacity=".14"/><circle cx="3" cy="3" r=".8" fill="#fff" opacity=".14"/>',
    ),
    "padded": (
        400,
        34,
        '<rect width="400" height="7" opacity=".30"/><rect y="7" width="400" height="6" opacity=".12"/>'
        '<rect y="16" width="400" height="8" fill="#fff" opacity=".16"/>',
    ),
}


class Drawing:
    """One garment: its panels in the order they are painted, and the boxes they cover."""

    def __init__(self, cloth, seed):
        self.cloth, self.random, self.seed = cloth, random.Random(seed), seed
        self.defs, self.art, self.count = [], [], 0
        self.corners = []

    def name(self, what):
        self.count += 1
        return f"{what}{self.count}"

    def panel(self, points, angle=0, cloth=None, part="body", depth=1.0, textured=True):
        """Paints one piece of cloth; depth scales the shading of its edges."""
        cloth = cloth or self.cloth
        path = outline(points)
        self.corners += [p[:2] for p in points]
        top = min(points, key=lambda p: p[1])
        fill, clip, light = self.name("cloth"), self.name("clip"), self.name("light")
        self.defs.append(cloth.tile(fill, angle, (top[0], top[1]), part))
        self.defs.append(f'<clipPath id="{clip}"><path d="{path}"/></clipPath>')
        dark, glow = 0.34 * depth, 0.16 * depth
        self.defs.append(
            f'<linearGradient id="{light}" gradientTransform="rotate({angle:.0f} .5 .5)">'
            f'<stop offset="0" stop-opacity="{dark:.2f}"/><stop offset=".16" stop-opacity="{dark * 0.35:.2f}"/>'
            f'<stop offset=".34" stop-color="#fff" stop-opacity="{glow:.2f}"/><stop offset=".55" stop-opacity="0"/>'
            f'<stop offset=".84" stop-opacity="{dark * 0.45:.2f}"/><stop offset="1" stop-opacity="{dark * 1.15:.2f}"/>'
            "</linearGradient>"
        )
        edge = shade(cloth.main, 0.45)
        self.art.append(f'<path d="{path}" fill="url(#{fill})"/>')
        if textured and cloth.weave in TEXTURES:
            width, height, art = TEXTURES[cloth.weave]
            texture = self.name("texture")
            self.defs.append(_pattern(texture, width, height, art, angle, (top[0], top[1])))
            self.art.append(f'<path d="{path}" fill="url(#{texture})"/>')
        self.art.append(f'<path d="{path}" fill="url(#{light})"/>')
        self.art.append(f'<path d="{path}" fill="none" stroke="{edge}" stroke-width="1.1" opacity=".6"/>')
        return clip

    def line(self, points, colour="#000", width=1.2, opacity=0.45, clip=None, dash=None):
        """A seam or an edge."""
        self.art.append(
            f'<path d="{outline(points, closed=False)}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'opacity="{opacity}" stroke-linecap="round"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
            + (f' clip-path="url(#{clip})"' if clip else "")
            + "/>"
        )

    def fold(self, points, clip, width=9, opacity=0.30):
        """A soft fold: a dark valley with a light ridge beside it."""
        beside = [(p[0] + width * 0.8, p[1]) + tuple(p[2:]) for p in points]
        self.art.append(
            f'<g clip-path="url(#{clip})"><g filter="url(#soft)" fill="none" stroke-linecap="round">'
            f'<path d="{outline(points, closed=False)}" stroke="#000" stroke-width="{width}" opacity="{opacity}"/>'
            f'<path d="{outline(beside, closed=False)}" stroke="#fff" stroke-width="{width * 0.8}" '
            f'opacity="{opacity * 0.6:.2f}"/></g></g>'
        )

    def disc(self, x, y, r, colour, edge=None):
        """A button, an eyelet, a bead."""
        edge = edge or shade(colour, 0.5)
        self.art.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{colour}" stroke="{edge}" stroke-width=".8"/>'
            f'<circle cx="{x - r * 0.3:.1f}" cy="{y - r * 0.3:.1f}" r="{r * 0.35:.1f}" fill="#fff" opacity=".55"/>'
        )

    def shape(self, points, colour, opacity=1.0, edge=True):
        """A flat piece that is not cloth: a sole, a buckle, a lens."""
        self.corners += [p[:2] for p in points]
        stroke = f' stroke="{shade(colour, 0.45)}" stroke-width="1"' if edge else ""
        self.art.append(f'<path d="{outline(points)}" fill="{colour}" opacity="{opacity}"{stroke}/>')

    def ribs(self, points, angle=0, gap=4.5):
        """Knitted ribs over a cuff, a hem or a collar."""
        identity = self.name("ribs")
        top = min(points, key=lambda p: p[1])
        art = (
            f'<rect width="{gap / 2}" height="20" opacity=".30"/>'
            f'<rect x="{gap * 0.6:.1f}" width="{gap * 0.25:.1f}" height="20" fill="#fff" opacity=".22"/>'
        )
        self.defs.append(_pattern(identity, gap, 20, art, angle, (top[0], top[1])))
        self.art.append(f'<path d="{outline(points)}" fill="url(#{identity})"/>')

    def jitter(self, amount):
        return self.random.uniform(-amount, amount)

    def box(self):
        xs, ys = [p[0] for p in self.corners], [p[1] for p in self.corners]
        return min(xs), min(ys), max(xs), max(ys)

    def symbol(self, prefix=""):
        """The drawing as <defs> and one group, to be placed on a sheet; ids begin with the prefix."""
        weave = WEAVES[self.cloth.weave]
        filters = (
            f'<filter id="soft" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="3.2"/></filter>'
            f'<filter id="drape" x="-10%" y="-10%" width="120%" height="120%" color-interpolation-filters="sRGB">'
            f'<feTurbulence type="fractalNoise" baseFrequency="0.014" numOctaves="2" seed="{self.seed % 1000}" result="waves"/>'
            f'<feDisplacementMap in="SourceGraphic" in2="waves" scale="{weave["bend"]}" xChannelSelector="R" '
            f'yChannelSelector="G" result="bent"/>'
            f'<feTurbulence type="fractalNoise" baseFrequency="{weave["across"]} {weave["down"]}" numOctaves="3" '
            f'seed="{self.seed % 1000 + 7}" result="noise"/>'
            # The light falls from the upper left on a surface whose height is the noise's alpha.
            f'<feDiffuseLighting in="noise" surfaceScale="{weave["depth"]}" diffuseConstant="1.13" lighting-color="#fff" '
            f'result="light"><feDistantLight azimuth="225" elevation="62"/></feDiffuseLighting>'
            f'<feBlend in="light" in2="bent" mode="multiply" result="lit"/>'
            f'<feComposite in="lit" in2="bent" operator="in"/></filter>'
        )
        body = f'<defs>{filters}{"".join(self.defs)}</defs><g filter="url(#drape)">{"".join(self.art)}</g>'
        if prefix:
            body = body.replace('id="', f'id="{prefix}').replace("url(#", f"url(#{prefix}")
        return body


def sheet(art, width=WIDTH, height=HEIGHT, background="#ffffff"):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{background}"/>{art}</svg>'
    )
