# SPDX-License-Identifier: Apache-2.0
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from nacre_training import backbone, baselines, bits, histogram, measure, sources
from nacre_training.classes import Classes
from nacre_training.labels import PATTERNS, pattern
from nacre_training.objective import same_product
from nacre_training.pictures import fit
from nacre_training.sources import Picture

TAXONOMY = Path(__file__).resolve().parents[2] / "data/taxonomy.xml"


def test_every_class_is_in_the_taxonomy():
    known = {category.get("id") for category in ElementTree.parse(TAXONOMY).iter("category")}
    assert not set(Classes().categories) - known


def test_shares_of_a_pair_add_up_to_one():
    assert np.allclose(np.array(Classes().shares()).sum(1), 1)


def test_a_title_makes_a_finer_form():
    classes = Classes()
    named = lambda title: classes.forms[classes.form("Tshirts", title)].name  # noqa: E731
    assert named("Lee Men Blue Polo T-shirt") == "Polo shirts"
    assert named("U.S. Polo Assn. Men Blue T-shirt") == "Tshirts"


def test_a_user_photo_may_be_several_pairs():
    classes = Classes()
    child = classes.possible(Picture("user", "a", "a", "", "train", gender="Kids", label="Dress"))
    assert {classes.pairs[n][1] for n in child} == {"Girls"}
    adult = classes.possible(Picture("user", "a", "a", "", "train", gender="Adults", label="Dress"))
    assert {classes.pairs[n][1] for n in adult} == {"Women"}
    assert {classes.forms[classes.pairs[n][0]].name for n in adult} == {"Dresses", "Nightdress"}


@pytest.mark.skipif(not sources.SHARED.is_dir() or "NACRE_SHARED" in os.environ, reason="skipped: no ../shared/data")
def test_forms_agree_with_the_accepted_types():
    classes = Classes()
    for label, types in sources.accepted_types().items():
        taught = {form.article_type for form in classes.forms if label in form.photos} - {""}
        assert taught <= set(types) if label != "Body" else not taught
    assert all(classes.possible(p) for p in sources.everything() if p.domain != "view")


def test_patterns_are_read_from_titles():
    names = list(PATTERNS)
    assert names[pattern("Arrow Men Blue Striped Shirt")] == "striped"
    assert names[pattern("Solid Black Tie")] == "plain"
    assert pattern("Nike Men Air Max") == -1


def test_fit_centres_on_white():
    fitted = fit(np.zeros((100, 200, 3), np.uint8), (256, 192))
    assert fitted.shape == (256, 192, 3)
    assert (fitted[:80] == 255).all() and (fitted[80:176] == 0).all() and (fitted[176:] == 255).all()


def test_measures_worked_by_hand():
    similarity = np.array([[0.9, 0.1, 0.5, 0.7]])           # ranks: 0, 3, 2, 1
    relevant = np.array([[True, True, False, False]])
    assert measure.precision(similarity, relevant, 2)[0] == 0.5
    assert measure.recall(similarity, np.array([[False, True, False, False]]), 3)[0] == 0
    assert measure.average_precision(similarity, relevant)[0] == pytest.approx((1 / 1 + 2 / 4) / 2)


def test_average_precision_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    similarity, relevant = random.normal(size=(20, 50)), random.random((20, 50)) < 0.2
    ours = measure.average_precision(similarity, relevant)
    theirs = [metrics.average_precision_score(r, s) for r, s in zip(relevant, similarity)]
    assert np.allclose(ours, theirs)


def test_views_of_one_product_attract():
    close = torch.tensor([[1.0, 1], [1, 1], [-1, 1], [-1, 1]]).repeat(1, 64)
    assert same_product(close, torch.tensor([0, 0, 1, 1])) < same_product(close, torch.tensor([0, 1, 0, 1]))


def test_kinds_of_corners_worked_by_hand():
    words = np.eye(3, 128, dtype=np.float32)
    found = words[[0, 0, 0, 2]] + 0.01
    assert np.allclose(baselines.kinds(found, words), np.sqrt([0.75, 0, 0.25]))
    assert not baselines.kinds(found[:0], words).any()


