"""Which way is up: the orientation in EXIF data, read without trusting anything else in them."""

from __future__ import annotations

import struct

ORIENTATION = 274
SHORT = 3


def orientation(exif: bytes | None) -> int:
    """EXIF's orientation, 1 to 8 (CIPA DC-008 section 4.6.4.A); 1 where the data are missing or broken, or say no such.

    Only the first directory's entries are looked at, never a value elsewhere: what they point to can be anything.
    """
    exif = exif or b""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, values, value = struct.unpack_from(order + "HHIH", exif, at)
            if tag == ORIENTATION:
                return value if kind == SHORT and values == 1 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
