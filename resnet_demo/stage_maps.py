"""From the tensors of a pass to the numbers of one photo: maps, ranked channels and statistics of each stage.

What is ranked and chosen is ranked and chosen on the device; only what is asked for is copied off it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from resnet_demo.attribution import MAPS, StagePass, channel_weights
from resnet_demo.rank_correlation import spearman
from resnet_demo.results import RankedBy, ReceptiveField, StageMaps, StageStats


def stage_maps(
    made: StagePass,
    row: int,
    fields: Mapping[str, ReceptiveField],
    *,
    channels: int,
    first_rank: int,
    ranked_by: RankedBy,
) -> dict[str, StageMaps]:
    """The maps of image ``row`` of the batch, by stage; ``fields`` are the stages' receptive fields."""
    return {
        name: _one_stage(
            name, activation[row], made.gradients[name][row], fields[name], channels, first_rank, ranked_by
        )
        for name, activation in made.activations.items()
    }


def _one_stage(
    name: str, a: Tensor, g: Tensor, field: ReceptiveField, channels: int, first_rank: int, ranked_by: RankedBy
) -> StageMaps:
    """``a`` and ``g``: activations and gradients of one image, (channels, h, w)."""
    a = a.float()
    weights = channel_weights(g[None])[0]
    sums = a.sum(dim=(1, 2))
    means = sums / a[0].numel()
    evidence = weights * sums
    # A stable sort keeps channels of equal score in the order of their numbers, so ranks repeat.
    ranking = torch.argsort(evidence if ranked_by == "evidence" else means, descending=True, stable=True)
    shown = ranking[first_rank : first_rank + channels]
    maps = a[shown]
    largest = maps.abs().amax(dim=(1, 2))
    scales = torch.where(largest > 0, largest, torch.ones_like(largest))
    cams = {kind: _array(draw(a[None], g[None])[0]) for kind, draw in MAPS.items()}
    flat = a.flatten(1)
    peaks, peak_cells = flat.max(dim=1)
    return StageMaps(
        name=name,
        shape=(a.shape[0], a.shape[1], a.shape[2]),
        cams=cams,
        agreement={kind: spearman(cam, cams["grad-cam"]) for kind, cam in cams.items() if kind != "grad-cam"},
        weights=_array(weights),
        evidence=_array(evidence),
        means=_array(means),
        peaks=_array(peaks),
        peak_cells=_array(peak_cells).astype(np.int32),
        ranking=_array(ranking).astype(np.int32),
        first_rank=first_rank,
        channel_ids=_array(shown).astype(np.int32),
        maps=_array((maps / scales[:, None, None]).half()),
        scales=_array(scales),
        receptive_field=field,
        stats=StageStats(
            minimum=float(flat.amin(dim=1).min()),
            maximum=float(peaks.max()),
            mean=float(means.mean()),
            zeros=float((a == 0).float().mean()),
        ),
    )


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.cpu().numpy()
