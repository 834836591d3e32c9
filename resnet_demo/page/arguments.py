"""What a program may say for an argument: numbers as text, lists with commas between, and otherwise a sentence."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resnet_demo.engine.questions import known_stages
from resnet_demo.errors import InputError
from resnet_demo.photos.names import display_name
from resnet_demo.results import DEPTHS, STAGES

if TYPE_CHECKING:
    from resnet_demo.page.room import Room

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_INLINE = re.compile(r"data:[\w/+.;=-]*,", re.IGNORECASE)


def whole(what: str, value: Any) -> int:
    """A whole number, also as text. Raises ``InputError``."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or number != float(value):
        raise InputError("number-not-whole", what=what, given=str(value)[:40])
    return number


def one_of(what: str, given: Any, *accepted: str) -> Any:
    """One of some words. Raises ``InputError``."""
    if given not in accepted:
        raise InputError("choice-unknown", what=what, given=str(given)[:40], accepted=", ".join(accepted))
    return given


def several_of(what: str, given: Any, *accepted: str) -> list[str]:
    """Some of some words, as a list or with commas between, each once. Raises ``InputError``."""
    return list(dict.fromkeys(one_of(what, each, *accepted) for each in _listed(given)[: len(accepted) + 1]))


def stages(given: Any) -> tuple[str, ...]:
    """Stages' names, as a list or with commas between; all of them where nothing is said."""
    return tuple(str(each)[:40] for each in _listed(given)[: len(STAGES) + 1]) or STAGES


def channel(given: Any) -> tuple[str, int]:
    """A stage and a channel's number, as ``layer3.117``. Raises ``InputError``."""
    text = str(given)[:40]
    stage, _, number = text.partition(".")
    if not number.isascii() or not number.isdigit():
        raise InputError("channel-form", given=text)
    return known_stages(stage)[0], whole("channel", number)


def depths(room: Room, given: Any, weights: str) -> list[int]:
    """Depths, as a list or with commas between; where nothing is said, those whose weights are on the server."""
    named = _listed(given)[: len(DEPTHS) + 1]
    return [whole("depths", each) for each in named] or [depth for depth in DEPTHS if _is_here(room, depth, weights)]


def _is_here(room: Room, depth: int, weights: str) -> bool:
    return any(choice.available and weights in ("auto", choice.name) for choice in room.engine.choices(depth))


def _listed(given: Any) -> list[Any]:
    parts = given.split(",") if isinstance(given, str) else given if isinstance(given, list) else [given]
    trimmed = [each.strip() if isinstance(each, str) else each for each in parts]
    return [each for each in trimmed if each not in (None, "")]


def upload(room: Room, sent: Any) -> tuple[str, str]:
    """Where an uploaded photo lies, and its name; ``sent`` is what Gradio hands over. Raises ``InputError`` for
    anything else."""
    path = getattr(sent, "path", None)
    if not isinstance(path, str):
        raise InputError("photo-missing")
    name = display_name(getattr(sent, "orig_name", None) or path)
    return str(room.uploads.find(path, name)), name


def written(room: Room, sent: Any) -> bytes | Path:
    """A photo that is written into a request, in base64 or as a ``data:`` URL, or an upload's path. Raises
    ``InputError`` for anything else: no address is fetched."""
    if not isinstance(sent, str) or not sent.strip():
        raise InputError("photo-missing")
    text = sent.strip()
    if text.startswith(str(room.uploads.folder)):
        return room.uploads.find(text, display_name(text))
    if _ADDRESS.match(text):
        raise InputError("tool-photo-not-fetched")
    plain = "".join(_INLINE.sub("", text, count=1).split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("tool-photo-unreadable") from None
