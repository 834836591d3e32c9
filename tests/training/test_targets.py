from __future__ import annotations

import math

import pytest
import torch

from training.targets import average_answers, cross_entropy, targets


def test_truth_and_teacher_are_mixed_as_by_hand() -> None:
    # Class 1 of 4, a tenth smoothed away: 0.025, 0.925, 0.025, 0.025. Six tenths of the teacher, four of the truth.
    teacher = torch.tensor([[0.5, 0.25, 0.25, 0.0]])
    mixed = targets(torch.tensor([1]), 4, teacher, share=0.6, smoothing=0.1)
    expected = [0.6 * 0.5 + 0.01, 0.6 * 0.25 + 0.37, 0.6 * 0.25 + 0.01, 0.01]
    assert mixed[0].tolist() == pytest.approx(expected, abs=1e-6)
    assert mixed.sum().item() == pytest.approx(1)


def test_without_a_teacher_the_truth_is_smoothed() -> None:
    alone = targets(torch.tensor([0, 3]), 4, None, smoothing=0.2)
    assert alone.tolist() == [pytest.approx([0.85, 0.05, 0.05, 0.05]), pytest.approx([0.05, 0.05, 0.05, 0.85])]


def test_teachers_are_averaged_in_probability_not_in_logits() -> None:
    # Odds of 3 to 1 and of 1 to 7: probabilities 3/4 and 1/8 of the first class, 7/16 on average.
    first = torch.tensor([[math.log(3), 0.0]], dtype=torch.float16)
    second = torch.tensor([[0.0, math.log(7)]], dtype=torch.float16)
    assert average_answers([first, second])[0].tolist() == pytest.approx([7 / 16, 9 / 16], abs=1e-3)


def test_the_loss_is_the_cross_entropy_of_the_definition() -> None:
    logits = torch.tensor([[math.log(1), math.log(3)]])  # softmax 1/4, 3/4
    loss = cross_entropy(logits, torch.tensor([[0.4, 0.6]])).item()
    assert loss == pytest.approx(-(0.4 * math.log(0.25) + 0.6 * math.log(0.75)), abs=1e-6)
