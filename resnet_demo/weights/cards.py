"""The card of a set of weights: what is known about it, in one record, and its JSON beside the file.

Menu, preprocessing, probabilities and documentation all read the card, so none of them can be about other weights.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_type_hints

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from resnet_demo.errors import WeightsCorrupt, WeightsUnavailable
from resnet_demo.results import DEPTHS, ClassInfo, Familiarity, Growth

if TYPE_CHECKING:
    from torch import Tensor

Interpolation = Literal["bilinear", "bicubic"]
Activation = Literal["softmax", "sigmoid", "share"]

LONGEST_SIDE = 2048
MOST_CLASSES = 100_000
_STRICT = ConfigDict(extra="forbid", strict=True)

# What a field may hold, and under which code the errors say so. Nothing infinite passes anywhere.
Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S", description="thing-a-text")]
Whole = Annotated[int, Field(ge=1, le=10**12, description="thing-a-count")]
Side = Annotated[int, Field(ge=1, le=LONGEST_SIDE, description="thing-a-side")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=-1000, le=1000)]
POSITIVE = (1e-4, 1e4)
Positive = Annotated[float, Field(ge=POSITIVE[0], le=POSITIVE[1])]
Three = Field(description="thing-three-numbers")
ThreePositive = Field(description="thing-three-positive-numbers")


@dataclass(frozen=True)
class Transform:
    """From an upright RGB photo to the network's view and tensor, as torchvision's ImageClassification preset does it.

    The shorter side is brought to ``resize`` pixels and the central ``crop`` x ``crop`` square is the view; values in
    0..1 are then normalised with ``mean`` and ``std``. With ``soften`` the shorter side is first brought to that many
    pixels, where the photo is larger: it takes away detail that training photos did not have. With ``grey`` the photo
    is made grey (ITU-R 601-2 luma), three equal channels.
    """

    resize: Side
    crop: Side
    interpolation: Annotated[Interpolation, Field(description="thing-an-interpolation")]
    mean: Annotated[tuple[Number, Number, Number], Three]
    std: Annotated[tuple[Positive, Positive, Positive], ThreePositive]
    soften: Annotated[Side | None, Field(description="thing-a-side-or-null")] = None
    grey: Annotated[bool, Field(description="thing-true-or-false")] = False

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class _Row:
    """A class as a card writes it."""

    label: Text
    wnid: Annotated[
        Annotated[str, Field(pattern="^n[0-9]{8}$")] | None, Field(description="thing-a-wordnet-id-or-null")
    ] = None

    __pydantic_config__ = _STRICT


if TYPE_CHECKING:
    Classes = tuple[ClassInfo, ...]
else:  # what they are read from: a label alone, or with its WordNet id; the place is the index
    Classes = Annotated[
        tuple[Annotated[_Row, BeforeValidator(lambda row: {"label": row} if isinstance(row, str) else row)], ...],
        AfterValidator(lambda rows: tuple(ClassInfo(i, row.wnid, row.label) for i, row in enumerate(rows))),
        Field(min_length=1, max_length=MOST_CLASSES, description="thing-classes"),
    ]


def _quantiles(familiarity: Familiarity) -> Familiarity:
    for values in (familiarity.known, familiarity.others):
        if len(values) < 2 or list(values) != sorted(values) or not 0 <= values[0] <= values[-1] <= 1:
            raise ValueError("no quantiles of probabilities")
    return familiarity


@dataclass(frozen=True)
class Card:
    """``classes`` in index order. ``temperature`` divides the logits before the ``activation``, which makes them
    probabilities: "softmax" of classes that exclude each other, "sigmoid" of those that don't; "share", of a network
    without a classifier, is each channel's share of layer4's mean activation.

    ``top1`` and ``top5`` are fractions on the data that ``measured_on`` names, None when unknown; ``sha256`` is of the
    weights file, its first eight hex digits where no more is known; ``size_bytes`` is that file's size.

    ``grown_from`` is the depth of the network that these weights began as, None where that has none of the five, and
    ``grown_by`` how: blocks added that began as the identity, its blocks written as bottlenecks, or "published", from a
    network that others have published. Both are None where they began afresh or nothing is known.
    ``familiarity`` says how sure answers are (``training/familiar.py`` measures it), None where it is not known.
    ``rest_of`` is the depth of the bundled weights of 200 classes that hold what these weights' own file leaves out:
    the stages below a last layer, or the blocks that a network had before it grew. None where it holds everything.
    """

    name: Text
    title: Text
    depth: Annotated[int, Field(description="thing-a-depth")]
    classes: Classes
    transform: Transform
    temperature: Annotated[Positive, Field(description="thing-a-positive-number")]
    top1: Annotated[Fraction | None, Field(description="thing-a-fraction-or-null")]
    top5: Annotated[Fraction | None, Field(description="thing-a-fraction-or-null")]
    measured_on: Annotated[Text | None, Field(description="thing-a-text-or-null")]
    parameters: Whole
    sha256: Annotated[
        Annotated[str, Field(pattern=r"^([0-9a-f]{8}|[0-9a-f]{64})$")] | None,
        Field(description="thing-a-hash-or-null"),
    ]
    size_bytes: Whole
    source: Text
    licence: Text
    made_by: Text
    activation: Annotated[Activation, Field(description="thing-an-activation")] = "softmax"
    grown_from: Annotated[int | None, Field(description="thing-a-depth-or-null")] = None
    grown_by: Annotated[Growth | None, Field(description="thing-a-growth-or-null")] = None
    familiarity: Annotated[
        Annotated[Familiarity, AfterValidator(_quantiles)] | None,
        Field(description="thing-familiarity-or-null"),
    ] = None
    rest_of: Annotated[int | None, Field(description="thing-a-depth-or-null")] = None

    __pydantic_config__ = _STRICT

    def transforms(self) -> Callable[[Any], Tensor]:
        """From a Pillow image, RGB, to what the network takes: float32 (3, crop, crop), normalised."""
        from resnet_demo.weights.transforms import Preset  # torchvision's are slow to import

        return Preset(self.transform)


def card_to_json(card: Card) -> str:
    """The card as JSON text, its fields in order, one class a line; ``card_from_json`` gives the same card back."""
    values = _fields(card)
    rows = [json.dumps(row, ensure_ascii=False) for row in values["classes"]]
    outline = json.dumps(values | {"classes": []}, ensure_ascii=False, indent=1)
    # A text with these words in it would have its quotes escaped, so the first match is the field.
    return outline.replace('"classes": []', '"classes": [\n  ' + ",\n  ".join(rows) + "\n ]", 1) + "\n"


def read_text(path: Path) -> str:
    """A card's file as text. Raises ``WeightsUnavailable`` if it can't be read, ``WeightsCorrupt`` if it isn't text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WeightsUnavailable("card-unreadable", file=path.name, cause=error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise WeightsCorrupt("card-not-text", file=path.name, cause=error) from error


