"""PNG files that every reader reads as what they were made of."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from resnet_demo.results.png import png_file


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7, 3), (5, 1, 3), (64, 48, 3)])
def test_pillow_reads_the_same_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(png_file(pixels, dpi=200))) as picture:
        picture.verify()  # every checksum
    with Image.open(io.BytesIO(png_file(pixels, dpi=200))) as picture:
        assert picture.mode == "RGB" and np.array_equal(np.asarray(picture), pixels)
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.01)


def test_the_pixels_may_lie_in_memory_in_any_order():
    pixels = np.random.default_rng(1).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    turned = pixels.transpose(1, 0, 2)[::-1]
    with Image.open(io.BytesIO(png_file(turned))) as picture:
        assert np.array_equal(np.asarray(picture), turned) and "dpi" not in picture.info
