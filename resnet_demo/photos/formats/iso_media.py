"""HEIC and AVIF: files made of nested boxes (ISO/IEC 14496-12), the picture one item of several (ISO/IEC 23008-12).

What is left out is every link from a picture to data that describe it: the decoders would copy all of those out, and
many items may point to the same bytes. Orientation is a property of the picture here, which the decoders apply.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from resnet_demo.photos.formats import av1
from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated, Unsupported

AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_EITHER = {b"mif1", b"msf1"}

# One reference: its length, its type, from which item, to how many.
_DESCRIBES = re.compile(rb"(\0\0..)cdsc", re.DOTALL)


def brand(data: bytes) -> str | None:
    """ "AVIF" or "HEIF" as the file's type box says, None for films and everything else."""
    if data[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(data[:4], "big"), 512)
    major, others = data[8:12], {data[at : at + 4] for at in range(16, end - 3, 4)}
    brands = {major} | (others if major in _EITHER else set())
    return "AVIF" if brands & AVIF_BRANDS else "HEIF" if brands & (HEIF_BRANDS | _EITHER) else None


def bare_heif(data: bytes) -> Bare:
    """The pictures of a HEIC without what describes them. Raises ``Truncated`` or ``Damaged``."""
    return Bare(b"".join(_without_descriptions(data)))


def bare_avif(data: bytes) -> Bare:
    """The still picture of an AVIF. Raises ``Truncated``, ``Damaged`` or ``Unsupported``.

    Its decoder trusts the size that the coded picture gives, not the file's, and has no limit that can be set: a few
    kilobytes could make it fill gigabytes. So the coded sizes are read here, and the caller compares.
    """
    items = _coded_items(data)
    if not items:
        raise Unsupported("an AVIF film without a still picture")
    coded = tuple(width * height for item in items for width, height in av1.frame_sizes(item))
    # With this brand first, the decoder takes the still picture where there is a film as well.
    still = b"".join(_without_descriptions(data))
    return Bare(still[:8] + b"avif" + still[12:], coded=coded)


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """The boxes side by side in a stretch of ``data``: type, and where the content begins and ends."""
    at, end = start, len(data) if end is None else end
    while at < end:
        if at + 8 > end:
            raise Truncated
        length, kind = struct.unpack_from(">I4s", data, at)
        content = at + 8
        if length == 1:
            if at + 16 > end:
                raise Truncated
            (length,) = struct.unpack_from(">Q", data, content)
            content = at + 16
        elif length == 0:
            length = end - at
        if at + length > end:
            raise Truncated
        if at + length < content:
            raise Damaged(f"a box of length {length}")
        yield kind, content, at + length
        at += length


def _without_descriptions(data: bytes) -> Iterator[bytes]:
    """``data`` in pieces of unchanged length, with no reference of type "content describes" but in media data."""
    at = 0
    for kind, _, end in boxes(data):
        piece = data[at:end]
        yield piece if kind == b"mdat" else _DESCRIBES.sub(rb"\1skip", piece)
        at = end


def _coded_items(data: bytes) -> list[bytes]:
    """The bytes of every item coded in AV1: pictures, tiles of one, transparency."""
    coded: list[bytes] = []
    for kind, start, end in boxes(data):
        if kind != b"meta":
            continue
        inside = {name: data[a:b] for name, a, b in boxes(data, start + 4, end)}
        types = _item_types(inside.get(b"iinf", b""))
        for item, method, extents in _Locations(inside.get(b"iloc", b"")).read():
            if types.get(item) != b"av01":
                continue
            if method != 0 or len(extents) != 1:
                raise Unsupported("an AVIF picture stored in pieces")
            offset, length = extents[0]
            if offset + length > len(data):
                raise Truncated
            coded.append(data[offset : offset + length] if length else data[offset:])
    return coded


def _item_types(box: bytes) -> dict[int, bytes]:
    """Item numbers and their types, from the content of an item information box."""
    if len(box) < 6:
        return {}
    types = {}
    for kind, start, end in boxes(box, 6 if box[0] == 0 else 8):
        if kind == b"infe" and end - start >= 14 and box[start] in (2, 3):
            wide = box[start] == 3
            number = int.from_bytes(box[start + 4 : start + (8 if wide else 6)], "big")
            types[number] = box[start + (10 if wide else 8) :][:4]
    return types


class _Locations:
    """Reads the content of an item location box: for each item where its bytes lie."""

    def __init__(self, box: bytes) -> None:
        self._box, self._at = box, 4

    def read(self) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
        """Item number, construction method (0: offsets into the file), and (offset, length) of each extent."""
        if len(self._box) < 8:
            return
        version = self._box[0]
        sizes = self._number(2)
        offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _ in range(self._number(2 if version < 2 else 4)):
            item = self._number(2 if version < 2 else 4)
            method = self._number(2) & 15 if version else 0
            self._number(2)  # which file: this one
            base = self._number(base_size)
            extents = []
            for _ in range(self._number(2)):
                self._number(index_size if version else 0)
                extents.append((base + self._number(offset_size), self._number(length_size)))
            yield item, method, extents

    def _number(self, length: int) -> int:
        if self._at + length > len(self._box):
            raise Truncated
        self._at += length
        return int.from_bytes(self._box[self._at - length : self._at], "big")
