"""How sure answers are of photos of other classes: what is told is what was measured."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resnet_demo.results import Prediction
from resnet_demo.weights import cards
from tests.made_answers import made_analysis
from tests.training.test_near_copies import made_photo
from training import familiar


def test_the_shares_told_of_an_answer_are_those_of_the_photos_measured() -> None:
    random = np.random.default_rng(0)
    known, others = random.beta(4, 1, 5000), random.beta(1, 2, 5000)
    found = familiar.familiarity(known, others, "made")
    assert found.measured_on == "made; 5,000 photos of its classes, 5,000 of others"
    for sure in (0.1, 0.5, 0.9):
        first = Prediction(0, None, "a", sure, 1.0, sure)
        answer = made_analysis(predictions=(first,))
        answer = replace(answer, network=replace(answer.network, familiarity=found))
        told = answer.as_sure
        assert told is not None
        assert told["known"] == pytest.approx((known >= sure).mean(), abs=0.02)
        assert told["others"] == pytest.approx((others >= sure).mean(), abs=0.02)
        assert answer.unfamiliar == ((others >= sure).mean() > 0.05)
    assert made_analysis().as_sure is None and made_analysis().unfamiliar is None


def test_the_command_writes_it_on_the_card_and_changes_nothing_else(
    exported: Path, made_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / exported.name
    for suffix in (".safetensors", ".json"):
        shutil.copy(exported.with_suffix(suffix), weights.with_suffix(suffix))
    (tmp_path / "others" / "tench").mkdir(parents=True)
    for seed in (1, 2, 3):
        made_photo(seed).save(tmp_path / "others" / "tench" / f"{seed}.png")
    words = ["--weights", str(weights), "--data", str(made_data), "--others", str(tmp_path / "others")]
    assert familiar.main([*words, "--words", "made photos"]) == 0
    before, card = (cards.card_from_json(cards.read_text(f.with_suffix(".json")), "") for f in (exported, weights))
    assert card.familiarity is not None and before.familiarity is None
    assert {**vars(card), "familiarity": None} == vars(before)
    assert card.familiarity.measured_on == "made photos; 8 photos of its classes, 3 of others"
    assert "of photos of other classes 5 % get an answer surer than" in capsys.readouterr().out
    assert familiar.main([*words, "--most", "2", "--words", "fewer"]) == 0
    assert "2 photos of its classes, 2 of others" in weights.with_suffix(".json").read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_is_told(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--weights", str(exported), "--data", str(tmp_path), "--others", str(tmp_path), "--words", "none"]
    assert familiar.main(words) == 2 and "val" in capsys.readouterr().err
