from __future__ import annotations

import pytest
import torch

from resnet_demo.results import ClassInfo
from training.answers import Answers
from training.evaluate import summary

ANSWERS = Answers(
    # Three ravens, of which one is taken for a crow; one crow, known; no jay.
    logits=torch.tensor([[2.0, 0.0, 1.0], [2.0, 0.0, 1.0], [1.0, 2.0, 0.0], [1.0, 2.0, 0.0]]),
    labels=torch.tensor([0, 0, 0, 1]),
    classes=(ClassInfo(0, None, "raven"), ClassInfo(1, None, "crow"), ClassInfo(2, None, "jay")),
    temperature=1.0,
)


def test_confusions_are_counted_by_true_and_answered_class() -> None:
    assert ANSWERS.confusion().tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_the_summary_names_what_is_confused_and_leaves_out_classes_without_photos() -> None:
    found = summary(ANSWERS)
    assert found["top1"] == 0.75
    assert found["top5"] == 1.0
    assert found["confused"] == [{"true": "raven", "answered": "crow", "times": 1, "of": 3}]
    assert [row["label"] for row in found["hardest"]] == ["raven", "crow"]
    assert found["hardest"][0]["top1"] == pytest.approx(2 / 3)


def test_the_temperature_bears_on_confidence() -> None:
    # softmax(2, 0, 1) has 0.66524 at its top; a tenth of the temperature leaves next to no doubt.
    assert ANSWERS.mean_confidence() == pytest.approx(0.66524, abs=1e-4)
    sure = Answers(ANSWERS.logits, ANSWERS.labels, ANSWERS.classes, temperature=0.1)
    assert sure.mean_confidence() > 0.9999
    assert sure.calibration_error() == pytest.approx(0.25, abs=1e-3)
