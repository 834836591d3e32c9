"""What single channels answer to: the stem's kernels, and how strongly the photos of each class excite a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from resnet_demo.results.analysis import ClassInfo
from resnet_demo.results.patches import Patch, Patches


@dataclass(frozen=True)
class Filter:
    """What one kernel of conv1 passes, as in ``Filters``."""

    orientation: float
    oriented: float
    frequency: float
    colour: float


@dataclass(frozen=True, eq=False)
class Filters:
    """conv1's kernels, and what each lets pass; arrays float32, the first axis its channels.

    ``kernels`` [channels, 3, 7, 7]. ``orientation`` [channels] in degrees, 0 to 180, of the stripes that pass best;
    ``oriented`` 0..1, how much one orientation stands out: 1 is one alone, 0 none. ``frequency``, cycles a pixel, 0 for
    a kernel that passes plain areas best. ``colour`` 0..1, the part of the kernel's energy that is not grey, and
    ``hues`` [channels, 3], red, green and blue of what it passes, from -1 to 1, the largest of them 1 or -1.
    """

    kernels: np.ndarray
    orientation: np.ndarray
    oriented: np.ndarray
    frequency: np.ndarray
    colour: np.ndarray
    hues: np.ndarray

    def of(self, channel: int) -> Filter:
        """One channel's kernel."""
        facts = (self.orientation, self.oriented, self.frequency, self.colour)
        return Filter(*(float(fact[channel]) for fact in facts))


@dataclass(frozen=True)
class ClassMean:
    """The mean activation of a channel over the photos of a class, positions and photos alike."""

    index: int
    wnid: str | None
    label: str
    mean: float


@dataclass(frozen=True, eq=False)
class StageProfiles:
    """One stage: ``profile`` uint8 [channels, classes] times ``scale`` float32 [channels] is its channels' mean
    activation over the photos of each class.

    ``best`` int32 [channels, 5] are the classes of the largest, best first. ``selectivity`` float32 [channels] is
    Morcos et al.'s (2018): (a - b) / (a + b) of the largest and the mean of all others, 0..1, 0 for a silent channel.
    ``kinds`` are what the five best have in common, None for a channel where that is nothing.
    """

    profile: np.ndarray
    scale: np.ndarray
    best: np.ndarray
    selectivity: np.ndarray
    kinds: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Atlas:
    """All channels of a network: ``filters`` of its stem, and by stage the profiles over its ``classes``.

    Without profiles ``stages`` is empty; ``measured_on`` says which photos they are of. ``widths`` are the numbers of
    channels by stage. Where images were made ahead (``Laboratory.channel_sheet``), ``image_channels`` are by stage the
    channels that have one, int32 [images]; each has ``image_side`` pixels, and they lie in that order,
    ``image_columns`` a row. ``patches`` are those of the photos that come with the program, where they were cut ahead.
    """

    depth: int
    weights: str
    classes: tuple[ClassInfo, ...]
    widths: Mapping[str, int]
    filters: Filters
    stages: Mapping[str, StageProfiles]
    measured_on: str | None
    image_side: int | None = None
    image_columns: int | None = None
    image_channels: Mapping[str, np.ndarray] = field(default_factory=dict)
    patches: Patches | None = None

    def channel(self, stage: str, channel: int) -> Channel:
        """What is known of one channel, which must be there."""
        known = self.stages.get(stage)
        return Channel(
            stage=stage,
            channel=channel,
            filter=self.filters.of(channel) if stage == "stem" else None,
            best=() if known is None else tuple(self._mean(known, channel, index) for index in known.best[channel]),
            kind=None if known is None else known.kinds[channel],
            selectivity=None if known is None else float(known.selectivity[channel]),
            measured_on=self.measured_on,
            patches=() if self.patches is None else self.patches.of(stage, channel),
        )

    def _mean(self, of: StageProfiles, channel: int, index: int) -> ClassMean:
        each = self.classes[index]
        return ClassMean(each.index, each.wnid, each.label, float(of.profile[channel, index] * of.scale[channel]))


@dataclass(frozen=True)
class Channel:
    """One channel: of the stem what its kernel passes; with profiles its five ``best`` classes, what ``kind`` of thing
    they are, and how selective it is; ``patches`` of photos that excite it most. None and nothing where that is not
    known."""

    stage: str
    channel: int
    filter: Filter | None
    best: tuple[ClassMean, ...]
    kind: str | None
    selectivity: float | None
    measured_on: str | None
    patches: tuple[Patch, ...] = ()
