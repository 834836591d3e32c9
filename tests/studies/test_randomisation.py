"""The randomisation check: what it changes, what it leaves, and its correlations against scipy."""

import copy
import warnings

import numpy as np
import pytest
import torch
from scipy import stats

from resnet_demo.maps.grad_cam import StageGradCam
from resnet_demo.network.resnet import Bottleneck
from resnet_demo.studies.randomisation import LAYERS, randomisation_check, randomise
from tests.studies.networks import random_network, random_views


def _draw(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("layer", LAYERS)
def test_randomising_a_layer_changes_all_of_it_and_nothing_else(layer):
    network = random_network(Bottleneck)
    fresh = copy.deepcopy(network)
    randomise(fresh, layer, _draw())
    prefixes = ("conv1.", "bn1.") if layer == "stem" else (f"{layer}.",)
    after = fresh.state_dict()
    for name, before in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        inside = name.startswith(prefixes)
        assert torch.equal(before, after[name]) != inside, name


def test_fresh_parameters_are_spread_as_those_of_an_untrained_network():
    network = random_network()
    for layer in LAYERS:
        randomise(network, layer, _draw())
    kernel = network.layer4[0].conv2.weight
    assert kernel.std().item() == pytest.approx((2 / (9 * 512)) ** 0.5, rel=0.01)  # He et al. 2015, fan-out
    assert kernel.mean().abs().item() < 1e-4
    norm = network.layer2[0].bn1
    assert (norm.weight == 1).all() and (norm.bias == 0).all()
    assert (norm.running_mean == 0).all() and (norm.running_var == 1).all()
    assert network.fc.weight.abs().max().item() == pytest.approx(512**-0.5, rel=0.01)


def test_the_network_that_is_checked_stays_as_it_was():
    network, x = random_network(), random_views()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    randomisation_check(network, x, 0, seed=0, draws=1)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_each_step_is_the_map_of_a_network_that_has_forgotten_one_layer_more():
    network, x = random_network(), random_views()
    found = randomisation_check(network, x, 2, seed=3, stages=("layer2",), draws=1)
    forgetful, draw = copy.deepcopy(network), _draw(3)
    for step, layer in enumerate(LAYERS):
        randomise(forgetful, layer, draw)
        (expected,) = StageGradCam(forgetful, ("layer2",)).attribute(x, torch.tensor([2]))
        np.testing.assert_array_equal(found.randomised_maps["layer2"][step], expected[0, 0].numpy())
    assert found.layers == ("fc", "layer4", "layer3", "layer2", "layer1", "stem")


def test_the_correlations_are_scipys():
    found = randomisation_check(random_network(), random_views(), 1, seed=0, draws=2)
    for stage, correlations in found.correlations.items():
        assert correlations.shape == (2, len(LAYERS))
        for step, map in enumerate(found.randomised_maps[stage]):
            rho = stats.spearmanr(map, found.maps[stage], axis=None).statistic
            assert correlations[0, step] == pytest.approx(rho, abs=1e-6), (stage, step)
    assert not np.allclose(found.correlations["layer1"][0], found.correlations["layer1"][1])


def test_the_same_seed_gives_the_same_check():
    network, x = random_network(), random_views()
    first, again = (randomisation_check(network, x, 1, seed=5, stages=("layer3",)) for _ in range(2))
    assert np.array_equal(first.correlations["layer3"], again.correlations["layer3"])


def test_the_class_stays_that_of_the_trained_network():
    network, x = random_network(classes=6), random_views()
    found = randomisation_check(network, x, None, seed=0, stages=("layer4",), draws=1)
    assert found.target == int(network(x).argmax())


def test_a_map_of_one_cell_has_no_correlation():
    """A view of 32 pixels is one cell of layer4."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = randomisation_check(random_network(), random_views(1, 32, 32), 0, seed=0, draws=1)
    assert np.isnan(found.correlations["layer4"]).all()
    assert np.isfinite(found.correlations["layer3"]).all()


def test_fewer_than_one_draw_is_refused():
    with pytest.raises(ValueError, match="draws is 0"):
        randomisation_check(random_network(), random_views(), 0, seed=0, draws=0)
