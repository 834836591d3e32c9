"""What one cell of a stage can see, and what it makes use of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resnet_demo.results.analysis import ReceptiveField


@dataclass(frozen=True)
class ViewBox:
    """A rectangle of whole pixels of the view, top and left included, bottom and right excluded."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """What one cell makes use of: ``sway`` float32 [h, w] of the view, never negative, zero outside ``box``.

    ``theoretical`` is the field by construction and ``box`` its part in the view; ``share_inside`` of the whole sway
    lies in it, all of it up to rounding. ``effective_size`` is the side in pixels of a square as large as the area
    that counts (Luo et al. 2016). Both are None for a cell that nothing sways: its channels are silent there.
    """

    sway: np.ndarray
    theoretical: ReceptiveField
    box: ViewBox
    share_inside: float | None
    effective_size: float | None

    @property
    def share_used(self) -> float | None:
        """How much of ``box``, the part of the field that lies in the view, the area that counts makes up: 0..1."""
        area = (self.box.right - self.box.left) * (self.box.bottom - self.box.top)
        return None if self.effective_size is None else self.effective_size**2 / area
