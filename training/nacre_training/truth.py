# SPDX-License-Identifier: Apache-2.0
"""Truth files for `nacre evaluate search` (docs/evaluate.md), from the data and from folders of classes.

views.jsonl    another view of the same product among a foreign shop's main pictures (grade 3)
user.jsonl     a user photo, and the products of an accepted type (grade 1)
studio.jsonl   a product, and those of its type and colour word (grade 2), where there are ten or more
"""
import json
import os
from collections import Counter
from pathlib import Path

from . import sources
from .classes import Classes

VIEWS = {   # the foreign shop's own categories
    "Women/Tops/Bras & Tanks": "women.tops.tanks", "Women/Tops/Jackets": "women.outerwear",
    "Women/Tops/Hoodies & Sweatshirts": "women.sweatshirts", "Women/Tops/Tees": "women.tops.tshirts",
    "Women/Bottoms/Pants": "women.trousers", "Women/Bottoms/Shorts": "women.shorts",
    "Men/Tops/Tanks": "men.tops.tanks", "Men/Tops/Jackets": "men.outerwear",
    "Men/Tops/Hoodies & Sweatshirts": "men.sweatshirts", "Men/Tops/Tees": "men.tops.tshirts",
    "Men/Bottoms/Pants": "men.trousers", "Men/Bottoms/Shorts": "men.shorts",
}
USERS = {   # the labels of users' photos; who wears a thing is not known, and the women's category stands for its kind
    "Blazer": "women.suits.blazers", "Blouse": "women.shirts.blouses", "Dress": "women.dresses",
    "Hat": "accessories.headwear", "Hoodie": "women.sweatshirts.hoodies", "Longsleeve": "women.tops.longsleeves",
    "Outwear": "women.outerwear", "Pants": "women.trousers", "Polo": "women.tops.polos", "Shirt": "women.shirts.shirts",
    "Shoes": "women.shoes", "Shorts": "women.shorts", "Skirt": "women.skirts", "T-Shirt": "women.tops.tshirts",
    "Top": "women.tops.tops", "Undershirt": "women.underwear.camisoles",
}
LEAST_ANSWERS = 10
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def write(path, gallery, queries):
    """One object a line; pictures are named as they lie from the file's folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for line in (*gallery, *queries):
            first = next(iter(line))    # "gallery" or "query"
            line = {**line, first: os.path.relpath(line[first], path.parent.resolve())}
            file.write(json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False) + "\n")
    return f"{path}: {len(queries)} queries, {len(gallery)} pictures in the gallery"


def file_of(picture):
    return sources.SHARED.resolve() / picture.file


def category_of(picture, classes):
    """A category of the product's type and wearer."""
    for pair in classes.possible(picture)[:1]:
        form, wearer = classes.pairs[pair]
        return classes.forms[form].categories[wearer][0]
    return None


def views(out):
    pictures = list(sources.shop_views())
    return write(out / "views.jsonl",
                 [{"gallery": file_of(p), "product": p.product} for p in pictures if p.main],
                 [{"query": file_of(p), "domain": "studio", "category": VIEWS.get(p.category), "relevant": {p.product: 3}}
                  for p in pictures if not p.main])


def user(out, gallery):
    accepted = sources.accepted_types()
    return write(out / "user.jsonl",
                 [{"gallery": file_of(p), "product": p.product, "groups": [p.type]} for p in gallery],
                 [{"query": file_of(p), "domain": "user", "category": USERS[p.label],
                   "relevant": dict.fromkeys(accepted[p.label], 1)}
                  for p in sources.user_photos() if p.split == "valid" and accepted.get(p.label)])


def studio(out, gallery, classes):
    def group(p):
        return f"{p.type}, {p.colour}"

    counts = Counter(map(group, gallery))
    return write(out / "studio.jsonl",
                 [{"gallery": file_of(p), "product": p.product, "groups": [group(p)]} for p in gallery],
                 [{"query": file_of(p), "domain": "studio", "category": category_of(p, classes), "relevant": {group(p): 2}}
                  for p in gallery if p.split == "valid" and counts[group(p)] > LEAST_ANSWERS])


def from_data(out):
    """All three files."""
    gallery, classes = [p for p in sources.products() if p.size != "small"], Classes()
    return [views(out), user(out, gallery), studio(out, gallery, classes)]


def from_folders(folder, out, domain=None):
    """A folder a class (FOLDER/CLASS/*.jpg, classes may lie deeper): every picture asks for the others of its class."""
    found = [(str(path.parent.relative_to(folder)), path.resolve())
             for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in ENDINGS and path.parent != Path(folder)]
    if not found:
        raise SystemExit(f"{folder}: no pictures in folders of classes, such as {folder}/striped/1.jpg")
    counts = Counter(name for name, _ in found)
    return write(out, [{"gallery": path, "groups": [name]} for name, path in found],
                 [{"query": path, "domain": domain, "relevant": {name: 1}} for name, path in found if counts[name] > 1])
