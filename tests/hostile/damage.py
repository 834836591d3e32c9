"""Good files, damaged: cut off, altered on the way, partly overwritten, or with a header that lies about the size."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.hostile.build import (
    GREY,
    RGB,
    bmp,
    decoded,
    encode,
    gif,
    gif_frame,
    picture,
    png,
    png_chunk,
    png_rows,
    riff,
    tiff_page,
)
from tests.hostile.case import Case, either, refused, shown

SIZE_CODES = ("photo-too-many-pixels", "photo-too-elongated", "photo-no-pixels", "photo-truncated", "photo-damaged")


@dataclass(frozen=True, eq=False)
class Good:
    """``checked`` says that the format's checksums let no altered picture through."""

    title: str
    data: bytes
    truth: np.ndarray
    checked: bool = False


def good_files(rng: np.random.Generator) -> list[Good]:
    """One good file of every format and of those variants that take another way through a decoder."""
    pixels = picture(rng, 48, 64)
    grey = pixels[..., 1]
    kinds: list[tuple[str, str, np.ndarray | Image.Image, dict]] = [
        ("JPEG", "JPEG", pixels, {"quality": 90}),
        ("progressive JPEG", "JPEG", pixels, {"quality": 90, "progressive": True}),
        ("JPEG with restarts", "JPEG", pixels, {"quality": 90, "restart_marker_blocks": 4}),
        ("grey JPEG", "JPEG", grey, {"quality": 90}),
        ("PNG", "PNG", pixels, {}),
        ("palette PNG", "PNG", Image.fromarray(pixels).quantize(64), {}),
        ("GIF", "GIF", Image.fromarray(pixels).quantize(64), {}),
        ("BMP", "BMP", pixels, {}),
        ("WebP", "WEBP", pixels, {"quality": 90}),
        ("lossless WebP", "WEBP", pixels, {"lossless": True}),
        ("TIFF", "TIFF", pixels, {}),
        ("deflated TIFF", "TIFF", pixels, {"compression": "tiff_adobe_deflate"}),
        ("LZW TIFF", "TIFF", pixels, {"compression": "tiff_lzw"}),
        ("AVIF", "AVIF", pixels, {"quality": 90}),
        ("HEIC", "HEIF", pixels, {"quality": 90}),
    ]
    files = [(title, encode(image, form, **options), form) for title, form, image, options in kinds]
    return [Good(title, data, decoded(data), form == "PNG") for title, data, form in files]


def truncated(rng: np.random.Generator) -> Iterator[Case]:
    """Cut off anywhere: an error, or the whole picture where only what follows it is missing. Never half of one."""
    for good in good_files(rng):
        length = len(good.data)
        cuts = {*(int(length * part) for part in (0.1, 0.3, 0.6, 0.9, 0.98)), length - 1, length - 2}
        for cut in sorted(cuts):
            yield either("truncated", f"{good.title}, {cut} of {length} bytes", good.data[:cut], good.truth)


def flipped(rng: np.random.Generator) -> Iterator[Case]:
    """One to eight bits altered. Where a format has checksums, no altered picture comes out."""
    for good in good_files(rng):
        for turn in range(8):
            altered = bytearray(good.data)
            places = rng.integers(0, len(altered), 1 + turn)
            for place in places:
                altered[place] ^= 1 << int(rng.integers(8))
            truth = good.truth if good.checked else None
            yield either("flipped", f"{good.title}, bits at {sorted(places.tolist())}", bytes(altered), truth)


