"""The networks for CIFAR-10, held to the papers' counts and to the same sums by other means."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resnet_demo.network.cifar import ARRANGEMENTS, PLAIN, CifarNetwork
from resnet_demo.network.orderings import ORDERINGS, activation_before
from tests.randomised import randomise

PAPER = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
"""Millions of parameters by depth: He et al. 2016, table 6."""


def _pictures(count=2):
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("depth", PAPER)
def test_parameters_are_the_papers(depth):
    network = CifarNetwork(depth)
    decimals = 1 if depth == 110 else 2
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, decimals) == PAPER[depth]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("depth", [8, 20])
def test_as_many_layers_as_the_name_says_and_the_papers_grids(arrangement, depth):
    network = CifarNetwork(depth, arrangement)
    assert sum(isinstance(m, nn.Conv2d | nn.Linear) for m in network.modules()) == depth
    shapes = [tuple(x.shape[1:]) for x in network.outputs(_pictures())]
    n = (depth - 2) // 6
    assert shapes == [(16, 32, 32)] * (n + 1) + [(32, 16, 16)] * n + [(64, 8, 8)] * n
    assert network(_pictures()).shape == (2, 10)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_all_have_the_same_parameters_but_for_norms_that_moved(arrangement):
    """A shortcut has none, and an ordering moves its norms. In full pre-activation the first unit lacks one (16
    channels), two that widen have their first on half the channels (16 and 32 fewer), and the last is followed by one
    (64): as many again."""
    kernels = {tuple(p.shape) for p in CifarNetwork(20, arrangement).parameters() if p.ndim > 1}
    assert kernels == {tuple(p.shape) for p in CifarNetwork(20).parameters() if p.ndim > 1}
    counts = [sum(p.numel() for p in CifarNetwork(20, name).parameters()) for name in (arrangement, "original")]
    assert counts[0] == counts[1]


def test_the_plain_network_is_the_residual_one_without_its_shortcuts():
    plain, residual = (randomise(CifarNetwork(20, name)) for name in (PLAIN, "original"))
    residual.load_state_dict(plain.state_dict())
    x = _pictures()
    assert not torch.allclose(plain(x), residual(x))
    for unit in residual.units:
        unit.shortcut = lambda x: 0
    assert torch.equal(plain(x), residual(x))


def test_a_shortcut_across_stages_keeps_every_second_cell_and_adds_zeros():
    unit = CifarNetwork(8).units[1]
    x = torch.randn(2, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    by_pooling = F.max_pool2d(x, kernel_size=1, stride=2)
    assert torch.equal(unit.shortcut(x)[:, :16], by_pooling)
    assert unit.shortcut(x).shape == (2, 32, 3, 3)
    assert not unit.shortcut(x)[:, 16:].any()


@pytest.mark.parametrize("name", ORDERINGS)
def test_each_convolution_but_the_first_sees_its_orderings_activation(name):
    """Read off the graph: in the pre-activation orderings every unit's first convolution sees what is not negative,
    the first unit's too, and so does the average pool; the sums between are left as they are."""
    network = randomise(CifarNetwork(20, name), seed=2)
    seen = {}
    for number, unit in enumerate(network.units):
        convolution = next(m for m in unit.branch if isinstance(m, nn.Conv2d))
        convolution.register_forward_pre_hook(lambda _, given, n=number: seen.__setitem__(n, given[0]))
    network.fc.register_forward_pre_hook(lambda _, given: seen.__setitem__("fc", given[0]))
    sums = network.outputs(_pictures())
    network(_pictures())
    assert all((x >= 0).all() for x in seen.values())
    assert all((x >= 0).all() for x in sums) == (not activation_before(ORDERINGS[name]))


def test_parameters_come_from_the_seed_alone():
    first, again, other = CifarNetwork(8, seed=1), CifarNetwork(8, seed=1), CifarNetwork(8, seed=2)
    assert torch.equal(first.fc.weight, again.fc.weight)
    assert not torch.equal(first.fc.weight, other.fc.weight)
    kernel = CifarNetwork(56).units[-1].branch[0].weight
    assert kernel.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)


@pytest.mark.parametrize(("depth", "arrangement"), [(18, "original"), (2, "original"), (20, "sideways")])
def test_what_there_is_not_is_refused(depth, arrangement):
    with pytest.raises(ValueError, match="6n \\+ 2|arrangement"):
        CifarNetwork(depth, arrangement)
