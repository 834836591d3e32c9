"""Reading photos: what is accepted and what is not, and how a photo is named."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.photos.read import preview, read_photo
from resnet_demo.settings import Settings
from tests.hostile.attacks import grid, heic
from tests.hostile.build import (
    GREY,
    PNG_SIGNATURE,
    RGB,
    decoded,
    encode,
    exif,
    jpeg_with,
    picture,
    png,
    png_chunk,
    png_rows,
    png_with,
    riff,
    segment,
    tiff_page,
)


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(0))


def refusal(photo, **options) -> InputError:
    with pytest.raises(InputError) as caught:
        read_photo(photo, **options)
    return caught.value


def announced(width: int, height: int) -> bytes:
    """A PNG whose header is right and whose picture is missing: what is refused by its size is refused undecoded."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0))
    return PNG_SIGNATURE + header + png_chunk(b"IDAT", zlib.compress(b"")) + png_chunk(b"IEND")


# What comes in


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_bytes_a_path_and_its_text_give_the_same_pixels(form, pixels, tmp_path):
    path = tmp_path / "photo.any"
    path.write_bytes(encode(pixels, form))
    for photo in (path.read_bytes(), path, str(path)):
        assert np.array_equal(read_photo(photo).pixels, pixels)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_every_accepted_format_is_read_as_its_own_library_reads_it(form, pixels):
    data = encode(pixels, form)
    assert np.array_equal(read_photo(data).pixels, decoded(data))


def test_a_sideways_phone_photo_is_turned_upright(pixels):
    data = jpeg_with(encode(pixels, "JPEG"), segment(0xE1, b"Exif\0\0" + exif(6)))
    assert np.array_equal(read_photo(data).pixels, np.rot90(decoded(data), -1))


def test_of_a_phones_two_pictures_the_first_is_read(pixels):
    data = encode(pixels, "MPO", save_all=True, append_images=[Image.fromarray(255 - pixels)])
    assert np.array_equal(read_photo(data).pixels, decoded(encode(pixels, "JPEG")))


def test_a_photo_that_only_xmp_turns_is_turned(pixels):
    told = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    jpeg = jpeg_with(encode(pixels, "JPEG"), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + told))
    text = png_with(encode(pixels, "PNG"), png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + told))
    webp = encode(pixels, "WEBP", lossless=True, xmp=told)
    for data in (jpeg, text, webp):
        assert np.array_equal(read_photo(data).pixels, np.rot90(decoded(data), -1))


def test_an_array_is_taken_as_it_is_and_not_shared(pixels):
    photo = read_photo(pixels)
    pixels_before = pixels.copy()
    pixels[:] = 0
    assert np.array_equal(photo.pixels, pixels_before)


