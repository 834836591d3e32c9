"""The card of a set of weights: what is known about it, in one record, and its JSON beside the file.

Menu, preprocessing, probabilities and documentation all read the card, so none of them can be about other weights.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from resnet_demo.errors import WeightsCorrupt, WeightsUnavailable
from resnet_demo.results import DEPTHS, ClassInfo

Interpolation = Literal["bilinear", "bicubic"]


@dataclass(frozen=True)
class Transform:
    """From an upright RGB photo to the network's view and tensor, as torchvision's ImageClassification preset does it.

    The shorter side is brought to ``resize`` pixels and the central ``crop`` x ``crop`` square is the view; values in
    0..1 are then normalised with ``mean`` and ``std``. With ``soften`` the shorter side is first brought to that many
    pixels, where the photo is larger: it takes away detail that training photos did not have.
    """

    resize: int
    crop: int
    interpolation: Interpolation
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    soften: int | None = None


@dataclass(frozen=True)
class Card:
    """``classes`` in index order. ``temperature`` divides the logits before the softmax.

    ``top1`` and ``top5`` are fractions on the data that ``measured_on`` names, None when unknown; ``sha256`` is of the
    weights file, its first eight hex digits where no more is known; ``size_bytes`` is that file's size.
    """

    name: str
    title: str
    depth: int
    classes: tuple[ClassInfo, ...]
    transform: Transform
    temperature: float
    top1: float | None
    top5: float | None
    measured_on: str | None
    parameters: int
    sha256: str | None
    size_bytes: int
    source: str
    licence: str
    made_by: str


def card_to_json(card: Card) -> str:
    """The card as JSON text, its fields in order, one class a line; ``card_from_json`` gives the same card back."""
    rows = [json.dumps({"wnid": c.wnid, "label": c.label}, ensure_ascii=False) for c in card.classes]
    outline = json.dumps(asdict(card) | {"classes": []}, ensure_ascii=False, indent=1)
    # A text with these words in it would have its quotes escaped, so the first match is the field.
    return outline.replace('"classes": []', '"classes": [\n  ' + ",\n  ".join(rows) + "\n ]", 1) + "\n"


def read_text(path: Path) -> str:
    """A card's file as text. Raises ``WeightsUnavailable`` if it can't be read, ``WeightsCorrupt`` if it isn't text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise WeightsUnavailable("card-unreadable", file=path.name, cause=error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise WeightsCorrupt("card-not-text", file=path.name, cause=error) from error


def card_from_json(text: str, about: str, defaults: Card | None = None) -> Card:
    """Read a card; ``about`` is what errors call it, usually its file's name.

    The fields are those of ``Card``. A class is a label, or ``{"wnid": "n01443537", "label": "goldfish"}``; its place
    is its index. What the text leaves out is taken from ``defaults``; without them only ``soften`` may be left out.
    Raises ``WeightsCorrupt``, which names the field, what it holds and what it must be. Fields that no card has are
    refused too: a misspelt "temperature" would otherwise change every probability unnoticed.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeightsCorrupt("card-not-json", file=about, cause=error) from error
    if not isinstance(values, dict):
        raise WeightsCorrupt("card-no-object", file=about)
    _check(values, {f.name for f in fields(Card)}, _CARD_CHECKS, about, "", complete=defaults is None)
    if "transform" in values:
        given = {"soften": None} | values["transform"]
        _check(given, {f.name for f in fields(Transform)}, _TRANSFORM_CHECKS, about, "transform.", complete=True)
        if given["crop"] > given["resize"]:
            raise WeightsCorrupt("card-crop", file=about, crop=given["crop"], resize=given["resize"])
        values["transform"] = Transform(**given | {"mean": tuple(given["mean"]), "std": tuple(given["std"])})
    if "classes" in values:
        values["classes"] = tuple(_class(index, row, about) for index, row in enumerate(values["classes"]))
    return Card(**values) if defaults is None else replace(defaults, **values)


def _class(index: int, row: Any, about: str) -> ClassInfo:
    if isinstance(row, str):
        row = {"label": row}
    if not isinstance(row, dict):
        raise WeightsCorrupt("card-class", file=about, index=index, given=_shown(row))
    row = {"wnid": None} | row
    _check(row, {"wnid", "label"}, _CLASS_CHECKS, about, f"class {index}: ", complete=True)
    return ClassInfo(index, row["wnid"], row["label"])


Check = tuple[Callable[[Any], bool], str]


def _check(
    values: dict[str, Any], known: set[str], checks: dict[str, Check], about: str, prefix: str, *, complete: bool
) -> None:
    if unknown := sorted(set(values) - known):
        fields = ", ".join(sorted(known))
        raise WeightsCorrupt("card-field-unknown", file=about, field=prefix + unknown[0], fields=fields)
    if complete and (missing := sorted(known - set(values))):
        raise WeightsCorrupt("card-field-missing", file=about, field=prefix + missing[0])
    for name, value in values.items():
        fits, wanted = checks[name]
        if not fits(value):
            raise WeightsCorrupt(
                "card-field-invalid", file=about, field=prefix + name, given=_shown(value), accepted=wanted
            )


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _are_three(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) == 3 and all(map(fits, value))


def _or_null(check: Check) -> Check:
    fits, wanted = check
    return lambda value: value is None or fits(value), f"{wanted}, or null"


_TEXT: Check = (_is_text, "a text")
_WHOLE: Check = (_is_whole, "a whole number of at least 1")
_FRACTION: Check = (lambda value: _is_number(value) and 0 <= value <= 1, "a fraction from 0 to 1")
_POSITIVE: Check = (lambda value: _is_number(value) and value > 0, "a number above 0")

_CARD_CHECKS: dict[str, Check] = {
    "name": _TEXT,
    "title": _TEXT,
    "depth": (lambda value: _is_whole(value) and value in DEPTHS, f"one of {', '.join(map(str, DEPTHS))}"),
    "classes": (lambda value: isinstance(value, list) and len(value) > 0, "a list of at least one class"),
    "transform": (lambda value: isinstance(value, dict), "an object"),
    "temperature": _POSITIVE,
    "top1": _or_null(_FRACTION),
    "top5": _or_null(_FRACTION),
    "measured_on": _or_null(_TEXT),
    "parameters": _WHOLE,
    "sha256": _or_null(
        (lambda v: isinstance(v, str) and re.fullmatch("[0-9a-f]{8}|[0-9a-f]{64}", v) is not None, "8 or 64 hex digits")
    ),
    "size_bytes": _WHOLE,
    "source": _TEXT,
    "licence": _TEXT,
    "made_by": _TEXT,
}

_TRANSFORM_CHECKS: dict[str, Check] = {
    "resize": _WHOLE,
    "crop": _WHOLE,
    "interpolation": (lambda value: value in get_args(Interpolation), " or ".join(get_args(Interpolation))),
    "mean": (_are_three(_is_number), "three numbers"),
    "std": (_are_three(_POSITIVE[0]), "three numbers above 0"),
    "soften": _or_null(_WHOLE),
}

_CLASS_CHECKS: dict[str, Check] = {
    "wnid": _or_null(
        (lambda v: isinstance(v, str) and re.fullmatch(r"n[0-9]{8}", v) is not None, "a WordNet id as n01443537")
    ),
    "label": _TEXT,
}
