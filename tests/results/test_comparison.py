"""Networks compared on one photo: over shared classes alone, and place by place in the photo."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import spearmanr

from resnet_demo.results import Box, ClassInfo
from resnet_demo.results.comparison import compare, map_agreement
from tests.made_answers import CLASSES, made_analysis, predictions, with_cam

OTHER = (
    ClassInfo(0, "n01443537", "goldfish"),
    ClassInfo(1, "n02124075", "Egyptian cat"),
    ClassInfo(2, "n07920052", "espresso"),
    ClassInfo(3, "n02504458", "African elephant"),
)


def deeper(said, classes=OTHER, **changes):
    """A second network's answer, which knows other classes under other indices."""
    network = dataclasses.replace(made_analysis().network, depth=50, weights="imagenet1k-v1", classes=len(classes))
    return made_analysis(seed=1, network=network, predictions=predictions(*said, classes=classes), **changes)


def test_networks_with_the_same_classes_are_compared_over_all_of_them():
    found = compare([made_analysis(), made_analysis(seed=1, predictions=predictions(0.6, 0.1, 0.3))])
    assert found.same_classes and found.shared_classes == 3
    assert [answer.shared_mass for answer in found.answers] == pytest.approx([1, 1])
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.same_top1, pair.common, pair.same_target) == (0, 1, True, 3, True)
    assert found.agreement == 1


def test_networks_with_different_classes_are_compared_by_wordnet_id_over_those_they_share():
    # Espresso and Egyptian cat are known to both: 0.75 and 0.05 here, 0.1 and 0.3 there.
    found = compare([made_analysis(), deeper((0.4, 0.3, 0.1, 0.2))])
    assert not found.same_classes and found.shared_classes == 2
    first, second = found.answers
    assert [(p.label, p.probability) for p in first.shared] == [
        ("espresso", pytest.approx(0.75 / 0.8)),
        ("Egyptian cat", pytest.approx(0.05 / 0.8)),
    ]
    assert [(p.label, p.index) for p in second.shared] == [("Egyptian cat", 1), ("espresso", 2)]
    assert [p.probability for p in second.shared] == pytest.approx([0.75, 0.25])
    assert first.shared_mass == pytest.approx(0.8) and second.shared_mass == pytest.approx(0.4)
    assert found.pairs[0].same_top1 is False and found.agreement == 0


def test_renormalised_probabilities_are_the_softmax_over_the_shared_classes():
    logits = np.array([2.0, -1.0, 0.5, 3.0])
    answer = compare([made_analysis(), deeper(softmax(logits).tolist())]).answers[1]
    expected = sorted(softmax(logits[[1, 2]]), reverse=True)  # Egyptian cat and espresso
    assert [p.probability for p in answer.shared] == pytest.approx(expected)


def test_each_answer_keeps_its_own_most_probable_labels():
    found = compare([made_analysis(), deeper((0.4, 0.3, 0.1, 0.2))], top_k=2)
    labels = [[p.label for p in answer.analysis.predictions] for answer in found.answers]
    assert labels == [["espresso", "tabby"], ["goldfish", "Egyptian cat"]]
    assert found.answers[1].analysis.predictions[0].probability == 0.4


def test_networks_without_a_class_in_common_are_not_compared_by_label():
    strangers = tuple(ClassInfo(i, None, label) for i, label in enumerate(("espresso", "tabby")))
    found = compare([made_analysis(), deeper((0.9, 0.1), classes=strangers, target=strangers[0])])
    assert found.shared_classes == 0 and found.agreement is None
    assert found.answers[0].shared == () and found.answers[0].shared_mass == 0
    assert found.pairs[0].same_top1 is None and found.pairs[0].common is None
    assert found.pairs[0].same_target is False


