# SPDX-License-Identifier: Apache-2.0
"""Writes a .seg file for every photo of ../shared/data: WORK/data/labels/SOURCE/train|valid/NAME.seg beside a link to
the photo. Validation photos are chosen by checksum, by sender and by product, as in `sources`."""
import shutil
import zlib

import cv2
import numpy as np

from .. import augment, sources
from ..pictures import decode
from . import groups, seg

LABELS = sources.WORK / "data" / "labels"
MASK_PART, ROOM_PART = 5, 4         # one of so many is for validation
LEAST_PIXELS, LEAST_PART = 20, 0.05  # of an object; of its largest part
APART = {"bracelet", "ring"}        # several on one person are several things; the parts of all else are one
# What a shop shows alone; of all else it often shows a model who wears other things too.
ALONE = {"Backpacks", "Bangle", "Belts", "Booties", "Bracelet", "Caps", "Casual Shoes", "Clutches", "Duffel Bag", "Earrings",
         "Flats", "Flip Flops", "Formal Shoes", "Gloves", "Handbags", "Heels", "Jewellery Set", "Laptop Bag",
         "Messenger Bag", "Mobile Pouch", "Mufflers", "Necklace and Chains", "Pendant", "Ring", "Rucksacks", "Sandals",
         "Scarves", "Socks", "Sports Sandals", "Sports Shoes", "Stoles", "Sunglasses", "Ties", "Wallets", "Watches"}
MOST_SKIN = 0.004                   # share of a garment's cut-out: above it somebody wears it
SKIN = ((0, 138, 80), (255, 175, 125))  # in Y, Cr, Cb


def _place(source, split, photo, labels):
    folder = LABELS / source / split
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / photo.name
    if not link.exists():
        link.symlink_to(photo.resolve())
    seg.write(labels, folder / (photo.stem + ".seg"))


def _chosen(name, part):
    return "valid" if zlib.crc32(name.encode()) % part == 0 else "train"


def _lines(path):
    return path.read_text().split("\n")


def box_of(mask):
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return (int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))


