from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from resnet_demo.results import ClassInfo
from training.answers import Answers
from training.evaluate import record, summary

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


def test_a_record_replaces_the_older_one_of_the_same_photos_and_leaves_the_rest(tmp_path: Path) -> None:
    log = tmp_path / "made.jsonl"
    found = summary(ANSWERS)
    log.write_text('{"start": "fresh"}\n', encoding="utf-8")
    record(log, "ravens", found | {"top1": 0.5})
    record(log, "jays", found)
    record(log, "ravens", found)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"start": "fresh"}
    assert [(line["evaluated_on"], line["top1"]) for line in lines[1:]] == [("jays", 0.75), ("ravens", 0.75)]
    assert lines[1]["calibration_error"] == round(ANSWERS.calibration_error(), 4)
