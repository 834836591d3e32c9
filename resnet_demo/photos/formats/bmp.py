"""BMP: nothing to leave out, and one kind to refuse."""

from __future__ import annotations

import struct

from resnet_demo.photos.formats.bare import Bare, Truncated, Unsupported

LARGEST_RUN_LENGTH_CODED = 2_000_000
"""Bytes. Pillow decodes these a run at a time in Python: the largest file allowed would take it half a minute."""

_RUN_LENGTH_CODED = (1, 2)


def bare(data: bytes) -> Bare:
    """A BMP as it is. Raises ``Truncated`` or ``Unsupported``."""
    if len(data) < 34:
        raise Truncated
    header_length, compression = struct.unpack_from("<I12xI", data, 14)
    if header_length >= 40 and compression in _RUN_LENGTH_CODED and len(data) > LARGEST_RUN_LENGTH_CODED:
        raise Unsupported("a run-length coded BMP of this size")
    return Bare(data)
