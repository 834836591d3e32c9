"""PNG: the chunks that its picture needs, with their checksums verified.

A picture whose data were altered on the way fails its checksum here, and one whose data end early is found too short;
Pillow would show it wrong, or black from there on. Of an animation, whose first frame Pillow would take, the frames are
left out.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import NamedTuple

from PIL import ImageFile
from PIL.PngImagePlugin import PngImageFile

from resnet_demo.photos.formats.wrong import Damaged, Truncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""What makes up the picture."""
_XMP = b"XML:com.adobe.xmp\0"
_GREY, _RGB = 0, 2
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by colour type: grey, RGB, palette, grey and alpha, RGB and alpha."""

# Where each of the seven passes of an interlaced picture begins, and its steps: x, y, then the steps.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    interlaced: int


def picture(data: bytes) -> bytes:
    """A PNG of the picture alone; of an animated one of the default picture. Raises ``Truncated`` or ``Damaged``."""
    kept, packed = [SIGNATURE], bytearray()
    header, at = None, len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise Truncated
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Truncated
        if (header is None) != (name == b"IHDR"):
            raise Damaged("its header is not the first chunk, or comes twice")
        payload = memoryview(data)[at + 8 : end - 4]
        if name in _KEPT and zlib.crc32(payload, zlib.crc32(name)) != int.from_bytes(data[end - 4 : end], "big"):
            raise Damaged(f"the checksum of a chunk {name.decode('ascii')} is wrong")
        if name == b"IHDR":
            header = _header(bytes(payload))
            kept.append(data[at:end])
        elif name == b"IDAT":
            packed += payload
        elif name == b"IEND":
            return b"".join((*kept, _chunk(b"IDAT", bytes(packed)), data[at:end]))
        elif name == b"tRNS" and header is not None:
            kept.append(_chunk(name, _scaled_key(bytes(payload), header)))
        elif name in (b"PLTE", b"eXIf", b"iCCP") or (name == b"iTXt" and bytes(payload[:18]) == _XMP):
            kept.append(data[at:end])
        elif name[:1].isupper():
            raise Damaged(f"it has a chunk of an unknown kind, {name!r}")
        at = end


def opened(data: bytes) -> PngImageFile:
    return PngImageFile(io.BytesIO(data))


def _header(payload: bytes) -> _Header:
    if len(payload) != 13:
        raise Damaged("its header has the wrong length")
    header = _Header(*struct.unpack(">IIBBxxB", payload))
    if header.colour not in _SAMPLES or header.depth not in (1, 2, 4, 8, 16) or header.interlaced > 1:
        raise Damaged(f"its header says {tuple(header)}")
    return header


def check(_: ImageFile.ImageFile, data: bytes) -> None:
    """Hold the data of ``picture(…)`` to their header, which takes time by the size of the picture.

    Raises ``Truncated`` where they unpack to fewer bytes than the picture has, ``Damaged`` where they don't unpack.
    """
    start = data.index(b"IDAT", 33)
    packed = memoryview(data)[start + 4 : start + 4 + int.from_bytes(data[start - 4 : start], "big")]
    unpacker, missing = zlib.decompressobj(), _length(_header(data[16:29]))
    try:
        waiting: bytes | memoryview = packed
        while waiting and missing > 0 and not unpacker.eof:
            missing -= len(unpacker.decompress(waiting, 1 << 20))
            waiting = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Damaged(f"its data can't be unpacked: {error}") from None
    if missing > 0:
        raise Truncated


def _length(header: _Header) -> int:
    """Bytes of the unpacked data: each row of each pass has a filter byte, then its pixels in whole bytes."""
    bits = header.depth * _SAMPLES[header.colour]
    total = 0
    for left, top, across, down in _PASSES if header.interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(header.width - left) // across), -(-(header.height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _scaled_key(payload: bytes, header: _Header) -> bytes:
    """The transparent colour on the scale of the decoded pixels: Pillow scales those to 8 bits, but not this.

    Of 16-bit colours the decoder keeps the upper eight bits, so those are what can be compared.
    """
    if header.colour == _GREY and header.depth in (2, 4) and len(payload) == 2:
        return struct.pack(">H", int.from_bytes(payload, "big") * (255 // (2**header.depth - 1)) & 255)
    if header.colour == _RGB and header.depth == 16 and len(payload) == 6:
        return struct.pack(">HHH", *(value >> 8 for value in struct.unpack(">HHH", payload)))
    return payload


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
