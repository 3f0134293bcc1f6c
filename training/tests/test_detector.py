# SPDX-License-Identifier: Apache-2.0
"""The detector's whole road on a tiny drawn data set: label files, training, ONNX, figures."""
import json
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from conftest import TRAINING, drawn

ROAD = """
import numpy as np, torch, onnxruntime
from nacre_training import shipped
from nacre_training.detector import export, train
again = train.Detector()
shipped.load(again, "{model}", "net.")
photo = torch.rand(1, 3, *export.scenes.SIZE)
seen = onnxruntime.InferenceSession("{model}").run(None, {{"photo": photo.numpy()}})
for net in train.load("tiny"), again:
    with torch.no_grad():
        want = export.Exported(net, export.scenes.SIZE).eval()(photo)
    for name, a, b, apart in zip(("boxes", "scores", "prototypes", "coefficients"), want, seen, (0.5, 5e-3, 5e-2, 5e-2)):
        assert a.shape == b.shape and np.abs(a.numpy() - b).max() < apart, (name, np.abs(a.numpy() - b).max())

photos = [torch.rand(2, 3, *export.scenes.SIZE) for _ in range(2)]
with torch.no_grad():
    before = again(photo)
    shipped.measure(again, photos)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(before, again(photo)))
    norm = again.smooth[0][1]
    seen = []
    norm.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    for some in photos:
        again(some)
    assert torch.allclose(torch.cat(seen).mean((0, 2, 3)), norm.running_mean, atol=1e-4)
"""


@pytest.fixture(scope="module")
def street(shared):
    """Street photos of two kinds, and rooms, beside what the encoder's data has."""
    data, random = shared / "data", np.random.default_rng(1)
    for split, count in (("train", 12), ("valid", 6)):
        for name in ("photos", "boxes"):
            (data / "street-boxes" / split / name).mkdir(parents=True)
        for n in range(count):
            (data / f"street-boxes/{split}/photos/{split}-{n}.jpg").write_bytes(drawn("Dresses", "Red", random, (540, 360), 120))
            (data / f"street-boxes/{split}/boxes/{split}-{n}.txt").write_text("1 0.5 0.525 0.8 0.85\n")
    (data / "street-boxes/labels.txt").write_text("bag\ndress\n")
    for name in ("street-masks/photos", "street-masks/masks", "rooms"):
        (data / name).mkdir(parents=True)
    (data / "street-masks/labels.txt").write_text("null\ndress\nring\n")
    for n in range(20):
        photo = drawn("Dresses", "Blue", random, (300, 200), 120)
        (data / f"street-masks/photos/{n}.jpg").write_bytes(photo)
        pixels = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
        cv2.imwrite(str(data / f"street-masks/masks/{n}.png"), (pixels[:, :, 0] > 160).astype(np.uint8))
        room = cv2.imencode(".jpg", np.full((200, 300, 3), 90, np.uint8))[1]
        (data / f"rooms/{n}.jpg").write_bytes(room.tobytes())


def test_detector_road(street, shared, nacre_training, tmp_path):
    def detector(*words):
        return nacre_training(*words, module="nacre_training.detector")

    said = detector("prepare")
    assert "street-boxes: 18 photos, 0" in said and "rooms: 20 photos" in said
    labels = next((nacre_training.work / "data/labels/street-masks").rglob("*.seg")).read_text()
    assert "category dress" in labels and "mask " in labels

    detector("train", "--run", "tiny", "--minutes", "0.05", "--threads", 1)
    model = tmp_path / "detector.onnx"
    detector("export", "--run", "tiny", "--out", model, "--part", 6)
    environment = {**os.environ, "NACRE_SHARED": str(shared), "NACRE_TRAINING_WORK": str(nacre_training.work),
                   "PYTHONPATH": str(TRAINING)}
    subprocess.run([sys.executable, "-c", ROAD.format(model=model)], env=environment, check=True)

    first = (nacre_training.work / "runs/tiny/detector.pt").read_bytes()
    detector("train", "--run", "further", "--minutes", "0.02", "--threads", 1, "--from", model)
    assert (nacre_training.work / "runs/further/detector.pt").read_bytes() != first

    assert "products: 0 of" in detector("believe", "--model", model)     # too little learnt to be sure of anything

    figures = tmp_path / "figures.json"
    detector("evaluate", "--model", model, "--part", 3, "--json", figures)
    assert json.loads(figures.read_text())["rooms: photos with a false alarm"]["photos"] > 0


