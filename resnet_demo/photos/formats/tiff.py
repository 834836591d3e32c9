"""TIFF: a directory with the tags that its first page needs, in place of the one in the file.

Left out are further pages, camera data and everything else a tag can point to. What the decoder will make room for
(strips, tiles) is held to what the page has pixels for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from resnet_demo.photos.formats.bare import Bare, Damaged, Truncated, Unsupported
from resnet_demo.photos.formats.exif import ORIENTATION

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES = 254, 256, 257, 258, 259, 262, 277
ROWS_PER_STRIP, TILE_WIDTH, TILE_HEIGHT, SAMPLE_FORMAT = 278, 322, 323, 339
STRIPS, STRIP_LENGTHS, TILES, TILE_LENGTHS = 273, 279, 324, 325

_KEPT = {
    *(WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, ROWS_PER_STRIP, TILE_WIDTH, TILE_HEIGHT, SAMPLE_FORMAT),
    *(STRIPS, STRIP_LENGTHS, TILES, TILE_LENGTHS),
    *(266, 284, 292, 293, 317, 320),  # FillOrder, PlanarConfiguration, T4Options, T6Options, Predictor, ColorMap
    *(338, 347),  # ExtraSamples, JPEGTables
    *(529, 530, 531, 532),  # how YCbCr is stored
}
PROFILE = 34675
"""Kept of CMYK alone: of other pictures it isn't used."""

COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}
"""None, the three of fax, LZW, JPEG, Deflate, PackBits, and Deflate's older number."""

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
CMYK, YCBCR = 5, 6

MOST_PIECES = 200_000
"""Strips or tiles of a page. Pillow describes each in some hundred bytes of its own."""

LARGEST_VALUE = 4_000_000
"""Bytes of one tag's values, more than any profile or list of pieces has. Several tags may point to the same ones."""

LARGEST_TILE = 64_000_000
"""Bytes of one tile: one larger than the page costs its full size, whatever the page's."""

_BYTES_OF = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_LETTER_OF = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True)
class _Layout:
    """How a TIFF's numbers are written: classic, or BigTIFF with 8-byte offsets. ``order`` is struct's."""

    order: str
    big: bool

    @property
    def word(self) -> str:
        return "Q" if self.big else "I"

    @property
    def entry(self) -> str:
        """Tag, type, count, and the value itself or where it lies."""
        return f"{self.order}HH{self.word}{8 if self.big else 4}s"

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")


class _Tags:
    """The first directory's entries, checked to lie within the file."""

    def __init__(self, data: bytes, layout: _Layout, start: int) -> None:
        self._data, self._layout, self.length = data, layout, len(data)
        self.entries: dict[int, tuple[int, int, bytes]] = {}
        try:
            (count,) = struct.unpack_from(layout.count, data, start)
            at = start + struct.calcsize(layout.count)
            step = struct.calcsize(layout.entry)
            if at + count * step > len(data):
                raise Truncated
            for place in range(at, at + count * step, step):
                tag, kind, values, value = struct.unpack_from(layout.entry, data, place)
                if tag in _KEPT or tag in (ORIENTATION, SUBFILE, PROFILE):
                    self.entries.setdefault(tag, (kind, values, value))
        except struct.error:
            raise Truncated from None

    def bytes_of(self, tag: int) -> bytes:
        """A tag's values as they lie in the file. Raises ``Truncated`` where they don't."""
        kind, values, value = self.entries[tag]
        length = _BYTES_OF.get(kind, 1) * values
        if length <= len(value):
            return value[:length]
        (start,) = struct.unpack(self._layout.order + self._layout.word, value)
        if start + length > len(self._data):
            raise Truncated
        if length > LARGEST_VALUE:
            raise Damaged(f"its tag {tag} has {length} bytes")
        return self._data[start : start + length]

    def numbers(self, tag: int, default: tuple[int, ...], most: int = 8) -> tuple[int, ...]:
        """A tag's whole numbers, ``default`` where the page lacks it. Raises ``Damaged`` for more than ``most``."""
        if tag not in self.entries:
            return default
        kind, values, _ = self.entries[tag]
        if kind not in _LETTER_OF or not 1 <= values <= most:
            raise Damaged(f"its tag {tag} holds {values} values of type {kind}")
        return struct.unpack(f"{self._layout.order}{values}{_LETTER_OF[kind]}", self.bytes_of(tag))

    def number(self, tag: int, default: int) -> int:
        return self.numbers(tag, (default,))[0]