def test_more_bits_come_nearer_to_the_values():
    random, target = np.random.default_rng(0), np.repeat(np.arange(40), 6)
    values = random.normal(size=(240, 48)) + 1.5 * random.normal(size=(40, 48))[target]
    names = target.astype(str)
    reached = [bits.precision(bits.turned(values, length), names, True) for length in (8, 48, 480)]
    assert bits.turned(values, 100).shape == (240, 100)
    assert reached[0] < reached[1] < reached[2] < bits.precision(values - values.mean(0), names, False) + 0.01


def test_isotonic_is_as_worked_by_hand():
    from nacre_training.calibrate import isotonic
    assert isotonic([0.1, 0.5, 0.2, 0.9], [1, 1, 2, 1]).tolist() == pytest.approx([0.1, 0.3, 0.3, 0.9])
    assert isotonic([3, 2, 1], [1, 1, 1]).tolist() == pytest.approx([2, 2, 2])


def test_isotonic_agrees_with_scikit_learn():
    from nacre_training.calibrate import isotonic
    regression = pytest.importorskip("sklearn.isotonic")
    random = np.random.default_rng(0)
    for _ in range(20):
        share, count = random.random(50), random.integers(1, 9, 50)
        theirs = regression.IsotonicRegression().fit_transform(np.arange(50), share, sample_weight=count)
        assert np.allclose(isotonic(share, count), theirs)


def test_threshold_is_where_right_becomes_likelier():
    from nacre_training.calibrate import NEVER, threshold
    distance = np.array([0, 0, 10, 10, 10, 20, 20, 20, 40])
    right = np.array([1, 1, 1, 1, 0, 1, 0, 0, 0], bool)
    assert threshold(distance, right, 100) == 1 - 0.15      # 2 of 3 at 10, 1 of 3 at 20
    assert threshold(distance, np.zeros(9, bool), 100) == NEVER
    assert threshold(distance, np.ones(9, bool), 100) == 0.6


def test_levels_of_pairs():
    from nacre_training.calibrate import levels
    from nacre_training.sources import Picture
    products = [Picture("studio", str(n), str(n), "", "valid", type=kind, colour=colour, title=title)
                for n, (kind, colour, title) in enumerate([
                    ("Shirts", "Red", "Striped Shirt"), ("Shirts", "Red", "Shirt"), ("Shirts", "Red", "Solid Shirt"),
                    ("Shirts", "Blue", "Striped Shirt"), ("Ties", "Red", "Striped Tie")])]
    assert levels(products)[0].tolist() == [3, 2, 1, 1, 0]


def test_weights_are_inherited():
    from nacre_training.calibrate import weights_of_categories
    weights = weights_of_categories()
    assert weights["women.dresses"] == weights["women.dresses.evening"] == (2, 8)
    assert weights["men.tops.tshirts"] == weights["women.tops"] == (3, 7)
    assert weights["women.shoes.heels"] == (1, 1)


def test_categories_of_truth_files_are_in_the_taxonomy():
    from nacre_training import truth
    known = {category.get("id") for category in ElementTree.parse(TAXONOMY).iter("category")}
    assert not {*truth.VIEWS.values(), *truth.USERS.values()} - known


def test_lab_agrees_with_opencv():
    rgb = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    ours = torch.cat(histogram.lab(torch.from_numpy(rgb.transpose(2, 0, 1)[None])), 1)[0].numpy().transpose(1, 2, 0)
    assert np.abs(ours - cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)).max() < 0.5


def test_the_histogram_counts_what_the_network_sees_as_the_item():
    pictures = torch.zeros(1, 3, 256, 192)
    pictures[:, 0, :, :96] = 1.0                                    # the left half red, the right half black
    where = torch.zeros(1, 1, 32, 24)
    where[:, :, :, :6], where[:, :, :, 12:18] = 0.75, 0.25          # of the red three times as much
    shares = histogram.Histogram()((pictures - backbone.MEAN) / backbone.STD, where)[0].square().reshape(histogram.BINS)
    assert shares.sum() == pytest.approx(1, abs=1e-3)
    assert shares[0].sum() == pytest.approx(0.25, abs=1e-3)         # black is in the darkest bin, red is not
