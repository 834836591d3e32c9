"""The colour tables against where they come from: matplotlib's own, and the formula of the diverging one."""

from __future__ import annotations

import json

import matplotlib
import numpy as np
import pytest

from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.colour_maps import DIVERGING, SEQUENTIAL, UNEVEN, colour_table


def lab_of(rgb: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of 8-bit sRGB: IEC 61966-2-1 and CIE 15."""
    linear = rgb / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_the_sequential_maps_are_matplotlibs(name):
    published = matplotlib.colormaps[name](np.arange(256))[:, :3]
    np.testing.assert_array_equal(colour_table(name), np.round(255 * published).astype(np.uint8))


@pytest.mark.parametrize("name", [name for name in SEQUENTIAL if name not in UNEVEN])
def test_a_sequential_map_only_grows_lighter(name):
    lightness = lab_of(colour_table(name))[:, 0]
    assert (np.diff(lightness) > -0.3).all()  # 8 bits round a lightness by that much
    assert lightness[-1] - lightness[0] > 70


@pytest.mark.parametrize("name", UNEVEN)
def test_the_lightness_of_an_uneven_map_falls_by_half_of_what_it_rose(name):
    lightness = lab_of(colour_table(name))[:, 0]
    top = lightness.argmax()
    assert lightness[top] - lightness[-1] > (lightness[top] - lightness[0]) / 2


def test_the_diverging_map_follows_its_formula():
    s = (2 * np.arange(256) - 255) / 255
    lab = lab_of(colour_table(DIVERGING))
    chroma, hue = np.abs(s) * np.where(s < 0, 48, 62), np.deg2rad(np.where(s < 0, 285, 28))
    np.testing.assert_allclose(lab[:, 0], 96 - 62 * np.abs(s), atol=0.5)
    np.testing.assert_allclose(lab[:, 1], chroma * np.cos(hue), atol=1.2)
    np.testing.assert_allclose(lab[:, 2], chroma * np.sin(hue), atol=1.2)


def test_equal_evidence_for_and_against_is_equally_light():
    lightness = lab_of(colour_table(DIVERGING))[:, 0]
    np.testing.assert_allclose(lightness, lightness[::-1], atol=0.6)


def test_zero_is_neutral_and_the_ends_are_blue_and_red():
    table = colour_table(DIVERGING).astype(int)
    assert np.ptp(table[127:129], axis=1).max() <= 2
    assert table[0, 2] > table[0, 0] + 80
    assert table[-1, 0] > table[-1, 2] + 80


def test_there_is_no_table_nobody_offers():
    tables = json.loads((VIEWER_DIR / "colour_maps.json").read_text(encoding="utf-8"))
    assert set(tables) == {*SEQUENTIAL, DIVERGING}


def test_an_unknown_map_is_refused():
    with pytest.raises(KeyError):
        colour_table("hot")
