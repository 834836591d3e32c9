"""Logits become probabilities as the card says."""

import math
from dataclasses import replace

import pytest
import torch

from resnet_demo.labels.predictions import probabilities, top_k
from tests.studies.networks import card

LOGITS = torch.tensor([math.log(6), math.log(2), -1.0])


def test_a_softmax_over_the_temperature():
    found = probabilities(torch.tensor([2 * math.log(3), 0.0]), card(2, temperature=2))
    assert found.tolist() == pytest.approx([3 / 4, 1 / 4])


def test_a_prediction_tells_the_plain_softmax_too():
    first, second = top_k(torch.tensor([2 * math.log(3), 0.0]), card(2, temperature=2), 2)
    assert (first.probability, second.probability) == pytest.approx((3 / 4, 1 / 4))
    assert (first.untempered, second.untempered) == pytest.approx((9 / 10, 1 / 10))


def test_each_label_of_a_sigmoid_stands_alone():
    several = replace(card(3), activation="sigmoid")
    assert probabilities(LOGITS, several).tolist() == pytest.approx([6 / 7, 2 / 3, 1 / (1 + math.e)])
    assert [p.probability for p in top_k(LOGITS, several, 2)] == pytest.approx([6 / 7, 2 / 3])


def test_one_output_is_not_certain_of_its_only_class():
    (only,) = top_k(torch.tensor([math.log(1 / 3)]), replace(card(1), activation="sigmoid"), 5)
    assert only.probability == pytest.approx(1 / 4)


def test_shares_are_of_what_is_positive_and_add_up_to_one():
    shared = replace(card(3), activation="share")
    assert probabilities(torch.tensor([3.0, 1.0, 0.0]), shared).tolist() == [0.75, 0.25, 0]
    assert probabilities(torch.zeros(3), shared).tolist() == [0, 0, 0]
