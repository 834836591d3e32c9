"""What becomes of a batch on the device: a pass over it, and answers of what the pass gave.

Whatever runs a network takes its turn (``turns.py``), one batch at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resnet_demo.engine.device import (
    describe,
    off_device,
    onto_device,
    ordinary,
)
from resnet_demo.engine.loaded import LoadedNetwork
from resnet_demo.engine.questions import (
    same_class,
)
from resnet_demo.engine.turns import AT_ONCE, Turn, Turns, Waiting
from resnet_demo.errors import InputError, WeightsCorrupt
from resnet_demo.labels.predictions import top_k
from resnet_demo.maps.grad_cam import StageGradCam, StagePass
from resnet_demo.maps.stages import stage_maps, stage_numbers, stage_sums
from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.network.resnet import PLANS
from resnet_demo.photos.preprocess import Prepared
from resnet_demo.photos.views import View
from resnet_demo.results import (
    STAGES,
    Analysis,
    AnalysisRequest,
    Classification,
    ClassInfo,
    Failed,
    NetworkInfo,
    ReceptiveField,
)
from resnet_demo.studies import architecture, receptive_field
from resnet_demo.weights.cards import Card


@dataclass(frozen=True, eq=False)
class Opened:
    """A request whose photo is read and whose classes are found."""

    request: AnalysisRequest
    network: LoadedNetwork[FrozenNetwork]
    view: View
    target: ClassInfo | None
    contrast: ClassInfo | None
    timings: Mapping[str, float]


class Passes:
    """Passes on one device in one precision, each in its turn."""

    def __init__(self, device: torch.device, precision: str, dtype: torch.dtype, turns: Turns) -> None:
        self._device, self._precision, self._dtype, self._turns = device, precision, dtype, turns
        self.heard: Callable[[float, float], None] = lambda waited, held: None

    @contextmanager
    def turn(self, waiting: Waiting = AT_ONCE) -> Iterator[Turn]:
        """The device to oneself for the length of the ``with``, PyTorch in its ordinary state. Raises ``Busy`` and
        ``Cancelled``."""
        waiting.check()
        asked = time.perf_counter()
        with (
            self._turns.take(
                waiting.visitor,
                on_wait=waiting.on_wait,
                stop=waiting.stop,
                deadline=waiting.deadline,
                address=waiting.address,
            ) as turn,
            ordinary(self._device),
        ):
            began = time.perf_counter()
            try:
                yield turn
            finally:
                self.heard(began - asked, time.perf_counter() - began)

    def explain(self, batch: list[Opened], waiting: Waiting) -> list[Analysis | Failed]:
        """One forward and one backward pass over ``batch``, all of one network and the same stages."""
        network, stages = batch[0].network, batch[0].request.stages
        fields = receptive_field.receptive_fields_of(network.card.depth)
        queued = time.perf_counter()
        with self.turn(waiting):
            began = time.perf_counter()
            x = self.stack([item.view.prepared for item in batch])
            targets = self._class_tensor([item.target for item in batch])
            contrasts = self._class_tensor([item.contrast for item in batch])
            made = StageGradCam(network.module, [s for s in STAGES if s in stages]).gather(x, targets, contrasts)
            passed = time.perf_counter()
            sums = stage_sums(made)
            rows = off_device([_numbers(made, sums, row, item.request) for row, item in enumerate(batch)], self._device)
            measured = time.perf_counter()
        spent = {
            "wait": began - queued,
            "pass": (passed - began) / len(batch),
            "maps": (measured - passed) / len(batch),
        }
        return [
            self._answer(item, numbers, fields, {**item.timings, **spent})
            for item, numbers in zip(batch, rows, strict=True)
        ]

    def _answer(
        self, item: Opened, numbers: dict, fields: Mapping[str, ReceptiveField], timings: dict[str, float]
    ) -> Analysis | Failed:
        began = time.perf_counter()
        request, card = item.request, item.network.card
        target = card.classes[int(numbers["target"])]
        try:
            predictions = top_k(torch.from_numpy(numbers["logits"]), card, request.top_k)
            if target == item.contrast:  # the most probable class turned out to be the one to set it against
                raise same_class(target)
        except (WeightsCorrupt, InputError) as error:
            return Failed(item.view.photo.name, error)
        stages = stage_maps(numbers["stages"], fields, request.first_rank)
        timings["maps"] += time.perf_counter() - began
        return Analysis(
            photo=item.view.photo,
            view=item.view.prepared.view,
            box=item.view.prepared.box,
            network=network_info(card),
            predictions=predictions,
            target=target,
            contrast=item.contrast,
            ranked_by=request.ranked_by,
            stages=stages,
            timings=timings,
            device=describe(self._device),
            precision=self._precision,
        )

    def classify(
        self, network: LoadedNetwork[FrozenNetwork], batch: list[View], k: int, waiting: Waiting
    ) -> list[Classification | Failed]:
        with self.turn(waiting), torch.inference_mode():
            logits = off_device(network.module(self.stack([view.prepared for view in batch])), self._device)
        answers: list[Classification | Failed] = []
        for view, row in zip(batch, logits, strict=True):
            try:
                best = top_k(torch.from_numpy(row), network.card, k)
                answers.append(Classification(view.photo.name, best, view.photo.notes))
            except WeightsCorrupt as error:
                answers.append(Failed(view.photo.name, error))
        return answers

    def stack(self, prepared: Sequence[Prepared]) -> Tensor:
        """What a network is given: (photos, 3, h, w) on the device, in its precision."""
        # Views lie in memory with their channels last; put one behind another they are a batch as networks take it.
        views = np.stack([p.tensor.permute(1, 2, 0).numpy() for p in prepared])
        return onto_device(torch.from_numpy(views).permute(0, 3, 1, 2), self._device, self._dtype)

    def _class_tensor(self, classes: Sequence[ClassInfo | None]) -> Tensor:
        return onto_device(torch.tensor([-1 if c is None else c.index for c in classes]), self._device)


def _numbers(made: StagePass, sums: Mapping[str, Mapping[str, Tensor]], row: int, request: AnalysisRequest) -> dict:
    """All that is wanted of image ``row`` of a pass, still on the device."""
    stages = stage_numbers(
        made, sums, row, channels=request.channels, first_rank=request.first_rank, ranked_by=request.ranked_by
    )
    return {"logits": made.logits[row], "target": made.targets[row], "stages": stages}


def network_info(card: Card) -> NetworkInfo:
    plan, size = PLANS[card.depth], (card.transform.crop, card.transform.crop)
    return NetworkInfo(
        depth=card.depth,
        weights=card.name,
        title=card.title,
        classes=len(card.classes),
        block=plan.block.__name__,
        blocks=plan.blocks,
        parameters=card.parameters,
        multiply_adds=architecture.multiply_adds(card.depth, size, len(card.classes)),
        view_size=size,
        top1=card.top1,
        top5=card.top5,
        measured_on=card.measured_on,
        temperature=card.temperature,
        familiarity=card.familiarity,
    )
