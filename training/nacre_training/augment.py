# SPDX-License-Identifier: Apache-2.0
"""What may happen to a garment on its way into a photo, done to the pictures that we have: another frame, another light,
another background, another colour (which changes the colour code, and must not change the shape code)."""
import cv2
import numpy as np

from . import sources
from .pictures import decode, fit, resize

PASTE, RECOLOUR, BLUR, UPRIGHT, TURN, LIE, ERASE = 0.5, 0.25, 0.2, 0.5, 0.5, 0.06, 0.25    # how often
LEAST_ITEM = 0.12                          # a cut-out that covers less of its picture went wrong
ROOMS, STREETS = "rooms", "street-boxes/train/photos"    # folders of backgrounds


def backgrounds(*folders, take=300):
    """Pictures of rooms and streets to put cut-outs on."""
    found = []
    for folder in folders:
        for path in sorted((sources.SHARED / folder).glob("*.jpg"))[:take]:
            picture = decode(path.read_bytes(), path.name)
            found.append(resize(picture, picture.shape[0] // 2, picture.shape[1] // 2))
    return found


def cut_out(picture):
    """Where the product is, 0..1, on a white background: what flood filling from the border does not reach."""
    height, width = picture.shape[:2]
    bordered = cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    mask = np.zeros((height + 4, width + 4), np.uint8)
    cv2.floodFill(bordered, mask, (0, 0), 0, (10,) * 3, (10,) * 3,
                  4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (255 << 8))
    item = (mask[2:-2, 2:-2] == 0).astype(np.float32)
    return cv2.GaussianBlur(item, (3, 3), 0)[:, :, None]


def shift_hue(picture, hue, saturation):
    """All hues further by so many of 180 steps, and so many times as saturated."""
    values = np.arange(256)
    table = np.stack([(values + hue) % 180, np.clip(values * saturation, 0, 255), values], 1).astype(np.uint8)
    return cv2.cvtColor(cv2.LUT(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV), table[None]), cv2.COLOR_HSV2RGB)


def recolour(picture, random):
    """Turns the hue, as a shop does that sells a form in several colours."""
    return shift_hue(picture, random.integers(25, 156), random.uniform(0.6, 1.6))


def crop(picture, random, least):
    height, width = picture.shape[:2]
    part = random.uniform(least, 1.0)
    stretch = np.exp(random.uniform(-0.12, 0.12))
    h, w = (max(8, min(side, round(side * part * f))) for side, f in ((height, stretch), (width, 1 / stretch)))
    top, left = random.integers(0, height - h + 1), random.integers(0, width - w + 1)
    return picture[top:top + h, left:left + w]


def part(picture, frame):
    """`frame`: left, top, right, bottom, as shares of the sides."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(share * side) for share, side in zip(frame, (width, height, width, height)))
    return picture[top:max(bottom, top + 1), left:max(right, left + 1)]


def light(picture, random):
    gain = random.uniform(0.8, 1.2) * random.uniform(0.94, 1.06, 3)
    ramp = np.arange(256)[:, None] / 255
    table = np.clip(255 * ramp ** random.uniform(0.8, 1.25) * gain, 0, 255).astype(np.uint8)
    return cv2.LUT(np.ascontiguousarray(picture), table[None])


def paste(picture, item, ground, random):
    """The item (where it is, 0..1) on a part of another picture, with room around it."""
    height, width = picture.shape[:2]
    room = random.uniform(1.0, 1.35)
    big_h, big_w = round(height * room), round(width * room)
    part = crop(ground, random, 0.3)
    ground = cv2.resize(part, (big_w, big_h), interpolation=cv2.INTER_LINEAR)
    top, left = random.integers(0, big_h - height + 1), random.integers(0, big_w - width + 1)
    if item.mean() < LEAST_ITEM:        # white on white: no outline to cut along
        return picture
    under = ground[top:top + height, left:left + width]
    ground[top:top + height, left:left + width] = (picture * item + under * (1 - item)).astype(np.uint8)
    return ground


def upright(picture, random):
    """A square part of a photo that is wider than high: its item fills the network's upright input better."""
    height, width = picture.shape[:2]
    left = random.integers(0, max(1, width - height + 1))
    return picture[:, left:left + min(width, height)]


def turn(picture, random):
    """As a photo taken by hand: turned by up to 20 degrees."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-20, 20), random.uniform(0.95, 1.15))
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def tint(picture, random):
    """Other hues, a little, and another saturation: from none to half as much again."""
    return shift_hue(picture, random.integers(-9, 10), random.uniform(0.4, 1.5) if random.random() < 0.8 else 0)


def erase(picture, random, sides=(0.12, 0.35)):
    """A part hidden behind something of one colour; `sides`: the shares of the picture's that it has."""
    height, width = picture.shape[:2]
    h, w = (max(1, round(side * random.uniform(*sides))) for side in (height, width))
    top, left = random.integers(0, height - h + 1), random.integers(0, width - w + 1)
    picture = picture.copy()
    picture[top:top + h, left:left + w] = random.integers(0, 256, 3)
    return picture


def view(picture, random, grounds=(), studio=True, strong=True, item=None):
    """One more view of a product, and whether its colour is another one now. `item`: where it is on a photo, 0..1; a photo
    that tells where gets another background as often as not, for a background is the sender's, not the garment's."""
    recoloured = strong and random.random() < RECOLOUR
    if recoloured:
        picture = recolour(picture, random)
    if (strong and studio or item is not None) and len(grounds) and random.random() < PASTE:
        picture = paste(picture, cut_out(picture) if studio else item, grounds[random.integers(len(grounds))], random)
    if not studio and random.random() < LIE:        # on its side, as a telephone held across may leave it
        picture = np.rot90(picture, random.choice((1, 3)))
    if not studio and random.random() < UPRIGHT:
        picture = upright(picture, random)
    if not studio and random.random() < TURN:
        picture = turn(picture, random)
    picture = crop(picture, random, (0.6 if strong else 0.85) - (0 if studio else 0.1))
    if random.random() < 0.5:
        picture = picture[:, ::-1]
    if strong:
        picture = light(picture, random)
        if random.random() < BLUR:
            side = random.uniform(0.3, 0.8)
            small = resize(picture, max(8, round(picture.shape[0] * side)), max(8, round(picture.shape[1] * side)))
            picture = cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        if random.random() < ERASE:
            picture = erase(picture, random)
    return np.ascontiguousarray(picture), recoloured


def sheet(pictures, path, columns=8, size=(256, 192)):
    """A contact sheet, to look at."""
    cells = [fit(p, size) for p in pictures]
    cells += [np.full((*size, 3), 255, np.uint8)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i:i + columns], 1) for i in range(0, len(cells), columns)]
    cv2.imwrite(str(path), np.concatenate(rows)[:, :, ::-1])
