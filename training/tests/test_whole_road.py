# SPDX-License-Identifier: Apache-2.0
"""folders, prepare, train, export, evaluate on the drawn data set, as a user types them; with a class of the operator's own."""
import json

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from nacre_training import features
from nacre_training.histogram import KEPT
from nacre_training.pictures import decode, fit


NEW = "accessories.collars"       # a category that no line of classes.csv stands for


def rings(random):
    """A picture of nothing that the shop has."""
    picture = np.full((300, 225, 3), 255, np.uint8)
    for radius in (40, 70, 100):
        cv2.circle(picture, (112 + random.integers(-8, 9), 150 + random.integers(-8, 9)), radius, (30, 160, 230), 12)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@pytest.fixture(scope="module")
def model(nacre_training):
    nacre_training("folders")
    folder, random = nacre_training.work / "folders/shape/Rings", np.random.default_rng(4)
    folder.mkdir()
    (folder / "category").write_text(NEW + "\n")
    for number in range(40):
        (folder / f"ring {number}.jpg").write_bytes(rings(random))
    nacre_training("prepare")
    nacre_training("train", "--stage", "heads", "--run", "tiny", "--steps", 25, "--batch", 64)
    path = nacre_training.work / "encoder.onnx"
    nacre_training("export", "--stage", "heads", "--run", "tiny", "--out", path, "--version", "7")
    return path


def test_the_file_tells_of_itself(model):
    properties = {p.key: p.value for p in onnx.load(model).metadata_props}
    assert (properties["nacre.kind"], properties["nacre.version"]) == ("encoder", "7")
    asked = json.loads(properties["nacre.input"])
    assert asked["size"] == [256, 192] and asked["fit"] == "pad" and len(asked["mean"]) == len(asked["std"]) == 3
    run = onnxruntime.InferenceSession(str(model))
    categories, shape, colour = run.run(["categories", "shape", "colour"], {
        "pictures": np.zeros((3, 3, 256, 192), np.float32)})
    assert categories.shape == (3, len(json.loads(properties["nacre.classes"])))
    assert shape.shape == colour.shape == (3, 128)
    assert np.allclose(np.exp(categories).sum(1), 1, atol=1e-4)     # probabilities of all that it knows


def test_a_new_folder_is_a_new_class(model):
    run = onnxruntime.InferenceSession(str(model))
    properties = run.get_modelmeta().custom_metadata_map
    asked = json.loads(properties["nacre.input"])
    random = np.random.default_rng(9)
    unseen = [fit(decode(rings(random), "ring"), asked["size"]) for _ in range(4)]
    categories, = run.run(["categories"], {"pictures": features.normalise(unseen)})
    assert {json.loads(properties["nacre.classes"])[best] for best in categories.argmax(1)} == {NEW}


def test_exported_equals_trained(model, nacre_training, shared, monkeypatch):
    import torch

    from nacre_training import sources, train
    monkeypatch.setattr(sources, "SHARED", shared / "data")
    monkeypatch.setattr(sources, "WORK", nacre_training.work)
    setting = train.Setting()
    setting.load(nacre_training.work / "runs/tiny/heads.pt")
    pictures = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, 256, 192)).astype(np.float32))
    with torch.no_grad():
        seen = setting.encoder.eval()(pictures)
    run = onnxruntime.InferenceSession(str(model))
    shape, colour = run.run(["shape", "colour"], {"pictures": pictures.numpy()})
    assert np.abs(shape - seen.shape.numpy()).max() < 2e-2
    assert np.abs(colour[:, :KEPT] - seen.colour[:, :KEPT].numpy()).max() < 2e-2     # the others are the histogram's


def test_training_goes_on_from_the_exported_network(model, nacre_training, shared, monkeypatch):
    import torch

    from nacre_training import sources, train
    monkeypatch.setattr(sources, "SHARED", shared / "data")
    monkeypatch.setattr(sources, "WORK", nacre_training.work)
    setting = train.Setting()
    setting.go_on_from(model)
    pictures = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 3, 256, 192)).astype(np.float32))
    with torch.no_grad():
        seen = setting.encoder.eval()(pictures)
    shape, colour = onnxruntime.InferenceSession(str(model)).run(["shape", "colour"], {"pictures": pictures.numpy()})
    assert np.abs(shape - seen.shape.numpy()).max() < 1e-3
    assert np.abs(colour[:, :KEPT] - seen.colour[:, :KEPT].numpy()).max() < 1e-3

    rows = [n for n in setting.chosen if setting.labels.colour[n] >= 0][:60]     # the points are their classes' means
    with torch.no_grad():
        codes = train.bits(setting.encoder(torch.from_numpy(features.normalise(
            [fit(decode(setting.pictures[n].read(), ""), (256, 192)) for n in rows]))).colour)
        said = setting.objective.colour(codes).argmax(1).numpy()
    assert (said == setting.labels.colour[rows]).mean() > 0.8

    nacre_training("train", "--stage", "upper", "--run", "further", "--minutes", 0.01, "--from", model)
    assert (nacre_training.work / "runs/further/upper.pt").exists()


