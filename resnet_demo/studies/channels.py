"""What a class loses without one channel of a stage, and which channels fire in one of its cells.

Without: the channel is set to zero everywhere, and the rest runs on. Unlike a channel's evidence, which follows the
slope at the point where the network stands, this takes the whole step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from resnet_demo.errors import InputError
from resnet_demo.labels.predictions import Probable, softmax
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import forward_from, forward_to, require_channels, require_evaluation, require_stages
from resnet_demo.results import CellActivations, ChannelAblation
from resnet_demo.studies.atlas import Profiles, require_profiles_of
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.weights.cards import Card


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


def activations_at(
    network: ResNet, x: Tensor, card: Card, profiles: Profiles | None, stage: str, row: int, column: int
) -> CellActivations:
    """Every channel of a stage in the cell in ``row`` and ``column``, for one view ``x`` (1, 3, h, w).

    What is usual of a channel is its mean over the classes of ``profiles``, or without them its mean over this view.
    Raises ``InputError`` for another stage or cell, and ``WeightsMismatch`` for profiles of other weights.
    """
    require_evaluation(network)
    require_stages([stage])
    if profiles is not None:
        require_profiles_of(network, card, profiles)
    with torch.inference_mode():
        output = forward_to(network, x, stage)[0].float().cpu().numpy()
    _, rows, columns = output.shape
    if not (0 <= row < rows and 0 <= column < columns):
        raise InputError("cell-unknown", unit=stage, row=row, column=column, rows=rows, columns=columns)
    if profiles is None:
        usual = output.mean((1, 2))
    else:
        profile, scale = profiles.stages[stage]
        usual = (profile.mean(1) * scale).astype(np.float32)
    measured_on = None if profiles is None else profiles.measured_on
    return CellActivations(stage, row, column, np.ascontiguousarray(output[:, row, column]), usual, measured_on)
