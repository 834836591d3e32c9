"""A fresh network from a seed, drawn from a generator of its own: the process's global random state is untouched.

Each block's last batch norm starts at zero, so that every block is the identity (Goyal et al. 2017, "Accurate, Large
Minibatch SGD", section 5.1); the convolutions as in ``network/resnet.py``.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from resnet_demo.network.resnet import BasicBlock, Block, Bottleneck, ResNet, resnet


def last_norm(block: Block) -> nn.BatchNorm2d:
    """The batch norm whose output is added to the shortcut."""
    return block.bn3 if isinstance(block, Bottleneck) else block.bn2


def zero_last_norms(network: nn.Module) -> None:
    """Makes every block of ``network`` add nothing to its shortcut."""
    for module in network.modules():
        if isinstance(module, BasicBlock | Bottleneck):
            nn.init.zeros_(last_norm(module).weight)


def fresh(depth: int, classes: int, seed: int) -> ResNet:
    """An untrained ResNet, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):  # nothing is drawn while the network is built
        network = resnet(depth, classes)
    network.to_empty(device="cpu")
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.Linear):
            bound = 1 / math.sqrt(module.in_features)
            nn.init.uniform_(module.weight, -bound, bound, generator=generator)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    zero_last_norms(network)
    return network
