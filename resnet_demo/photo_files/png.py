"""PNG: the chunks that its picture needs, with their checksums verified.

Left out are text, profiles and the frames of animations. A picture whose data were altered on the way fails its
checksum here; Pillow does not look at those of the picture's data and would show something else.
"""

from __future__ import annotations

import struct
import zlib

from resnet_demo.photo_files import exif
from resnet_demo.photo_files.bare import Bare, Damaged, Truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_GREY, _RGB = 0, 2


def bare(data: bytes) -> Bare:
    """The picture of a PNG; of an animated one the default picture. Raises ``Truncated`` or ``Damaged``."""
    kept = [SIGNATURE]
    header, up, at = None, 1, len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise Truncated
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Truncated
        if (header is None) != (name == b"IHDR"):
            raise Damaged("its header is not the first chunk, or comes twice")
        if name in _KEPT:
            if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise Damaged(f"the checksum of a chunk {name.decode('ascii')} is wrong")
            if name == b"IHDR":
                header = _header(data[at + 8 : end - 4])
            if name == b"tRNS" and header is not None:
                kept.append(_chunk(name, _scaled_key(data[at + 8 : end - 4], *header[2:])))
            else:
                kept.append(data[at:end])
        elif name == b"eXIf":
            up = exif.orientation(data[at + 8 : end - 4])
        elif name[:1].isupper():
            raise Damaged(f"it has a chunk of an unknown kind, {name!r}")
        if name == b"IEND":
            assert header is not None  # the first chunk is IHDR, or Damaged was raised
            return Bare(b"".join(kept), header[:2], up)
        at = end


def _header(payload: bytes) -> tuple[int, int, int, int]:
    """Width, height, bit depth and colour type."""
    if len(payload) != 13:
        raise Damaged("its header has the wrong length")
    return struct.unpack_from(">IIBB", payload)


def _scaled_key(payload: bytes, depth: int, colour: int) -> bytes:
    """The transparent colour on the scale of the decoded pixels: Pillow scales those to 8 bits, but not this.

    Of 16-bit colours the decoder keeps the upper eight bits, so those are what can be compared.
    """
    if colour == _GREY and depth in (2, 4) and len(payload) == 2:
        return struct.pack(">H", int.from_bytes(payload, "big") * (255 // (2**depth - 1)) & 255)
    if colour == _RGB and depth == 16 and len(payload) == 6:
        return struct.pack(">HHH", *(value >> 8 for value in struct.unpack(">HHH", payload)))
    return payload


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