def overwritten(rng: np.random.Generator) -> Iterator[Case]:
    """A stretch of zeros, of noise, and a stretch twice: a bad disk, a bad transfer."""
    for good in good_files(rng):
        length = len(good.data)
        start = int(rng.integers(length // 3, length // 2))
        end = start + length // 6
        truth = good.truth if good.checked else None
        noise = rng.bytes(end - start)
        for what, middle in (("zeros", bytes(end - start)), ("noise", noise), ("twice", good.data[start:end] * 2)):
            yield either("overwritten", f"{good.title}, {what}", good.data[:start] + middle + good.data[end:], truth)


def lying_sizes(rng: np.random.Generator) -> Iterator[Case]:
    """A header with another size than its picture has, its own checksum right."""
    pixels = picture(rng)
    height, width = pixels.shape[:2]
    sizes = [(width * 2, height * 2), (6000, 6000), (100_000, 100_000), (2**31 - 1, 1), (0, height), (width, 0)]
    family = "lying size"
    for size in sizes:
        yield refused(family, f"PNG says {size}", png(size, 8, RGB, png_rows(pixels)), *SIZE_CODES)
        page = tiff_page((width, height), pixels.tobytes(), more=[(256, 4, (size[0],)), (257, 4, (size[1],))])
        yield refused(family, f"TIFF says {size}", page, *SIZE_CODES)
        yield refused(family, f"BMP says {size}", bmp(size, 24, bytes(width * height * 3)), *SIZE_CODES)
    frame = gif_frame((0, 0, 4, 4), [1] * 16)
    table = bytes(range(256)) * 3
    for screen in ((0, 4), (65535, 65535), (65535, 1)):
        data = gif(screen, table, frame)
        if screen == (0, 4):  # the frame says how large it is: browsers and Pillow make the screen as large
            yield either(family, f"GIF says {screen}", data)
        else:
            yield refused(family, f"GIF says {screen}", data, *SIZE_CODES)
    jpeg = encode(pixels, "JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    for rows, columns in ((0, 64), (65535, 65535), (1, 65535), (64, 0)):
        data = jpeg[:at] + struct.pack(">HH", rows, columns) + jpeg[at + 4 :]
        yield refused(family, f"JPEG says {columns} by {rows}", data, *SIZE_CODES)
    # Its decoder fills up with grey what the data don't reach, if they end with an end marker, and can't be asked.
    larger = jpeg[:at] + struct.pack(">HH", 480, 640) + jpeg[at + 4 :]
    yield either(family, "JPEG says 640 by 480", larger)
    webp = encode(pixels, "WEBP")
    for size in ((100, 100), (16384, 16384), (1, 1)):
        canvas = bytes(4) + b"".join((side - 1).to_bytes(3, "little") for side in size)
        data = riff((b"VP8X", canvas), (b"VP8 ", webp[20:]))
        yield refused(family, f"WebP says {size}", data, *SIZE_CODES)
    for title, form in (("AVIF", "AVIF"), ("HEIC", "HEIF")):
        data = encode(picture(rng, 400, 600), form, quality=20)
        at = data.index(b"ispe") + 8
        for size in ((60, 40), (9000, 9000), (0, 400), (2**31, 2**31)):
            lie = data[:at] + struct.pack(">II", *size) + data[at + 8 :]
            if (title, size) == ("AVIF", (60, 40)):  # its decoder makes the picture as small as the file says
                yield either(family, f"{title} says {size}", lie)
            else:
                yield refused(family, f"{title} says {size}", lie, *SIZE_CODES)


def broken_parts(rng: np.random.Generator) -> Iterator[Case]:
    """Files whose parts are each in order, but not in this order, number or kind."""
    family = "broken parts"
    pixels = picture(rng)
    good = png((36, 24), 8, RGB, png_rows(pixels))
    header, data, end = good[8:33], good[33:-12], good[-12:]
    for what, parts in (
        ("no header", data + end),
        ("two headers", header + header + data + end),
        ("header last", data + header + end),
        ("no data", header + end),
        ("end first", header + end + data),
        ("an unknown critical chunk", header + png_chunk(b"XXXX", b"?") + data + end),
        ("a chunk longer than the file", header + struct.pack(">I", 2**31 - 1) + data[4:] + end),
        ("a wrong checksum", header + data[:-1] + bytes((data[-1] ^ 1,)) + end),
        ("a filter of no kind", png((36, 24), 8, RGB, b"\x09" + png_rows(pixels)[1:])[8:]),
        ("too few rows", png((36, 24), 8, RGB, png_rows(pixels[:10]))[8:]),
        ("colour type 5", png((36, 24), 8, 5, png_rows(pixels))[8:]),
        ("depth 3", png((36, 24), 3, GREY, png_rows(pixels[..., 0]))[8:]),
        ("an interlacing of no kind", png((36, 24), 8, RGB, png_rows(pixels), interlace=7)[8:]),
    ):
        yield either(family, f"PNG with {what}", good[:8] + parts, pixels if "interlacing" not in what else None)
    jpeg = encode(pixels, "JPEG")
    frame, scan = jpeg.index(b"\xff\xc0"), jpeg.index(b"\xff\xda")
    length = 2 + int.from_bytes(jpeg[frame + 2 : frame + 4], "big")
    for what, broken in (
        ("two frames", jpeg[:frame] + jpeg[frame : frame + length] + jpeg[frame:]),
        ("no frame", jpeg[:frame] + jpeg[frame + length :]),
        ("12-bit samples", jpeg[: frame + 4] + b"\x0c" + jpeg[frame + 5 :]),
        ("two components", jpeg[: frame + 9] + b"\x02" + jpeg[frame + 10 :]),
        ("lossless coding", jpeg[:frame] + b"\xff\xc3" + jpeg[frame + 2 :]),
        ("no tables", jpeg[:2] + jpeg[frame:]),
        ("a segment longer than the file", jpeg[:2] + b"\xff\xe1\xff\xff" + jpeg[2:]),
        ("no scan", jpeg[:scan] + b"\xff\xd9"),
        ("a reserved marker", jpeg[:2] + b"\xff\x55" + jpeg[2:]),
    ):
        yield refused(family, f"JPEG with {what}", broken)
    truth = decoded(jpeg)
    yield either(family, "JPEG with noise between segments", jpeg[:2] + b"noise" + jpeg[2:], truth)
    yield either(family, "JPEG with a segment of length 0", jpeg[:2] + b"\xff\xe1\0\0" + jpeg[2:], truth)
    yield shown(family, "JPEG without its end marker", jpeg[:-2], truth)
    webp = encode(pixels, "WEBP", lossless=True)
    for what, chunks in (
        ("no picture", [(b"VP8X", bytes(4) + b"\x23\0\0\x17\0\0")]),
        ("an animation without frames", [(b"VP8X", b"\x02\0\0\0\x23\0\0\x17\0\0"), (b"ANIM", bytes(6))]),
        ("an empty picture", [(b"VP8L", b"")]),
        ("a chunk that is unknown", [(b"XXXX", b"????"), (b"VP8L", webp[20:])]),
    ):
        yield either(family, f"WebP with {what}", riff(*chunks), pixels)
