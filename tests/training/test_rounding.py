"""Rounding that learns changes a layer's answers less than rounding to nearest, at the same number of bits."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.initial import fresh, last_norm
from training.rounding import inputs_matrix, round_network, rounded
from training.storage import SCALE, in_8_bits, in_8_bits_of, scales

SEEN = torch.randn(4_000, 24, generator=torch.Generator().manual_seed(0)) @ torch.randn(
    24, 24, generator=torch.Generator().manual_seed(1)
)
KERNEL = torch.randn(8, 24, generator=torch.Generator().manual_seed(2))


def coarse(kernel: Tensor) -> Tensor:
    """With one weight a row so large that the others have few steps, as rows that pass a channel on have."""
    kernel = kernel.clone()
    kernel[torch.arange(len(kernel)), torch.arange(len(kernel))] = 60
    return kernel


def test_the_layer_answers_nearer_than_after_rounding_to_nearest() -> None:
    kernel = coarse(KERNEL)
    step = scales(kernel)[:, None]
    nearest = (kernel / step).round() * step
    learnt = rounded(kernel, (SEEN.T @ SEEN / len(SEEN)).double())
    torch.testing.assert_close(learnt / step, (learnt / step).round(), atol=1e-3, rtol=0)
    off = [((SEEN @ (kernel - other).T) ** 2).mean().item() for other in (nearest, learnt)]
    assert off[1] < 0.7 * off[0]


def test_the_size_of_its_blocks_changes_nothing() -> None:
    matrix = (SEEN.T @ SEEN / len(SEEN)).double()
    torch.testing.assert_close(rounded(KERNEL, matrix, block=5), rounded(KERNEL, matrix, block=24), atol=1e-5, rtol=0)


def test_a_convolution_is_seen_a_patch_at_a_time() -> None:
    layer = nn.Conv2d(3, 2, 3, stride=2, padding=1, bias=False)
    pictures = torch.randn(4, 3, 8, 8)
    matrix = inputs_matrix(nn.Sequential(layer), layer, pictures, cells=10_000)
    energy = torch.stack([row @ matrix @ row for row in layer.weight.detach().flatten(1).double()])
    expected = layer(pictures).detach().square().mean((0, 2, 3)).double()
    torch.testing.assert_close(energy, expected, rtol=1e-4, atol=1e-6)


def test_a_rounded_network_is_stored_exactly_and_answers_nearly_as_before() -> None:
    network = fresh(18, 3, seed=0).eval()
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        for block in stage:
            nn.init.constant_(last_norm(block).weight, 0.3)
    pictures = torch.randn(6, 3, 32, 32)
    before = network(pictures).detach()
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    kernels = round_network(network, pictures, cells=500)
    stored = in_8_bits_of(weights | kernels, weights)
    for name, kernel in kernels.items():
        step = stored[name + SCALE].view(-1, *[1] * (kernel.ndim - 1))
        torch.testing.assert_close(stored[name] * step, kernel, atol=1e-6, rtol=1e-4)
    assert stored.keys() == in_8_bits(weights).keys()
    assert (network(pictures) - before).abs().max() < 0.05 * before.abs().max()
