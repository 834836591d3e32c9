"""One step after another on mixed batches: AdamW at a low rate, for networks that know most of it already.

Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization". What is new (last layers, added blocks) learns
``fast`` times as fast as what was trained before; ``frozen`` parts do not learn at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from resnet_demo.network.resnet import STAGES, ResNet
from training.average import Average
from training.mixed_batches import MixedBatch, MixedBatches
from training.pupil import Pupil, Weights, freeze, losses, train_mode, unlike
from training.schedule import Leg, Schedule

CLIP = 5.0
"""Longest gradient, over all parameters together."""


@dataclass(frozen=True)
class MixedRecipe:
    """Everything that decides what a run computes, beside the photos and the network it starts from.

    ``legs`` count steps, not epochs. ``trunk_from_start`` trains layer4 and the last layers alone, on what the start's
    other stages give: they are computed once for both. ``added`` and ``frozen`` are beginnings of parameters' names.
    ``like`` is a stage: nothing but being like the start there, cell by cell, is then learnt (a hint: Romero et al.
    2015, "FitNets", section 2.2); what does not lead to that stage stays as it is.
    """

    legs: tuple[Leg, ...]
    seed: int = 0
    batch: int = 64
    peak: float = 1e-4
    fast: float = 5.0
    decay: float = 0.02
    average: float = 0.998
    weights: Weights = Weights()
    trunk_from_start: bool = False
    frozen_statistics: bool = True
    frozen: tuple[str, ...] = ("conv1", "bn1")
    added: tuple[str, ...] = ()
    like: str | None = None
    bfloat16: bool = False


@dataclass(frozen=True, eq=False)
class Start:
    """The published network as a teacher, in evaluation mode; ``variance`` (channels,) of its features."""

    network: ResNet
    variance: Tensor

    def to(self, device: torch.device) -> Start:
        return Start(self.network.to(device), self.variance.to(device))

    @torch.no_grad()
    def trunk(self, x: Tensor) -> Tensor:
        """Pictures to what layer4 sees."""
        for name in STAGES[:-1]:
            x = getattr(self.network, name)(x)
        return x

    @torch.no_grad()
    def features(self, trunk: Tensor) -> Tensor:
        """What layer4 sees to float32 (batch, channels)."""
        return self.network.layer4(trunk).float().mean((2, 3))


class MixedTrainer:
    """A pupil in training, with its optimiser, its average and the number of steps made.

    All on one device. ``start`` is needed where ``recipe`` lets it teach.
    """

    def __init__(
        self,
        pupil: Pupil,
        batches: MixedBatches,
        recipe: MixedRecipe,
        start: Start | None = None,
    ) -> None:
        self.pupil = pupil.to(memory_format=torch.channels_last)
        self.batches, self.recipe, self.start = batches, recipe, start
        needs_start = recipe.trunk_from_start or recipe.weights.features or recipe.weights.teach or recipe.like
        if needs_start and start is None:
            raise ValueError("the recipe has the start teach, but there is none")
        freeze(pupil, recipe.frozen)
        if recipe.trunk_from_start:
            freeze(pupil, STAGES[:-1])
        train_mode(pupil, recipe.frozen_statistics)
        self.average = Average(self.pupil, recipe.average)
        self.schedule = Schedule(recipe.legs, 1, recipe.peak, warmup=0.04)
        self.optimizer = _optimizer(pupil, recipe)
        self.step_number = 0

    def step(self) -> dict[str, float]:
        """Makes one step; the parts of the loss before it."""
        step, recipe = self.step_number, self.recipe
        batch = self.batches.batch(step, self.schedule.size(step))
        parts = self._unlike(batch.pictures, recipe.like) if recipe.like else self._losses(batch)
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()
        learning = [p for group in self.optimizer.param_groups for p in group["params"]]
        nn.utils.clip_grad_norm_(learning, CLIP)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate(step) * group["factor"]
        self.optimizer.step()
        self.average.update(self.pupil, step)
        self.step_number += 1
        return {name: part.item() for name, part in parts.items()}

    def _losses(self, batch: MixedBatch) -> dict[str, Tensor]:
        with torch.autocast(batch.pictures.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
            features, start_features = self._features(batch.pictures)
        return losses(
            self.pupil,
            features,
            batch.labels,
            batch.answers,
            self.batches.sharp.known,
            self.recipe.weights,
            None if self.start is None else self.start.network.fc,
            start_features,
            None if self.start is None else self.start.variance,
        )

    def _unlike(self, pictures: Tensor, stage: str) -> dict[str, Tensor]:
        """How far the pupil is from the start at ``stage``."""
        own = theirs = pictures
        with torch.autocast(pictures.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
            for name in STAGES[: STAGES.index(stage) + 1]:
                own = getattr(self.pupil.network, name)(own)
                with torch.no_grad():
                    theirs = getattr(cast(Start, self.start).network, name)(theirs)
        return {"unlike": unlike(own.float(), theirs.float())}

    def _features(self, pictures: Tensor) -> tuple[Tensor, Tensor | None]:
        """The pupil's and, where it teaches, the start's, both float32."""
        if self.start is None:
            return self.pupil.features(pictures), None
        trunk = self.start.trunk(pictures)
        if self.recipe.trunk_from_start:
            own = self.pupil.network.layer4(trunk).float().mean((2, 3))
        else:
            own = self.pupil.features(pictures)
        return own, self.start.features(trunk)

    @property
    def averaged(self) -> Pupil:
        """The average, which is what a run leaves."""
        return cast(Pupil, self.average.network)

    def state(self) -> dict[str, Any]:
        """All that a later ``load`` needs to go on as if nothing had happened."""
        return {
            "step": self.step_number,
            "pupil": self.pupil.state_dict(),
            "average": self.average.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()`` of a trainer of the same pupil."""
        self.step_number = state["step"]
        self.pupil.load_state_dict(state["pupil"])
        self.average.network.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])


def _optimizer(pupil: Pupil, recipe: MixedRecipe) -> torch.optim.AdamW:
    """Four groups: what learns slowly or fast, kernels or what has one number a channel, which does not decay."""
    quick = ("thousand.", "network.fc.", *(f"network.{name}" for name in recipe.added))
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in pupil.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith(quick), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "factor": recipe.fast if fast else 1.0,
                "weight_decay": recipe.decay if kernels else 0.0,
            }
            for (fast, kernels), parameters in groups.items()
        ],
        lr=recipe.peak,
        betas=(0.9, 0.99),
    )
