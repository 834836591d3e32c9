from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from resnet_demo.network.resnet import STAGES, ResNet
from training.bottlenecks import as_bottlenecks
from training.initial import fresh, last_norm

CLASSES = 7


def views(seed: int, photos: int = 8) -> Tensor:
    return torch.randn(photos, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def basic() -> ResNet:
    """A ResNet-18 as training might leave it, its statistics those of what it sees."""
    network = fresh(18, CLASSES, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(0, 0.3, generator=generator)
                module.momentum = None
        network.train()(views(3))
    return network.eval()


def states(network: ResNet, x: Tensor) -> list[Tensor]:
    """What each stage gives."""
    outputs = [network.stem(x)]
    for name in STAGES[1:]:
        outputs.append(getattr(network, name)(outputs[-1]))
    return outputs


@torch.no_grad()
def without_the_lost_halves(basic: ResNet) -> ResNet:
    """A copy. Where a ResNet-50 lacks a bottleneck for it, in layer1 and layer4, the second block adds nothing."""
    basic = copy.deepcopy(basic)
    for stage in (basic.layer1, basic.layer4):
        last_norm(stage[1]).weight.zero_()
        last_norm(stage[1]).bias.zero_()
    return basic


@torch.no_grad()
def test_where_every_half_block_has_its_bottleneck_the_answers_are_equal(basic: ResNet) -> None:
    basic = without_the_lost_halves(basic)
    x = views(4)
    deep = as_bottlenecks(basic, x, seed=5)
    for stage, old, new in zip(STAGES, states(basic, x), states(deep, x), strict=True):
        scale = old.abs().max().item()
        torch.testing.assert_close(new[:, : old.shape[1]], old, rtol=0, atol=1e-4 * scale, msg=stage)
    torch.testing.assert_close(deep(x), basic(x), rtol=1e-3, atol=1e-3)
    other = views(6)  # not what the constants were taken from: a value below all that were seen there may be cut
    torch.testing.assert_close(deep(other), basic(other), rtol=0.05, atol=0.05)


@torch.no_grad()
def test_the_lost_halves_are_fitted(basic: ResNet) -> None:
    x = views(4, photos=32)
    before, after = states(basic, x)[:2], states(as_bottlenecks(basic, x, seed=5), x)[1]
    wanted = before[1]
    missing = (wanted - basic.layer1[0](before[0])).square().mean().item()
    assert (wanted - after[:, : wanted.shape[1]]).square().mean().item() < 0.7 * missing


@torch.no_grad()
def test_no_channel_is_silent(basic: ResNet) -> None:
    """Every quarter is the state, a hidden half or drawn at random: none is left empty for want of a second half."""
    x = views(4, photos=32)
    for stage, cells in zip(STAGES[1:], states(as_bottlenecks(basic, x, seed=5), x)[1:], strict=True):
        quarters = cells.amax((0, 2, 3)).view(4, -1)
        assert (quarters > 0).float().mean(1).min() > 0.5, stage


@torch.no_grad()
def test_the_basic_network_is_left_as_it_was_and_the_rest_depends_on_the_seed(basic: ResNet) -> None:
    kept = {name: value.clone() for name, value in basic.state_dict().items()}
    one, same, other = (as_bottlenecks(basic, views(4), seed).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(value, kept[name]) for name, value in basic.state_dict().items())
    assert all(torch.equal(value, same[name]) for name, value in one.items())
    assert not torch.equal(one["layer1.0.downsample.0.weight"], other["layer1.0.downsample.0.weight"])


def test_all_features_of_layer4_can_learn(basic: ResNet) -> None:
    deep = as_bottlenecks(basic, views(4), seed=5).train()
    deep(views(7)).square().sum().backward()
    gradient = deep.fc.weight.grad
    assert gradient.shape == (CLASSES, 2048)
    fourth = gradient[:, 1536:]
    assert (fourth.abs().amax(0) > 0).float().mean() > 0.9
