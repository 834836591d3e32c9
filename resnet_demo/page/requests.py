"""What the page asks for, read from JSON that anyone could have written: checked, bounded, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet_demo.errors import InputError
from resnet_demo.photos.names import display_name


@dataclass(frozen=True)
class PhotoAsked:
    """One photo of a run: an upload by its path or an example by its name, and the class to explain it for."""

    key: str
    name: str
    path: str | None
    example: str | None
    target: str | None
    contrast: str | None


@dataclass(frozen=True)
class RunAsked:
    """A run as the page asks for it. ``number`` is the page's own count, handed back with every answer."""

    number: int
    depth: int
    weights: str
    photos: tuple[PhotoAsked, ...]


def read_run(sent: Any, most_photos: int) -> RunAsked:
    """Raises ``InputError`` for anything but a well-formed run of at most ``most_photos`` photos."""
    fields = mapping(sent)
    photos = fields.get("photos")
    if not isinstance(photos, list):
        raise malformed()
    if len(photos) > most_photos:
        raise InputError("too-many-photos", limit=most_photos, given=len(photos))
    return RunAsked(
        whole(fields, "run"), whole(fields, "depth"), word(fields, "weights") or "auto", tuple(map(_photo, photos))
    )


def _photo(sent: Any) -> PhotoAsked:
    fields = mapping(sent)
    photo = PhotoAsked(
        key=word(fields, "key") or "",
        name=display_name(word(fields, "name", most=4096) or ""),
        path=word(fields, "path", most=4096),
        example=word(fields, "example"),
        target=word(fields, "target"),
        contrast=word(fields, "contrast"),
    )
    if not photo.key or (photo.path is None) == (photo.example is None):
        raise malformed()
    return photo


def mapping(sent: Any) -> Mapping[str, Any]:
    if not isinstance(sent, dict):
        raise malformed()
    return sent


def whole(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**9:
        raise malformed()
    return value


def number_of(sent: Any, name: str) -> int | None:
    """The page's own count, handed back with whatever is told of a request, one that can't be read included."""
    value = sent.get(name) if isinstance(sent, dict) else None
    return value if isinstance(value, int) else None


def word(fields: Mapping[str, Any], name: str, most: int = 300) -> str | None:
    value = fields.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > most):
        raise malformed()
    return value


def malformed() -> InputError:
    return InputError("request-malformed")
