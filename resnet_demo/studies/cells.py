"""What the class's logit loses without one cell of a stage, and how far each kind of map foretells that.

A map is a claim about places. Here a cell of a stage is set to zero in all its channels and the rest of the network
runs on: the drop of the logit is what the cell was worth. The rank correlation of a map with these drops says how far
the map can be trusted for this photo and stage. HiResCAM is what a linear model of the logit foretells for each cell
(Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks",
section 3); in layer4, where the logit is linear, it and Grad-CAM are exact.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import chain, zip_longest

import numpy as np
import torch
from torch import Tensor

from resnet_demo.maps.grad_cam import StageGradCam
from resnet_demo.maps.kinds import every_kind
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import forward_from, require_evaluation, require_stages
from resnet_demo.results import STAGES, CellAblation, StageCells
from resnet_demo.results.ranks import spearman
from resnet_demo.studies.long_work import OnProgress, Stop, paced

MOST_CELLS = 100
"""Cells of one stage that are set to zero at most: a rank correlation of that many stands within about 0.1."""


def ablate_cells(
    network: ResNet,
    x: Tensor,
    target: int | None,
    *,
    stages: Sequence[str] = STAGES,
    cells: int = MOST_CELLS,
    seed: int = 0,
    batch_size: int = 16,
    seconds: float | None = None,
    progress: OnProgress = None,
    stop: Stop = None,
) -> CellAblation:
    """Cells of each of ``stages`` set to zero alone, for one view ``x`` (1, 3, h, w).

    All cells of a stage that has no more than ``cells``, else as many, drawn by ``seed``. ``target`` is a class, None
    for the most probable one. Runs the network once forward and back, and from each stage on once for every cell,
    ``batch_size`` at a time, the stages in turn. After ``seconds`` it is content with the cells it has, a batch of each
    stage at least. Raises ``InputError`` for another stage, ``ValueError`` for fewer than one cell and
    ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    require_stages(stages)
    if cells < 1:
        raise ValueError(f"cells is {cells}; at least 1 is set to zero")
    with torch.inference_mode(False):
        explained = None if target is None else torch.tensor([target], device=x.device)
        made = StageGradCam(network, stages).gather(x.detach().clone(), explained)
    of_class = int(made.targets[0])
    generator = torch.Generator().manual_seed(seed)
    drawn = {name: _some(made.activations[name][0, 0].numel(), cells, generator) for name in stages}
    rounds = zip_longest(*([(name, part) for part in drawn[name].split(batch_size)] for name in stages))
    parts = [each for each in chain.from_iterable(rounds) if each is not None]
    began = time.monotonic()
    lost: dict[str, list[Tensor]] = {name: [] for name in stages}
    with torch.inference_mode():
        # From each stage on as the cells are run: in half precision the way back to the view would round differently.
        clean = {name: forward_from(network, made.activations[name], name)[0, of_class].float() for name in stages}
        for name, part in paced(parts, "cells", "batches", progress, stop):
            if seconds is not None and time.monotonic() - began > seconds and all(lost.values()):
                break
            without = made.activations[name].repeat(len(part), 1, 1, 1)
            columns = without.shape[3]
            without[range(len(part)), :, part // columns, part % columns] = 0
            lost[name].append((clean[name] - forward_from(network, without, name)[:, of_class].float()).cpu())
        return CellAblation(
            target=of_class,
            stages={
                name: _stage(made.activations[name].float(), made.gradients[name].float(), drawn[name], lost[name])
                for name in stages
            },
        )


def _some(count: int, most: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(count, generator=generator)[:most]


def _stage(a: Tensor, g: Tensor, cells: Tensor, lost: Sequence[Tensor]) -> StageCells:
    maps = every_kind(a, g).maps
    measured = torch.cat(list(lost))
    cells, order = cells[: len(measured)].sort()
    drops = measured[order].numpy()
    _, _, rows, columns = a.shape
    return StageCells(
        grid=(rows, columns),
        cells=cells.numpy().astype(np.int32),
        drops=drops,
        trust={kind: spearman(made.flatten().cpu()[cells].numpy(), drops) for kind, made in maps.items()},
    )
