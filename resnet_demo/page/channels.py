"""Single channels of a stage: an image made to excite one, and what the class loses without some."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from resnet_demo.page.requests import malformed, whole, word
from resnet_demo.page.work import Task
from resnet_demo.results import STAGES, ChannelAblation, ChannelImage
from resnet_demo.results.json import photo_png

MOST_CUT = 64
STEPS = 64
"""Steps of the optimisation: enough to see what a channel looks for, in seconds on a CPU."""


def excite(task: Task) -> dict[str, Any]:
    """An image optimised to excite one ``channel`` of a ``stage``, and the channel's activation on the way."""
    network = task.answer.analysis.network
    found = task.room.laboratory.run(
        ChannelImage,
        None,
        network.depth,
        network.weights,
        stage=_stage(task),
        channel=whole(task.asked, "channel"),
        steps=STEPS,
        progress=task.progress,
        waiting=task.waiting,
    )
    return {
        "depth": network.depth,
        "weights": network.weights,
        "stage": found.stage,
        "channel": found.channel,
        "image": _picture(found.image),
        "activations": found.activations.tolist(),
    }


def ablate(task: Task) -> dict[str, Any]:
    """The change for the class in view when each of ``channels`` of a ``stage`` is set to zero, one at a time."""
    channels = task.asked.get("channels")
    if not isinstance(channels, list) or not 0 < len(channels) <= MOST_CUT:
        raise malformed()
    if not all(isinstance(channel, int) and not isinstance(channel, bool) for channel in channels):
        raise malformed()
    network, target = task.answer.analysis.network, task.answer.analysis.target
    found = task.room.laboratory.run(
        ChannelAblation,
        task.answer.request.photo,
        network.depth,
        network.weights,
        target.index,
        stage=_stage(task),
        channels=channels,
        progress=task.progress,
        waiting=task.waiting,
    )
    return {
        "stage": found.stage,
        "channels": found.channels.tolist(),
        "logit": found.logit,
        "probability": found.probability,
        "logits": found.logit_changes.tolist(),
        "probabilities": found.probability_changes.tolist(),
    }


def _stage(task: Task) -> str:
    stage = word(task.asked, "stage")
    if stage not in STAGES:
        raise malformed()
    return stage


def _picture(pixels: np.ndarray) -> str:
    """A PNG as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(photo_png(pixels)).decode('ascii')}"
