"""Numbers read as the one table says that Python and the viewer's JavaScript are held to."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from resnet_demo.export import numerals

TABLE = json.loads((Path(__file__).parents[1] / "numbers.json").read_text(encoding="utf-8"))
OURS = {name for name, each in inspect.getmembers(numerals, inspect.isfunction) if not name.startswith("_")}
CASES = [(name, number, text) for name in sorted(OURS) for number, text in TABLE.get(name, [])]


def test_every_way_of_writing_a_number_is_in_the_table():
    assert TABLE.keys() >= OURS
    assert TABLE.keys() - OURS == {"short", "signed"}, "written by the viewer alone"


@pytest.mark.parametrize(("name", "number", "text"), CASES)
def test_a_number_reads_as_the_table_says(name, number, text):
    assert getattr(numerals, name)(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(float("inf"), "∞"), (float("-inf"), "−∞"), (float("nan"), "not a number")]
)
def test_what_is_no_number_says_so(number, text):
    assert numerals.value(number) == text
