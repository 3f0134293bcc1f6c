# SPDX-License-Identifier: Apache-2.0
"""Quality of a detector.onnx on the validation photos, by domain, and the working points.

What is suppressed is what the product suppresses (src/vision/suppress.c), so that the figures are those of the product.
"""
import contextlib
import io

import numpy as np

from .. import backbone
from . import groups, scenes, seg

LEAST = 0.02                        # score of what is looked at
PLACES, ITEMS = 400, 100            # as src/vision/detector.c
NEARLY_IN_PLACE = 0.7               # as src/vision/suppress.c
# The ten classes of street-boxes, and the groups that are one of them. What is no such class has none.
TEN = {"bag": ("bag", "backpack", "wallet"), "dress": ("dress",), "hat": ("hat",), "jacket": ("jacket", "suit", "sweater"),
       "pants": ("trousers", "jeans"), "shirt": ("top", "shirt"), "shoe": ("shoe", "boot", "sandal"),
       "shorts": ("shorts",), "skirt": ("skirt",), "sunglass": ("glasses",)}
FEW = 100                           # street-masks: a class with fewer examples in all of the source is not reported
STUDIO_PART = 4                     # one of so many products is looked at
UNTAUGHT = 0.7                      # least threshold of a group that no street photo teaches as absent
MOST_ALARMS = 0.05                  # share of the rooms with anything found


class Model:
    def __init__(self, path, threads=1):
        import json

        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(str(path), options)
        data = self.session.get_modelmeta().custom_metadata_map
        self.size = tuple(json.loads(data["nacre.input"])["size"])
        self.classes = [c["id"] for c in json.loads(data["nacre.classes"])]
        self.thresholds = np.array([c["threshold"] for c in json.loads(data["nacre.classes"])])
        self.limits = json.loads(data["nacre.suppress"])
        self.families = families([c["nodes"] for c in json.loads(data["nacre.classes"])])

    def __call__(self, sample, masks=False):
        """Boxes in the photo's pixels, scores, groups and masks, best first, and the score of every group of each. `sample`
        as `scenes.read` gives it."""
        height, width = sample.pixels.shape[:2]
        factor = min(self.size[0] / height, self.size[1] / width)
        fitted = scenes.fitted(sample, self.size)
        x = (fitted.pixels.astype(np.float32) / 255 - backbone.MEAN) / backbone.STD
        boxes, scores, maps, coefficients = self.session.run(None, {"photo": np.ascontiguousarray(x.transpose(2, 0, 1)[None])})
        best = scores.argmax(1)
        score = scores.max(1)
        order = np.argsort(-score, kind="stable")[:PLACES]
        order = order[score[order] >= LEAST]
        kinds = self.families[best[order]]
        kept = suppress(boxes[order], kinds, self.limits)
        boxes = mean_boxes(boxes[order], score[order], kinds, kept)[:ITEMS]
        chosen = order[kept[:ITEMS]]
        offset = np.array([(self.size[1] - width * factor) / 2, (self.size[0] - height * factor) / 2] * 2)
        found = ((boxes - offset) / factor).clip(0, [width, height, width, height])
        drawn = [self.mask(maps, c, box, factor, offset, (height, width)) for c, box in zip(coefficients[chosen], found)] \
            if masks else None
        return found, score[chosen], best[chosen], drawn, scores[chosen]

    def mask(self, maps, coefficients, box, factor, offset, size):
        import cv2
        total = np.tensordot(coefficients, maps, 1)
        scale = self.size[0] / total.shape[0]
        matrix = np.float32([[scale / factor, 0, (0.5 * scale - offset[0]) / factor - 0.5],
                             [0, scale / factor, (0.5 * scale - offset[1]) / factor - 0.5]])
        drawn = cv2.warpAffine(total, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) > 0
        left, top, right, bottom = np.ceil(box - 0.5).astype(int)
        inside = np.zeros(size, np.uint8)
        inside[top:bottom, left:right] = drawn[top:bottom, left:right]
        return inside


