"""From photo to view: equal to torchvision's own preset to the bit, and the box where hand calculation puts it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

from resnet_demo.photos.preprocess import prepare
from resnet_demo.results import Box
from resnet_demo.weights.cards import Transform

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# Resize and crop of torchvision's V1 and V2 weights, of Tiny ImageNet, and of crops that differ oddly or not at all.
SETTINGS = [(256, 224), (232, 224), (73, 64), (64, 64), (257, 224), (256, 225)]

# (height, width): landscape, portrait, square, odd, smaller than the crop, as large as the resize, and up to 50 to 1.
SIZES = [
    *((375, 500), (500, 375), (480, 480), (333, 499), (501, 335), (256, 256), (224, 224), (1000, 257)),
    *((1, 1), (1, 2), (2, 1), (3, 3), (7, 5), (63, 65), (100, 99), (225, 223), (256, 300), (232, 700)),
    *((20, 1000), (1000, 20), (1, 50), (50, 1), (30, 1499), (1200, 24)),
]


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 10_007 + width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def transform(
    resize: int = 256, crop: int = 224, interpolation: str = "bilinear", soften: int | None = None
) -> Transform:
    return Transform(resize, crop, interpolation, MEAN, STD, soften)


def preset(resize: int, crop: int, interpolation: str, mean=MEAN, std=STD) -> ImageClassification:
    return ImageClassification(
        crop_size=crop, resize_size=resize, mean=mean, std=std, interpolation=InterpolationMode(interpolation)
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_the_tensor_is_torchvisions_to_the_bit(size, interpolation):
    pixels = noise(*size)
    for resize, crop in SETTINGS:
        expected = preset(resize, crop, interpolation)(Image.fromarray(pixels))
        prepared = prepare(pixels, transform(resize, crop, interpolation))
        assert prepared.tensor.dtype == torch.float32 and prepared.tensor.shape == (3, crop, crop)
        assert torch.equal(prepared.tensor, expected), (resize, crop)


@pytest.mark.parametrize("size", [(100, 100), (80, 120), (121, 80), (33, 400)])
def test_a_crop_larger_than_the_resized_photo_is_padded_as_torchvision_pads_it(size):
    pixels = noise(*size)
    for resize, crop in ((64, 100), (64, 101), (65, 100), (50, 64)):
        expected = preset(resize, crop, "bilinear")(Image.fromarray(pixels))
        assert torch.equal(prepare(pixels, transform(resize, crop)).tensor, expected)


def test_any_mean_and_standard_deviation_are_torchvisions():
    mean, std = (0.5, 0.25, 0.125), (0.1, 0.2, 0.3)
    pixels = noise(90, 70)
    made = prepare(pixels, Transform(64, 56, "bilinear", mean, std)).tensor
    assert torch.equal(made, preset(64, 56, "bilinear", mean, std)(Image.fromarray(pixels)))


@pytest.mark.parametrize("size", [(375, 500), (300, 90), (64, 64), (65, 64), (40, 60), (1, 50)])
@pytest.mark.parametrize("soften", [64, 72])
def test_softening_resizes_what_is_larger_first(size, soften):
    pixels = noise(*size)
    photo = Image.fromarray(pixels)
    height, width = size
    if min(size) > soften:  # torchvision's rule for the longer side: rounded down
        sides = (soften, int(soften * height / width)) if width <= height else (int(soften * width / height), soften)
        photo = photo.resize(sides, Image.Resampling.BILINEAR)
    expected = preset(256, 224, "bilinear")(photo)
    assert torch.equal(prepare(pixels, transform(soften=soften)).tensor, expected)


@pytest.mark.parametrize("size", [(375, 500), (30, 1499), (3, 3)])
def test_the_view_is_what_the_tensor_was_made_of(size):
    prepared = prepare(noise(*size), transform())
    assert prepared.view.dtype == np.uint8 and prepared.view.shape == (224, 224, 3)
    values = torch.from_numpy(prepared.view).permute(2, 0, 1) / 255
    made = (values - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    assert torch.allclose(made, prepared.tensor, atol=1e-6)


def test_the_photo_itself_is_left_as_it_was():
    pixels = noise(224, 224)
    before = pixels.copy()
    prepared = prepare(pixels, transform(224, 224))
    prepared.view[:] = 0
    assert np.array_equal(pixels, before)


# Worked out by hand: the resized sides (the longer rounded down), the crop's first pixel (halves to the even one), each
# axis scaled back to the photo.
BOXES = [
    # 500 x 375 becomes 341 x 256; columns from round(58.5) = 58, rows from 16
    ((375, 500), (256, 224), Box(58 * 500 / 341, 16 * 375 / 256, 282 * 500 / 341, 240 * 375 / 256)),
    # 375 x 500 becomes 256 x 341
    ((500, 375), (256, 224), Box(16 * 375 / 256, 58 * 500 / 341, 240 * 375 / 256, 282 * 500 / 341)),
    # 512 x 512 becomes 256 x 256: a margin of 16 is 32 of the photo's pixels
    ((512, 512), (256, 224), Box(32, 32, 480, 480)),
    # 1 x 1 becomes 256 x 256
    ((1, 1), (256, 224), Box(0.0625, 0.0625, 0.9375, 0.9375)),
    # 300 x 200 becomes 348 x 232; columns from 62, rows from 4
    ((200, 300), (232, 224), Box(62 * 300 / 348, 4 * 200 / 232, 286 * 300 / 348, 228 * 200 / 232)),
    # 1000 x 20 becomes 12800 x 256; columns from 6288
    ((20, 1000), (256, 224), Box(491.25, 1.25, 508.75, 18.75)),
    # 227 x 256 becomes 227 x 256, the crop is odd: rows from round(14.5) = 14, columns from 0
    ((256, 227), (227, 227), Box(0, 14, 227, 241)),
    # 80 x 60 becomes 66 x 50; padded to 70: two columns and ten rows each side
    ((60, 80), (50, 70), Box(-2 * 80 / 66, -10 * 60 / 50, 68 * 80 / 66, 60 * 60 / 50)),
    # 50 x 50 stays; padded to 61: five before, six behind
    ((50, 50), (50, 61), Box(-5, -5, 56, 56)),
]


@pytest.mark.parametrize(("size", "settings", "box"), BOXES, ids=lambda value: str(value)[:24])
def test_the_box_is_where_hand_calculation_puts_it(size, settings, box):
    made = prepare(noise(*size), transform(*settings)).box
    for side in ("left", "top", "right", "bottom"):
        assert getattr(made, side) == pytest.approx(getattr(box, side), rel=1e-12)


def test_the_box_of_a_softened_photo_is_in_pixels_of_the_photo():
    # 1000 x 700 becomes 102 x 72, then 362 x 256; columns from 69, rows from 16
    box = prepare(noise(700, 1000), transform(soften=72)).box
    expected = Box(69 * 1000 / 362, 16 * 700 / 256, 293 * 1000 / 362, 240 * 700 / 256)
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx(
        (expected.left, expected.top, expected.right, expected.bottom), rel=1e-12
    )


@pytest.mark.parametrize("size", [(375, 500), (500, 375), (256, 1000), (1000, 256), (640, 640), (300, 301)])
@pytest.mark.parametrize("soften", [None, 128])
def test_the_view_shows_what_lies_in_the_box(size, soften):
    """Each pixel's colour says where it lies; the view's colours must then say where the box is."""
    height, width = size
    across = (np.arange(width) + 0.5) / width
    down = (np.arange(height) + 0.5) / height
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.rint(across * 255)
    pixels[..., 1] = np.rint(down * 255)[:, None]
    prepared = prepare(pixels, transform(soften=soften))
    box = prepared.box
    centres = (np.arange(224) + 0.5) / 224
    columns = (box.left + centres * (box.right - box.left)) / width * 255
    rows = (box.top + centres * (box.bottom - box.top)) / height * 255
    inner = slice(3, -3)  # at the photo's own edge, interpolation has nothing to reach for
    # Half a level for each time that colours were rounded: painted, softened, resized.
    most = 0.5 * (2 if soften is None else 3) + 0.05
    assert np.abs(prepared.view[inner, inner, 0] - columns[None, inner]).max() <= most
    assert np.abs(prepared.view[inner, inner, 1] - rows[inner, None]).max() <= most
