"""Photos as programs have them: each kind gives the pixels of the file it was made from, or a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as F

from resnet_demo.errors import InputError
from resnet_demo.photos.inputs import several
from resnet_demo.photos.read import read_photo
from tests.hostile.build import encode, exif, jpeg_with, picture, segment

PIXELS = picture(np.random.default_rng(0))
GREY = PIXELS[..., :1]


class Named:
    """An ``os.PathLike`` that is no ``Path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


def refusal(photo) -> InputError:
    with pytest.raises(InputError) as caught:
        read_photo(photo)
    return caught.value


def test_a_path_of_any_kind_and_an_open_file_give_the_files_pixels_under_its_name(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(encode(PIXELS, "PNG"))
    with path.open("rb") as file:
        for photo in (str(path), path, Named(path), file, Image.open(path)):
            read = read_photo(photo)
            assert np.array_equal(read.pixels, PIXELS) and read.name == "cat.png"


def test_bytes_of_any_kind_are_read_and_a_file_object_from_its_beginning():
    data = encode(PIXELS, "PNG")
    written = io.BytesIO()
    written.write(data)  # it stands at its end, as after Image.save
    for photo in (data, bytearray(data), memoryview(data), written, written):
        assert np.array_equal(read_photo(photo).pixels, PIXELS)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_pillow_image_gives_what_its_file_gives(form):
    data = encode(PIXELS, form)
    assert np.array_equal(read_photo(Image.open(io.BytesIO(data))).pixels, read_photo(data).pixels)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "1", "P", "CMYK", "I;16"])
def test_a_pillow_image_of_any_mode_gives_what_its_file_gives(mode):
    image = Image.fromarray(PIXELS)
    image = Image.fromarray(GREY[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(np.full(PIXELS.shape[:2], 100, np.uint8)))
    file = io.BytesIO()
    image.save(file, "TIFF" if mode == "CMYK" else "PNG")
    assert np.array_equal(read_photo(image).pixels, read_photo(file).pixels)


def test_a_sideways_phone_photo_is_turned_upright_as_a_pillow_image_too():
    data = jpeg_with(encode(PIXELS, "JPEG"), segment(0xE1, b"Exif\0\0" + exif(6)))
    assert np.array_equal(read_photo(Image.open(io.BytesIO(data))).pixels, read_photo(data).pixels)


@pytest.mark.parametrize(
    "array",
    [
        PIXELS,
        PIXELS.transpose(2, 0, 1),
        (PIXELS / 255),
        (PIXELS / 255).astype(np.float32).transpose(2, 0, 1),
        torch.from_numpy(PIXELS),
        torch.from_numpy(PIXELS).permute(2, 0, 1),
        F.pil_to_tensor(Image.fromarray(PIXELS)),
        F.to_tensor(Image.fromarray(PIXELS)),
        F.to_tensor(Image.fromarray(PIXELS)).double().requires_grad_(),
    ],
    ids=lambda array: f"{type(array).__name__} {array.dtype} {tuple(array.shape)}",
)
def test_pixels_in_either_order_and_kind_come_back_to_the_bit(array):
    assert np.array_equal(read_photo(array).pixels, PIXELS)


@pytest.mark.parametrize("array", [GREY, GREY[..., 0], GREY.transpose(2, 0, 1), torch.from_numpy(GREY / 255)])
def test_grey_is_three_equal_channels(array):
    assert np.array_equal(read_photo(array).pixels, np.repeat(GREY, 3, axis=2))


def test_where_both_ends_could_be_channels_each_library_keeps_its_own_order():
    small = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    assert np.array_equal(read_photo(small).pixels, small)
    assert np.array_equal(read_photo(torch.from_numpy(small)).pixels, small.transpose(1, 2, 0))


def test_a_photo_that_was_normalised_is_refused_with_its_range():
    x = F.normalize(F.to_tensor(Image.fromarray(PIXELS)), [0.5] * 3, [0.25] * 3)
    error = refusal(x)
    assert error.code == "photo-array-range" and error.details["lowest"] == round(float(x.min()), 3)
    assert refusal(PIXELS.astype(np.float32)).code == "photo-array-range"
    assert refusal(torch.full((3, 4, 4), torch.nan)).code == "photo-array-range"


def test_a_file_that_was_opened_as_text_or_closed_is_refused_in_words(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(b"plain words")
    with path.open() as file:
        assert refusal(file).code == "photo-file-of-text"
    assert refusal(file).code == "photo-unreadable"
    cut = Image.open(io.BytesIO(encode(PIXELS, "PNG")[:-200]))
    assert refusal(cut).code == "photo-unreadable"


def test_one_photo_alone_is_a_list_of_one_and_a_batch_its_photos():
    alone = ["a.png", b"", Path("a.png"), Image.new("L", (2, 2)), io.BytesIO(), PIXELS, torch.zeros(3, 4, 4), None]
    for photo in alone:
        (only,) = several(photo)
        assert only is photo
    assert [tuple(x.shape) for x in several(torch.zeros(2, 3, 4, 4))] == [(3, 4, 4)] * 2
    assert list(several(x for x in "ab")) == ["a", "b"]