def test_an_array_of_any_memory_layout_is_taken(pixels):
    assert np.array_equal(read_photo(pixels[::-1, ::2]).pixels, pixels[::-1, ::2])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), bool),
        np.zeros((4, 4, 3), np.int8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_an_array_that_is_no_rgb_photo_is_refused_with_its_type_and_shape(array):
    error = refusal(array)
    assert error.code == "photo-array-invalid"
    assert str(array.dtype) in str(error) and str(array.shape) in str(error) and "[height, width, 3]" in str(error)


def test_an_array_without_pixels_is_refused():
    assert refusal(np.zeros((0, 5, 3), np.uint8)).code == "photo-no-pixels"


@pytest.mark.parametrize("thing", [None, 7, ["photo.jpg"], {"path": "photo.jpg"}])
def test_a_python_object_that_is_no_photo_is_refused_by_its_type(thing):
    error = refusal(thing)
    assert error.code == "photo-type-unsupported" and type(thing).__name__ in str(error)


# Limits


def test_a_file_is_refused_by_its_length_on_disk_before_it_is_read(tmp_path):
    path = tmp_path / "long.jpg"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    error = refusal(path)
    assert error.code == "photo-too-large"
    assert error.details == {"name": "long.jpg", "size_mb": 20.0, "limit_mb": 20.0}
    with path.open("wb") as file:
        file.truncate(20_000_000)
    assert refusal(path).code == "photo-not-an-image"


def test_the_limit_of_megabytes_is_a_setting_and_counts_for_bytes_too(pixels):
    data = encode(pixels, "PNG")
    assert read_photo(data, settings=Settings(max_file_mb=len(data) / 1e6)).pixels.shape == pixels.shape
    assert refusal(data, settings=Settings(max_file_mb=(len(data) - 1) / 1e6)).code == "photo-too-large"


def test_a_photo_of_more_pixels_than_the_limit_is_refused_before_decoding():
    error = refusal(announced(8001, 5000))
    assert error.code == "photo-too-many-pixels"
    assert {k: error.details[k] for k in ("width", "height", "limit_megapixels")} == {
        "width": 8001,
        "height": 5000,
        "limit_megapixels": 40.0,
    }
    assert refusal(announced(8000, 5000)).code == "photo-truncated"  # passed the limit, and has no picture


def test_formats_that_take_more_memory_have_a_lower_limit_and_the_message_says_which():
    # A lossless WebP begins with its sides less one, in 14 bits each; a picture need not follow.
    sides = struct.pack("<I", 6001 - 1 | (5000 - 1) << 14)
    error = refusal(riff((b"VP8L", b"\x2f" + sides + b"\x88\x88\x08\0")))
    assert error.code == "photo-too-many-pixels" and error.details["limit_megapixels"] == 30.0 and "WebP" in str(error)


def test_the_limit_of_pixels_is_a_setting_and_counts_for_arrays_too(pixels):
    settings = Settings(max_megapixels=pixels.shape[0] * pixels.shape[1] / 1e6)
    assert read_photo(encode(pixels, "PNG"), settings=settings).pixels.shape == pixels.shape
    one_more = np.zeros((pixels.shape[0] + 1, pixels.shape[1], 3), np.uint8)
    for photo in (one_more, encode(one_more, "PNG"), encode(one_more, "WEBP")):
        assert refusal(photo, settings=settings).code == "photo-too-many-pixels"


@pytest.mark.parametrize(("times", "megapixels"), [(2, 0.004), (4, 0.001)])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_more_pixels_than_the_limit_is_decoded_smaller(times, megapixels, progressive):
    data = encode(picture(np.random.default_rng(3), 96, 144), "JPEG", quality=95, progressive=progressive)
    made = read_photo(data, settings=Settings(max_megapixels=megapixels)).pixels
    assert made.shape == (96 // times, 144 // times, 3)
    averaged = decoded(data).reshape(96 // times, times, 144 // times, times, 3).mean(axis=(1, 3))
    assert np.abs(made - averaged).mean() < 3


def test_a_jpeg_that_is_too_large_at_an_eighth_of_its_sides_is_refused():
    data = encode(np.zeros((96, 144, 3), np.uint8), "JPEG")
    assert read_photo(data, settings=Settings(max_megapixels=12 * 18 / 1e6)).pixels.shape == (12, 18, 3)
    assert refusal(data, settings=Settings(max_megapixels=0.0002)).code == "photo-too-many-pixels"


def test_a_heic_of_a_quarter_more_than_the_limit_is_halved_and_a_larger_one_refused():
    data = encode(picture(np.random.default_rng(3), 96, 144), "HEIF")
    made = read_photo(data, settings=Settings(max_megapixels=96 * 144 / 1.25e6)).pixels
    averaged = decoded(data).reshape(48, 2, 72, 2, 3).mean(axis=(1, 3))
    assert np.abs(made - averaged).max() <= 1
    assert refusal(data, settings=Settings(max_megapixels=96 * 144 / 1.26e6)).code == "photo-too-many-pixels"


def test_a_phones_photo_of_48_megapixels_is_read():
    square = (b"hvc1", b"", (512, 512), [])
    tiles = (b"grid", grid(16, 12, (8064, 6048)), (8064, 6048), [2] * 192)
    made = read_photo(heic([tiles, square]))
    assert (made.pixels.shape, made.notes) == ((3024, 4032, 3), ("smaller",))


def test_twelve_bits_kept_in_sixteen_are_as_bright_as_they_were_meant():
    values = np.linspace(0, 4080, 48, dtype=np.uint16).reshape(6, 8)
    made = read_photo(png((8, 6), 16, GREY, png_rows(values)))
    assert made.notes == ("12-bit",)
    assert np.array_equal(made.pixels[..., 0], np.rint(values * (255 / 4095)))
    colours = png((2, 2), 16, RGB, png_rows(np.full((2, 2, 3), 4000, np.uint16)))
    assert refusal(colours).code == "photo-kind-unsupported"
    assert not read_photo(png((2, 2), 16, RGB, png_rows(np.zeros((2, 2, 3), np.uint16)))).pixels.any()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 98, "subsampling": 0}])