def test_files_of_ones_own_with_the_same_list_of_classes_are_compared_by_index():
    own = tuple(ClassInfo(i, None, f"class {i}") for i in range(3))
    answers = [
        made_analysis(predictions=predictions(*p, classes=own), target=own[0])
        for p in ((0.5, 0.3, 0.2), (0.1, 0.7, 0.2))
    ]
    found = compare(answers)
    assert found.same_classes and found.shared_classes == 3
    assert found.pairs[0].same_top1 is False and found.pairs[0].same_target is True


def test_every_two_of_three_networks_are_a_pair():
    answers = [
        made_analysis(seed=s, predictions=predictions(*p))
        for s, p in enumerate([(0.7, 0.2, 0.1), (0.6, 0.3, 0.1), (0.2, 0.7, 0.1)])
    ]
    found = compare(answers)
    assert [(p.first, p.second, p.same_top1) for p in found.pairs] == [(0, 1, True), (0, 2, False), (1, 2, False)]
    assert found.agreement == pytest.approx(1 / 3)


def test_a_pair_says_whether_both_maps_explain_the_same_class():
    assert compare([made_analysis(), deeper((0.4, 0.3, 0.1, 0.2), target=OTHER[2])]).pairs[0].same_target
    assert not compare([made_analysis(), deeper((0.4, 0.3, 0.1, 0.2), target=OTHER[1])]).pairs[0].same_target
    assert not compare([made_analysis(), made_analysis(target=CLASSES[1])]).pairs[0].same_target


def test_one_answer_can_not_be_compared():
    with pytest.raises(ValueError, match="takes two or more"):
        compare([made_analysis()])


def test_answers_that_lack_classes_can_not_be_compared():
    with pytest.raises(ValueError, match="has 2 of its 3 classes"):
        compare([made_analysis(), made_analysis(predictions=predictions(0.75, 0.2, 0.05)[:2])])


def test_maps_on_one_grid_are_compared_cell_by_cell():
    draw = np.random.default_rng(3)
    a, b = draw.normal(size=(2, 7, 7))
    analyses = [with_cam(made_analysis(), "layer4", cam) for cam in (a, b)]
    assert map_agreement(*analyses) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic, abs=1e-6)


def slope(box: Box, side: int) -> np.ndarray:
    """A map that at every place of the photo has the value x + 2 y: known between the centres of cells too."""
    x = box.left + (np.arange(side) + 0.5) * (box.right - box.left) / side
    y = box.top + (np.arange(side) + 0.5) * (box.bottom - box.top) / side
    return x[None, :] + 2 * y[:, None]


@pytest.mark.parametrize(("sign", "expected"), [(1, 1), (-1, -1)])
def test_maps_of_different_grids_and_crops_are_compared_at_the_same_places_of_the_photo(sign, expected):
    # Both crops are wider than what they share by more than half a cell, so that every place lies between centres.
    boxes = Box(0, 0, 80, 80), Box(20, 10, 110, 90)
    first = with_cam(made_analysis(box=boxes[0]), "layer4", slope(boxes[0], 8))
    second = with_cam(made_analysis(box=boxes[1]), "layer4", sign * slope(boxes[1], 5))
    assert map_agreement(first, second) == pytest.approx(expected)


def test_maps_are_not_compared_cell_by_cell_where_the_crops_differ():
    # The bright corner of both photos' crops is another place of the photo.
    bright = np.zeros((4, 4))
    bright[0, 0] = 1
    first = with_cam(made_analysis(box=Box(0, 0, 40, 40)), "layer4", bright)
    second = with_cam(made_analysis(box=Box(20, 20, 60, 60)), "layer4", bright)
    assert map_agreement(first, first) == pytest.approx(1)
    assert map_agreement(first, second) is None  # within the common part the first map is constant


@pytest.mark.parametrize(
    "other",
    [
        made_analysis(box=Box(200, 200, 280, 280)),
        made_analysis(stages=("stem", "layer1")),
        with_cam(made_analysis(), "layer4", np.zeros((2, 2))),
    ],
    ids=["no common place", "no such stage", "constant"],
)
def test_maps_that_can_not_be_compared_have_no_agreement(other):
    assert map_agreement(made_analysis(), other) is None
