"""What each format is reduced to: the same picture for its decoder, and nothing of what else was in the file."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from resnet_demo.photos.formats import exif as exif_data
from resnet_demo.photos.formats import gif, iso_media, jpeg, kinds, png, tiff
from resnet_demo.photos.formats.bare import Damaged, Truncated, Unsupported
from tests.hostile.build import (
    decoded,
    encode,
    exif,
    icc_segments,
    jpeg_with,
    picture,
    png_chunk,
    png_with,
    segment,
    tiff_page,
)

SECRET = b"51.4934N 0.0098W, Tuesday"


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(2))


def with_secrets(form: str, pixels: np.ndarray) -> bytes:
    """A good file that says more than its picture, in every place its format has for it."""
    if form == "JPEG":
        parts = (segment(0xFE, SECRET), segment(0xE1, b"Exif\0\0" + exif(3) + SECRET), segment(0xED, SECRET))
        return jpeg_with(encode(pixels, form), *parts) + SECRET
    if form == "PNG":
        parts = (png_chunk(b"tEXt", b"k\0" + SECRET), png_chunk(b"eXIf", exif(3) + SECRET), png_chunk(b"prVt", SECRET))
        return png_with(encode(pixels, form), *parts) + SECRET
    frames = {"save_all": True, "append_images": [Image.fromarray(pixels).convert("L")]}
    if form == "GIF":
        return encode(pixels, form, comment=SECRET, **frames) + SECRET
    assert form == "TIFF"
    return encode(pixels, form, tiffinfo={270: SECRET.decode(), 274: 3}, **frames)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF"])
def test_what_is_left_decodes_to_the_same_picture_and_holds_nothing_else(form, pixels):
    data = with_secrets(form, pixels)
    bare = {"JPEG": jpeg, "PNG": png, "GIF": gif}[form].bare(data)
    assert bare.size == (36, 24)
    assert np.array_equal(decoded(bare.data), decoded(data))
    assert SECRET in data and SECRET not in bare.data


def test_a_tiffs_directory_is_the_only_one_and_names_only_the_picture(pixels):
    data = with_secrets("TIFF", pixels)
    bare = tiff.bare(data)
    assert (bare.size, bare.orientation) == ((36, 24), 3)
    with Image.open(io.BytesIO(bare.data)) as image:
        assert image.n_frames == 1 and not {270, 274, 34665} & set(image.tag_v2)
        assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}])
def test_a_tiff_decodes_to_the_same_picture_from_its_new_directory(options, pixels):
    data = encode(pixels, "TIFF", **options)
    assert np.array_equal(decoded(tiff.bare(data).data), decoded(data))


def test_heic_and_avif_keep_their_length_and_lose_their_descriptions(pixels):
    for form, reduce in (("HEIF", iso_media.bare_heif), ("AVIF", iso_media.bare_avif)):
        data = encode(pixels, form, exif=exif(1) + SECRET, xmp=SECRET)
        bare = reduce(data)
        assert len(bare.data) == len(data)
        assert np.array_equal(decoded(bare.data), decoded(data))
    left = pillow_heif.open_heif(iso_media.bare_heif(encode(pixels, "HEIF", exif=exif(1), xmp=SECRET)).data)
    assert not left.info["exif"] and "xmp" not in left.info


def test_jpegs_keep_what_says_how_their_colours_are_stored(pixels):
    inks = encode(Image.fromarray(pixels).convert("CMYK"), "JPEG")
    profile = bytes(range(256)) * 300
    bare = jpeg.bare(jpeg_with(inks, icc_segments(profile)))
    with Image.open(io.BytesIO(bare.data)) as image:
        assert image.info["icc_profile"] == profile and "adobe" in image.info
    as_stored = encode(pixels, "JPEG", keep_rgb=True)
    assert np.array_equal(decoded(jpeg.bare(as_stored).data), decoded(as_stored))


def test_a_phones_second_picture_is_left_out(pixels):
    data = encode(pixels, "MPO", save_all=True, append_images=[Image.fromarray(255 - pixels)])
    bare = jpeg.bare(data)
    assert bare.data.count(b"\xff\xd9") == 1
    assert np.array_equal(decoded(bare.data), decoded(data))


def test_fill_bytes_and_restart_markers_belong_to_the_picture(pixels):
    data = encode(pixels, "JPEG", restart_marker_blocks=1)
    assert data.count(b"\xff\xd3") >= 1
    padded = data[:-2] + b"\xff\xff\xff" + data[-2:]
    assert np.array_equal(decoded(jpeg.bare(padded).data), decoded(data))


def test_progressive_jpegs_have_fifty_scans_at_most(pixels):
    data = encode(pixels, "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    scans = data.count(b"\xff\xda")
    fifty = data[:-2] + scan * (50 - scans) + data[-2:]
    assert jpeg.bare(fifty).size == (36, 24)
    with pytest.raises(Damaged, match="50 scans"):
        jpeg.bare(fifty[:-2] + scan + fifty[-2:])


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"compress_level": 0}])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_whole_png_passes_its_check_and_one_row_less_does_not(mode, options, pixels):
    image = (
        Image.fromarray(pixels[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(pixels).convert(mode)
    )
    data = encode(image, "PNG", **options)
    png.bare(data).verify()
    # The same data under a header that announces one row more.
    header = data[16:20] + struct.pack(">I", 25) + data[24:29]
    with pytest.raises(Truncated):
        png.bare(data[:8] + png_chunk(b"IHDR", header) + data[33:]).verify()


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

    png.bare(file(rows)).verify()
    with pytest.raises(Truncated):
        png.bare(file(rows[:-1])).verify()


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"])
def test_a_png_with_a_wrong_checksum_is_damaged(name, pixels):
    image = Image.fromarray(pixels).quantize(16)
    image.info["transparency"] = bytes(range(16))
    data = encode(image, "PNG")
    at = data.index(name)
    last = at + 4 + int.from_bytes(data[at - 4 : at], "big") + 3
    assert png.bare(data).size == (36, 24)
    with pytest.raises(Damaged, match="checksum"):
        png.bare(data[:last] + bytes((data[last] ^ 1,)) + data[last + 1 :])


def test_a_tiffs_tag_may_not_hold_more_than_any_picture_needs(pixels):
    raw = pixels.tobytes()
    for length, accepted in ((4_000_000, True), (4_000_001, False)):
        page = tiff_page((36, 24), raw + bytes(length), more=[(279, 4, (len(raw),)), (347, 7, bytes(length))])
        if accepted:
            assert tiff.bare(page).size == (36, 24)
        else:
            with pytest.raises(Damaged, match="4000001 bytes"):
                tiff.bare(page)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("up", range(1, 9))
def test_orientations_are_read_in_both_byte_orders(order, up):
    assert (
        exif_data.orientation(exif(up, order=order)) == exif_data.orientation(b"Exif\0\0" + exif(up, order=order)) == up
    )


def test_an_orientation_is_found_behind_other_entries():
    image = Image.Exif()
    image[271], image[274], image[305] = "Maker of cameras", 8, "Software"
    assert exif_data.orientation(image.tobytes()) == 8


@pytest.mark.parametrize(
    "data", [None, b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", exif(0), exif(9), exif(6, kind=4)]
)
def test_anything_else_is_upright(data):
    assert exif_data.orientation(data) == 1


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"more": [(259, 3, (6,))]}, Unsupported),
        ({"more": [(254, 4, (1,))]}, Unsupported),
        ({"more": [(339, 3, (2, 2, 2))]}, Unsupported),
        ({"bits": (12,), "photometric": 1}, Unsupported),
        ({"compression": 8, "more": [(322, 4, (9000,)), (323, 4, (9000,)), (324, 4, (-1,)), (325, 4, (9,))]}, Damaged),
        ({"more": [(279, 4, (2**31,))]}, Truncated),
        ({"more": [(279, 4, (10,))]}, Truncated),
        ({"more": [(273, 4, (-1, -1)), (279, 4, (10,))]}, Damaged),
        ({"more": [(256, 4, (36, 36, 36, 36, 36, 36, 36, 36, 36))]}, Damaged),
    ],
)
def test_a_tiff_whose_directory_asks_for_too_much_is_refused(more, error, pixels):
    with pytest.raises(error):
        tiff.bare(tiff_page((36, 24), pixels.tobytes(), **more))


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
