"""Small files that are large inside, and structures that cost a careless reader far more than their size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.hostile.build import (
    GREY,
    PNG_SIGNATURE,
    RGB,
    bmp,
    box,
    decoded,
    encode,
    exif,
    gif,
    gif_frame,
    icc_segments,
    jpeg_with,
    picture,
    png_chunk,
    png_with,
    riff,
    segment,
    tiff,
    tiff_page,
)
from tests.hostile.case import Case, either, refused, shown

TOO_MANY = "photo-too-many-pixels"


def zeros(count: int) -> bytes:
    """``count`` zero bytes, deflated, without ever holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    return b"".join((*parts, packer.compress(bytes(count & (1 << 20) - 1)), packer.flush()))


def bombs(_: np.random.Generator) -> Iterator[Case]:
    """More pixels than are accepted, in a few kilobytes."""
    family = "bombs"
    for width, height in ((7000, 7000), (20_000, 20_000), (60_000, 60_000)):
        for bits, colour in ((1, GREY), (8, RGB), (16, RGB)):
            header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
            rows = png_chunk(b"IDAT", zlib.compress(bytes(10_000)))
            data = PNG_SIGNATURE + header + rows + png_chunk(b"IEND")
            yield refused(family, f"PNG of {width} by {height}, {bits}-bit", data, TOO_MANY)
        page = tiff_page((width, height), zeros(1 << 20), compression=8)
        yield refused(family, f"TIFF of {width} by {height}", page, TOO_MANY)
        frame = gif_frame((0, 0, width, height), [0] * 9)
        yield refused(family, f"GIF of {width} by {height}", gif((width, height), bytes(768), frame), TOO_MANY)
        yield refused(
            family, f"BMP of {width} by {height}", bmp((width, height), 8, bytes(2000), compression=1), TOO_MANY
        )
    for width, height in ((7000, 7000), (16383, 16383)):
        # Six bytes of a lossless picture: its size in 14 bits a side, then nothing but single-symbol codes.
        head = b"\x2f" + struct.pack("<I", width - 1 | (height - 1) << 14)
        # The decoder of WebP takes room for the picture before it tells its size, or can't.
        codes = TOO_MANY, "photo-damaged"
        yield refused(family, f"WebP of {width} by {height}", riff((b"VP8L", head + b"\x88\x88\x08\0")), *codes)
        canvas = bytes(4) + b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
        small = encode(np.zeros((4, 4, 3), np.uint8), "WEBP")[20:]
        yield refused(family, f"WebP canvas of {width} by {height}", riff((b"VP8X", canvas), (b"VP8 ", small)))
    grey = encode(Image.new("L", (16, 16)), "JPEG", progressive=True)
    at = grey.index(b"\xff\xc2") + 5
    for side in (7000, 65500):
        data = grey[:at] + struct.pack(">HH", side, side) + grey[at + 4 :]
        if side == 7000:  # JPEG is decoded at half its size
            yield either(family, f"JPEG of {side} by {side}", data)
        else:
            yield refused(family, f"JPEG of {side} by {side}", data, TOO_MANY)


