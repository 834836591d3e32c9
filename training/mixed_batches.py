"""Batches of which one half is blurred photos with labels, the other sharp ones with a teacher's answers.

Tiny ImageNet's photos have 64 px and labels; sharp ones have neither. A network that learns from the first alone
forgets what sharp photos look like. Some of the sharp crops are blurred too, down to 48 px, and keep the answers that
the teacher gave of them sharp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from training.augment import MEAN, STD, crops
from training.batches import generator
from training.data import Photos
from training.sharp import Pool

_SHARP_EPOCHS, _SHARP_STEPS, _EPOCHS, _STEPS = 11, 12, 13, 14

BLURRED = 0.3
"""Share of the sharp crops that are blurred."""

LEAST, MOST = 48, 128
"""Pixels of a blurred crop."""


@dataclass(frozen=True, eq=False)
class MixedBatch:
    """``pictures`` float32 (batch, 3, size, size), normalised; the first half has ``labels`` int64 (batch / 2,), the
    other is of the pool's ``rows`` int64 (batch / 2,)."""

    pictures: Tensor
    labels: Tensor
    rows: Tensor


class MixedBatches:
    """``usable`` are the rows of the ``pool`` to train on. Everything random depends on seed and step alone.

    ``crop`` and ``sharp_crop`` are the smallest shares of a photo's and of a stored crop's area that are shown.
    """

    def __init__(
        self,
        photos: Photos,
        pool: Pool,
        usable: Tensor,
        batch: int,
        seed: int,
        crop: float = 0.5,
        sharp_crop: float = 0.55,
        blurred: float = BLURRED,
    ) -> None:
        self.photos, self.pool, self.usable, self.half, self.seed = photos, pool, usable, batch // 2, seed
        self.crop, self.sharp_crop, self.blurred = crop, sharp_crop, blurred
        if batch % 2 or min(len(photos), len(usable)) < self.half:
            raise ValueError(f"a batch of {batch} needs to be even, and half of it as many photos of either kind")
        self._orders: dict[int, tuple[int, Tensor]] = {}

    def batch(self, step: int, size: int) -> MixedBatch:
        """What step ``step`` (0 the first) sees, at ``size`` pixels."""
        labelled = self._rows(len(self.photos), step, _EPOCHS)
        blurred = crops(self.photos.pixels[labelled], size, self.crop, generator(self.seed, _STEPS, step))
        rows = self.usable[self._rows(len(self.usable), step, _SHARP_EPOCHS)]
        pictures = torch.cat([blurred, self._sharp(rows, step, size)]).contiguous(memory_format=torch.channels_last)
        return MixedBatch(pictures, self.photos.labels[labelled], rows)

    def _rows(self, photos: int, step: int, kind: int) -> Tensor:
        """Half a batch's places in a shuffle that is new every epoch."""
        epoch, place = divmod(step, photos // self.half)
        known = self._orders.get(kind)
        if known is None or known[0] != epoch:
            known = (epoch, torch.randperm(photos, generator=generator(self.seed, kind, epoch)))
            self._orders[kind] = known
        return known[1][place * self.half : (place + 1) * self.half]

    def _sharp(self, rows: Tensor, step: int, size: int) -> Tensor:
        numbers = torch.rand(6, self.half, generator=generator(self.seed, _SHARP_STEPS, step)).T.tolist()
        mean, std = (torch.tensor(values).view(3, 1, 1) * 255 for values in (MEAN, STD))
        shown = torch.empty(self.half, 3, size, size).to(memory_format=torch.channels_last)
        for place, (row, drawn) in enumerate(zip(rows.tolist(), numbers, strict=True)):
            stored = torch.tensor(self.pool.crops[row])
            shown[place] = (sharp_crop(stored, size, self.sharp_crop, self.blurred, drawn).float() - mean) / std
        return shown


def sharp_crop(stored: Tensor, size: int, smallest: float, blurred: float, drawn: list[float]) -> Tensor:
    """A part of a stored crop, uint8 (3, size, size), as six numbers ``drawn`` from 0..1 say.

    Area, ratio of the sides (up to 1.22 either way), place from the left and from the top, whether and how much
    blurred, whether mirrored. Resizing is antialiased, as what the app shows the network is.
    """
    area, ratio, right, down, blur, mirror = drawn
    side = stored.shape[-1]
    area, aspect = smallest + (1 - smallest) * area, math.exp((2 * ratio - 1) * 0.2)
    width, height = (min(side, int(side * math.sqrt(area * form))) for form in (aspect, 1 / aspect))
    left, top = int(right * (side - width + 0.999)), int(down * (side - height + 0.999))
    part = stored[None, :, top : top + height, left : left + width]
    if blur < blurred:
        part = _resized(part, int(LEAST + (MOST - LEAST) * blur / blurred))
    part = _resized(part.contiguous(), size)[0]
    return part.flip(2) if mirror < 0.5 else part


def _resized(pictures: Tensor, size: int) -> Tensor:
    return F.interpolate(pictures, size=(size, size), mode="bilinear", antialias=True)
