"""Why a file gives no picture, where its reader would not say so."""

from __future__ import annotations


class Truncated(Exception):
    """The file ends before its picture does."""


class Damaged(Exception):
    """The file contradicts its own format."""


class Unsupported(Exception):
    """A sound file of a kind that is not decoded here; the text completes "holds …"."""
