"""Growing a deeper network from a shallower one with the same kind of block: 18 to 34, 50 to 101.

He et al. 2016, section 1, argue that a deeper network can be no worse than a shallower one, since the added layers
could be the identity. Here they are: the added blocks start with a zero last batch norm, so that each passes its
input on and the deeper network answers exactly as the shallower one does, before it trains on.
"""

from __future__ import annotations

import torch

from resnet_demo.network.resnet import PLANS, STAGES, ResNet
from training.initial import fresh


def grow(shallow: ResNet, from_depth: int, to_depth: int, seed: int) -> ResNet:
    """A ResNet of ``to_depth`` whose logits in evaluation mode equal those of ``shallow``.

    The blocks of each stage keep their places, and new ones follow them. What comes in is the sum of a ReLU, hence not
    negative, so the ReLU after an empty branch changes nothing. Raises ``ValueError`` where the blocks differ in kind
    or a stage would lose some.
    """
    old, new = PLANS[from_depth], PLANS[to_depth]
    if old.block is not new.block or any(few > many for few, many in zip(old.blocks, new.blocks, strict=True)):
        raise ValueError(
            f"a ResNet-{to_depth} cannot be grown from a ResNet-{from_depth}; 18 grows to 34, 50 to 101 and 152"
        )
    deep = fresh(to_depth, shallow.fc.out_features, seed)
    with torch.no_grad():
        kept = deep.state_dict()
        for name, value in shallow.state_dict().items():
            kept[name].copy_(value)
    return deep


def blocks_of(network: ResNet) -> tuple[int, ...]:
    """How many blocks each stage has."""
    return tuple(len(getattr(network, stage)) for stage in STAGES[1:])
