"""Good files to start from, and the parts of files that no encoder would write.

``encode`` goes through Pillow; the other functions lay out a format by hand, so that any field can lie.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pillow_heif
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
"""PNG's colour types."""


def picture(rng: np.random.Generator, height: int = 24, width: int = 36) -> np.ndarray:
    """A smooth random photo, uint8 [height, width, 3], with a corner that shows which way is up."""
    coarse = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8)
    pixels = np.array(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    pixels[: height // 3, : width // 3] = (250, 10, 30)
    return pixels


def encode(pixels: np.ndarray | Image.Image, form: str, **options) -> bytes:
    """A file with ``pixels``, in a format by Pillow's name for it or "HEIF"."""
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    file = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, form, **options)
    return file.getvalue()


def decoded(data: bytes) -> np.ndarray:
    """What Pillow itself makes of a good file, unturned: the truth for formats that lose something."""
    if data[4:8] == b"ftyp" and data[8:12] not in (b"avif", b"avis"):
        return np.asarray(pillow_heif.open_heif(data).to_pillow().convert("RGB"))
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def over_white(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Straight-alpha colours over white, in whole numbers: round(c a / 255 + 255 - a)."""
    c, a = rgb.astype(int), alpha.astype(int)[..., None]
    return ((2 * (c * a + 255 * (255 - a)) + 255) // 510).astype(np.uint8)


# PNG


def png_chunk(name: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    *,
    before: bytes = b"",
    after: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """A PNG of ``size`` (width, height). Each row begins with its filter; chunks go before and after the data."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlace)
    body = png_chunk(b"IHDR", header) + before + png_chunk(b"IDAT", zlib.compress(rows)) + after + png_chunk(b"IEND")
    return PNG_SIGNATURE + body


def png_rows(samples: np.ndarray) -> bytes:
    """Samples [height, width, ...] of whole bytes as unfiltered rows, 16-bit ones high byte first."""
    samples = samples.astype(">u2") if samples.dtype == np.uint16 else samples
    return b"".join(b"\0" + np.ascontiguousarray(row).tobytes() for row in samples)


def png_with(data: bytes, *chunks: bytes) -> bytes:
    """A PNG with chunks put in behind its header."""
    end = len(PNG_SIGNATURE) + 25
    return data[:end] + b"".join(chunks) + data[end:]


# JPEG


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg_with(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with segments put in right behind its start."""
    return data[:2] + b"".join(segments) + data[2:]


def icc_segments(profile: bytes) -> bytes:
    parts = [profile[at : at + 65000] for at in range(0, len(profile), 65000)]
    return b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(parts))) + part) for number, part in enumerate(parts, 1)
    )


def icc_profile(space: bytes, tags: dict[bytes, bytes], *, version: int = 0x02400000, to: bytes = b"Lab ") -> bytes:
    """A profile from colours of ``space`` (ICC.1:2001, section 6): ``tags`` and a white point."""
    white = struct.pack(">3i", 63190, 65536, 54061)
    placed, directory, body = {**tags, b"wtpt": b"XYZ " + bytes(4) + white}, b"", b""
    at = 128 + 4 + 12 * len(placed)
    for name, content in placed.items():
        directory += struct.pack(">4sII", name, at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", at + len(body), b"none", version, b"mntr" if space == b"RGB " else b"prtr", space, to
    )
    head += bytes(12) + b"acsp" + bytes(28) + white
    return head.ljust(128, b"\0") + struct.pack(">I", len(placed)) + directory + body


# TIFF, and EXIF, which is one


def tiff(
    entries: Sequence[tuple[int, int, Sequence[int]]], data: bytes = b"", *, order: str = "<", next_page: int = 0
) -> bytes:
    """A TIFF: header, one directory, values, ``data``. An entry is (tag, type, values); the value -1 becomes the place
    of ``data``, bytes are values of one byte each."""
    letters = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B"}
    ordered = sorted(entries, key=lambda entry: entry[0])
    values_at = 8 + 2 + 12 * len(ordered) + 4
    lengths = [struct.calcsize(letters[kind]) * len(values) for _, kind, values in ordered]
    data_at = values_at + sum(length for length in lengths if length > 4)
    directory, far = struct.pack(order + "H", len(ordered)), b""
    for (tag, kind, values), length in zip(ordered, lengths, strict=True):
        if isinstance(values, bytes):
            packed = values
        else:
            packed = b"".join(struct.pack(order + letters[kind], data_at if v == -1 else v) for v in values)
        if length <= 4:
            directory += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
        else:
            directory += struct.pack(order + "HHII", tag, kind, len(values), values_at + len(far))
            far += packed
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "I", 8) + directory + struct.pack(order + "I", next_page) + far + data


def tiff_page(
    size: tuple[int, int],
    data: bytes,
    *,
    bits: Sequence[int] = (8, 8, 8),
    photometric: int = 2,
    compression: int = 1,
    more: Sequence[tuple[int, int, Sequence[int]]] = (),
    order: str = "<",
    next_page: int = 0,
) -> bytes:
    """A TIFF of one strip; ``more`` adds entries or replaces those of the same tag."""
    entries = {
        256: (256, 4, (size[0],)),
        257: (257, 4, (size[1],)),
        258: (258, 3, tuple(bits)),
        259: (259, 3, (compression,)),
        262: (262, 3, (photometric,)),
        273: (273, 4, (-1,)),
        277: (277, 3, (len(bits),)),
        278: (278, 4, (size[1],)),
        279: (279, 4, (len(data),)),
    }
    entries.update({entry[0]: tuple(entry) for entry in more})
    return tiff(list(entries.values()), data, order=order, next_page=next_page)


def exif(orientation: int, *, kind: int = 3, count: int = 1, order: str = "<") -> bytes:
    """EXIF data that hold an orientation, with the type and count it claims to have."""
    value = struct.pack(order + ("H" if kind == 3 else "I"), orientation).ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 1)
    return head + struct.pack(order + "HHI", 274, kind, count) + value + bytes(4)


# The others


def gif(screen: tuple[int, int], table: bytes, blocks: bytes, *, flags: int | None = None) -> bytes:
    """A GIF: screen size, a global table of 2 to 256 colours, then blocks as they are."""
    colours = len(table) // 3
    packed = (0x80 | 0x70 | (colours.bit_length() - 2) if colours else 0x70) if flags is None else flags
    return b"GIF89a" + struct.pack("<HHBBB", *screen, packed, 0, 0) + table + blocks + b";"


def gif_frame(box: tuple[int, int, int, int], indices: Sequence[int], *, transparent: int | None = None) -> bytes:
    """A frame at (left, top) of (width, height), written without compression: a clear code before every third pixel."""
    codes: list[int] = []
    for place, index in enumerate(indices):
        codes += ([256] if place % 3 == 0 else []) + [index]
    packed, filled, out = 0, 0, bytearray()
    for code in [*codes, 257]:
        packed |= code << filled
        filled += 9
        while filled >= 8:
            out.append(packed & 255)
            packed, filled = packed >> 8, filled - 8
    out.append(packed)
    control = b"" if transparent is None else bytes((0x21, 0xF9, 4, 1, 0, 0, transparent, 0))
    blocks = b"".join(bytes((len(out[at : at + 255]),)) + out[at : at + 255] for at in range(0, len(out), 255))
    return control + b"," + struct.pack("<HHHHB", *box, 0) + b"\x08" + blocks + b"\0"


def bmp(size: tuple[int, int], bits: int, body: bytes, *, compression: int = 0, table: bytes = b"") -> bytes:
    start = 14 + 40 + len(table)
    head = b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, compression, len(body), 2835, 2835, len(table) // 4, 0)
    return head + info + table + body


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP container around chunks (name, payload)."""
    body = b"".join(n + struct.pack("<I", len(p)) + p + bytes(len(p) % 2) for n, p in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def box(kind: bytes, payload: bytes = b"") -> bytes:
    """A box of HEIC, AVIF and MP4."""
    return struct.pack(">I4s", 8 + len(payload), kind) + payload