def families(nodes):
    """Names of one kind of thing get the number of the first of them: as categories_families of src/vision/categories.c."""
    def related(a, b):
        return any((f"{x}.".startswith(f"{y}.") or f"{y}.".startswith(f"{x}.")) for x in a for y in b)

    family = np.arange(len(nodes))
    for i in range(len(nodes)):
        for j in range(i):
            if related(nodes[i], nodes[j]):
                both = family[:i + 1]
                both[(both == family[i]) | (both == family[j])] = min(family[i], family[j])
    return family


def suppress(boxes, kinds, limits):
    """Which of the boxes, best first, stay: as src/vision/suppress.c. `kinds` are numbers of families."""
    areas = (boxes[:, 2] - boxes[:, 0]).clip(0) * (boxes[:, 3] - boxes[:, 1]).clip(0)
    kept = []
    for i, box in enumerate(boxes):
        others = boxes[kept]
        common = (np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])).clip(0).prod(1)
        iou = common / (areas[i] + areas[kept] - common + 1e-9)
        inside = common / (np.minimum(areas[i], areas[kept]) + 1e-9)
        same = kinds[kept] == kinds[i]
        if not (np.where(same, (iou > limits["same"]) | (inside > limits["inside"]), iou > limits["other"])).any():
            kept.append(i)
    return kept


def mean_boxes(boxes, scores, kinds, kept):
    """The mean of each kept box and of those left out nearly in its place: as src/vision/suppress.c."""
    made = np.empty((len(kept), 4), np.float32)
    for n, i in enumerate(kept):
        share = overlap(boxes[i], boxes)
        near = (kinds == kinds[i]) & (share >= NEARLY_IN_PLACE)
        near[kept], near[i], share[i] = False, True, 1
        made[n] = np.average(boxes[near], axis=0, weights=scores[near] * share[near] ** 2)
    return made


def look(model, source, every=1, masks=False):
    """[(file, sample, found)] of a source's validation photos."""
    return [(path, sample, model(sample, masks)) for path in scenes.files(source, "valid")[::every]
            for sample in [scenes.read(path, source)]]


def average_precision(truth, found, names, kind):
    """COCO's figures: AP50-95, AP50, and AP50 by class. `truth` and `found` are lists of annotations."""
    each = {}
    if not truth or not any(a["image_id"] in {t["image_id"] for t in truth} for a in found):
        return {"AP50": 0.0, "AP50-95": 0.0, "classes": each}
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        sides = {a["image_id"]: a["segmentation"]["size"] if kind == "segm" else (1, 1) for a in truth}
        coco.dataset = {"images": [{"id": n, "height": h, "width": w} for n, (h, w) in sorted(sides.items())], "info": {},
                        "annotations": [{"iscrowd": 0, **a, "id": n + 1} for n, a in enumerate(truth)],
                        "categories": [{"id": n, "name": name} for n, name in enumerate(names)]}
        coco.createIndex()
        result = COCOeval(coco, coco.loadRes([a for a in found if a["image_id"] in sides]), kind)
        result.evaluate()
        result.accumulate()
        result.summarize()
    precision = result.eval["precision"][:, :, :, 0, -1]       # overlap, recall, class
    for n, name in enumerate(names):
        values = precision[:, :, n]
        if (values > -1).any():
            each[name] = (float(values[0][values[0] > -1].mean()), float(values[values > -1].mean()))
    both = np.array(list(each.values()))
    return {"AP50": float(both[:, 0].mean()), "AP50-95": float(both[:, 1].mean()), "classes": each}


