"""Networks with every value random, batch norms' statistics included, none of which grows without bound."""

from __future__ import annotations

import torch
from torch import nn


def randomise(network: nn.Module, seed: int = 0) -> nn.Module:
    """Draw all parameters and buffers anew, in place, from a generator of this seed; returned in evaluation mode."""
    draw = torch.Generator().manual_seed(seed)

    def uniform(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=draw) * (high - low) + low)

    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                bound = (3 / module.weight[0].numel()) ** 0.5
                uniform(module.weight, -bound, bound)
                if module.bias is not None:
                    uniform(module.bias, -1, 1)
            if isinstance(module, nn.BatchNorm2d):
                uniform(module.weight, 0.3, 0.9)
                uniform(module.bias, -0.2, 0.2)
                uniform(module.running_mean, -0.2, 0.2)
                uniform(module.running_var, 0.3, 0.9)
                module.num_batches_tracked.fill_(seed + 1)
    return network.eval()
