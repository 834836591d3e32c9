"""GIF: the blocks of its first frame.

Left out are further frames, comments and application data; of the frame's control block only its transparent colour is
kept, as nothing follows that its disposal would matter to.
"""

from __future__ import annotations

import struct

from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated

_EXTENSION, _FRAME, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL = 0xF9


def bare(data: bytes) -> Bare:
    """The first frame of a GIF. Raises ``Truncated`` or ``Damaged``."""
    if len(data) < 13:
        raise Truncated
    screen = struct.unpack_from("<HH", data, 6)
    at = 13 + _table_length(data[10])
    head, control = data[:at], b""
    while True:
        kind = _take(data, at, 1)[0]
        if kind == _EXTENSION:
            label = _take(data, at + 1, 1)[0]
            end = _skip_blocks(data, at + 2)
            if label == _CONTROL and end - at == 8:
                control = bytes((_EXTENSION, _CONTROL, 4, data[at + 3] & 1)) + data[at + 4 : at + 8]
            at = end
        elif kind == _FRAME:
            left, top, width, height, flags = struct.unpack("<HHHHB", _take(data, at + 1, 9))
            pixels = at + 10 + _table_length(flags)
            end = _skip_blocks(data, pixels + 1)  # one byte says how wide the first codes are
            window = (left, top, left + width, top + height)
            size = max(screen[0], window[2]), max(screen[1], window[3])
            kept = head + control + data[at:end] + bytes((_TRAILER,))
            return Bare(kept, size, 1, None if window == (0, 0, *size) else window)
        elif kind == _TRAILER:
            raise Damaged("it has no frame")
        else:
            raise Damaged(f"a block of an unknown kind, {kind:#x}")


def _table_length(flags: int) -> int:
    """Bytes of the colour table that ``flags`` announce."""
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _skip_blocks(data: bytes, at: int) -> int:
    """Where the chain of blocks at ``at`` ends: each begins with its length, and one of length 0 is the last."""
    while length := _take(data, at, 1)[0]:
        at += 1 + length
    return at + 1


def _take(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise Truncated
    return data[at : at + length]
