"""Photos as large as is allowed, in the layouts that take their decoders the most memory, all small on disk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.build import PNG_SIGNATURE, RGB_ALPHA, encode, exif, png_chunk, tiff_page

SIDES = 8000, 5000  # 40 megapixels, all that is allowed
SMALLER = 6000, 5000  # 30, where a format's decoder takes more


def large_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents."""
    width, height = SIDES
    inks = Image.new("CMYK", SIDES, (10, 60, 120, 30))
    yield "progressive-cmyk.jpg", encode(inks, "JPEG", progressive=True, subsampling=0, quality=30)
    del inks

    # Sixteen bits, four channels, in one strip, to be turned: 320 MB unpacked.
    row = np.full(width * 4, 40_000, "<u2").tobytes()
    more = [(274, 3, (6,)), (338, 3, (1,))]
    yield "strip.tif", tiff_page(SIDES, repeated(row, height), bits=(16,) * 4, compression=8, more=more)
    header = struct.pack(">IIBBBBB", width, height, 16, RGB_ALPHA, 0, 0, 0)
    turned = png_chunk(b"eXIf", exif(6))
    data = png_chunk(b"IDAT", repeated(b"\0" + row, height))
    yield "deep.png", PNG_SIGNATURE + png_chunk(b"IHDR", header) + turned + data + png_chunk(b"IEND")

    flat = Image.new("RGBA", SMALLER, (90, 120, 40, 128))
    yield "lossless.webp", encode(flat, "WEBP", lossless=True, quality=0, method=0, exif=exif(6))
    yield "clear.avif", encode(flat, "AVIF", speed=10, quality=10, subsampling="4:4:4", exif=exif(6))


def repeated(row: bytes, times: int) -> bytes:
    """Equal rows, deflated, without ever holding them all."""
    packer = zlib.compressobj(1)
    return b"".join([packer.compress(row) for _ in range(times)]) + packer.flush()
