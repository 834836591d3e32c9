"""What is measured of a pupil while it trains: on photos that it does not train on, and that no test takes."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from resnet_demo.weights.imagenet import imagenet_classes
from training import sharp
from training.augment import whole
from training.data import Photos
from training.pupil import Pupil, divergence


class Measures:
    """``answers`` are the teacher's logits float16 (rows of the pool, 1,000), NaN where it was not asked; ``known`` are
    the validation photos' classes among ImageNet's, int64 (classes,). Photos are seen at ``view`` pixels."""

    def __init__(
        self, validation: Photos, pool: sharp.Pool, answers: Tensor, known: Tensor, view: int, device: torch.device
    ) -> None:
        self.validation, self.pool, self.answers, self.known, self.view = validation, pool, answers, known, view
        self.device = device
        self.held = [row for row in pool.held() if not answers[row].isnan().any()]
        self.labelled = pool.labelled()
        index = {info.label: info.wnid or "" for info in imagenet_classes()}
        classes = list(validation.classes)
        self.truth = torch.tensor([classes.index(index[pool.rows[row].label or ""]) for row in self.labelled])

    @torch.inference_mode()
    def of(self, pupil: Pupil, bfloat16: bool) -> dict[str, float]:
        """Fractions right and divergences in nats, rounded for the log."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16):
            seen = self._features(pupil, self.validation.pixels)
            labelled, held = (
                self._features(pupil, torch.from_numpy(self.pool.crops[rows])) for rows in (self.labelled, self.held)
            )
        fc, thousand = (copy.deepcopy(layer).cpu() for layer in (pupil.network.fc, pupil.thousand))
        right = (fc(labelled).argmax(1) == self.truth).float()
        answers = self.answers[self.held].float()
        found = {
            "val_top1": (fc(seen).argmax(1) == self.validation.labels).float().mean().item(),
            "labelled_sharp_top1": right.mean().item(),
            "labelled_sharp_mean_of_classes": float(
                np.mean([right[self.truth == c].mean().item() for c in self.truth.unique()])
            ),
            "held_sharp_divergence": divergence(answers[:, self.known].softmax(1), fc(held)).item(),
            "held_sharp_divergence_1000": divergence(answers.softmax(1), thousand(held)).item(),
        }
        return {name: round(value, 4) for name, value in found.items()}

    def _features(self, pupil: Pupil, pixels: Tensor) -> Tensor:
        parts = [pupil.features(whole(part.to(self.device), self.view)).cpu() for part in pixels.split(50)]
        return torch.cat(parts)
