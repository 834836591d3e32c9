"""The loss around a network: its centre is the network's own loss, its corner that of weights moved by hand."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from resnet_demo.network.cifar import CifarNetwork
from training.loss_surface import direction, surface


@pytest.fixture
def network() -> CifarNetwork:
    made = CifarNetwork(8, "original", seed=3)
    made(torch.randn(16, 3, 32, 32, generator=torch.Generator().manual_seed(5)))  # statistics to evaluate with
    return made.eval()


def test_each_filter_is_moved_by_as_much_as_it_is_long(network: CifarNetwork) -> None:
    drawn = direction(network, 4)
    parameters = dict(network.named_parameters())
    assert {name for name, value in parameters.items() if name in drawn} == {
        name for name, value in parameters.items() if value.ndim > 1
    }
    for name, each in drawn.items():
        torch.testing.assert_close(each.flatten(1).norm(dim=1), parameters[name].flatten(1).norm(dim=1))
    assert not torch.equal(drawn["fc.weight"], direction(network, 5)["fc.weight"])


def test_the_surface_is_the_loss_of_weights_that_are_moved(network: CifarNetwork) -> None:
    generator = torch.Generator().manual_seed(6)
    x, labels = torch.randn(12, 3, 32, 32, generator=generator), torch.randint(10, (12,), generator=generator)
    before = copy.deepcopy(network.state_dict())
    found = surface(network, x, labels, steps=3, reach=0.5)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert found[1, 1].item() == pytest.approx(F.cross_entropy(network(x), labels).item(), rel=1e-5)
    moved = copy.deepcopy(network)
    down, across = direction(network, 0), direction(network, 1)
    state = moved.state_dict()
    for name in down:
        state[name] += -0.5 * down[name] + 0.5 * across[name]
    moved.load_state_dict(state)
    assert found[0, 2].item() == pytest.approx(F.cross_entropy(moved(x), labels).item(), rel=1e-5)
