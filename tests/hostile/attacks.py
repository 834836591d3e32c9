"""Files within every limit on bytes and pixels that once took a server's time or memory from everybody else."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.hostile.bombs import zeros
from tests.hostile.build import (
    GREY,
    PNG_SIGNATURE,
    box,
    encode,
    icc_profile,
    icc_segments,
    jpeg_with,
    png_chunk,
    png_rows,
    segment,
    tiff_page,
)

MOST = 20_000_000
"""Bytes of a file that the page accepts."""


def tiles() -> bytes:
    """A page 894 wide in tiles 4,000,000 wide, all of them the same 62 kB."""
    width, height, tile = 894, 44_700, (4_000_000, 16)
    count = -(-height // tile[1])
    packed = zeros(tile[0] * tile[1])
    more = [(322, 4, (tile[0],)), (323, 4, (tile[1],)), (324, 4, (-1,) * count), (325, 4, (len(packed),) * count)]
    return tiff_page((width, height), packed, bits=(8,), photometric=1, compression=8, more=more)


def matrices(count: int) -> bytes:
    """A CMYK JPEG whose profile turns ink into colour by ``count`` matrices one after another: 8 bytes each.

    ICC.1:2022, section 10.16: a multiProcessElements type is a list of places, and all may be the same one.
    """
    turn = np.roll(np.eye(4), 1, axis=0).ravel()
    matrix = b"matf" + bytes(4) + struct.pack(">HH", 4, 4) + struct.pack(">20f", *turn, *(0.001,) * 4)
    last = b"matf" + bytes(4) + struct.pack(">HH", 4, 3) + struct.pack(">15f", *np.eye(4)[:3].ravel(), 0, 0, 0)
    first = 16 + 8 * (count + 1)
    places = struct.pack(">II", first, len(matrix)) * count + struct.pack(">II", first + len(matrix), len(last))
    chain = b"mpet" + bytes(4) + struct.pack(">HHI", 4, 3, count + 1) + places + matrix + last
    inks = encode(Image.new("CMYK", (64, 64), (10, 60, 120, 30)), "JPEG")
    return jpeg_with(inks, icc_segments(icc_profile(b"CMYK", {b"D2B0": chain}, version=0x04300000)))


def empty_chunks() -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 36, 24, 8, GREY, 0, 0, 0))
    rows = png_chunk(b"IDAT", zlib.compress(png_rows(np.full((24, 36), 90, np.uint8))))
    end = png_chunk(b"IEND")
    empty = png_chunk(b"IDAT")
    return PNG_SIGNATURE + header + empty * ((MOST - 200) // len(empty)) + rows + end


def empty_tables() -> bytes:
    jpeg = encode(np.full((24, 36, 3), 90, np.uint8), "JPEG")
    table = segment(0xC4, b"")
    return jpeg_with(jpeg, table * ((MOST - len(jpeg)) // len(table)))


# HEIC, laid out by hand (ISO/IEC 23008-12, ISO/IEC 14496-12)


def heic(items: list[tuple[bytes, bytes, tuple[int, int], list[int]]], *, copies: int = 1, fill: int = 0) -> bytes:
    """A HEIC whose first item is the picture. An item is (type, content, size, items that it is made of, from 1).

    Items without parts are coded pictures, whose content lies in the file ``copies`` times as extents of one place.
    """
    coded, config = _coded()
    infos, references, associations, places = b"", b"", b"", b""
    properties = box(b"hvcC", config)
    content = b"".join(data or coded for _, data, _, _ in items) + bytes(fill)
    for number, (kind, _, size, parts) in enumerate(items, 1):
        infos += box(b"infe", struct.pack(">IHH4sB", 2 << 24, number, 0, kind, 0))
        properties += box(b"ispe", struct.pack(">III", 0, *size))
        shown = bytes((0x81, 1 + number)) if kind == b"hvc1" else bytes((1 + number,))
        associations += struct.pack(">HB", number, len(shown)) + shown
        if parts:
            references += box(b"dimg", struct.pack(f">HH{len(parts)}H", number, len(parts), *parts))
    meta_length = None
    for _ in range(2):  # the places depend on the length of what says them
        start = 24 + (meta_length or 0) + 8
        places, at = b"", start
        for number, (kind, data, _, _) in enumerate(items, 1):
            length = len(data or coded)
            extent = struct.pack(">II", at, length + (fill if kind == b"hvc1" else 0))
            count = copies if kind == b"hvc1" else 1
            places += struct.pack(">HHH", number, 0, count) + extent * count
            at += length
        meta = box(
            b"meta",
            bytes(4)
            + box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + box(b"pitm", struct.pack(">IH", 0, 1))
            + box(b"iinf", struct.pack(">IH", 0, len(items)) + infos)
            + (box(b"iref", bytes(4) + references) if references else b"")
            + box(
                b"iprp",
                box(b"ipco", properties) + box(b"ipma", struct.pack(">II", 0, len(items)) + associations),
            )
            + box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, len(items)) + places),
        )
        meta_length = len(meta)
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta + box(b"mdat", content)


def _coded(side: int = 512) -> tuple[bytes, bytes]:
    """A plain square as HEVC codes it, and its configuration."""
    import pillow_heif

    image = pillow_heif.from_pillow(Image.new("RGB", (side, side), (90, 120, 40)))
    file = io.BytesIO()
    image.save(file, quality=10)
    data = file.getvalue()
    at = data.index(b"hvcC")
    config = data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
    at = data.index(b"mdat")
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")], config


def grid(columns: int, rows: int, size: tuple[int, int]) -> bytes:
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)


def nested_grids(depth: int) -> bytes:
    """A picture of 30 megapixels out of one square, and around it ``depth`` grids of one tile."""
    size, across, down = (6000, 5000), 12, 10
    outer = [(b"grid", grid(1, 1, size), size, [number + 1]) for number in range(1, depth + 1)]
    last = depth + 2
    inner = (b"grid", grid(across, down, size), size, [last] * (across * down))
    return heic([*outer, inner, (b"hvc1", b"", (512, 512), [])])


def extents(copies: int) -> bytes:
    return heic([(b"hvc1", b"", (512, 512), [])], copies=copies, fill=MOST - 20_000)


ATTACKS: dict[str, Callable[[], bytes]] = {
    "TIFF of 2,794 tiles of 64 MB": tiles,
    "CMYK JPEG with a profile of 5,000 matrices": lambda: matrices(5000),
    "HEIC of 20 grids in each other": lambda: nested_grids(20),
    "HEIC whose picture is the whole file 32 times": lambda: extents(32),
    "PNG of 1.6 million empty chunks": empty_chunks,
    "JPEG of 4.9 million empty tables": empty_tables,
}
