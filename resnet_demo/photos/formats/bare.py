"""What each format's module hands on: a file that holds one picture and nothing else, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bare:
    """``data`` is a file of the same format with the first picture alone.

    ``size`` is (width, height) as the file says, None where only the decoder's own reader can tell. ``orientation`` is
    EXIF's, 1 to 8, None where it is still in ``data``. ``window`` (left, top, right, bottom) is the part of the picture
    that the file fills, None for all of it. ``coded`` are the pixel counts of the pictures inside, for decoders that
    make those before they look at the file's size. ``verify`` is what remains to be checked of the data once the size
    is known to be acceptable, as it takes time by the size; it raises as the format's ``bare`` does.
    """

    data: bytes
    size: tuple[int, int] | None = None
    orientation: int | None = None
    window: tuple[int, int, int, int] | None = None
    coded: tuple[int, ...] = ()
    verify: Callable[[], None] | None = None


class Truncated(Exception):
    """The file ends before its picture does."""


class Damaged(Exception):
    """The file contradicts its own format."""


class Unsupported(Exception):
    """A sound file of a kind that is not decoded here; the text completes "holds …"."""