def annotation(image, kind, box, score=None, mask=None, **more):
    made = {"image_id": image, "category_id": kind, "bbox": [float(v) for v in (*box[:2], *(box[2:] - box[:2]))],
            "area": float((box[2] - box[0]) * (box[3] - box[1])), **more}
    if score is not None:
        made["score"] = float(score)
    if mask is not None:
        from pycocotools import mask as coco
        made["segmentation"] = coco.encode(np.asfortranarray(mask))
        made["area"] = float(mask.sum())
    return made


def street_boxes(seen):
    """Ten classes. A box stands in the ranking of every class that it may be, as with published detectors."""
    names = list(TEN)
    members = [[groups.GROUPS.index(group) for group in TEN[name]] for name in names]
    truth, found = [], []
    for n, (path, sample, (boxes, *_, scores)) in enumerate(seen):
        words = [thing.category for thing in seg.read(path).things]
        truth += [annotation(n, names.index(word), box) for word, box in zip(words, sample.boxes)]
        found += [annotation(n, kind, box, row[of].max()) for box, row in zip(boxes, scores)
                  for kind, of in enumerate(members) if row[of].max() >= LEAST]
    return {"photos": len(seen), "objects": len(truth), **average_precision(truth, found, names, "bbox")}


def frequent(source="street-masks"):
    """How many examples of every group a source has, where they are of one group only, or the group they are called by."""
    counts = np.zeros(len(groups.GROUPS), int)
    for split in ("train", "valid"):
        for path in scenes.files(source, split):
            for thing in seg.read(path).things:
                counts[groups.WORDS[source, thing.category][0]] += 1
    return counts


def overlap(box, boxes):
    """IoU of a box with each of others."""
    common = (np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])).clip(0).prod(1)
    return common / ((box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(1) - common + 1e-9)


def answer(allowed, box, boxes, kinds):
    """The group by which an object that may be of several is counted: the one that was found where it is, else its first."""
    options = np.flatnonzero(allowed)
    if len(options) > 1 and len(boxes):
        for i in np.flatnonzero(overlap(box, boxes) > 0.5):
            if kinds[i] in options:
                return int(kinds[i])
    return int(options[0])


def street_masks(seen):
    names = groups.GROUPS
    enough = frequent() >= FEW
    truth, found, boxed = [], [], []
    for n, (path, sample, (boxes, _, kinds, masks, scores)) in enumerate(seen):
        for box, row, mask in zip(sample.boxes, sample.allowed, sample.masks):
            kind = answer(row, box, boxes, kinds)
            if enough[kind]:
                truth.append(annotation(n, kind, box, mask=mask))
            truth += [annotation(n, int(other), box, mask=mask, iscrowd=1)      # by that name neither right nor wrong
                      for other in np.flatnonzero(row & enough) if other != kind]
        found += [annotation(n, int(k), box, row[k], mask) for box, row, mask in zip(boxes, scores, masks) if mask.any()
                  for k in np.flatnonzero(enough & sample.known & (row >= LEAST))]
    some = {"photos": len(seen), "objects": sum("iscrowd" not in a for a in truth)}
    return ({**some, **average_precision(truth, found, names, "segm")},
            {**some, **average_precision(truth, [{k: v for k, v in a.items() if k != "segmentation"} for a in found],
                                         names, "bbox")})


def main_item(seen, thresholds):
    """How often the first item, in the product's order, is of the right group; and of photos with nothing found."""
    right, nothing = {}, 0
    for path, sample, (boxes, scores, kinds, *_) in seen:
        word = seg.read(path).things[0].category
        over = scores >= thresholds[kinds]
        rank = scores * np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(1))
        rank[~over] = -1
        good = bool(over.any() and sample.allowed[0][kinds[rank.argmax()]])
        nothing += not over.any()
        right.setdefault(word, []).append(good)
    photos = sum(map(len, right.values()))
    return {"photos": photos, "right": sum(map(sum, right.values())) / photos, "nothing": nothing / photos,
            "labels": {word: (float(np.mean(v)), len(v)) for word, v in sorted(right.items())}}


