"""What the page says: the same keys and places in both languages, and the errors' sentences among them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import resnet_demo
from resnet_demo.errors.catalogue import public

PACKAGE = Path(resnet_demo.__file__).parent
TEXTS = {
    language: json.loads((PACKAGE / "page" / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("en", "zh")
}


def places(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()


@pytest.mark.parametrize("key", sorted(TEXTS["en"]))
def test_a_sentence_says_the_same_things_in_both_languages(key: str) -> None:
    assert places(TEXTS["en"][key]) == places(TEXTS["zh"][key])
    assert TEXTS["en"][key].strip() and TEXTS["zh"][key].strip()


def test_every_key_that_the_scripts_name_exists() -> None:
    static = PACKAGE / "page" / "static"
    named = set()
    for script in static.glob("*.js"):
        named |= set(re.findall(r"""say\("([a-z0-9_.]+)\"""", script.read_text(encoding="utf-8")))
    known = TEXTS["en"].keys() | {f"error.{code}" for code in public("en")}
    assert named and named <= known, sorted(named - known)
