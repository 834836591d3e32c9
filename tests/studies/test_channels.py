"""Channels set to zero, by hand and by hooks that do the same."""

import math

import numpy as np
import pytest
import torch

from resnet_demo.errors import InputError
from resnet_demo.maps.grad_cam import StageGradCam
from resnet_demo.maps.stages import stage_sums
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.results import STAGES
from resnet_demo.results.ranks import spearman
from resnet_demo.studies.atlas import Profiles
from resnet_demo.studies.channels import ablate_channels, activations_at
from resnet_demo.weights import choices
from tests.rooms import ROOT
from tests.studies.networks import card, random_network, random_views, scalar_network, scalar_view


def test_the_one_channel_that_carries_everything_by_hand():
    found = ablate_channels(
        scalar_network(), scalar_view(), "layer2", [0, 5], 0, probable=lambda z: torch.softmax(z / 4, -1)
    )
    assert found.logit == pytest.approx(9, rel=1e-5)
    assert found.logit_changes.tolist() == [pytest.approx(-9, rel=1e-5), 0]
    assert found.probability_changes.tolist() == [pytest.approx(0.5 - 1 / (1 + math.exp(-9 / 4)), abs=1e-6), 0]
    assert found.channels.tolist() == [0, 5]


@pytest.mark.parametrize("stage", STAGES)
def test_it_equals_a_hook_that_sets_the_channel_to_zero(stage):
    network, x = random_network(), random_views()
    channels = [0, 7, 31]
    found = ablate_channels(network, x, stage, channels, 1)
    for channel, logit, probability in zip(channels, found.logits, found.probabilities, strict=True):

        def silence(_, __, output, channel=channel):
            output = output.clone()
            output[:, channel] = 0
            return output

        hook = network.stage_modules()[stage].register_forward_hook(silence)
        expected = network(x)[0]
        hook.remove()
        assert logit == pytest.approx(expected[1].item(), rel=1e-4, abs=1e-5)
        assert probability == pytest.approx(expected.softmax(0)[1].item(), abs=1e-5)


def test_the_size_of_batches_changes_nothing():
    network, x = random_network(), random_views()
    together = ablate_channels(network, x, "layer3", range(7), 0, batch_size=16)
    apart = ablate_channels(network, x, "layer3", range(7), 0, batch_size=3)
    np.testing.assert_allclose(together.logits, apart.logits, rtol=1e-5)


def test_a_silent_channel_changes_nothing_at_all():
    network, x = random_network(), random_views()
    network.layer3[0].bn2.bias[4] = -100
    found = ablate_channels(network, x, "layer3", range(256), 0)
    silent = (network.forward_stages(x).stages["layer3"][0] == 0).all(dim=2).all(dim=1).numpy()
    assert silent[4] and not silent.all()
    assert (found.logit_changes[silent] == 0).all() and (found.probability_changes[silent] == 0).all()
    assert (found.logit_changes[~silent] != 0).all()


def test_without_a_target_the_most_probable_class_is_followed():
    network, x = random_network(classes=5), random_views()
    found = ablate_channels(network, x, "layer1", [], None)
    assert found.target == int(network(x).argmax())
    assert found.logits.shape == (0,)


@pytest.mark.parametrize("channel", [-1, 64])
def test_a_channel_that_is_not_there_is_refused(channel):
    with pytest.raises(InputError, match=f"stem has no channel {channel}; its channels are 0 to 63"):
        ablate_channels(random_network(), torch.zeros(1, 3, 32, 32), "stem", [channel], 0)


@pytest.mark.parametrize("photo", ["chelsea.png", "koala.webp"])
def test_a_channels_evidence_foretells_what_the_logit_loses_without_it(photo):
    """On the bundled ResNet-18: exactly in layer4, whose gradient is the same at every position; before it by rank, and
    better than Grad-CAM's weight times the sum of the activation, which takes the mean of the gradient for all of it.
    """
    network = choices.load(18, "tiny-imagenet")
    x = prepare(read_photo(ROOT / "assets/examples" / photo).pixels, network.card.transform).tensor[None]
    made = StageGradCam(network).gather(x)
    sums = stage_sums(made)
    for stage in STAGES:
        evidence = sums[stage]["evidence"][0].numpy()
        losses = -ablate_channels(network, x, stage, range(len(evidence)), int(made.targets[0])).logit_changes
        if stage == "layer4":
            np.testing.assert_allclose(evidence, losses, rtol=0, atol=1e-4 * np.abs(evidence).max())
        else:
            a, g = made.activations[stage][0], made.gradients[stage][0]
            of_means = (g.mean(dim=(1, 2)) * a.sum(dim=(1, 2))).numpy()
            assert spearman(evidence, losses) > spearman(of_means, losses) > 0, stage


def test_a_cell_by_hand_is_as_the_whole_photo_where_all_cells_are_alike():
    found = activations_at(scalar_network(), scalar_view(), card(2), None, "layer4", 0, 0)
    assert found.activations[0] == pytest.approx(9, rel=1e-5)
    assert found.ratios.tolist() == [pytest.approx(1, rel=1e-5), *[0] * 511]
    assert found.measured_on is None


@pytest.mark.parametrize("stage", STAGES)
def test_a_cell_is_what_a_hook_finds_there_in_multiples_of_the_usual(stage):
    network, x, seen = random_network(), random_views(), []
    hook = network.stage_modules()[stage].register_forward_hook(lambda _, __, output: seen.append(output[0]))
    network(x)
    hook.remove()
    plain = activations_at(network, x, card(), None, stage, 1, 0)
    torch.testing.assert_close(torch.from_numpy(plain.activations), seen[0][:, 1, 0])
    torch.testing.assert_close(torch.from_numpy(plain.usual), seen[0].mean((1, 2)))
    widths = {each: output.shape[1] for each, output in network.forward_stages(x).stages.items()}
    profile = {
        each: (np.tile(np.uint8([3, 6, 0]), (width, 1)), np.full(width, 0.5, np.float32))
        for each, width in widths.items()
    }
    profile[stage][0][0] = 0
    found = activations_at(network, x, card(), Profiles(profile, {}, None, "made photos"), stage, 1, 0)
    assert found.measured_on == "made photos" and found.usual[0] == 0
    for channel, value in enumerate(seen[0][1:, 1, 0].tolist(), start=1):
        assert found.ratios[channel] == pytest.approx(max(value, 0) / 1.5, rel=1e-5)
    assert found.ratios[0] == (math.inf if found.activations[0] > 0 else 0)


@pytest.mark.parametrize(("stage", "row", "column"), [("layer9", 0, 0), ("layer4", 2, 0), ("layer4", 0, -1)])
def test_a_cell_that_is_not_there_is_named(stage, row, column):
    with pytest.raises(InputError):
        activations_at(random_network(), random_views(), card(), None, stage, row, column)
