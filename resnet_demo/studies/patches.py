"""The patches of photos that excite each channel most: a channel's strongest cell in each photo, cut by its receptive
field.

So Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 3, show what a channel
answers to; here a photo gives a patch at most. ``training/patches.py`` finds them for the weights that come with the
program and writes the file beside these.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation, width_of
from resnet_demo.results import STAGES, Box, Patches, StagePatches
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.studies.receptive_field import stage_receptive_fields
from resnet_demo.weights.cards import Card, Transform

BEST = 9


def strongest_patches(
    network: ResNet,
    views: Tensor,
    card: Card,
    files: Sequence[str],
    *,
    batch_size: int = 8,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Patches:
    """The ``BEST`` patches of every channel of every stage.

    ``views`` (photos, 3, h, w) are what the network sees of square photos, whose names are ``files``. Raises
    ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    found: dict[str, list[tuple[Tensor, Tensor]]] = {stage: [] for stage in STAGES}
    grids: dict[str, tuple[int, int]] = {}
    with torch.inference_mode():
        for part in paced(views.split(batch_size), "patches", "batches", progress, stop):
            for stage, activation in network.forward_stages(part).stages.items():
                grids[stage] = (activation.shape[2], activation.shape[3])
                value, cell = activation.float().flatten(2).max(2)
                found[stage].append((value.cpu(), cell.cpu()))
    fields = stage_receptive_fields(network)
    stages = {}
    for stage, parts in found.items():
        value, cell = (torch.cat(each).T for each in zip(*parts, strict=True))  # (channels, photos)
        best, photo = value.sort(dim=1, descending=True, stable=True)
        best, photo = best[:, :BEST], photo[:, :BEST]
        excited = best > 0
        stages[stage] = StagePatches(
            photos=_array(photo.where(excited, -1).to(torch.int32)),
            cells=_array(cell.gather(1, photo).where(excited, 0).to(torch.int32)),
            values=_array(best.where(excited, 0.0)),
            rows=grids[stage][0],
            columns=grids[stage][1],
            field=fields[stage],
        )
    return Patches(card.depth, card.name, tuple(files), views.shape[3], seen_of_square(card.transform), stages)


def _array(values: Tensor) -> np.ndarray:
    """In row order, as it is written."""
    return np.ascontiguousarray(values.numpy())


def seen_of_square(transform: Transform) -> Box:
    """Where the view lies in a square photo whose sides are 1; beyond it where the view is padded."""
    spare = transform.resize - transform.crop
    start = round(spare / 2) if spare >= 0 else -(-spare // 2)
    first, last = start / transform.resize, (start + transform.crop) / transform.resize
    return Box(first, first, last, last)


# As they lie beside the weights


def patches_file(weights: Path) -> Path:
    """Where the patches of a weights file lie, if there are any: beside it."""
    return weights.with_name(f"{weights.stem}-patches.safetensors")


def stored(found: Patches) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of the file, to which the ``weights_sha256`` is to be added.

    Of each stage ``<stage>.photos`` and ``<stage>.cells`` int16 and ``<stage>.values`` float32 (channels, n), and
    ``<stage>.grid`` int16, its rows and columns.
    """
    arrays = {}
    for stage, of in found.stages.items():
        arrays[f"{stage}.photos"] = of.photos.astype(np.int16)
        arrays[f"{stage}.cells"] = of.cells.astype(np.int16)
        arrays[f"{stage}.values"] = of.values
        arrays[f"{stage}.grid"] = np.array([of.rows, of.columns], np.int16)
    return arrays, {"view_size": str(found.view_size), "photos": json.dumps(found.photos)}


def read_patches(data: bytes, name: str, network: ResNet, card: Card) -> Patches:
    """The patches of ``network`` in the bytes of a safetensors file called ``name``, as ``stored`` says.

    Raises ``WeightsMismatch`` for those of other weights and ``WeightsCorrupt`` for anything else.
    """
    try:
        arrays = load(data)
        about = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        photos, view_size = tuple(map(str, json.loads(about["photos"]))), int(about["view_size"])
        fields = stage_receptive_fields(network)
        stages = {}
        for stage in STAGES:
            rows, columns = arrays[f"{stage}.grid"].tolist()
            places, cells = (arrays[f"{stage}.{part}"].astype(np.int32) for part in ("photos", "cells"))
            values = arrays[f"{stage}.values"].astype(np.float32)
            if not places.shape == cells.shape == values.shape or places.ndim != 2:
                raise ValueError("arrays that don't belong together")
            if places.min() < -1 or places.max() >= len(photos) or cells.min() < 0 or cells.max() >= rows * columns:
                raise ValueError("a photo or cell that isn't there")
            stages[stage] = StagePatches(places, cells, values, rows, columns, fields[stage])
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise WeightsCorrupt("patches-corrupt", file=name, cause=error) from error
    of_others = any(len(each.photos) != width_of(network, stage) for stage, each in stages.items())
    # A card may know the first digits of the hash alone.
    if of_others or (card.sha256 and not about.get("weights_sha256", "").startswith(card.sha256)):
        raise WeightsMismatch("patches-of-other-weights", weights=card.title)
    return Patches(card.depth, card.name, photos, view_size, seen_of_square(card.transform), stages)