def alarms(seen, thresholds):
    return {"photos": len(seen), "any": float(np.mean([(scores >= thresholds[kinds]).any()
                                                       for _, _, (_, scores, kinds, *_) in seen]))}


def working_points(street, user, studio, rooms):
    """The threshold of each group with the best F1 (overlap 0.5) on street and users' photos and products, then all of
    them raised together until few rooms have anything found."""
    scored = [[] for _ in groups.GROUPS]
    wanted = np.zeros(len(groups.GROUPS))
    for seen in (street, user, studio):
        weight = 1000 / max(1, len(seen))       # no domain is drowned by another
        for _, sample, (boxes, scores, kinds, *_) in seen:
            free = np.ones(len(sample.boxes), bool)
            for box, score, kind in zip(boxes, scores, kinds):
                if not sample.known[kind]:
                    continue
                there = ~sample.certain | (overlap(box, sample.boxes) >= 0.5)
                matches = np.flatnonzero(free & sample.allowed[:, kind] & there)
                if len(matches):
                    free[matches[0]] = False
                    wanted[kind] += weight
                scored[kind].append((score, weight if len(matches) else 0, weight))
            for i in np.flatnonzero(free):
                wanted[sample.allowed[i]] += weight / sample.allowed[i].sum()
    thresholds = np.full(len(groups.GROUPS), 0.4)
    for kind, values in enumerate(scored):
        if len(values) > 10:
            values = np.array(sorted(values, reverse=True))
            right, all_ = values[:, 1].cumsum(), values[:, 2].cumsum()
            f1 = 2 * right / (all_ + max(wanted[kind], 1e-9))
            thresholds[kind] = np.clip(values[f1.argmax(), 0], 0.15, 0.8)
    taught = np.any([sample.known for _, sample, _ in street], 0)
    thresholds[~taught] = np.maximum(thresholds[~taught], UNTAUGHT)
    while alarms(rooms, thresholds)["any"] > MOST_ALARMS and thresholds.min() < 0.9:
        worst = {}
        for _, _, (_, scores, kinds, *_) in rooms:
            for score, kind in zip(scores, kinds):
                if score >= thresholds[kind]:
                    worst[kind] = worst.get(kind, 0) + 1
        kind = max(worst, key=worst.get)
        thresholds[kind] += 0.02
    return {group: round(float(t), 3) for group, t in zip(groups.GROUPS, thresholds)}


def seen_by(model, part, masks):
    """Street boxes, street masks, users' photos, products and rooms, one of `part` photos of each."""
    return (look(model, "street-boxes", part), look(model, "street-masks", part, masks), look(model, "user-photos", part),
            look(model, "products", STUDIO_PART * part), look(model, "rooms"))


def choose(path, part=1):
    """The working points for a file."""
    boxes, masks, user, products, rooms = seen_by(Model(path), part, masks=False)
    return working_points(boxes + masks, user, products, rooms)


def evaluate(path, part=1):
    """All figures of a file at its working points."""
    model = Model(path)
    boxes, masks, user, products, rooms = seen_by(model, part, masks=True)
    mask_figures, box_figures = street_masks(masks)
    return {"street boxes, 10 classes": street_boxes(boxes), "street masks: masks": mask_figures,
            "street masks: boxes": box_figures, "user: the main item's group": main_item(user, model.thresholds),
            "studio: the main item's group": main_item(products, model.thresholds),
            "rooms: photos with a false alarm": alarms(rooms, model.thresholds)}


def text(results):
    lines = []
    for name, figures in results.items():
        lines.append(f"{name}: " + ", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}"
                                             for k, v in figures.items() if not isinstance(v, dict)))
        for k, (a, b) in figures.get("classes", figures.get("labels", {})).items():
            lines.append(f"    {k:14} {a:.3f} {b:.3f}" if isinstance(b, float) else f"    {k:14} {a:.3f} of {b}")
    return "\n".join(lines)
