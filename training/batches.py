"""Which photos each step takes: a new shuffle every epoch, the remainder of the last batch left out.

Everything random in a step depends on the seed and the step's number alone. A run that is stopped and resumed
therefore sees exactly what one that was never stopped sees, with no state of a generator to keep.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_EPOCHS, _STEPS = 1, 2


def generator(seed: int, kind: int, number: int) -> torch.Generator:
    """A stream of random numbers of its own for each kind and number.

    PyTorch's CPU generator heeds 32 bits of its seed alone, so the three numbers are mixed into as many.
    """
    return torch.Generator().manual_seed(int(np.random.SeedSequence((seed, kind, number)).generate_state(1)[0]))


class Batches:
    """``photos`` photos in batches of ``size``. Raises ``ValueError`` where they do not fill one."""

    def __init__(self, photos: int, size: int, seed: int) -> None:
        if photos < size:
            raise ValueError(f"a batch of {size} is larger than the {photos} training photos")
        self.photos, self.size, self.seed = photos, size, seed
        self.steps_per_epoch = photos // size
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def rows(self, step: int) -> Tensor:
        """Row numbers of the photos of a step, int64 (size,)."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._order = torch.randperm(self.photos, generator=generator(self.seed, _EPOCHS, epoch))
            self._epoch = epoch
        return self._order[place * self.size : (place + 1) * self.size]

    def crop_generator(self, step: int) -> torch.Generator:
        """The random numbers of a step's crops."""
        return generator(self.seed, _STEPS, step)