def costly_parts(rng: np.random.Generator) -> Iterator[Case]:
    """Good pictures whose other parts would fill memory or take minutes: nothing else comes out, if anything does."""
    family = "costly parts"
    pixels = picture(rng)
    size = pixels.shape[1], pixels.shape[0]
    jpeg, png = encode(pixels, "JPEG"), encode(pixels, "PNG")
    webp, avif = encode(pixels, "WEBP", lossless=True), encode(pixels, "AVIF", quality=95)
    truth = decoded(jpeg)

    # A directory of many tags that all point to the same bytes: reading all of them multiplies these.
    many = tiff([(40_000 + tag, 7, (1,) * 5) for tag in range(3000)])
    blob = bytes(200_000)
    overlapping = b"II*\0" + struct.pack("<IH", 8, 3000)
    overlapping += b"".join(struct.pack("<HHII", 40_000 + tag, 7, len(blob), 40_000) for tag in range(3000))
    overlapping += bytes(4) + blob
    for what, data in (("many tags", many), ("overlapping tags", overlapping)):
        parts = [segment(0xE1, b"Exif\0\0" + data[at : at + 65_000]) for at in range(0, len(data), 65_000)]
        yield shown(family, f"JPEG with EXIF of {what}", jpeg_with(jpeg, *parts), truth)
        yield shown(family, f"PNG with EXIF of {what}", png_with(png, png_chunk(b"eXIf", data)), pixels)
        canvas = b"\x08\0\0\0" + b"".join((side - 1).to_bytes(3, "little") for side in size)
        yield shown(
            family, f"WebP with EXIF of {what}", riff((b"VP8X", canvas), (b"VP8L", webp[20:]), (b"EXIF", data)), pixels
        )
        with_exif = encode(pixels, "AVIF", quality=95, exif=exif(1) + data[8:])
        yield shown(family, f"AVIF with EXIF of {what}", with_exif, decoded(avif))

    raw = pixels.tobytes()
    page = tiff_page(size, raw)
    directory = struct.unpack_from("<H", page, 8)[0]
    old = [struct.unpack_from("<HHII", page, 10 + 12 * entry) for entry in range(directory)]
    start = len(page)
    entries = [*old, *((40_000 + tag, 7, start - 8, 8) for tag in range(5000))]
    packed = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    yield shown(
        family,
        "TIFF of 5,000 tags over the whole file",
        page[:4] + struct.pack("<I", start) + page[8:] + packed,
        pixels,
    )

    blob = bytes(5_000_000)
    kept = [(tag, 1, len(blob), 8) for tag in (266, 292, 293, 317, 320, 338, 347, 529, 530, 531, 532, 34675)]
    entries = sorted([*old, *kept])
    packed = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    data = page[:4] + struct.pack("<I", start + len(blob)) + page[8:] + blob + packed
    yield refused(family, "TIFF of twelve tags of 5 MB", data)

    for what, tile in (("30,000 by 30,000", (30_000, 30_000)), ("2 ** 31 by 1", (2**31, 1))):
        more = [(322, 4, (tile[0],)), (323, 4, (tile[1],)), (324, 4, (-1,)), (325, 4, (1000,))]
        data = tiff_page(size, zeros(1 << 20), compression=8, more=more)
        yield refused(family, f"TIFF with a tile of {what}", data, "photo-damaged")
    pieces = [(273, 4, (-1,) * 300_000), (279, 4, (1,) * 300_000), (278, 4, (1,))]
    yield either(family, "TIFF in 300,000 strips", tiff_page(size, raw, more=pieces))
    yield refused(family, "TIFF with six hundred samples", tiff_page(size, raw, more=[(277, 3, (600,))]))

    bomb = zeros(64 << 20)
    for name, head in ((b"zTXt", b"k\0\0"), (b"iCCP", b"p\0\0"), (b"iTXt", b"k\0\1\0\0\0")):
        yield either(family, f"PNG with {name.decode()} of 64 MB", png_with(png, png_chunk(name, head + bomb)), pixels)
    texts = [png_chunk(b"tEXt", b"k\0" + bytes(32))] * 20_000
    yield shown(family, "PNG with 20,000 texts", png_with(png, *texts), pixels)
    yield shown(family, "JPEG with a profile of 2 MB", jpeg_with(jpeg, icc_segments(bytes(2_000_000))), truth)
    yield shown(family, "JPEG with 200 comments", jpeg_with(jpeg, *[segment(0xFE, bytes(65_000))] * 200), truth)

    indices = rng.integers(0, 2, 24 * 36).tolist()
    table = bytes((0, 0, 0, 200, 100, 50)) + bytes(762)
    comment = b"!\xfe" + (b"\xff" + bytes(255)) * 12_000 + b"\0"
    frame = gif_frame((0, 0, 36, 24), indices)
    colours = np.frombuffer(table, np.uint8).reshape(256, 3)[np.array(indices).reshape(24, 36)]
    yield shown(family, "GIF with a comment of 3 MB", gif((36, 24), table, comment + frame), colours)
    yield shown(family, "GIF with 3,000 frames", gif((36, 24), table, frame * 3000), colours)

    progressive = encode(pixels, "JPEG", progressive=True)
    last = progressive.rindex(b"\xff\xda")
    scan = progressive[progressive.rindex(b"\xff\xc4", 0, last) : -2]
    yield either(family, "JPEG of 5,000 scans", progressive[:-2] + scan * 5000 + b"\xff\xd9")
    runs = b"\x01\x55" * 36
    yield either(
        family,
        "BMP of three million runs of one pixel",
        bmp((4000, 800), 8, (runs + b"\0\0") * 45_000, compression=1, table=bytes(1024)),
    )
    references = b"".join(box(b"cdsc", struct.pack(">HHH", item, 1, 1)) for item in range(2, 1000))
    at = avif.index(b"iref") if b"iref" in avif else None
    if at is None:  # no references of its own: add a box of them behind the picture's
        yield either(family, "AVIF with 1,000 references", avif + box(b"iref", bytes(4) + references), decoded(avif))
