"""What the page says: the same keys and places in both languages, and a sentence for every error a visitor may meet."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from resnet_demo import errors

PACKAGE = Path(errors.__file__).parent
TEXTS = {
    language: json.loads((PACKAGE / "page" / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("en", "zh")
}
UNSEEN = ("export", "results/json.py", "settings.py", "engine/device.py", "cli", "weights/sources.py")
"""Modules whose errors a visitor of the page never meets, or (sources) whose codes are checked by their kind."""

FOR_PROGRAMMERS = {"weights-twice", "weights-classes"}
"""Mistakes in calling ``resnet50(pretrained=…)``."""


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()


@pytest.mark.parametrize("key", sorted(TEXTS["en"]))
def test_a_sentence_says_the_same_things_in_both_languages(key: str) -> None:
    assert places(TEXTS["en"][key]) == places(TEXTS["zh"][key])
    assert TEXTS["en"][key].strip() and TEXTS["zh"][key].strip()


def codes() -> dict[str, set[str]]:
    """Every literal error code of the package, with the details that are given with it."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if any(str(path.relative_to(PACKAGE)).startswith(unseen) for unseen in UNSEEN):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                code = given.get("code")
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found.setdefault(code.value, set()).update(name for name in given if name not in (None, "code"))
    return {code: details for code, details in found.items() if code not in FOR_PROGRAMMERS}


@pytest.mark.parametrize(("code", "details"), sorted(codes().items()))
def test_every_error_has_a_sentence_whose_places_are_filled(code: str, details: set[str]) -> None:
    key = f"error.{code}"
    assert key in TEXTS["en"], f"{key} is missing from en.json and zh.json"
    assert places(TEXTS["en"][key]) <= details | {"file", "cause"} or code.startswith("weights-"), (
        f"{key} has places that the error does not fill: {places(TEXTS['en'][key]) - details}"
    )


def test_every_kind_of_error_has_a_sentence_for_codes_without_one() -> None:
    for kind in errors.ResNetDemoError.__subclasses__():
        assert f"error.kind.{kind.__name__}" in TEXTS["en"]


def test_every_key_that_the_scripts_name_exists() -> None:
    static = PACKAGE / "page" / "static"
    named = set()
    for script in static.glob("*.js"):
        named |= set(re.findall(r"""say\("([a-z0-9_.]+)\"""", script.read_text(encoding="utf-8")))
    assert named and named <= TEXTS["en"].keys(), sorted(named - TEXTS["en"].keys())
