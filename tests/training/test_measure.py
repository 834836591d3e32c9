from __future__ import annotations

import pytest
import torch

from resnet_demo.weights.cards import POSITIVE
from training.measure import calibration_error, fit_temperature, top_k


def test_top_k_counts_rows_whose_label_is_among_the_k_highest() -> None:
    scores = torch.tensor([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    labels = torch.tensor([0, 1, 2, 2])
    assert [top_k(scores, labels, k) for k in (1, 2, 3)] == [0.5, 0.75, 1.0]
    assert top_k(scores, labels, 5) == 1.0  # fewer classes than asked for


def test_the_calibration_error_is_the_definitions() -> None:
    # Two answers at confidence 0.9, one right: |0.5 - 0.9|. Two at 0.6, both right: |1 - 0.6|. Each half of all.
    probabilities = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    assert calibration_error(probabilities, torch.tensor([0, 1, 0, 0])) == pytest.approx(0.4, abs=1e-6)


def test_answers_as_sure_as_they_are_right_have_no_calibration_error() -> None:
    probabilities = torch.tensor([[0.75, 0.25]] * 4)
    assert calibration_error(probabilities, torch.tensor([0, 0, 0, 1])) == pytest.approx(0, abs=1e-6)


def test_the_fitted_temperature_makes_confidence_equal_accuracy() -> None:
    # Two classes, logits 4 and 0, three of four right: the likelihood is highest where the softmax gives 3/4, that is
    # where 4 / T = log 3.
    logits = torch.tensor([[4.0, 0.0]] * 4)
    temperature = fit_temperature(logits, torch.tensor([0, 0, 0, 1]))
    assert temperature == pytest.approx(4 / torch.tensor(3.0).log().item(), rel=1e-4)


@pytest.mark.parametrize(("labels", "end"), [([0, 0, 1], 0), ([1, 2, 2], 1)], ids=["all right", "all wrong"])
def test_a_temperature_without_bound_ends_where_a_cards_may(labels, end):
    logits = torch.tensor([[4.0, 0, 0], [3.0, 1, 1], [0, 9.0, 1]])
    found = fit_temperature(logits, torch.tensor(labels))
    assert POSITIVE[0] <= found <= POSITIVE[1]
    assert found > 1e3 if end else found < 0.2
