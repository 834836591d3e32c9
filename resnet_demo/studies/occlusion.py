"""Occlusion: a patch is laid on every part of the view in turn, and what the class loses is the map.

Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2. No gradient and no
activation is looked at, so the map holds for whatever the network does; what it finds depends on the patch: its size,
and what it is filled with, as a covered view is one that no training photo was.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resnet_demo.errors import InputError
from resnet_demo.labels.predictions import Probable, softmax
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation
from resnet_demo.results import FILLS, Occlusion
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.studies.painting import covering

PLACES = 14
"""Places a side, as layer3 has cells in a view of 224 pixels."""

SPAN = 3
"""The patch's side in places: with overlap, so that a thing between two places is covered too."""


def occlude(
    network: ResNet,
    x: Tensor,
    target: int | None,
    *,
    contrast: int | None = None,
    fill: str = "grey",
    places: int = PLACES,
    span: int = SPAN,
    probable: Probable = softmax,
    seed: int = 0,
    batch_size: int = 16,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Occlusion:
    """A patch laid on each of ``places`` x ``places`` places of one view ``x`` (1, 3, h, w), one at a time.

    Its side is ``span`` places, odd; at the edges what lies beyond the view covers nothing. ``target`` is a class, None
    for the most probable one, ``contrast`` one whose logit is taken away. ``fill`` is one of ``FILLS``, and ``seed``
    draws its noise. Runs the network places² + 1 times, ``batch_size`` views at a time. Raises ``InputError`` for
    another fill, ``ValueError`` for no places or an even span, ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    if fill not in FILLS:
        raise InputError("choice-unknown", what="fill", given=fill, accepted=", ".join(FILLS))
    if places < 1 or span < 1 or span % 2 == 0:
        raise ValueError(f"places is {places} and span is {span}; places is at least 1, span odd")
    height, width = x.shape[2:]
    cover = covering(x, fill, seed)
    tasks = [(row, column) for row in range(places) for column in range(places)]
    parts = [tasks[i : i + batch_size] for i in range(0, len(tasks), batch_size)]

    def covered(row: int, column: int) -> Tensor:
        """The view with the patch around the middle of a place."""
        top, bottom = (round((row + edge) * height / places) for edge in (-(span // 2), span // 2 + 1))
        left, right = (round((column + edge) * width / places) for edge in (-(span // 2), span // 2 + 1))
        view = x.clone()
        here = (..., slice(max(0, top), bottom), slice(max(0, left), right))
        view[here] = cover[here]
        return view

    with torch.inference_mode():
        whole = network(x).float().cpu()
        target = int(whole[0].argmax()) if target is None else target
        rows = [
            network(torch.cat([covered(*task) for task in part])).float().cpu()
            for part in paced(parts, "occlusion", "batches", progress, stop)
        ]
        logits = torch.cat([whole, *rows])
        probabilities = probable(logits)[:, target].numpy()
    against = 0 if contrast is None else logits[:, contrast]
    scores = (logits[:, target] - against).numpy()
    grid = (places, places)
    return Occlusion(
        target=target,
        contrast=contrast,
        side=round(span * min(height, width) / places),
        fill=fill,
        logit=float(scores[0]),
        probability=float(probabilities[0]),
        logits=scores[1:].reshape(grid),
        probabilities=probabilities[1:].reshape(grid),
    )
