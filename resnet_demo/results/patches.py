"""Which patches of a collection of photos excite each channel most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from resnet_demo.results.analysis import Box, ReceptiveField
from resnet_demo.results.receptive_field import ViewBox, receptive_box


@dataclass(frozen=True)
class Patch:
    """Where a channel is strongest in a photo: ``value`` in the cell at ``row`` and ``column``.

    ``photo`` is its file, ``relative`` the value's share of the channel's largest in any photo, ``box`` the cell's
    receptive field in pixels of the view.
    """

    photo: str
    row: int
    column: int
    value: float
    relative: float
    box: ViewBox


@dataclass(frozen=True, eq=False)
class StagePatches:
    """One stage, on a grid of ``rows`` and ``columns`` whose cells have this receptive ``field``.

    For each channel, best first and one a photo: ``photos`` int32 [channels, n], places in ``Patches.photos``, -1 where
    fewer photos excite the channel; ``cells`` int32 [channels, n], row times ``columns`` plus column; ``values``
    float32 [channels, n], the activation there.
    """

    photos: np.ndarray
    cells: np.ndarray
    values: np.ndarray
    rows: int
    columns: int
    field: ReceptiveField


@dataclass(frozen=True, eq=False)
class Patches:
    """By stage the patches that excite each channel most, cut from square ``photos``, files by name.

    ``view_size`` is the side in pixels of what the network sees of each; ``seen`` says where that lies in the photo,
    whose sides are 1.
    """

    depth: int
    weights: str
    photos: tuple[str, ...]
    view_size: int
    seen: Box
    stages: Mapping[str, StagePatches]

    def of(self, stage: str, channel: int) -> tuple[Patch, ...]:
        """Those of one channel, which must be there, best first."""
        known = self.stages[stage]
        found = zip(known.photos[channel], known.cells[channel], known.values[channel], strict=True)
        return tuple(self._patch(known, *each, known.values[channel, 0]) for each in found if each[0] >= 0)

    def _patch(self, of: StagePatches, photo: int, cell: int, value: float, largest: float) -> Patch:
        row, column = divmod(int(cell), of.columns)
        return Patch(
            self.photos[photo],
            row,
            column,
            float(value),
            float(value / largest),
            receptive_box(of.field, row, column, (self.view_size, self.view_size)),
        )
