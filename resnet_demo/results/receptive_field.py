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


def receptive_box(field: ReceptiveField, row: int, column: int, view_size: tuple[int, int]) -> ViewBox:
    """The part of a view of ``view_size`` (height, width) that the cell in ``row`` and ``column`` can see.

    What the field has beyond the view is padding, and cut off.
    """
    top, left = field.start + field.step * row, field.start + field.step * column
    height, width = view_size
    return ViewBox(
        top=max(top, 0),
        left=max(left, 0),
        bottom=min(top + field.size, height),
        right=min(left + field.size, width),
    )


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
    def centre(self) -> tuple[float, float] | None:
        """The centre of mass (x, y) of the sway, in pixels of the view; None for a cell that nothing sways.

        A cell's theoretical field has its middle at ``start + size / 2 + step * place``, as strides count from the
        first pixel; maps draw cells side by side from the edge, half a cell further right and down. In trained networks
        this centre lies between the two.
        """
        mass = self.sway.sum(dtype=np.float64)
        if not mass > 0:
            return None
        down, right = (np.arange(side) + 0.5 for side in self.sway.shape)
        return float(self.sway.sum(axis=0) @ right / mass), float(self.sway.sum(axis=1) @ down / mass)

    @property
    def share_used(self) -> float | None:
        """How much of ``box``, the part of the field that lies in the view, the area that counts makes up: 0..1."""
        area = (self.box.right - self.box.left) * (self.box.bottom - self.box.top)
        return None if self.effective_size is None else self.effective_size**2 / area
