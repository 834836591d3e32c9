from __future__ import annotations

import pytest
import torch
from torch import nn

from resnet_demo.network.resnet import resnet
from training.growth import grow
from training.initial import fresh, last_norm, zero_last_norms


def shaken(network: nn.Module, seed: int) -> nn.Module:
    """The network as training might leave it: no parameter and no statistic at its first value."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.2, 0.6, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator)
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
    return network.eval()


@pytest.mark.parametrize(("shallow", "deep"), [(18, 34), (50, 101)])
def test_a_grown_network_answers_as_the_one_it_was_grown_from(shallow: int, deep: int) -> None:
    small = shaken(fresh(shallow, 7, seed=1), seed=2)
    grown = grow(small, shallow, deep, seed=3).eval()
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(4))
    with torch.inference_mode():
        assert torch.equal(grown(x), small(x))
    more = sum(p.numel() for p in resnet(deep, 7).parameters())
    assert sum(p.numel() for p in grown.parameters()) == more


def test_the_added_blocks_can_learn() -> None:
    grown = grow(shaken(fresh(18, 3, seed=1), seed=2), 18, 34, seed=3).train()
    grown(torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(4))).square().sum().backward()
    assert last_norm(grown.layer3[5]).weight.grad.abs().max() > 0


@pytest.mark.parametrize(("start", "end"), [(34, 50), (34, 18), (50, 34)])
def test_growing_into_another_kind_of_block_or_fewer_blocks_is_refused(start: int, end: int) -> None:
    with torch.device("meta"):
        network = resnet(start, 3)
    with pytest.raises(ValueError, match=f"ResNet-{end} cannot be grown from a ResNet-{start}"):
        grow(network, start, end, seed=0)


def test_a_fresh_network_depends_on_its_seed_alone_and_leaves_the_global_generator_alone() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (fresh(18, 3, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.conv1.weight, other.conv1.weight)


def test_a_fresh_kernel_has_hes_spread() -> None:
    kernel = fresh(18, 3, seed=0).layer4[1].conv2.weight  # 512 channels out, 3x3: variance 2 / (512 * 9)
    assert kernel.var().item() == pytest.approx(2 / (512 * 9), rel=0.01)


def test_with_zero_last_norms_every_block_is_the_identity() -> None:
    network = shaken(resnet(18, 3), seed=0)
    zero_last_norms(network)
    for module in network.modules():
        if hasattr(module, "downsample") and hasattr(module, "bn2"):
            last_norm(module).bias.data.zero_()
    block = network.layer1[1]
    x = torch.rand(1, 64, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(block(x), x)
