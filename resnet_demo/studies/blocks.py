"""What every residual block adds to the data that passes beside it: the residual profile of a network.

He et al. 2016, section 4.2 ("Analysis of Layer Responses"), find that the branches F of deeper networks respond less;
here their responses are set against the shortcut's, block by block, on the photos at hand.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import blocks_of, require_evaluation, stage_of
from resnet_demo.results import BlockProfile, ResidualProfile
from resnet_demo.studies.long_work import OnProgress, Stop, paced


def residual_profile(
    network: ResNet, views: Tensor, *, progress: OnProgress = None, stop: Stop = None
) -> ResidualProfile:
    """The profile of every block, first to last, on ``views`` (photos, 3, h, w), at the cost of one forward.

    Raises ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    profiles = []
    with torch.inference_mode():
        x = network.stem(views)
        for name, block in paced(list(blocks_of(network).items()), "blocks", "blocks", progress, stop):
            branch, shortcut = block.branch(x), block.shortcut(x)
            x = torch.relu(branch + shortcut)
            f, s = branch.float().flatten(1), shortcut.float().flatten(1)
            f_norm, s_norm = f.norm(dim=1), s.norm(dim=1)
            profiles.append(
                BlockProfile(
                    name=name,
                    stage=stage_of(name),
                    projection=block.downsample is not None,
                    ratios=_quotient(f_norm, s_norm).cpu().numpy(),
                    cosines=_quotient((f * s).sum(1), f_norm * s_norm).clamp(-1, 1).cpu().numpy(),
                    zeros=(x == 0).float().mean(dim=(1, 2, 3)).cpu().numpy(),
                )
            )
    return ResidualProfile(tuple(profiles))


def _quotient(above: Tensor, below: Tensor) -> Tensor:
    """NaN rather than infinity where ``below`` is zero: there is nothing to compare with."""
    return torch.where(below == 0, torch.nan, above / below)
