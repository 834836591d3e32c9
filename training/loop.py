"""One training step after another: stochastic gradient descent with Nesterov momentum on one batch a step.

As for ImageNet in He et al. 2016, section 3.4, but for the rate (``schedule.py``), what is answered (``targets.py``),
the averaged network (``average.py``), and that biases and batch norms do not decay (Goyal et al. 2017, section 5.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from resnet_demo.network.resnet import ResNet
from training.augment import crops
from training.average import Average
from training.batches import Batches
from training.convolution import use_patch_gradients
from training.data import Photos
from training.schedule import Leg, Schedule
from training.targets import SMOOTHING, TEACHER_SHARE, cross_entropy, targets


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run computes, apart from the photos and the network it starts from.

    ``peak`` is the highest learning rate at this ``batch``; ``crop`` the smallest share of a photo's area that a
    random crop shows; ``bfloat16`` computes the convolutions in it and keeps everything else in float32.
    """

    legs: tuple[Leg, ...]
    seed: int = 0
    batch: int = 128
    peak: float = 0.25
    momentum: float = 0.9
    weight_decay: float = 1e-4
    average: float = 0.999
    crop: float = 0.35
    smoothing: float = SMOOTHING
    teacher_share: float = TEACHER_SHARE
    bfloat16: bool = False


class Trainer:
    """A network in training, with its optimiser, its average and the number of steps made.

    ``answers`` are the teachers' probabilities (photos, classes), or None to learn from the truth alone.
    """

    def __init__(self, network: ResNet, photos: Photos, answers: Tensor | None, recipe: Recipe) -> None:
        self.network = network.to(memory_format=torch.channels_last).train()
        use_patch_gradients(self.network)
        self.photos, self.answers, self.recipe = photos, answers, recipe
        self.average = Average(self.network, recipe.average)
        self.batches = Batches(len(photos), recipe.batch, recipe.seed)
        self.schedule = Schedule(recipe.legs, self.batches.steps_per_epoch, recipe.peak)
        self.optimizer = _optimizer(self.network, recipe)
        self.step_number = 0

    def step(self) -> float:
        """Makes one step; the loss before it, a mean over the batch in nats."""
        step = self.step_number
        rows = self.batches.rows(step)
        pictures = crops(
            self.photos.pixels[rows], self.schedule.size(step), self.recipe.crop, self.batches.crop_generator(step)
        )
        answers = None if self.answers is None else self.answers[rows]
        target = targets(
            self.photos.labels[rows],
            len(self.photos.classes),
            answers,
            self.recipe.teacher_share,
            self.recipe.smoothing,
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.bfloat16):
            logits = self.network(pictures)
        loss = cross_entropy(logits, target)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate(step)
        self.optimizer.step()
        self.average.update(self.network, step)
        self.step_number += 1
        return loss.item()

    def state(self) -> dict[str, Any]:
        """All that a later ``load`` needs to go on as if nothing had happened."""
        return {
            "step": self.step_number,
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()`` of a trainer of the same network."""
        self.step_number = state["step"]
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    kernels = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim == 1]
    groups = [{"params": kernels, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=recipe.peak, momentum=recipe.momentum, nesterov=True)
