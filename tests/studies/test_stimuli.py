"""The pictures of the bench are what their descriptions say: measured in the pixels."""

import colorsys
import math

import numpy as np
import pytest
import torch

from resnet_demo.studies.stimuli import (
    CONTOURS,
    DIRECTIONS,
    HUES,
    ORIENTATIONS,
    PLACES,
    RADII,
    SIDE,
    SIZES,
    WAVELENGTHS,
    stimuli,
)


@pytest.fixture(scope="module")
def bench():
    shown, pictures = stimuli(torch.rand(6, 3, 40, 40, generator=torch.Generator().manual_seed(0)))
    return {(each.family, each.at): picture.numpy() for each, picture in zip(shown, pictures, strict=True)}


def of(bench, family):
    return {at: picture for (name, at), picture in bench.items() if name == family}


def area(picture):
    """Pixels that are not the ground, partly covered ones by their part."""
    return float(np.abs(picture - 0.5).max(0).sum() / 0.5)


def test_pictures_are_rgb_from_0_to_1_and_each_is_another(bench):
    assert all(
        picture.shape == (3, SIDE, SIDE) and picture.min() >= 0 and picture.max() <= 1 for picture in bench.values()
    )
    assert len({picture.tobytes() for picture in of(bench, "contour").values()}) == 112


def test_a_gratings_fourier_transform_has_its_peak_at_its_frequency_and_orientation(bench):
    down, right = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    window = np.outer(np.hanning(SIDE), np.hanning(SIDE))
    for (orientation, wavelength, _), picture in of(bench, "grating").items():
        power = np.abs(np.fft.fft2((picture[0] - 0.5) * window))
        y, x = (axis.flat[power.argmax()] for axis in (down, right))
        assert np.hypot(x, y) == pytest.approx(1 / WAVELENGTHS[wavelength], abs=1 / SIDE)
        # The wave runs at right angles to its stripes.
        across = np.degrees(np.arctan2(y, x)) - ORIENTATIONS[orientation] - 90
        assert min(across % 180, -across % 180) < np.degrees(np.arctan(WAVELENGTHS[wavelength] / SIDE))


def test_a_colour_and_its_grey_have_the_same_luma_everywhere(bench):
    luma = lambda picture: 0.299 * picture[0] + 0.587 * picture[1] + 0.114 * picture[2]  # noqa: E731
    greys = of(bench, "grey")
    for (hue, pattern), picture in of(bench, "colour").items():
        np.testing.assert_allclose(luma(picture), luma(greys[hue, pattern]), atol=1e-6)
        assert np.ptp(greys[hue, pattern], axis=0).max() < 1e-6
        middle = colorsys.rgb_to_hsv(*of(bench, "colour")[hue, 0][:, 64, 64])
        assert middle[0] * 360 == pytest.approx(HUES[hue], abs=0.1)


def test_a_dot_covers_the_area_of_its_radius(bench):
    for (radius, _), picture in of(bench, "dot").items():
        assert area(picture) == pytest.approx(np.pi * RADII[radius] ** 2, rel=0.06)


def test_contours_pass_the_middle_and_are_as_long_as_each_other(bench):
    contours = of(bench, "contour")
    assert all(np.abs(picture[0, 63:65, 63:65] - 0.5).min() > 0.2 for picture in contours.values())
    for kind, name in enumerate(CONTOURS):
        lengths = {round(area(contours[kind, turn, 0]) / 4) for turn in range(len(DIRECTIONS))}
        assert max(lengths) - min(lengths) <= 2, name
        assert max(lengths) == pytest.approx(2 * 40 if name != "radius 12" else np.pi * 12, abs=5), name


def test_the_other_polarity_is_the_negative(bench):
    contours = of(bench, "contour")
    np.testing.assert_allclose(contours[3, 2, 0] + contours[3, 2, 1], 1, atol=1e-6)


def test_objects_move_grow_and_turn_as_a_whole(bench):
    objects, moved, grown, turned = (of(bench, family) for family in ("object", "place", "size", "turn"))
    for i in range(6):
        plain = objects[i, i]
        for j, (right, down) in enumerate(PLACES):
            np.testing.assert_allclose(moved[i, j], np.roll(plain, (down, right), (1, 2)), atol=1e-5)
        np.testing.assert_allclose(turned[i, 2], np.rot90(plain, -1, (1, 2)), atol=1e-5)
        np.testing.assert_array_equal(turned[i, 0], plain)


AREAS = {
    0: math.pi * 0.9**2,  # the disc
    1: 1.6**2,  # the square
    2: 1.6 * (1.6 / 0.9) / 2,  # the triangle: its height and its base
    4: 2 * 0.56 * 1.9 - 0.56**2,  # the cross: two bars less what they share
}
"""Of outlines by their place, in units of half an object's height, by hand."""


def test_an_objects_area_is_its_outlines_times_the_square_of_its_size():
    white = {(each.family, each.at): picture for each, picture in zip(*stimuli(torch.ones(6, 3, 8, 8)), strict=True)}
    for i, expected in AREAS.items():
        for j, size in enumerate(SIZES):
            assert area(white["size", (i, j)].numpy()) == pytest.approx(expected * (40 * size) ** 2, rel=0.02)


def test_an_outline_is_the_same_whatever_fills_it(bench):
    objects = of(bench, "object")
    for i in range(6):
        masks = [np.abs(objects[i, j] - 0.5).max(0) > 0.02 for j in range(6)]
        assert np.mean([np.mean(masks[0] != mask) for mask in masks]) < 0.01


def test_another_number_of_textures_is_refused():
    with pytest.raises(ValueError, match="here are 5 textures"):
        stimuli(torch.rand(5, 3, 8, 8))
