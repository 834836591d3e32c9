"""Batches of which one half is blurred photos with labels, the other sharp ones with a teacher's answers.

Tiny ImageNet's photos have 64 px and labels; sharp ones have neither. A network that learns from the first alone
forgets what sharp photos look like. Some of the sharp crops are blurred too, down to 48 px, and keep the answers that
the teacher gave of them sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.augment import crops, some_blurred
from training.batches import generator
from training.data import Photos

_SHARP_EPOCHS, _SHARP_STEPS, _EPOCHS, _STEPS, _BLUR_STEPS = 11, 12, 13, 14, 15

BLURRED = 0.3
"""Share of the sharp crops that are blurred."""

LEAST, MOST = 48, 128
"""Pixels of a blurred crop."""


@dataclass(frozen=True, eq=False)
class SharpCrops:
    """What is trained on: ``rows`` int64 (crops,) of ``pixels`` uint8 (more crops, 3, side, side), which may be mapped
    from a file; the teacher's logits ``answers`` float16 (crops, 1,000), and which of these are the network's classes,
    ``known`` int64 (classes,)."""

    pixels: Tensor
    rows: Tensor
    answers: Tensor
    known: Tensor

    def to(self, device: torch.device) -> SharpCrops:
        """The same there; from a mapped file only what is trained on."""
        if device == self.pixels.device:
            return self
        pixels = torch.stack([self.pixels[row] for row in self.rows.tolist()]).to(device)
        rows = torch.arange(len(pixels), device=device)
        return SharpCrops(pixels, rows, self.answers.to(device), self.known.to(device))


@dataclass(frozen=True, eq=False)
class MixedBatch:
    """``pictures`` float32 (batch, 3, size, size), normalised; the first half has ``labels`` int64 (batch / 2,), the
    other ``answers`` float32 (batch / 2, 1,000)."""

    pictures: Tensor
    labels: Tensor
    answers: Tensor


class MixedBatches:
    """Everything random depends on seed and step alone; pictures are made where the photos' pixels are.

    ``crop`` and ``sharp_crop`` are the smallest shares of a photo's and of a stored crop's area that are shown.
    """

    def __init__(
        self,
        photos: Photos,
        sharp: SharpCrops,
        batch: int,
        seed: int,
        crop: float = 0.5,
        sharp_crop: float = 0.55,
        blurred: float = BLURRED,
    ) -> None:
        self.photos, self.sharp, self.half, self.seed = photos, sharp, batch // 2, seed
        self.crop, self.sharp_crop, self.blurred = crop, sharp_crop, blurred
        if batch % 2 or min(len(photos), len(sharp.answers)) < self.half:
            raise ValueError(f"a batch of {batch} needs to be even, and half of it as many photos of either kind")
        self._orders: dict[int, tuple[int, Tensor]] = {}

    def batch(self, step: int, size: int) -> MixedBatch:
        """What step ``step`` (0 the first) sees, at ``size`` pixels."""
        rows = self._rows(len(self.photos), step, _EPOCHS).to(self.photos.pixels.device)
        blurred = crops(self.photos.pixels[rows], size, self.crop, generator(self.seed, _STEPS, step))
        labels = self.photos.labels[rows]
        places = self._rows(len(self.sharp.rows), step, _SHARP_EPOCHS).to(self.sharp.rows.device)
        stored = some_blurred(
            self.sharp.pixels[self.sharp.rows[places]],
            self.blurred,
            LEAST,
            MOST,
            generator(self.seed, _BLUR_STEPS, step),
        )
        sharp = crops(stored, size, self.sharp_crop, generator(self.seed, _SHARP_STEPS, step))
        pictures = torch.cat([blurred, sharp]).contiguous(memory_format=torch.channels_last)
        return MixedBatch(pictures, labels, self.sharp.answers[places].float())

    def _rows(self, photos: int, step: int, kind: int) -> Tensor:
        """Half a batch's places in a shuffle that is new every epoch."""
        epoch, place = divmod(step, photos // self.half)
        known = self._orders.get(kind)
        if known is None or known[0] != epoch:
            known = (epoch, torch.randperm(photos, generator=generator(self.seed, kind, epoch)))
            self._orders[kind] = known
        return known[1][place * self.half : (place + 1) * self.half]
