"""The ledger of a logit: what each part of the network wrote into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Part = Literal["stem", "branch", "projection", "bias", "paint"]
"""What wrote an entry: the stem, a block's F, the bias of a block's projection, the last layer's bias,
or who painted over a stage (``painting.py``)."""


@dataclass(frozen=True, eq=False)
class Contribution:
    """One entry: how much of the logit was written here, in the logit's own units.

    ``name`` is ``stem``, a block's name (what its F adds), a block's name with ``.downsample`` behind it (the bias of
    its projection), ``fc`` (the last layer's bias) or a stage's with ``.paint`` behind it; ``stage`` that of the unit,
    or ``fc``. ``map`` float32 [h, w] is the entry place by place, on the unit's grid, and adds up to ``value``; the
    last layer's bias has no place, and its map one cell. ``channels`` float32 [channels] is the entry channel by
    channel of the stage's stream, and adds up to ``value`` too; the last layer's bias has none. ``total`` is what the
    logit loses when F is bypassed, None where no lesion was made or can be.
    """

    name: str
    stage: str
    part: Part
    value: float
    map: np.ndarray
    channels: np.ndarray
    total: float | None = None


@dataclass(frozen=True, eq=False)
class Ledger:
    """A logit as a sum: the values of the ``contributions``, first unit to last, add up to ``logit``.

    ``logit`` is that of the class of index ``target``, or with a ``contrast`` by how much it is above that class's.
    """

    target: int
    contrast: int | None
    logit: float
    contributions: tuple[Contribution, ...]

    @property
    def stages(self) -> Mapping[str, float]:
        """What each stage wrote, its projection's bias with it, and ``fc``: in order, and adding up to the logit."""
        return _by_stage((each.stage, each.value) for each in self.contributions)


@dataclass(frozen=True, eq=False)
class Entries:
    """One entry in the ledgers of several photos: ``values`` float32 [photos], of each photo's own class."""

    name: str
    stage: str
    part: Part
    values: np.ndarray

    @property
    def mean(self) -> float:
        """In units of the logit."""
        return float(self.values.mean(dtype=np.float64))

    @property
    def spread(self) -> float:
        """The standard deviation over the photos, 0 for one alone."""
        return _spread(self.values)


@dataclass(frozen=True, eq=False)
class LedgerProfile:
    """The ledgers of several photos by one network: ``logits`` float32 [photos], and every entry of all of them.

    ``stage_values`` are by stage float32 [photos], as ``Ledger.stages`` has them of one.
    """

    logits: np.ndarray
    entries: tuple[Entries, ...]
    stage_values: Mapping[str, np.ndarray]

    @property
    def stage_means(self) -> Mapping[str, float]:
        """They add up to the mean of the logits."""
        return {stage: float(values.mean(dtype=np.float64)) for stage, values in self.stage_values.items()}

    @property
    def stage_spreads(self) -> Mapping[str, float]:
        """The standard deviations over the photos, 0 for one alone."""
        return {stage: _spread(values) for stage, values in self.stage_values.items()}


def ledger_profile(ledgers: Sequence[Ledger]) -> LedgerProfile:
    """What several ledgers of one network have in common. Raises ``ValueError`` for none, and for those of networks
    with other units."""
    units = {tuple(each.name for each in ledger.contributions) for ledger in ledgers}
    if len(units) != 1:
        raise ValueError(f"a profile is of ledgers with the same entries; here are {len(units)} kinds of them")
    return LedgerProfile(
        logits=np.array([ledger.logit for ledger in ledgers], np.float32),
        entries=tuple(
            Entries(alike[0].name, alike[0].stage, alike[0].part, np.array([c.value for c in alike], np.float32))
            for alike in zip(*(ledger.contributions for ledger in ledgers), strict=True)
        ),
        stage_values={
            stage: np.array([ledger.stages[stage] for ledger in ledgers], np.float32) for stage in ledgers[0].stages
        },
    )


def most_written(ledger: Ledger, most: int = 6) -> dict[str, list[tuple[int, float]]]:
    """By stage its channels that are among the ``most`` that wrote most, for or against, in the stage or in one of its
    entries: number and what all entries of the stage wrote there, most first."""
    found = {}
    for stage in dict.fromkeys(each.stage for each in ledger.contributions if len(each.channels)):
        entries = [each.channels for each in ledger.contributions if each.stage == stage]
        whole = np.stack(entries).sum(axis=0, dtype=np.float64)
        ranked = ((values, np.argsort(-np.abs(values), kind="stable")[:most].tolist()) for values in (whole, *entries))
        named = {channel for values, channels in ranked for channel in channels if values[channel]}
        found[stage] = sorted(((each, float(whole[each])) for each in named), key=lambda row: (-abs(row[1]), row[0]))
    return found


def _by_stage(entries: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for stage, value in entries:
        sums[stage] = sums.get(stage, 0.0) + value
    return sums


def _spread(values: np.ndarray) -> float:
    return float(values.std(dtype=np.float64, ddof=min(1, len(values) - 1)))