def test_allowed_groups_are_one():
    """One of two allowed groups is enough; a group alone is its own logit."""
    sys.path.insert(0, str(TRAINING))
    import torch
    from nacre_training.detector.objective import union
    logits = torch.tensor([1.5, -0.5, 3.0])
    assert torch.allclose(union(logits, torch.tensor([1.0, 0, 0])), logits[0], atol=1e-5)
    p = torch.sigmoid(logits)
    both = torch.sigmoid(union(logits, torch.tensor([1.0, 1, 0])))
    assert torch.allclose(both, 1 - (1 - p[0]) * (1 - p[1]))


def test_no_group_is_a_safe_answer_for_two_words():
    """Where «shirt» and «jacket» both allowed sweaters and no photo said which is one, all were called sweaters."""
    from nacre_training.detector import groups
    allowed = [row for (source, _), row in groups.WORDS.items() if source == "street-boxes"]
    assert len({group for row in allowed for group in row}) == sum(map(len, allowed))


def test_what_is_absent_is_weighed_by_families():
    """Three groups of one family at 0.2 weigh as one at 1 - 0.8^3."""
    sys.path.insert(0, str(TRAINING))
    import torch
    from nacre_training.detector import groups, objective, scenes

    def weighed(**p):
        logits = torch.full((1, len(groups.GROUPS)), -50.0)
        for name, value in p.items():
            logits[0, groups.GROUPS.index(name)] = torch.logit(torch.tensor(value))
        nothing = scenes.Sample(None, np.ones(len(groups.GROUPS), bool), np.zeros((0, len(groups.GROUPS)), bool),
                                np.zeros((0, 4), np.float32), [], np.zeros(0, bool))
        return float(objective.class_loss(logits, torch.tensor([-1]), torch.zeros(1), nothing))

    assert weighed(top=0.2, shirt=0.2, sweater=0.2) == pytest.approx(weighed(dress=1 - 0.8 ** 3), rel=1e-4)
    assert weighed(dress=0.2, hat=0.2, bag=0.2) == pytest.approx(3 * weighed(dress=0.2), rel=1e-4)
    assert weighed(dress=0.5) == pytest.approx(0.75 * np.log(2) * 0.25, rel=1e-4)


def test_what_a_cut_out_hides_is_not_known():
    from nacre_training.detector import groups, scenes
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 10:20] = 1
    allowed = np.zeros((3, len(groups.GROUPS)), bool)
    allowed[[0, 1, 2], [0, 1, 2]] = True
    boxes = np.float32([[10, 10, 20, 30], [30, 10, 50, 20], [30, 25, 50, 35]])
    hidden = np.zeros_like(mask)
    hidden[10:17, 10:20] = 1            # seven rows of twenty of the first, half of the second, four fifths of the third
    hidden[10:20, 30:40] = 1
    hidden[25:35, 30:46] = 1
    left = scenes.uncovered(scenes.Sample(np.zeros((40, 60, 3), np.uint8), np.ones(len(groups.GROUPS), bool), allowed, boxes,
                                          [mask & (1 - hidden), None, None], np.ones(3, bool)), [200, 200, 200], hidden)
    assert left.allowed[:, :3].tolist() == [[True, False, False], [False, True, False]]
    assert left.boxes.tolist() == [[10, 17, 20, 30], [30, 10, 50, 20]]
    assert np.flatnonzero(~left.known).tolist() == [2]


