"""From the tensors of a pass to the numbers of one photo: maps, ranked channels and statistics of each stage.

What is ranked and chosen is ranked and chosen on the device; only what is asked for is copied off it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from resnet_demo.maps.grad_cam import StagePass
from resnet_demo.maps.kinds import every_kind
from resnet_demo.results import KINDS, RankedBy, ReceptiveField, StageMaps, StageStats
from resnet_demo.results.ranks import with_first

Numbers = Mapping[str, np.ndarray]


CACHED = 2**20
"""Numbers: so many activations are swept over at a time on a processor, which finds them in its caches every time."""
DEVICE_MOST = 2**26
"""The same of other devices, where each sweep costs a launch, whatever its size."""


def stage_sums(made: StagePass) -> dict[str, dict[str, Tensor]]:
    """By stage and name, what is known of every image of a pass, still on the device: float32 or whole numbers.

    The names are those of ``StageMaps``, and of ``StageStats``; each has the batch first, and ``cams`` is (batch,
    kinds, h, w).
    """
    return {name: _of_batch(activation, made.gradients[name]) for name, activation in made.activations.items()}


def _of_batch(activations: Tensor, gradients: Tensor) -> dict[str, Tensor]:
    """``activations`` and ``gradients`` (batch, channels, h, w), a few images at a time."""
    most = CACHED if activations.device.type == "cpu" else DEVICE_MOST
    rows = max(1, most // activations[0].numel())
    parts = [_sums(a.float(), g.float()) for a, g in zip(activations.split(rows), gradients.split(rows), strict=True)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _sums(a: Tensor, g: Tensor) -> dict[str, Tensor]:
    """``a`` and ``g``: activations and gradients, float32 (batch, channels, h, w)."""
    kinds = every_kind(a, g)
    cells = a.permute(0, 2, 3, 1).flatten(1, 2)
    positions = cells.shape[1]
    means = kinds.totals / positions
    peaks = cells.amax(dim=1)
    marks = torch.empty_like(cells)
    zeros = _mark(cells, 0, marks).mean(dim=(1, 2))
    # Of the cells at the peak the first, which counted from the end has the highest number.
    from_end = torch.arange(positions, 0, -1, dtype=cells.dtype, device=a.device)[:, None]
    first = positions - _mark(cells, peaks[:, None], marks).mul_(from_end).amax(dim=1)
    return {
        "cams": torch.stack(list(kinds.maps.values()), dim=1),
        "weights": kinds.weights,
        # What the score would lose with the channel, to first order: exact where only linear layers follow, as in
        # layer4.
        "evidence": kinds.evidence,
        "means": means,
        "peaks": peaks,
        "peak_cells": first,
        "minimum": cells.amin(dim=(1, 2)),
        "maximum": peaks.amax(dim=1),
        "mean": means.mean(dim=1),
        "zeros": zeros,
    }


def _mark(cells: Tensor, value: Tensor | float, marks: Tensor) -> Tensor:
    """``marks`` with 1 where ``cells`` are ``value`` and 0 elsewhere, as numbers of their kind.

    PyTorch sums and ranks these several times as fast as truth values: of a ResNet-50's five stages the first peaks and
    the zeros take 1.5 ms of one core, and 4.6 ms by ``max`` and the mean of a comparison, 2 % of the whole job.
    """
    return torch.eq(cells, value, out=marks)


def stage_numbers(
    made: StagePass,
    sums: Mapping[str, Mapping[str, Tensor]],
    row: int,
    *,
    channels: int,
    first_rank: int,
    ranked_by: RankedBy,
) -> dict[str, dict[str, Tensor]]:
    """By stage and name, what is wanted of image ``row`` of the batch: of its ``stage_sums`` all, and the maps of the
    ``channels`` channels from ``first_rank`` on."""
    by = "evidence" if ranked_by == "evidence" else "means"
    found = {}
    for name, activation in made.activations.items():
        of_image = {each: values[row] for each, values in sums[name].items()}
        # A stable sort keeps channels of equal score in the order of their numbers, so ranks repeat.
        ranking = torch.argsort(of_image[by], descending=True, stable=True)
        shown = ranking[first_rank : first_rank + channels]
        maps = activation[row][shown].float()
        largest = maps.abs().amax(dim=(1, 2))
        scales = torch.where(largest > 0, largest, torch.ones_like(largest))
        found[name] = of_image | {
            "ranking": ranking,
            "channel_ids": shown,
            "maps": (maps / scales[:, None, None]).half().contiguous(),
            "scales": scales,
        }
    return found


def stage_maps(
    numbers: Mapping[str, Numbers], fields: Mapping[str, ReceptiveField], first_rank: int
) -> dict[str, StageMaps]:
    """The maps of one photo by stage, from what ``stage_numbers`` made, and the stages' receptive fields."""
    return {name: _stage_maps(name, of_stage, fields[name], first_rank) for name, of_stage in numbers.items()}


def _stage_maps(name: str, found: Numbers, field: ReceptiveField, first_rank: int) -> StageMaps:
    cams = dict(zip(KINDS, found["cams"], strict=True))
    _, height, width = found["cams"].shape
    return StageMaps(
        name=name,
        shape=(len(found["means"]), height, width),
        cams=cams,
        agreement=dict(zip(KINDS[1:], with_first(found["cams"]), strict=True)),  # Grad-CAM is the first
        weights=found["weights"],
        evidence=found["evidence"],
        means=found["means"],
        peaks=found["peaks"],
        peak_cells=found["peak_cells"].astype(np.int32),
        ranking=found["ranking"].astype(np.int32),
        first_rank=first_rank,
        channel_ids=found["channel_ids"].astype(np.int32),
        maps=found["maps"],
        scales=found["scales"],
        receptive_field=field,
        stats=StageStats(*(float(found[of]) for of in ("minimum", "maximum", "mean", "zeros"))),
    )
