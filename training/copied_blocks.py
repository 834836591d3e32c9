"""Growing a network by blocks that are copies of its own: they begin with something to say.

As in ``growth.py`` each added block begins as the identity, its last batch norm at zero. Its convolutions are not drawn
at random but copied from the stage's other blocks and shaken a little (stacking: Gong et al. 2019, "Efficient Training
of BERT by Progressively Stacking"), and its batch norms know the statistics of what they see: once the last one
departs from zero, the block adds features rather than noise.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet_demo.network.resnet import PLANS, STAGES, ResNet
from training.average import recompute_statistics
from training.growth import blocks_of
from training.initial import fresh, last_norm

SHAKEN = 0.3
"""Spread of the noise on a copied kernel, as a share of the kernel's own."""


@torch.no_grad()
def grow_by_copies(shallow: ResNet, to_depth: int, pictures: Tensor, seed: int) -> tuple[ResNet, list[str]]:
    """A ResNet of ``to_depth`` that answers as ``shallow`` does, and its added blocks' names, as ``layer2.2``.

    ``shallow`` has such blocks, but need not be of one of the paper's depths. Added blocks begin with the statistics
    of ``pictures``, normalised (photos, 3, h, w). Raises ``ValueError`` where a stage would lose blocks.
    """
    old, new = blocks_of(shallow), PLANS[to_depth].blocks
    if type(shallow.layer1[0]) is not PLANS[to_depth].block or any(a > b for a, b in zip(old, new, strict=True)):
        raise ValueError(f"a ResNet-{to_depth} cannot be grown from blocks {old}")
    deep = fresh(to_depth, shallow.fc.out_features, seed)
    kept = deep.state_dict()
    for name, value in shallow.state_dict().items():
        kept[name].copy_(value)
    deep.eval()
    added = {}
    for number, (stage, few, many) in enumerate(zip(STAGES[1:], old, new, strict=True), 1):
        blocks = getattr(deep, stage)
        for place in range(few, many):
            block = blocks[place]
            source = blocks[1 if (place - few) % 2 == 0 else few - 1]
            block.load_state_dict(source.state_dict())
            _shake(block, torch.Generator().manual_seed(100 * number + place + 10_000 * seed))
            nn.init.zeros_(last_norm(block).weight)
            nn.init.zeros_(last_norm(block).bias)
            added[f"{stage}.{place}"] = block
    # Whatever an added block's last norm sees, it gives zero: all statistics can be taken in one pass.
    recompute_statistics(deep, pictures.split(64), [m for block in added.values() for m in block.modules()])
    return deep, list(added)


def _shake(block: nn.Module, generator: torch.Generator) -> None:
    for module in block.modules():
        if isinstance(module, nn.Conv2d):
            noise = torch.randn(module.weight.shape, generator=generator)
            module.weight += noise * module.weight.std() * SHAKEN