@pytest.mark.parametrize("shape", [(24, 36), (400, 600)])
def test_a_jpeg_whose_end_mark_alone_is_missing_opens_and_one_that_lacks_pixels_does_not(options, shape):
    data = encode(picture(np.random.default_rng(4), *shape), "JPEG", **options)
    assert data.endswith(b"\xff\xd9")
    assert read_photo(data).notes == ()
    assert read_photo(data[:-2]).notes == ("end-missing",)
    for whole in (data[:-2], data[:-1]):
        assert np.array_equal(read_photo(whole).pixels, decoded(data))
    for missing in (8, 30):
        assert refusal(data[:-missing]).code == "photo-truncated"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(99), "a camera's raw photo"),
        (bytes(128) + b"DICM" + bytes(99), "a DICOM picture"),
        (b"P6\n2 2\n255\n" + bytes(12), "a portable pixmap"),
        (encode(np.zeros((2, 2, 3), np.uint8), "TGA"), "a Targa picture"),
    ],
)
def test_what_is_no_photo_for_the_web_is_named_for_what_it_is(data, words):
    error = refusal(data)
    assert error.code == "photo-format-unsupported" and words in str(error)


@pytest.mark.parametrize(
    "more",
    [
        [(254, 4, (1,))],  # NEF: a reduced picture first
        [(330, 4, (8,)), (259, 3, (6,))],  # ARW: pages below, the first an old JPEG
        [(50706, 1, (1, 4, 0, 0))],  # DNG
    ],
)
def test_raw_photos_that_are_tiffs_are_named_for_what_they_are(more, pixels):
    error = refusal(tiff_page((36, 24), pixels.tobytes(), more=more))
    assert error.code == "photo-kind-unsupported" and "raw" in str(error)


def test_pillows_own_limit_neither_stops_a_larger_setting_nor_is_changed(monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"):
        assert read_photo(encode(np.zeros((30, 40, 3), np.uint8), form)).pixels.shape == (30, 40, 3)
    assert Image.MAX_IMAGE_PIXELS == 100 and not recwarn.list


def test_where_pillow_insists_on_its_limit_the_photo_has_too_many_pixels(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert refusal(encode(np.zeros((30, 40, 3), np.uint8), "TIFF")).code == "photo-too-many-pixels"


@pytest.mark.parametrize(("shape", "accepted"), [((1, 50), True), ((1, 51), False), ((50, 1), True), ((51, 1), False)])
def test_a_side_is_at_most_fifty_times_the_other(shape, accepted):
    data = encode(np.zeros((*shape, 3), np.uint8), "PNG")
    if accepted:
        assert read_photo(data).pixels.shape == (*shape, 3)
    else:
        assert refusal(data).code == "photo-too-elongated"
    assert refusal(data, settings=Settings(max_aspect=2)).code == "photo-too-elongated"


# Names


def test_a_photo_is_called_by_its_path_unless_it_has_a_name(pixels, tmp_path):
    path = tmp_path / "a1b2c3.png"
    path.write_bytes(encode(pixels, "PNG"))
    assert read_photo(path).name == "a1b2c3.png"
    assert read_photo(path, name="Our cat.png").name == "Our cat.png"
    assert read_photo(path.read_bytes()).name == read_photo(pixels).name == "photo"


# Previews


def test_a_preview_is_at_most_as_long_as_asked_and_keeps_the_shape():
    assert preview(np.zeros((3000, 2000, 3), np.uint8)).shape == (1024, 683, 3)
    assert preview(np.zeros((40, 2000, 3), np.uint8), limit=100).shape == (2, 100, 3)
    assert preview(np.zeros((3, 10_000, 3), np.uint8)).shape == (1, 1024, 3)


def test_a_small_photo_is_its_own_preview(pixels):
    assert np.array_equal(preview(pixels), pixels)


def test_a_preview_averages_what_it_leaves_out():
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.abs(preview(stripes)[8:-8, 8:-8].astype(int) - 100).max() <= 2
