"""From decoded pictures to upright RGB: every colour space, every turn, in bands."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageOps

from resnet_demo.photos import upright
from resnet_demo.photos.formats.wrong import Unsupported
from resnet_demo.photos.upright import upright_rgb
from tests.hostile.build import icc_profile, picture


@pytest.fixture
def pixels() -> np.ndarray:
    return picture(np.random.default_rng(1), 31, 47)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_turns_as_pillow_turns_it(orientation, pixels):
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    assert np.array_equal(upright_rgb(image, orientation), np.asarray(ImageOps.exif_transpose(image)))


def test_orientation_6_is_a_quarter_turn_clockwise():
    # By hand: what is stored at the top left was at the top right of the camera's view turned upright.
    stored = np.zeros((2, 3, 3), np.uint8)
    stored[0, 0] = 255
    assert upright_rgb(Image.fromarray(stored), 6)[..., 0].tolist() == [[0, 255], [0, 0], [0, 0]]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I;16", "F"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_bands_of_any_height_give_the_same_picture(mode, orientation, pixels, monkeypatch):
    image = Image.fromarray(pixels)
    image.putalpha(Image.fromarray(pixels[..., 0]))
    if mode == "I;16":
        image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 200)
    elif mode == "F":
        image = Image.fromarray(pixels[..., 0].astype(np.float32) / 255)
    else:
        image = image.convert("RGB").convert(mode) if mode in ("YCbCr", "LAB", "HSV", "CMYK") else image.convert(mode)
    assert image.mode == mode
    whole = upright_rgb(image, orientation)
    monkeypatch.setattr(upright, "BAND", 47 * 4)
    assert np.array_equal(upright_rgb(image, orientation), whole)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "YCbCr", "HSV", "CMYK"])
def test_opaque_pictures_are_as_pillow_converts_them(mode, pixels):
    image = Image.fromarray(pixels).convert(mode)
    assert np.array_equal(upright_rgb(image, 1), np.asarray(image.convert("RGB")))


def test_every_colour_at_every_transparency_is_rounded_to_the_nearest():
    colour, alpha = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    rgba = np.dstack((colour, colour, colour, alpha))
    made = upright_rgb(Image.fromarray(rgba), 1)[..., 0]
    exact = [[Fraction(c * a, 255) + 255 - a for c in range(256)] for a in range(256)]
    assert max(abs(Fraction(int(made[a, c])) - exact[a][c]) for a in range(256) for c in range(256)) < Fraction(1, 2)


def test_every_16_bit_value_is_rounded_to_the_nearest():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    made = upright_rgb(Image.fromarray(values), 1)[..., 0].ravel()
    assert all(abs(Fraction(v * 255, 65535) - int(m)) <= Fraction(1, 2) for v, m in enumerate(made))


def test_the_clear_colour_of_a_grey_or_rgb_picture_is_white(pixels):
    image = Image.fromarray(pixels)
    image.info["transparency"] = tuple(int(v) for v in pixels[20, 30])
    expected = pixels.copy()
    expected[(pixels == pixels[20, 30]).all(-1)] = 255
    assert np.array_equal(upright_rgb(image, 1), expected)
    grey = Image.fromarray(pixels[..., 0])
    grey.info["transparency"] = int(pixels[20, 30, 0])
    expected = np.where(pixels[..., 0] == pixels[20, 30, 0], 255, pixels[..., 0])
    assert np.array_equal(upright_rgb(grey, 1)[..., 2], expected)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, np.inf, -np.inf])
def test_floats_outside_0_to_1_have_no_meaning_as_a_picture(value):
    values = np.full((3, 3), 0.5, np.float32)
    values[1, 1] = value
    with pytest.raises(Unsupported, match="thing-floats-outside"):
        upright_rgb(Image.fromarray(values), 1)


def test_whole_numbers_of_32_bits_have_no_meaning_as_a_picture():
    with pytest.raises(Unsupported, match="thing-whole"):
        upright_rgb(Image.fromarray(np.zeros((3, 3), np.int32)), 1)


# CMYK with a profile


def ink_profile() -> bytes:
    """A CMYK profile in which cyan halves the lightness, black takes it all, and the other inks do nothing.

    ICC.1:2001, section 6.5.8: lut8Type, four inks in, Lab out, two grid points an ink, plain curves.
    """
    straight = bytes(range(256))
    grid = b""
    for corner in range(16):
        cyan, black = corner >> 3 & 1, corner & 1
        lightness = 0 if black else 50 if cyan else 100
        grid += bytes((round(lightness * 2.55), 128, 128))
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + straight * 4 + grid + straight * 3
    return icc_profile(b"CMYK", {b"A2B0": table})


def inks() -> Image.Image:
    return Image.fromarray(
        np.array([[(0, 0, 0, 0), (255, 0, 0, 0), (0, 255, 255, 0), (0, 0, 0, 255)]], np.uint8), "CMYK"
    )


def test_cmyk_is_converted_by_its_profile():
    image = inks()
    image.info["icc_profile"] = ink_profile()
    # Lab lightness 50 is a luminance of ((50 + 16) / 116) ** 3 = 0.184, which sRGB writes as 119.
    expected = np.array([[255] * 3, [119] * 3, [255] * 3, [0] * 3])
    assert np.abs(upright_rgb(image, 1)[0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("profile", [None, b"", b"noise" * 100, ink_profile()[:200]])
def test_cmyk_without_a_profile_that_works_is_converted_by_the_plain_formula(profile):
    image = inks()
    image.info["icc_profile"] = profile
    # (255 - ink) * (255 - black) / 255
    expected = np.array([[255, 255, 255], [0, 255, 255], [255, 0, 0], [0, 0, 0]])
    assert np.array_equal(upright_rgb(image, 1)[0], expected)


# RGB with a profile

# Columns: where the primaries lie in XYZ, adapted to D50 as profiles keep them (Bradford).
TO_XYZ = {
    "sRGB": [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]],
    "Adobe RGB": [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]],
    "Display P3": [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]],
}
GAMMA = 2.19921875
"""Adobe RGB (1998), section 4.3.1.2."""

COLOURS = [(128, 128, 128), (200, 100, 50), (60, 120, 200), (90, 160, 80), (240, 230, 210), (0, 255, 0), (255, 0, 0)]


def srgb_curve(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def rgb_profile(name: str) -> bytes:
    """A matrix profile (ICC.1:2001, section 6.3.1.2), its curves of a gamma or in 1,024 steps."""
    columns = np.array(TO_XYZ[name]).T
    tags = {}
    for letter, column in zip(b"rgb", columns, strict=True):
        fixed = struct.pack(">3i", *(round(value * 65536) for value in column))
        tags[bytes((letter,)) + b"XYZ"] = b"XYZ " + bytes(4) + fixed
        steps = np.rint(65535 * srgb_curve(np.linspace(0, 1, 1024))).astype(">u2")
        curve = struct.pack(">IH", 1, round(GAMMA * 256)) if name == "Adobe RGB" else b"\0\0\4\0" + steps.tobytes()
        tags[bytes((letter,)) + b"TRC"] = b"curv" + bytes(4) + curve
    return icc_profile(b"RGB ", tags, to=b"XYZ ")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("name", ["Adobe RGB", "Display P3"])
def test_colours_of_wider_spaces_are_converted_to_srgb(name, mode):
    colours = np.array([COLOURS], np.uint8)
    image = Image.fromarray(colours).convert(mode)
    image.info["icc_profile"] = rgb_profile(name)
    light = (colours / 255) ** GAMMA if name == "Adobe RGB" else srgb_curve(colours / 255)
    inside = (light @ np.array(TO_XYZ[name]).T @ np.linalg.inv(TO_XYZ["sRGB"]).T).clip(0, 1)
    encoded = np.where(inside <= 0.0031308, 12.92 * inside, 1.055 * inside ** (1 / 2.4) - 0.055)
    assert np.abs(upright_rgb(image, 1).astype(int) - np.rint(255 * encoded)).max() <= 2


@pytest.mark.parametrize(
    "profile", [rgb_profile("sRGB"), ink_profile(), b"noise" * 100, rgb_profile("Display P3")[:200]]
)
def test_srgb_by_another_name_and_what_is_no_profile_of_rgb_change_nothing(profile, pixels):
    image = Image.fromarray(pixels)
    image.info["icc_profile"] = profile
    assert np.array_equal(upright_rgb(image, 1), pixels)
