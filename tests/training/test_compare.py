"""The table of several networks on the same photos."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resnet_demo.results import ClassInfo
from training import compare
from training.answers import Answers

CLASSES = tuple(ClassInfo(number, None, name) for number, name in enumerate("abc"))


def answers(first: list[int]) -> Answers:
    logits = torch.nn.functional.one_hot(torch.tensor(first), 3).float() * 5
    return Answers(logits, torch.tensor([0, 1, 2, 0]), CLASSES, 1.0)


def test_rows_tell_accuracy_its_error_and_the_agreement_with_the_row_above() -> None:
    table = compare.lines([(18, answers([0, 1, 1, 1])), (34, answers([0, 1, 2, 1]))])
    assert [line.top1 for line in table] == [0.5, 0.75]
    assert table[0].error == pytest.approx((0.5 * 0.5 / 4) ** 0.5)
    assert [line.agreement for line in table] == [None, 0.75]
    assert "| 34 | 4 | 0.750 ± 0.217 |" in compare.as_markdown(table)


def test_the_command_prints_a_row_a_file(exported: Path, made_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(made_data), "--weights", str(exported), "--weights", str(exported)]
    assert compare.main(words) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[2].startswith("| 18 | 8 | 1.000 ±")
    assert rows[3].endswith("| 1.000 |")


def test_a_file_that_is_not_there_is_told(made_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--data", str(made_data), "--weights", str(tmp_path / "absent.safetensors")]
    assert compare.main(words) == 2
    assert "absent" in capsys.readouterr().err