def bare(data: bytes) -> Bare:
    """The first page of a TIFF or BigTIFF. Raises ``Truncated``, ``Damaged`` or ``Unsupported``."""
    layout = _Layout({b"I": "<", b"M": ">"}[data[:1]], 43 in data[2:4])
    try:
        (start,) = struct.unpack_from(layout.order + layout.word, data, 8 if layout.big else 4)
    except struct.error:
        raise Truncated from None
    tags = _Tags(data, layout, start)
    if WIDTH not in tags.entries or HEIGHT not in tags.entries:
        raise Damaged("its first page has no size")
    size, up = (tags.number(WIDTH, 0), tags.number(HEIGHT, 0)), _orientation(tags)
    for tag in (ORIENTATION, *((PROFILE,) if tags.number(PHOTOMETRIC, 0) != CMYK else ())):
        tags.entries.pop(tag, None)
    _check_kind(tags)
    _check_pieces(tags)
    return Bare(_with_directory(data, layout, tags), size, up)


def _orientation(tags: _Tags) -> int:
    try:
        up = tags.number(ORIENTATION, 1)
    except Damaged:  # no reason to refuse the picture
        return 1
    return up if 1 <= up <= 8 else 1


def _check_kind(tags: _Tags) -> None:
    """Refuse what has no plain meaning as a picture of 8 bits, or comes out wrong from the decoder."""
    if tags.number(SUBFILE, 0) & 1:
        raise Unsupported("a camera's raw data, with only a thumbnail beside them")
    compression = tags.number(COMPRESSION, 1)
    if compression not in COMPRESSIONS:
        raise Unsupported(f"TIFF data of compression {compression}")
    bits, kind = max(tags.numbers(BITS, (1,))), max(tags.numbers(SAMPLE_FORMAT, (UNSIGNED,)))
    if kind == SIGNED or (kind == UNSIGNED and bits not in (1, 2, 4, 8, 16)) or (kind == FLOAT and bits != 32):
        raise Unsupported(f"{bits}-bit {'floating-point' if kind == FLOAT else 'whole'} numbers with no defined white")
    if compression == 1 and tags.number(PHOTOMETRIC, 0) == YCBCR:  # Pillow would take it for four bytes a pixel
        raise Unsupported("uncompressed YCbCr")
    # Pillow hands 16-bit and float values on as they are even where the page says that 0 is white.
    if bits > 8 and tags.number(PHOTOMETRIC, 0) == 0:
        raise Unsupported(f"{bits}-bit values that count from white")


def _check_pieces(tags: _Tags) -> None:
    for tag in tags.entries:
        tags.bytes_of(tag)
    for places, lengths in ((STRIPS, STRIP_LENGTHS), (TILES, TILE_LENGTHS)):
        if places in tags.entries:
            _check_places(tags, places, lengths)
    bits = tags.numbers(BITS, (1,))
    pixel = max(sum(bits), bits[0] * tags.number(SAMPLES, 1))
    if tags.number(TILE_WIDTH, 0) * tags.number(TILE_HEIGHT, 0) * pixel // 8 > LARGEST_TILE:
        raise Damaged("its tiles are larger than a picture")


def _check_places(tags: _Tags, places: int, lengths: int) -> None:
    """Hold a page's pieces to the file: the decoder would take whatever else it finds there for pixels."""
    if tags.entries[places][1] > MOST_PIECES:
        raise Damaged(f"it is cut into over {MOST_PIECES} pieces")
    starts = tags.numbers(places, (), most=MOST_PIECES)
    counts = tags.numbers(lengths, (), most=MOST_PIECES)
    if len(starts) != len(counts):
        raise Damaged(f"it has {len(starts)} pieces and {len(counts)} lengths")
    if any(start + count > tags.length for start, count in zip(starts, counts, strict=True)):
        raise Truncated
    if tags.number(COMPRESSION, 1) == 1 and sum(counts) < _unpacked_length(tags):
        raise Truncated


def _unpacked_length(tags: _Tags) -> int:
    """Bytes of the page's pixels as they are, each row in whole bytes."""
    bits = tags.numbers(BITS, (1,))
    pixel = max(sum(bits), bits[0] * tags.number(SAMPLES, 1))
    return tags.number(HEIGHT, 0) * (tags.number(WIDTH, 0) * pixel // 8)


def _with_directory(data: bytes, layout: _Layout, tags: _Tags) -> bytes:
    """``data`` with a directory of the kept tags at its end, the only one that its header leads to."""
    entries = [(tag, *entry) for tag, entry in sorted(tags.entries.items()) if tag != SUBFILE]
    directory = struct.pack(layout.count, len(entries))
    directory += b"".join(struct.pack(layout.entry, *entry) for entry in entries)
    directory += struct.pack(layout.order + layout.word, 0)
    head = 8 if layout.big else 4
    start = len(data) + len(data) % 2  # directories begin on even bytes
    offset = struct.pack(layout.order + layout.word, start)
    return b"".join((data[:head], offset, data[head + len(offset) :], bytes(start - len(data)), directory))