def test_no_single_shoe_is_put_on_a_street_photo():
    from nacre_training.detector import scenes
    compose = scenes.Composer([("products", "a", "Heels"), ("products", "b", "Handbags"), ("products", "c", "Earrings")], [])
    assert dict(zip(compose.names, compose.alone)) == {("products", "Heels"): 0, ("products", "Handbags"): 1,
                                                       ("products", "Earrings"): 0}


def test_a_new_detector_begins_with_the_encoders_blocks():
    """Of which training has left the first as ImageNet's."""
    sys.path.insert(0, str(TRAINING))
    import torch
    from nacre_training import backbone, shipped
    from nacre_training.detector import network
    begun, given = backbone.Backbone(), backbone.pretrained()
    shipped.trunk(begun, TRAINING.parent / "models/encoder.onnx")
    photo = torch.rand(1, 3, 256, 192)
    with torch.no_grad():
        a, b = (net.lower(photo, network.TAPS[0]) for net in (begun, given))
        assert (a - b).norm() < 0.01 * b.norm()
        a, b = begun(photo), given(photo)
        assert 0.1 * b.norm() < (a - b).norm() and a.norm() < 3 * b.norm()


def test_label_files_come_back(tmp_path):
    sys.path.insert(0, str(TRAINING))
    from nacre_training.detector import seg
    mask = np.zeros((30, 20), np.uint8)
    mask[3:9, 4:11] = 1
    labels = seg.Labels(20, 30, "a photo.jpg", "street", ["bag", "Casual Shoes"],
                        [seg.Thing("Casual Shoes", (4.0, 3.0, 7.0, 6.0), seg.encode(mask)), seg.Thing("bag", (0, 0, 5, 5), "", True)])
    seg.write(labels, tmp_path / "a.seg")
    back = seg.read(tmp_path / "a.seg")
    assert back == labels
    assert (seg.decode(back.things[0].mask, 20, 30) == mask).all()


def test_label_files_teach_the_encoder(street, shared, nacre_training, monkeypatch):
    """Street items are pictures of their own; a user's thing comes before another background, and stays what it is."""
    nacre_training("prepare", module="nacre_training.detector")
    from nacre_training import augment, classes, labelled, sources
    from nacre_training.detector import prepare
    monkeypatch.setattr(sources, "SHARED", shared / "data")
    monkeypatch.setattr(prepare, "LABELS", nacre_training.work / "data/labels")

    items = [item for item in labelled.streets() if item.name.startswith("street-boxes")]
    assert len(items) == 12
    assert items[0].pixels().shape == (505, 316, 3)     # the box and a twentieth more on each side, as far as there is room
    known = classes.Classes()
    wearers = {known.pairs[n] for n in known.possible(items[0])}
    assert {known.forms[form].name for form, _ in wearers} >= {"Dresses", "Jumpsuit"}
    assert {wearer for _, wearer in wearers} == {"Women", "Girls"}

    photo = next(p for p in sources.user_photos() if p.split == "train" and p.label == "Dress")
    where = labelled.item(photo)
    pixels = photo.pixels()
    assert where.shape == (*pixels.shape[:2], 1) and 0.2 < where.mean() < 0.6
    green = np.full((100, 100, 3), (0, 255, 0), np.uint8)
    inside = where[:, :, 0] == 1
    pasted = augment.paste(pixels, where, green, np.random.default_rng(0))
    same = (pasted[:, :, None] == np.unique(pixels[inside], axis=0)[None, None]).all(-1).any(-1)
    assert same.sum() >= inside.sum() and (pasted[~same] == (0, 255, 0)).mean() > 0.9
    assert labelled.item(items[0]) is None

    framed = augment.part(where, labelled.frame(photo))
    assert framed.sum() == where.sum() and framed.size < where.size     # no part of the thing is cut off
    assert labelled.frame(items[0]) == (0, 0, 1, 1) and (augment.part(pixels, (0, 0, 1, 1)) == pixels).all()