def street_boxes():
    root = sources.SHARED / "street-boxes"
    names = [line for line in _lines(root / "labels.txt") if line]
    for split in ("train", "valid"):
        for photo in sorted((root / split / "photos").glob("*.jpg")):
            height, width = decode(photo.read_bytes(), photo.name).shape[:2]
            labels = seg.Labels(width, height, photo.name, "street", names)
            for line in _lines(root / split / "boxes" / (photo.stem + ".txt")):
                if line.strip():
                    number, x, y, w, h = map(float, line.split())
                    labels.things.append(seg.Thing(
                        names[int(number)], ((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)))
            _place("street-boxes", split, photo, labels)


def things_of(mask, word):
    """The objects of one label: its parts together, or apart where several of a kind are worn."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = [i + 1 for i in range(count - 1) if areas[i] >= max(LEAST_PART * areas.max(), 4)]
    for chosen in ([[i] for i in kept] if word in APART else [kept]):
        mask = np.isin(parts, chosen)
        if mask.sum() >= LEAST_PIXELS:
            yield seg.Thing(word, box_of(mask), seg.encode(mask))


def street_masks():
    root = sources.SHARED / "street-masks"
    names = _lines(root / "labels.txt")
    known = groups.words("street-masks")
    for photo in sorted((root / "photos").glob("*.jpg")):
        values = cv2.imread(str(root / "masks" / (photo.stem + ".png")), cv2.IMREAD_UNCHANGED)
        labels = seg.Labels(values.shape[1], values.shape[0], photo.name, "street", list(known))
        for number in np.unique(values):
            if names[number] in known:
                mask = (values == number).astype(np.uint8)
                found = list(things_of(mask, names[number]))
                labels.things += found
                if not found:       # too small to be found again
                    labels.complete = [name for name in labels.complete if not set(groups.WORDS["street-masks", name])
                                       & set(groups.WORDS["street-masks", names[number]])]
            elif names[number] == "accessories":    # whatever it may be
                labels.complete = [name for name in labels.complete
                                   if name not in ("scarf", "belt", "watch", "bracelet", "necklace", "earrings", "ring", "hat")]
        _place("street-masks", _chosen(photo.stem, MASK_PART), photo, labels)


def alone(picture):
    """The mask of the one thing that lies before a plain ground; None where that is not certain."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture[:, :, ::-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    mask = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    cv2.ellipse(mask, (w // 2, h // 2), (int(w * 0.38), int(h * 0.38)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    edge = max(1, round(0.03 * min(h, w)))
    mask[:edge], mask[-edge:], mask[:, :edge], mask[:, -edge:] = (cv2.GC_BGD,) * 4
    cv2.setRNGSeed(1)
    cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    item = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    item = cv2.morphologyEx(item, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if not item.any():
        return None
    count, parts, stats, _ = cv2.connectedComponentsWithStats(item)
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = (parts == 1 + areas.argmax()).astype(np.uint8)
    inner = np.zeros_like(largest)
    inner[edge + 1:-edge - 1, edge + 1:-edge - 1] = 1
    ring = (inner == 0)
    ring[:edge], ring[-edge:], ring[:, :edge], ring[:, -edge:] = (False,) * 4
    certain = (0.08 < largest.mean() < 0.75 and areas.max() > 0.92 * areas.sum() and largest[ring].mean() < 0.06
               and largest[h * 2 // 5:h * 3 // 5, w * 2 // 5:w * 3 // 5].mean() > 0.7)
    if not certain:
        return None
    filled = cv2.morphologyEx(largest, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)


def _one(word, domain, photo, picture, mask, complete):
    height, width = picture.shape[:2]
    labels = seg.Labels(width, height, photo.name, domain, complete)
    if mask is None:
        labels.things.append(seg.Thing(word, (0, 0, width, height), doubtful=True))
    else:
        labels.things.append(seg.Thing(word, box_of(mask), seg.encode(mask)))
    return labels


def user_photos():
    for item in sources.user_photos():
        if ("user-photos", item.label) in groups.WORDS:
            picture, photo = item.pixels(), sources.SHARED / item.file
            _place("user-photos", item.split, photo,
                   _one(item.label, "user", photo, picture, alone(picture), groups.EVERYTHING))


def product_mask(picture, kind):
    """Where the product is if it is shown alone, else None."""
    item = augment.cut_out(picture)[:, :, 0]
    mask = (item > 0.5).astype(np.uint8)
    if not 0.06 < mask.mean() < 0.85:
        return None
    if kind not in ALONE:
        skin = cv2.inRange(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2YCrCb), *SKIN) > 0
        if skin[mask > 0].mean() > MOST_SKIN:
            return None
    return mask


def products():
    for item in sources.products():
        if item.size != "small" and ("products", item.type) in groups.WORDS:
            picture, photo = item.pixels(), sources.SHARED / item.file
            mask = product_mask(picture, item.type)
            complete = groups.EVERYTHING if mask is not None else [item.type]
            _place("products", item.split, photo, _one(item.type, "studio", photo, picture, mask, complete))


def rooms():
    for photo in sorted((sources.SHARED / "rooms").glob("*.jpg")):
        height, width = decode(photo.read_bytes(), photo.name).shape[:2]
        _place("rooms", _chosen(photo.stem, ROOM_PART), photo, seg.Labels(width, height, photo.name, "user", groups.EVERYTHING))


SOURCES = {"street-boxes": street_boxes, "street-masks": street_masks, "user-photos": user_photos, "products": products,
           "rooms": rooms}


def prepare():
    for source, make in SOURCES.items():
        shutil.rmtree(LABELS / source, ignore_errors=True)
        make()
        files = list((LABELS / source).rglob("*.seg"))
        doubtful = sum("state doubtful" in file.read_text() for file in files)
        print(f"{source}: {len(files)} photos, {doubtful} of them without a certain box", flush=True)
