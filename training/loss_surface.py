"""The loss around a trained network for CIFAR-10.

Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", sections 2 and 4: two random directions through the
weights, every filter's part of a direction as long as the filter itself; batch norms and biases stay as they are. Loss
is the mean cross-entropy in evaluation mode.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from resnet_demo.network.cifar import CifarNetwork

STEPS = 15
REACH = 1.0
"""How far the surface goes along each direction: at 1 a filter is moved by its own length."""


def direction(network: CifarNetwork, seed: int) -> dict[str, Tensor]:
    """For every kernel and the last layer's rows, by name: normal numbers, each filter's as long as the filter is."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            drawn = torch.randn(weight.shape, generator=generator)
            lengths = [each.flatten(1).norm(dim=1) for each in (weight.detach(), drawn)]
            scale = lengths[0] / lengths[1].clamp_min(1e-12)
            found[name] = drawn * scale.view(-1, *[1] * (weight.ndim - 1))
    return found


@torch.inference_mode()
def surface(
    network: CifarNetwork,
    x: Tensor,
    labels: Tensor,
    *,
    steps: int = STEPS,
    reach: float = REACH,
    bfloat16: bool = False,
) -> Tensor:
    """float64 (steps, steps): the loss in nats of pictures ``x`` (n, 3, 32, 32) around ``network``, which is left as it
    was. The directions are drawn from seeds 0 and 1."""
    weights = {name: value.clone() for name, value in network.named_parameters() if value.ndim > 1}
    down, across = (direction(network, seed) for seed in (0, 1))
    places = torch.linspace(-reach, reach, steps).tolist()
    found = torch.zeros(steps, steps, dtype=torch.float64)
    parameters = dict(network.named_parameters())
    for row, a in enumerate(tqdm(places, unit="row", disable=None)):
        for column, b in enumerate(places):
            for name, value in weights.items():
                parameters[name].copy_(value + a * down[name] + b * across[name])
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = torch.cat([network(part).float() for part in x.split(250)])
            found[row, column] = F.cross_entropy(logits.double(), labels)
    for name, value in weights.items():
        parameters[name].copy_(value)
    return found
