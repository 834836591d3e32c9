"""What a class loses without one channel of a stage: the channel is set to zero everywhere, and the rest runs on.

Unlike a channel's evidence, which follows the slope at the point where the network stands, this takes the whole step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from resnet_demo.labels.predictions import Probable, softmax
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import forward_from, forward_to, require_channels, require_evaluation
from resnet_demo.results import ChannelAblation
from resnet_demo.studies.long_work import OnProgress, Stop, paced


def ablate_channels(
    network: ResNet,
    x: Tensor,
    stage: str,
    channels: Sequence[int],
    target: int | None,
    *,
    probable: Probable = softmax,
    batch_size: int = 16,
    progress: OnProgress = None,
    stop: Stop = None,
) -> ChannelAblation:
    """Each of ``channels`` of the output of a stage or block set to zero alone, for one view ``x`` (1, 3, h, w).

    The network runs once up to the stage, and from there once for every channel, ``batch_size`` at a time.
    ``target`` is a class, None for the whole network's most probable one; ``probable`` makes
    probabilities of logits. Raises ``InputError`` for a stage, block or channel that isn't there, and ``Cancelled``
    when stopped.
    """
    require_evaluation(network)
    require_channels(network, stage, channels)
    with torch.inference_mode():
        whole = forward_to(network, x, stage)
        clean = forward_from(network, whole, stage)[0].float()
        target = int(clean.argmax()) if target is None else target
        logits = clean.repeat(len(channels), 1)
        # A channel that is silent already changes nothing: not run, so that its change is exactly zero.
        awake = [i for i, c in enumerate(channels) if whole[0, c].any()]
        parts = [awake[i : i + batch_size] for i in range(0, len(awake), batch_size)]
        for part in paced(parts, "ablation", "batches", progress, stop):
            without = whole.repeat(len(part), 1, 1, 1)
            without[range(len(part)), [channels[i] for i in part]] = 0
            logits[part] = forward_from(network, without, stage).float()
        every = torch.cat([clean[None], logits])
        probabilities = probable(every)[:, target].cpu().numpy()
        of_target = every[:, target].cpu().numpy()
    return ChannelAblation(
        stage=stage,
        target=target,
        logit=float(of_target[0]),
        probability=float(probabilities[0]),
        channels=np.array(channels, np.int32),
        logits=of_target[1:],
        probabilities=probabilities[1:],
    )
