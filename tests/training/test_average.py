from __future__ import annotations

import pytest
import torch
from torch import nn

from training.average import Average, blend, recompute_statistics


def tiny() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 2, 1, bias=False), nn.BatchNorm2d(2))


def test_early_on_the_average_forgets_fast_and_later_by_its_decay() -> None:
    network = tiny()
    with torch.no_grad():
        network[0].weight.fill_(0.0)
    average = Average(network, decay=0.5)
    with torch.no_grad():
        network[0].weight.fill_(1.0)
    average.update(network, step=0)  # (1 + 0) / (10 + 0) of the old remains
    assert average.network[0].weight.flatten()[0].item() == pytest.approx(0.9)
    average.update(network, step=1000)  # half of the distance remains
    assert average.network[0].weight.flatten()[0].item() == pytest.approx(0.95)
    assert network[0].weight.flatten()[0].item() == 1.0


def test_the_average_never_trains() -> None:
    average = Average(tiny())
    assert not average.network.training
    assert not any(p.requires_grad for p in average.network.parameters())


def test_a_blend_lies_between_the_two_networks_and_leaves_the_start_as_it_was() -> None:
    network, start = tiny(), tiny()
    with torch.no_grad():
        network[0].weight.fill_(4.0)
        start[0].weight.fill_(8.0)
        network[1].bias.fill_(1.0)
    blend(network, start, 0.25)
    assert torch.equal(network[0].weight, torch.full((2, 3, 1, 1), 5.0))
    assert torch.equal(network[1].bias, torch.full((2,), 0.75))
    assert torch.equal(start[0].weight, torch.full((2, 3, 1, 1), 8.0))


def test_recomputed_statistics_are_the_mean_over_the_batches() -> None:
    network = tiny().eval()
    with torch.no_grad():
        network[1].running_mean.fill_(123.0)
    generator = torch.Generator().manual_seed(0)
    batches = [torch.randn(4, 3, 5, 5, generator=generator) for _ in range(3)]
    recompute_statistics(network, batches)
    with torch.no_grad():
        outputs = [network[0](batch) for batch in batches]
    mean = torch.stack([o.mean((0, 2, 3)) for o in outputs]).mean(0)
    variance = torch.stack([o.transpose(0, 1).flatten(1).var(1, correction=1) for o in outputs]).mean(0)
    assert torch.allclose(network[1].running_mean, mean, atol=1e-6)
    assert torch.allclose(network[1].running_var, variance, atol=1e-6)
    assert not network.training
    assert network[1].momentum == 0.1
