"""What the errors say: a sentence a code in each language, and how the facts are filled in.

A few codes have a second sentence, ``<code>.owner``: what only the owner of the machine may read (paths) or can do
(commands, environment variables). The command line and Python tell it; pages and the API never do.

The fact ``thing`` is a code itself, ``thing-…``: what a file is or holds, or what a field must be, in words that stand
within a sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")

_OWNER = ".owner"
_THING = "thing"
_PLACE = re.compile(r"\{(\w+)(?:\*(\d+))?\}")
"""Where a fact stands; ``{megapixels*100}`` is a number times another, as Chinese counts in ten thousands."""


@cache
def sentences(language: str) -> dict[str, str]:
    """Every sentence of a language by its code, those for the owner among them."""
    return json.loads((Path(__file__).parent / f"{language}.json").read_text(encoding="utf-8"))


def public(language: str) -> dict[str, str]:
    """The sentences that anyone may read."""
    return {code: text for code, text in sentences(language).items() if not code.endswith(_OWNER)}


def sentence(code: str, details: Mapping[str, Any], language: str = "en", *, owner: bool = False) -> str:
    """What an error says, its way out included. A code that has no sentence, of another version, shows itself."""
    told = _templates(code, details, language, owner)
    return " ".join(_filled(each, details, language) for each in told).replace("。 ", "。")


def _filled(template: str, details: Mapping[str, Any], language: str) -> str:
    def fact(place: re.Match[str]) -> str:
        given = details.get(place[1], place[0])
        if place[1] == _THING and given in sentences(language):
            return _filled(sentences(language)[given], details, language)
        return _shown(given * float(place[2]) if place[2] and isinstance(given, int | float) else given)

    return _PLACE.sub(fact, template)


def public_details(code: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Of an error's details those that its public sentence tells, and which way out it names."""
    templates = [*_templates(code, details, "en", False), sentences("en").get(str(details.get(_THING)), "")]
    told = {place[1] for each in templates for place in _PLACE.finditer(each)}
    return {name: value for name, value in details.items() if name in told or name == "way"}


def _templates(code: str, details: Mapping[str, Any], language: str, owner: bool) -> list[str]:
    known = sentences(language)
    codes = [code, details["way"]] if "way" in details else [code]
    return [known.get(each + _OWNER * owner) or known.get(each, each) for each in codes]


def _shown(fact: Any) -> str:
    """A fact in a line of text: no facts break the line or steer a terminal, and 20.0 is 20."""
    if isinstance(fact, float):
        return f"{fact:.12g}"
    line = re.sub(r"\s*[\r\n]\s*", " ", str(fact))
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
