"""What a visitor is told when something fails: their own mistakes in words, everything else as a number to quote."""

from __future__ import annotations

import logging
import secrets
from pathlib import PurePath
from typing import Any

from resnet_demo.errors import ResNetDemoError

log = logging.getLogger(__name__)


def told(error: BaseException) -> dict[str, Any]:
    """An error as the page shows it: its code, and the details that fill its sentence in the visitor's language.

    Whatever is no ``ResNetDemoError`` is a bug: it is logged whole under a reference number, and the number is all that
    a stranger sees of it.
    """
    if isinstance(error, ResNetDemoError):
        details = {name: plain(value) for name, value in error.details.items()}
        return {"code": error.code, "kind": type(error).__name__, "details": details}
    reference = secrets.token_hex(4)
    log.error("Unexpected failure, reference %s", reference, exc_info=error)
    return {"code": "unexpected", "kind": None, "details": {"reference": reference}}


def plain(value: Any) -> str | int | float:
    """A detail as it may be shown to a stranger: of a path on this machine, its last part alone."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    if isinstance(value, PurePath) or (text.startswith(("/", "~", "\\")) or text[1:3] == ":\\") and len(text) > 1:
        return PurePath(text).name
    return text
