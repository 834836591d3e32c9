"""Why a file gives no picture, where its reader would not say so."""

from __future__ import annotations

from typing import Any


class Truncated(Exception):
    """The file ends before its picture does."""


class Damaged(Exception):
    """The file contradicts its own format."""


class Unsupported(Exception):
    """A sound file of a kind that is not decoded here: ``code`` is what it holds, in the catalogue of errors."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts
