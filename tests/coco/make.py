# SPDX-License-Identifier: Apache-2.0
"""Writes case.json: random objects and detections with the average precisions that COCO's own tool gives them.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install pycocotools==2.0.11 && /tmp/v/bin/python tests/coco/make.py

Detections may be of several classes, each with its own score, and count for each. There are crowds, outlines of several
polygons, masks, objects with a box alone, equal scores, and photos on which not all classes are marked completely. COCO's
tool does not know the latter; a crowd as large as the photo says the same to it.
"""
import contextlib
import io
import json
import pathlib
import random

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

CLASSES, PHOTOS, WIDTH, HEIGHT = 3, 60, 97, 71
LEAST = 0.01                # as src/evaluate/match.c
rng = random.Random(20)


def blob():
    """A star-shaped polygon in a box of side 1."""
    angles = sorted(rng.uniform(0, 2 * np.pi) for _ in range(rng.randint(5, 11)))
    reaches = [rng.uniform(.75, 1) for _ in angles]
    return [(.5 + reach / 2 * np.cos(angle), .5 + reach / 2 * np.sin(angle)) for angle, reach in zip(angles, reaches)]


def placed(shape, box):
    """The shape in this box, in tenths of a pixel."""
    x, y, w, h = box
    return [round(float(v), 1) for px, py in shape for v in (x + w * px, y + h * py)]


def random_box():
    w, h = rng.randint(6, 50), rng.randint(6, 40)
    return [rng.randint(0, WIDTH - w), rng.randint(0, HEIGHT - h), w, h]


def near(box):
    """A box like this one, of whole pixels on the photo."""
    x, y, w, h = box
    spread = rng.choice([.04, .1, .25])
    left = max(0, round(x + w * rng.gauss(0, spread)))
    top = max(0, round(y + h * rng.gauss(0, spread)))
    right = min(WIDTH, round(x + w + w * rng.gauss(0, spread)))
    bottom = min(HEIGHT, round(y + h + h * rng.gauss(0, spread)))
    return [left, top, right - left, bottom - top] if right > left and bottom > top else box


def encoded(polygons):
    merged = masks.merge(masks.frPyObjects(polygons, HEIGHT, WIDTH))
    return merged["counts"].decode()


def make_photo(number):
    complete = [rng.random() < .85 for _ in range(CLASSES)]
    objects, detections = [], []
    for _ in range(rng.randint(0, 5)):
        box, shape = random_box(), blob()
        thing = {"class": rng.randrange(CLASSES), "box": [v + rng.choice([0, .25, .5]) if i < 2 else v for i, v in enumerate(box)],
                 "crowd": rng.random() < .08}
        outline = [placed(shape, box)] + ([placed(blob(), random_box())] if rng.random() < .15 else [])
        form = rng.random()
        if form < .6:
            thing["polygons"] = outline
        elif form < .85 or thing["crowd"]:
            thing["mask"] = encoded(outline)
        objects.append(thing)
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
            at = near(box)
            klass = thing["class"] if rng.random() < .85 else rng.randrange(CLASSES)
            detections.append({"class": klass, "box": at, "score": rng.randint(26, 255) / 256, "mask": encoded([placed(shape, at)])})
    for _ in range(rng.randint(0, 3)):
        at = random_box()
        detections.append({"class": rng.randrange(CLASSES), "box": at, "score": rng.randint(2, 200) / 256,
                           "mask": encoded([placed(blob(), at)])})
    for found in detections:      # a class that it may be besides; 0 and what is under a hundredth count for nothing
        others = [rng.choice([0, 1 / 256, rng.randint(3, 256) / 256]) * found["score"] for _ in range(CLASSES)]
        found["scores"] = [found["score"] if klass == found["class"] else others[klass] for klass in range(CLASSES)]
    detections.sort(key=lambda found: -found["score"])
    return {"complete": complete, "objects": objects, "detections": detections}


def as_coco(photos, kind):
    whole = [0, 0, WIDTH, HEIGHT]
    annotations, results = [], []

    def add(photo, klass, box, segmentation, crowd):
        annotations.append({"id": len(annotations) + 1, "image_id": photo, "category_id": klass + 1, "bbox": box, "area": 1,
                            "segmentation": segmentation, "iscrowd": int(crowd)})

    def rle(counts):
        return {"size": [HEIGHT, WIDTH], "counts": counts}

    def filled(box):
        return rle(masks.frPyObjects(np.array([box], float), HEIGHT, WIDTH)[0]["counts"].decode())

    for number, photo in enumerate(photos, 1):
        for thing in photo["objects"]:
            outlined = "polygons" in thing or "mask" in thing
            segmentation = rle(encoded(thing["polygons"])) if "polygons" in thing else (
                rle(thing["mask"]) if outlined else filled(thing["box"]))
            crowd = thing["crowd"] or (kind == "segm" and not outlined)
            add(number, thing["class"], thing["box"], segmentation, crowd)
        for klass in range(CLASSES):
            if not photo["complete"][klass]:
                add(number, klass, whole, filled(whole), True)
        for found in photo["detections"]:
            results += [{"image_id": number, "category_id": klass + 1, "score": score} | (
                {"segmentation": rle(found["mask"])} if kind == "segm" else {"bbox": found["box"]})
                for klass, score in enumerate(found["scores"]) if score >= LEAST]
    truth = {"images": [{"id": i + 1, "width": WIDTH, "height": HEIGHT} for i in range(len(photos))], "annotations": annotations,
             "categories": [{"id": c + 1, "name": str(c)} for c in range(CLASSES)], "info": {}}
    return truth, results


def measure(photos, kind):
    truth, results = as_coco(photos, kind)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = truth
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # level, recall, class; all areas, 100 detections
    return {"levels": precision.mean(axis=1).T.tolist(), "ap": evaluation.stats[0], "ap50": evaluation.stats[1]}


photos = [make_photo(i) for i in range(PHOTOS)]
case = {"width": WIDTH, "height": HEIGHT, "photos": photos, "box": measure(photos, "bbox"), "mask": measure(photos, "segm")}
path = pathlib.Path(__file__).parent / "case.json"
path.write_text(json.dumps(case, separators=(",", ":")).replace('{"complete"', '\n{"complete"').replace(',"box":{"levels', ',\n"box":{"levels')
                + "\n")
print(case["box"]["ap50"], case["box"]["ap"], case["mask"]["ap50"], case["mask"]["ap"])
