"""Grad-CAM inside one residual block: of its branch, of its shortcut, of their sum, and of its output.

Which of the four is "the" map of a block is a fair question. The weight of a channel is the mean gradient at the sum
S = F(x) + shortcut(x), the same for both of its parts, as a sum hands its gradient on unchanged. The map is linear in
what is weighed, so the parts' maps add up to that of S. Behind the ReLU, activation and gradient both differ, so the
output's map is another one: the one that ordinary Grad-CAM shows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resnet_demo.errors import InputError
from resnet_demo.maps.grad_cam import grad_cam
from resnet_demo.maps.kinds import hires_cam
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import blocks_of, forward_from, forward_into, require_evaluation
from resnet_demo.results import BLOCK_KINDS, BlockKind, BlockMaps


def block_maps(
    network: ResNet, x: Tensor, block: str, target: int | None, *, kind: BlockKind = "grad-cam"
) -> BlockMaps:
    """The four maps of a ``block`` for one view ``x`` (1, 3, h, w), from one forward and one backward pass.

    ``target`` is a class, None for the most probable one. ``kind`` "hirescam" weighs every place by its own gradient
    (Draelos and Carin 2020, equation 2), in place of a channel by the mean of its gradients. The backward pass reaches
    no deeper than the block's sum. Raises ``InputError`` for a block that isn't there and for another kind.
    """
    require_evaluation(network)
    if kind not in BLOCK_KINDS:
        raise InputError("choice-unknown", what="kind", given=kind, accepted=", ".join(BLOCK_KINDS))
    with torch.inference_mode(False), torch.no_grad():
        entering = forward_into(network, x.detach().clone(), block)
        parts = blocks_of(network)[block]
        branch, shortcut = parts.branch(entering), parts.shortcut(entering)
        with torch.enable_grad():
            total = (branch + shortcut).requires_grad_()
            output = torch.relu(total)
            logits = forward_from(network, output, block)[0].float()
            target = int(logits.argmax()) if target is None else target
            at_total, at_output = torch.autograd.grad(logits[target], (total, output))
        weighed = {"branch": (branch, at_total), "shortcut": (shortcut, at_total), "output": (output, at_output)}
        made = {part: grad_cam(*of) if kind == "grad-cam" else hires_cam(*of) for part, of in weighed.items()}
    maps = {part: map[0].cpu().numpy() for part, map in made.items()}
    return BlockMaps(name=block, target=target, total=maps["branch"] + maps["shortcut"], kind=kind, **maps)
