"""What a visitor is told when something fails: their own mistakes in words, everything else as a number to quote."""

from __future__ import annotations

import errno
import logging
import secrets
from pathlib import PurePath
from typing import Any

from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.errors.catalogue import public_details, sentence
from resnet_demo.page.metrics import ERRORS

log = logging.getLogger(__name__)


def told(error: BaseException) -> dict[str, Any]:
    """An error as the page shows it: its code, and the details that fill its sentence in the visitor's language.

    Whatever is no ``ResNetDemoError`` is a bug: it is logged whole under a reference number, and the number is all that
    a stranger sees of it.
    """
    if isinstance(error, OSError) and (trouble := disk_trouble(error)):
        log.error("%s %s", trouble, error)
        error = trouble
    if isinstance(error, ResNetDemoError):
        ERRORS.labels(error.code).inc()
        details = public_details(error.code, error.details)
        return {"code": error.code, "details": {name: plain(value) for name, value in details.items()}}
    ERRORS.labels("unexpected").inc()
    reference = secrets.token_hex(4)
    log.error("Unexpected failure, reference %s", reference, exc_info=error)
    return {"code": "unexpected", "details": {"reference": reference}}


def disk_trouble(error: OSError) -> InputError | None:
    """What to tell of a disk that takes nothing more; None for any other error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InputError("disk-full")
    return InputError("disk-unwritable") if error.errno == errno.EROFS else None


def said(error: BaseException) -> str:
    """An error in words, in English: the same as ``told``, for whoever asks without the page."""
    return sentence(**told(error))


def plain(value: Any) -> str | int | float:
    """A detail as it may be shown to a stranger: of a path on this machine, its last part alone."""
    if isinstance(value, int | float):
        return value
    text = str(value)
    if isinstance(value, PurePath) or (text.startswith(("/", "~", "\\")) or text[1:3] == ":\\") and len(text) > 1:
        return PurePath(text).name
    return text
