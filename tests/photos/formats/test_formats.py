"""What is checked of each format before it is decoded, and how formats and orientations are told."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from resnet_demo.photos.formats import kinds, png, tiff
from resnet_demo.photos.formats.exif import orientation
from resnet_demo.photos.formats.wrong import Damaged, Truncated, Unsupported
from tests.hostile.build import (
    decoded,
    encode,
    exif,
    picture,
    png_chunk,
    tiff_page,
)


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(2))


def test_of_an_animated_png_the_default_picture_is_left(pixels):
    frames = {"save_all": True, "append_images": [Image.fromarray(255 - pixels)]}
    data = png.picture(encode(pixels, "PNG", **frames, default_image=True))
    with Image.open(io.BytesIO(data)) as image:
        assert not getattr(image, "is_animated", False) and np.array_equal(np.asarray(image), pixels)


def test_data_in_any_number_of_chunks_are_one_chunk_afterwards(pixels):
    data = encode(pixels, "PNG")
    at = data.index(b"IDAT")
    packed = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
    parts = b"".join(png_chunk(b"IDAT", packed[place : place + 1]) for place in range(len(packed)))
    whole = png.picture(data[:33] + parts + png_chunk(b"IEND"))
    assert whole.count(b"IDAT") == 1 and np.array_equal(decoded(whole), pixels)


def check(data: bytes) -> None:
    whole = png.picture(data)
    png.check(png.opened(whole), whole)


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"compress_level": 0}])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_whole_png_passes_its_check_and_one_row_less_does_not(mode, options, pixels):
    image = (
        Image.fromarray(pixels[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(pixels).convert(mode)
    )
    data = encode(image, "PNG", **options)
    check(data)
    # The same data under a header that announces one row more.
    header = data[16:20] + struct.pack(">I", 25) + data[24:29]
    with pytest.raises(Truncated):
        check(data[:8] + png_chunk(b"IHDR", header) + data[33:])


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 5), (8, 8), (9, 17), (36, 24)])
def test_an_interlaced_png_is_measured_pass_by_pass(size):
    # By the definition: pixel (x, y) belongs to the pass that an 8 by 8 pattern gives it; every pass has its own rows.
    pattern = np.array(
        [[1, 6, 4, 6, 2, 6, 4, 6], [7] * 8, [5, 6] * 4, [7] * 8, [3, 6, 4, 6, 3, 6, 4, 6], [7] * 8, [5, 6] * 4, [7] * 8]
    )
    width, height = size
    numbers = np.tile(pattern, (height // 8 + 1, width // 8 + 1))[:height, :width]
    rows = b""
    for number in range(1, 8):
        for row in numbers:
            here = int((row == number).sum())
            rows += b"\0" + bytes(here * 3) if here else b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)

    def file(data: bytes) -> bytes:
        chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND")
        return png.SIGNATURE + chunks

    check(file(rows))
    with pytest.raises(Truncated):
        check(file(rows[:-1]))


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"])
def test_a_png_with_a_wrong_checksum_is_damaged(name, pixels):
    image = Image.fromarray(pixels).quantize(16)
    image.info["transparency"] = bytes(range(16))
    data = encode(image, "PNG")
    at = data.index(name)
    last = at + 4 + int.from_bytes(data[at - 4 : at], "big") + 3
    assert np.array_equal(decoded(png.picture(data)), decoded(data))
    with pytest.raises(Damaged, match="checksum"):
        png.picture(data[:last] + bytes((data[last] ^ 1,)) + data[last + 1 :])


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("up", range(1, 9))
def test_orientations_are_read_in_both_byte_orders(order, up):
    data = exif(up, order=order)
    assert orientation({"exif": data}) == orientation({"exif": b"Exif\0\0" + data}) == up


def test_an_orientation_is_found_behind_other_entries():
    image = Image.Exif()
    image[271], image[274], image[305] = "Maker of cameras", 8, "Software"
    assert orientation({"exif": image.tobytes()}) == 8


@pytest.mark.parametrize(
    "data", [None, b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", exif(0), exif(9), exif(6, kind=4)]
)
def test_anything_else_is_upright(data):
    assert orientation({"exif": data}) == 1


@pytest.mark.parametrize(
    "written", ['tiff:Orientation="6"', "tiff:Orientation = '6'", "<tiff:Orientation>6</tiff:Orientation>"]
)
def test_an_orientation_in_xmp_counts_where_exif_says_none(written):
    xmp = f"<x:xmpmeta><rdf:Description {written}/></x:xmpmeta>".encode()
    assert orientation({"xmp": xmp}) == orientation({"xmp": xmp, "exif": exif(9)}) == 6
    assert orientation({"xmp": xmp, "exif": exif(3)}) == 3


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"more": [(259, 3, (6,))]}, Unsupported),
        ({"more": [(254, 4, (1,))]}, Unsupported),
        ({"more": [(339, 3, (2, 2, 2))]}, Unsupported),
        ({"bits": (12,), "photometric": 1}, Unsupported),
        ({"more": [(279, 4, (10,))]}, Truncated),
    ],
)
def test_a_tiff_that_would_be_shown_wrong_is_refused(more, error, pixels):
    data = tiff_page((36, 24), pixels.tobytes(), **more)
    with pytest.raises(error):
        tiff.check(tiff.opened(data), data)


def test_the_formats_are_told_apart_by_content(pixels):
    expected = {"JPEG": "JPEG", "PNG": "PNG", "GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "WEBP": "WebP"}
    for form, title in {**expected, "AVIF": "AVIF", "HEIF": "HEIC"}.items():
        found = kinds.recognise(encode(pixels, form))
        assert found is not None and found.title == title
    for brand, others, title in (
        (b"mif1", b"avifmif1", "AVIF"),
        (b"mif1", b"mif1heic", "HEIC"),
        (b"msf1", b"hevc", "HEIC"),
        (b"heix", b"", "HEIC"),
        (b"avis", b"", "AVIF"),
    ):
        found = kinds.recognise(struct.pack(">I", 16 + len(others)) + b"ftyp" + brand + bytes(4) + others)
        assert found is not None and found.title == title
    for other in (b"isom", b"qt  ", b"mp42", b"crx "):
        assert kinds.recognise(struct.pack(">I", 16) + b"ftyp" + other + bytes(4)) is None
