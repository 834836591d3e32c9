"""Occlusion against views that are covered by hand, and against Captum's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import Occlusion as CaptumOcclusion

from resnet_demo.errors import InputError
from resnet_demo.studies.occlusion import occlude
from tests.studies.networks import random_network, random_views, scalar_network, scalar_view


def test_patches_that_do_not_overlap_are_captums():
    network, x = random_network(), random_views()
    found = occlude(network, x, 1, places=4, span=1)
    theirs = CaptumOcclusion(network).attribute(
        x, sliding_window_shapes=(3, 16, 16), strides=(3, 16, 16), baselines=0, target=1
    )
    # Captum writes a window's drop into each of its pixels.
    np.testing.assert_allclose(found.drops, theirs[0, 0, ::16, ::16].numpy(), atol=1e-5)
    assert found.side == 16 and found.target == 1


@pytest.mark.parametrize("place", [(0, 0), (2, 3), (6, 6)])
def test_a_patch_lies_around_the_middle_of_its_place_and_ends_at_the_edge(place):
    network, x = random_network(), random_views(height=70, width=56)
    row, column = place
    covered = x.clone()
    covered[..., max(0, 10 * row - 10) : 10 * row + 20, max(0, 8 * column - 8) : 8 * column + 16] = 0
    found = occlude(network, x, 2, contrast=0, places=7, span=3)
    before, after = network(x)[0], network(covered)[0]
    assert found.logit == pytest.approx(float(before[2] - before[0]), abs=1e-5)
    assert found.logits[place] == pytest.approx(float(after[2] - after[0]), abs=1e-5)
    assert found.probabilities[place] == pytest.approx(float(after.softmax(0)[2]), abs=1e-6)


def test_by_hand_a_view_of_one_colour_loses_what_is_covered():
    """Covered whole, the scalar network's 9 falls to 0."""
    found = occlude(scalar_network(), scalar_view(), 0, places=1, span=1)
    assert found.drops.tolist() == [[pytest.approx(9, rel=1e-5)]]


@pytest.mark.parametrize("fill", ["blur", "noise"])
def test_another_fill_gives_another_map_and_the_same_again(fill):
    network, x = random_network(), random_views()
    one, again, grey = (occlude(network, x, 1, places=3, fill=each) for each in (fill, fill, "grey"))
    assert np.array_equal(one.logits, again.logits) and not np.allclose(one.logits, grey.logits)


def test_a_fill_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="grey, blur, noise"):
        occlude(random_network(), random_views(), 0, fill="jam")
    for wrong in ({"places": 0}, {"span": 2}):
        with pytest.raises(ValueError, match="span"):
            occlude(random_network(), random_views(), 0, **wrong)


def test_a_view_is_left_as_it_is():
    x = random_views()
    before = x.clone()
    occlude(random_network(), x, None, places=2)
    assert torch.equal(x, before)