def test_training_inside_the_network_goes_on_where_it_stopped(model, nacre_training):
    import torch
    kept = nacre_training.work / "runs/tiny/upper.pt"
    before = torch.load(nacre_training.work / "runs/tiny/heads.pt", weights_only=True)["encoder"]
    nacre_training("train", "--stage", "upper", "--run", "tiny", "--minutes", 0.02)
    first = torch.load(kept, weights_only=True)
    nacre_training("train", "--stage", "upper", "--run", "tiny", "--minutes", first["minutes"] + 0.01)
    second = torch.load(kept, weights_only=True)
    assert second["step"] > first["step"] > 0
    lowest, highest = "backbone.blocks.0.project.weight", "backbone.blocks.20.project.weight"
    assert torch.equal(before[lowest], second["encoder"][lowest])
    assert not torch.equal(before[highest], second["encoder"][highest])


def test_the_table_is_better_than_chance(model, nacre_training):
    out = nacre_training.work / "table.json"
    printed = nacre_training("evaluate", "--model", model, "--json", out)
    results = json.loads(out.read_text())
    assert set(list(results)[:2]) == {"classic", "pooled floats"} and "article type" in printed
    encoder = list(results.values())[2]
    assert encoder["article type, studio: accuracy"]["value"] > 0.8         # three drawn forms: chance is 0.33
    assert encoder["another view of the same product: R@1"]["value"] > 0.2  # nine things: chance is 0.11


def test_sheets_are_drawn(model, nacre_training):
    printed = nacre_training("sheets", "--model", model).split()
    assert {"striped.png", "plain.png", "form-in-a-colour.png"} <= {line.rsplit("/")[-1] for line in printed}
    for file in printed:
        height, width = cv2.imread(file).shape[:2]
        assert width >= 13 * 108 and height % 168 == 0      # the query and twelve results a row


def test_calibration_is_written_into_the_file(model, nacre_training, tmp_path):
    calibrated = tmp_path / "encoder.onnx"
    calibrated.write_bytes(model.read_bytes())
    printed = nacre_training("calibrate", "--model", calibrated)
    nacre_training("calibrate", "--model", calibrated)      # again: the entry is replaced
    entries = [p.value for p in onnx.load(calibrated).metadata_props if p.key == "nacre.match"]
    assert len(entries) == 1 and "any other" in printed and "foreign shop" in printed
    for entry in json.loads(entries[0]).values():
        assert 1 >= entry["same"] >= entry["very similar"] >= entry["similar"] > 0.5
        assert len(entry["weights"]) == 2
    before, after = (onnxruntime.InferenceSession(str(path)).run(["shape"], {"pictures": np.zeros((1, 3, 256, 192), np.float32)})
                     for path in (model, calibrated))
    assert np.array_equal(before, after)


def test_truth_files_are_what_the_product_reads(nacre_training, shared, tmp_path):
    nacre_training("truth", "--out", tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "user.jsonl").read_text().splitlines()]
    gallery, queries = [x for x in lines if "gallery" in x], [x for x in lines if "query" in x]
    assert len(gallery) == 240 and queries
    assert all((tmp_path / x.get("gallery", x.get("query"))).is_file() for x in lines)
    assert queries[0]["domain"] == "user" and set(queries[0]["relevant"].values()) == {1}
    views = [json.loads(line) for line in (tmp_path / "views.jsonl").read_text().splitlines()]
    assert [x["relevant"] for x in views if "query" in x][0] == {views[0]["product"]: 3}
    folders = tmp_path / "classes"
    for name in ("red/1.jpg", "red/2.jpg", "striped/blue/3.jpg"):
        (folders / name).parent.mkdir(parents=True, exist_ok=True)
        (folders / name).write_bytes(b"")
    printed = nacre_training("truth", "--folders", folders, "--out", tmp_path / "c.jsonl", "--domain", "studio")
    assert "2 queries, 3 pictures" in printed
    last = json.loads((tmp_path / "c.jsonl").read_text().splitlines()[-1])
    assert last == {"query": "classes/red/2.jpg", "domain": "studio", "relevant": {"red": 1}}
