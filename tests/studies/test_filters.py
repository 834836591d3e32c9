"""What kernels pass, of kernels whose transform is known by hand."""

import math

import numpy as np
import pytest
import torch

from resnet_demo.studies.filters import first_filters
from tests.studies.networks import random_network

LINE = torch.arange(-3.0, 4)


def passed(*kernels):
    network = random_network()
    for channel, kernel in enumerate(kernels):
        network.conv1.weight[channel] = kernel
    return first_filters(network)


def stripes(orientation, wavelength):
    y, x = torch.meshgrid(LINE, LINE, indexing="ij")
    a = math.radians(orientation)
    return torch.sin(2 * math.pi * (y * math.cos(a) - x * math.sin(a)) / wavelength).expand(3, -1, -1)


def coloured(red, green, blue):
    return torch.tensor([red, green, blue])[:, None, None].expand(3, 7, 7)


@pytest.mark.parametrize("orientation", [0, 30, 90, 135])
def test_a_kernel_of_stripes_passes_those_stripes(orientation):
    found = passed(stripes(orientation, 4))
    off = abs(found.orientation[0] - orientation) % 180
    assert min(off, 180 - off) < 3
    assert 1 / found.frequency[0] == pytest.approx(4, rel=0.08)
    assert found.oriented[0] > 0.5 and found.colour[0] == pytest.approx(0, abs=1e-6)


def test_a_single_pixel_prefers_nothing():
    point = torch.zeros(3, 7, 7)
    point[:, 3, 3] = 1
    found = passed(point)
    assert found.oriented[0] == pytest.approx(0, abs=1e-6)


def test_an_area_of_one_colour_passes_plain_areas_of_it():
    found = passed(coloured(1.0, -1.0, 0.0), coloured(1.0, 1.0, 1.0), coloured(1.0, 0.0, 0.0))
    assert (found.frequency[:3] == 0).all()
    # Grey is the mean of the three: nothing of (1, -1, 0), all of (1, 1, 1), a third of (1, 0, 0).
    np.testing.assert_allclose(found.colour[:3], [1, 0, 2 / 3], atol=1e-6)
    np.testing.assert_allclose(np.abs(found.hues[0]), [1, 1, 0], atol=1e-6)
    assert found.hues[0][0] == pytest.approx(-found.hues[0][1])
    np.testing.assert_allclose(found.hues[1] * np.sign(found.hues[1][0]), [1, 1, 1], atol=1e-6)


def test_a_channels_facts_are_its_places_in_the_arrays():
    found = first_filters(random_network())
    assert found.of(5).colour == found.colour[5] and found.of(5).orientation == found.orientation[5]
    torch.testing.assert_close(torch.from_numpy(found.kernels), random_network().conv1.weight)
