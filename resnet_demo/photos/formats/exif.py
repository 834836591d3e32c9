"""Which way is up: the orientation in EXIF or XMP data, read without trusting anything else in them."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any

ORIENTATION = 274
SHORT = 3

_TIFF_ORIENTATION = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>\s*)([1-8])\s*["'<]""")


def orientation(info: Mapping[Any, Any]) -> int:
    """What a reader of Pillow's found: EXIF's orientation, else XMP's, else 1."""
    return _of_exif(info.get("exif")) or _of_xmp(info.get("xmp")) or 1


def _of_xmp(xmp: bytes | None) -> int | None:
    """As an attribute or an element (XMP specification part 2, section 3.1)."""
    found = _TIFF_ORIENTATION.search(xmp or b"")
    return int(found[1]) if found else None


def _of_exif(exif: bytes | None) -> int | None:
    """1 to 8 (CIPA DC-008 section 4.6.4.A); None where the data are missing or broken, or say no such.

    Only the first directory's entries are looked at, never a value elsewhere: what they point to can be anything.
    """
    exif = exif or b""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, values, value = struct.unpack_from(order + "HHIH", exif, at)
            if tag == ORIENTATION:
                return value if kind == SHORT and values == 1 and 1 <= value <= 8 else None
    except struct.error:
        pass
    return None