def card_from_json(text: str, about: str, defaults: Card | None = None) -> Card:
    """Read a card; ``about`` is what errors call it, usually its file's name.

    The fields are those of ``Card``. A class is a label, or ``{"wnid": "n01443537", "label": "goldfish"}``; its place
    is its index. What the text leaves out is taken from ``defaults``; without them only ``soften``, ``grey``,
    ``activation``, ``grown_from``, ``grown_by``, ``familiarity`` and ``rest_of`` may be left out. Raises
    ``WeightsCorrupt``, which names the field, what it holds and what it must be. Fields that no card has are refused
    too: a misspelt "temperature" would otherwise change every probability unnoticed.
    """
    values = read_object(text, about)
    if defaults is not None:
        values = _fields(defaults) | values
    try:
        card = _card_type().validate_json(json.dumps(values))
    except ValidationError as error:
        raise _invalid(error.errors()[0], about) from error
    if card.depth not in DEPTHS:
        raise _field_invalid(about, "depth", card.depth, _wanted(Card, "depth"))
    if card.rest_of not in (None, *DEPTHS):
        raise _field_invalid(about, "rest_of", card.rest_of, _wanted(Card, "rest_of"))
    if card.transform.crop > card.transform.resize:
        raise WeightsCorrupt("card-crop", file=about, crop=card.transform.crop, resize=card.transform.resize)
    return card


def read_object(text: str, about: str) -> dict[str, Any]:
    """The JSON object that a file holds. Raises ``WeightsCorrupt`` for any other text, half a character included."""
    try:
        return _object_type().validate_json(text)
    except ValidationError as error:
        wrong = error.errors()[0]
        if wrong["type"] == "json_invalid":
            raise WeightsCorrupt("card-not-json", file=about, cause=wrong["msg"]) from error
        raise WeightsCorrupt("card-no-object", file=about) from error


def is_meant_as_card(values: Mapping[str, Any]) -> bool:
    """Whether an object has a field of a card, or one misspelt; any other lies beside the weights by chance."""
    known = [f.name for f in fields(Card)]
    return any(difflib.get_close_matches(name, known, n=1, cutoff=0.8) for name in values)


def _fields(card: Card) -> dict[str, Any]:
    """A card's fields in JSON's types."""
    rows = [{"wnid": c.wnid, "label": c.label} for c in card.classes]
    return asdict(replace(card, classes=())) | {"classes": rows}


@cache
def _object_type() -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(dict[str, Any])


@cache
def _card_type() -> TypeAdapter[Card]:
    return TypeAdapter(Card)


def _invalid(error: Any, about: str) -> WeightsCorrupt:
    """Which field of a card is wrong, what it holds, and what it must be; ``error`` is pydantic's record of it."""
    place, name, kind = "", error["loc"][0], cast(type, Card)
    if name == "classes" and len(error["loc"]) > 1:
        index = error["loc"][1]
        if len(error["loc"]) == 2:
            return WeightsCorrupt("card-class", file=about, index=index, given=_shown(error["input"]))
        place, name, kind = f"classes[{index}].", error["loc"][2], _Row
    elif name == "transform" and len(error["loc"]) > 1:
        place, name, kind = "transform.", error["loc"][1], Transform
    known = sorted(f.name for f in fields(kind))
    if name not in known:
        return WeightsCorrupt("card-field-unknown", file=about, field=place + name, fields=", ".join(known))
    if error["type"] == "missing" and error["loc"][-1] == name:
        return WeightsCorrupt("card-field-missing", file=about, field=place + name)
    return _field_invalid(about, place + name, _shown(error["input"]), _wanted(kind, name))


def _field_invalid(about: str, field: str, given: object, wanted: str) -> WeightsCorrupt:
    depths, longest, most = ", ".join(map(str, DEPTHS)), f"{LONGEST_SIDE:,}", f"{MOST_CLASSES:,}"
    limits = {"depths": depths, "longest": longest, "most_classes": most}
    return WeightsCorrupt("card-field-invalid", file=about, field=field, given=given, thing=wanted, **limits)


def _wanted(kind: type, name: str) -> str:
    """What a field must be, as its annotation says: the code of these words."""
    found = get_type_hints(kind, include_extras=True)[name]
    words = [m.description for m in getattr(found, "__metadata__", ()) if getattr(m, "description", None)]
    return words[-1] if words else "thing-an-object"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
