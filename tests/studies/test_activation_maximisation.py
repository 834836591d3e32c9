"""Images that excite a channel, on channels whose taste is known."""

import numpy as np
import pytest
import torch
from torch import nn

from resnet_demo.errors import InputError
from resnet_demo.results import STAGES
from resnet_demo.studies.activation_maximisation import excite_channel, excite_channels, stage_before_relu
from tests.studies.networks import TRANSFORM, random_network, random_views, scalar_network


def _tasteful_network(weights, bias=0.0):
    """Stem channel 0 takes the middle pixel's colours times ``weights``, plus ``bias``."""
    network = scalar_network()
    network.conv1.weight[0, :, 3, 3] = torch.tensor(weights)
    network.bn1.bias[0] = bias
    return network


@pytest.mark.parametrize("colour", [0, 1, 2], ids=["red", "green", "blue"])
def test_a_channel_that_likes_one_colour_gets_it(colour):
    """The other two colours put it off; the image starts as grey as can be told."""
    weights = [-0.5, -0.5, -0.5]
    weights[colour] = 1.0
    network = _tasteful_network(weights)
    first, last = (
        excite_channel(network, "stem", 0, TRANSFORM, steps=steps).image.reshape(-1, 3).mean(0) for steps in (1, 150)
    )
    assert np.ptp(first) < 4
    assert last.argmax() == colour
    assert last[colour] > np.delete(last, colour).max() + 16


def test_a_channel_that_is_silent_at_first_is_woken():
    found = excite_channel(_tasteful_network([1.0, 1.0, 1.0], bias=-3.0), "stem", 0, TRANSFORM, steps=60)
    assert found.activations[0] == 0
    assert found.activations[-1] > 1


@pytest.mark.parametrize("stage", STAGES)
def test_the_image_excites_the_channel_more_than_noise_and_photos_do(stage):
    network = random_network()
    channel = 3
    found = excite_channel(network, stage, channel, TRANSFORM, steps=24)
    # As rough and as smooth views as there are, of the contrast of a photo.
    rough = random_views(20, 32, 32)
    smooth = nn.functional.interpolate(random_views(20, 4, 4), (32, 32), mode="bicubic")
    responses = network.forward_stages(torch.cat([rough, smooth])).stages[stage][:, channel].mean(dim=(1, 2))
    assert found.activations[-1] > found.activations[0]
    assert found.activations[-1] > responses.max()


def test_the_last_activation_is_that_of_the_image_which_is_returned():
    network = random_network()
    found = excite_channel(network, "layer2", 5, TRANSFORM, steps=8)
    mean, std = (torch.tensor(v)[:, None, None] for v in (TRANSFORM.mean, TRANSFORM.std))
    x = (torch.from_numpy(found.image).permute(2, 0, 1) / 255 - mean) / std
    response = network.forward_stages(x[None]).stages["layer2"][0, 5].mean().item()
    assert found.activations[-1] == pytest.approx(response, rel=0.05)  # the image is rounded to 8 bits
    assert found.activations.shape == (9,)


def test_the_same_seed_gives_the_same_image_and_another_seed_another():
    network = random_network()
    first, again, other = (excite_channel(network, "layer1", 2, TRANSFORM, steps=4, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.image, again.image) and np.array_equal(first.activations, again.activations)
    assert not np.array_equal(first.image, other.image)


def test_channels_made_together_get_the_images_that_each_gets_alone():
    network = random_network()
    together = excite_channels(network, "layer2", [7, 0, 90], TRANSFORM, steps=4, seed=3)
    for channel, found in zip([7, 0, 90], together, strict=True):
        alone = excite_channel(network, "layer2", channel, TRANSFORM, steps=4, seed=3)
        assert found.channel == channel
        np.testing.assert_allclose(found.activations, alone.activations, rtol=1e-3)
        assert np.abs(found.image.astype(int) - alone.image).max() <= 2


@pytest.mark.parametrize("size", [None, 33, 48])
def test_the_image_has_the_size_that_is_asked_for(size):
    image = excite_channel(scalar_network(), "stem", 0, TRANSFORM, size=size, steps=1).image
    assert image.shape == (size or 32, size or 32, 3) and image.dtype == np.uint8


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_before_its_relu_becomes_the_stage_behind_it(stage):
    network, x = random_network(blocks=(1, 2, 1, 1)), random_views()
    before = stage_before_relu(network, x, stage)
    assert (before < 0).any()
    torch.testing.assert_close(before.relu(), network.forward_stages(x).stages[stage])


def test_what_is_not_there_is_refused():
    network = scalar_network()
    with pytest.raises(InputError, match="layer5"):
        excite_channel(network, "layer5", 0, TRANSFORM)
    for stage, channel in (("stem", 64), ("stem", -1), ("layer2", 128)):
        with pytest.raises(InputError, match=f"{stage} has no channel {channel}"):
            excite_channel(network, stage, channel, TRANSFORM)
    with pytest.raises(ValueError, match="steps is 0"):
        excite_channel(network, "stem", 0, TRANSFORM, steps=0)
