"""Networks compared on one photo: where they agree on the label, and whether layer4 looks at the same places.

Networks trained on different sets of classes are compared over the classes they share, known by WordNet id, and the
comparison says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from resnet_demo.results.analysis import Analysis, Box, ClassInfo, Prediction
from resnet_demo.results.document import Document
from resnet_demo.results.ranks import spearman


@dataclass(frozen=True, eq=False)
class ComparedAnswer:
    """One network's answer beside the others.

    ``analysis`` is its own answer, over all of its classes. ``shared`` are its most probable classes among those that
    every network knows; their probabilities are renormalised to add up to 1 over all shared classes, which is the
    softmax taken over these alone. Empty where the networks share no class. ``shared_mass`` is the probability that
    lay on the shared classes before, in 0..1: where it is small, the network's own answer is a class the others lack.
    """

    analysis: Analysis
    shared: tuple[Prediction, ...]
    shared_mass: float


OTHER_PHOTOS = (0.34, 0.20)
"""What two *different* photos reach: mean and standard deviation of the rank correlation of the layer4 maps of every
two of the example photos through the bundled ResNet-18, each for its most probable class. Maps are bright in the
middle, where photographers put things, whatever the photo shows."""


@dataclass(frozen=True)
class Pair:
    """Two of the answers, by their places among ``Comparison.answers``.

    ``same_top1`` says whether both put the same shared class first, ``common`` how many of their most probable shared
    classes are the same; both None where they share no class. ``same_target`` says whether both maps explain the same
    class. ``map_agreement`` is Spearman's rank correlation in -1..1 of the signed Grad-CAM maps of layer4, over the
    part of the photo that both networks saw; None where a map is constant, was not asked for, or no place is common.
    """

    first: int
    second: int
    same_top1: bool | None
    common: int | None
    same_target: bool
    map_agreement: float | None


@dataclass(frozen=True, eq=False)
class Comparison(Document):
    """One photo through several networks. ``answers`` are in the order asked for, ``pairs`` are every two of them once.

    ``same_classes`` is false where the networks know different sets of classes: probabilities of different answers
    may then be compared only among ``ComparedAnswer.shared``. ``shared_classes`` is how many classes all of them know.
    ``agreement`` is the share of pairs, in 0..1, that put the same shared class first; None where no class is shared.
    """

    answers: tuple[ComparedAnswer, ...]
    pairs: tuple[Pair, ...]
    same_classes: bool
    shared_classes: int
    agreement: float | None

    @property
    def other_photos(self) -> tuple[float, float]:
        """What ``Pair.map_agreement`` is to be set against: ``OTHER_PHOTOS``."""
        return OTHER_PHOTOS


def compare(analyses: Sequence[Analysis], top_k: int = 5) -> Comparison:
    """Compare answers for one photo, two or more, each with the probabilities of **all** its network's classes.

    The answers that come back keep the ``top_k`` most probable. Raises ``ValueError`` for fewer than two answers, or
    one that lacks classes: over those that are there alone nothing could be renormalised.
    """
    if len(analyses) < 2:
        raise ValueError(f"{len(analyses)} answers can't be compared: it takes two or more")
    for analysis in analyses:
        if len(analysis.predictions) != analysis.network.classes:
            raise ValueError(
                f"the answer of ResNet-{analysis.network.depth} has {len(analysis.predictions)} of its "
                f"{analysis.network.classes} classes; all of them are needed"
            )
    same = _same_classes(analyses)
    rows = [{_known_as(p, same): p for p in a.predictions} for a in analyses]
    shared = {key for key in rows[0] if key is not None and all(key in row for row in rows)}
    answers = tuple(_compared(a, row, shared, top_k) for a, row in zip(analyses, rows, strict=True))
    pairs = tuple(_pair(i, j, answers, same) for i, j in combinations(range(len(answers)), 2))
    agreement = sum(bool(p.same_top1) for p in pairs) / len(pairs) if shared else None
    return Comparison(answers, pairs, same, len(shared), agreement)


def _same_classes(analyses: Sequence[Analysis]) -> bool:
    known = [sorted((p.index, p.wnid or "", p.label) for p in a.predictions) for a in analyses]
    return all(other == known[0] for other in known)


def _known_as(c: Prediction | ClassInfo, same_classes: bool) -> str | int | None:
    """By what a class is found again in another network: its index where the lists are one and the same."""
    return c.index if same_classes else c.wnid


def _compared(
    analysis: Analysis, row: Mapping[str | int | None, Prediction], shared: set[str | int], top_k: int
) -> ComparedAnswer:
    among = [prediction for key, prediction in row.items() if key in shared]  # most probable first, as the answer is
    mass, plain = (float(np.sum([getattr(p, name) for p in among])) for name in ("probability", "untempered"))
    best = tuple(
        replace(p, probability=p.probability / mass, untempered=p.untempered / plain)
        for p in (among[:top_k] if mass > 0 and plain > 0 else ())
    )
    return ComparedAnswer(replace(analysis, predictions=analysis.predictions[:top_k]), best, min(mass, 1.0))


def _pair(first: int, second: int, answers: Sequence[ComparedAnswer], same_classes: bool) -> Pair:
    a, b = answers[first], answers[second]
    tops = [[_known_as(p, same_classes) for p in answer.shared] for answer in (a, b)]
    some = bool(tops[0] and tops[1])
    target = _known_as(a.analysis.target, same_classes)
    return Pair(
        first=first,
        second=second,
        same_top1=tops[0][0] == tops[1][0] if some else None,
        common=len(set(tops[0]) & set(tops[1])) if some else None,
        same_target=target is not None and target == _known_as(b.analysis.target, same_classes),
        map_agreement=map_agreement(a.analysis, b.analysis),
    )


def map_agreement(a: Analysis, b: Analysis, stage: str = "layer4") -> float | None:
    """Spearman's rank correlation of two answers' signed Grad-CAM maps of ``stage`` for one photo, in -1..1.

    Views may differ in size and crop, so the maps are compared place by place in the photo: where both have the same
    grid over the same part of it, cell by cell; otherwise both are read, bilinearly between the centres of their
    cells, on one grid over the part that both networks saw, as coarse as the coarser map. None where there is no such
    part, a map is constant or an answer has no map of that stage.
    """
    if stage not in a.stages or stage not in b.stages:
        return None
    first, second = a.stages[stage].cam, b.stages[stage].cam
    if first.shape == second.shape and a.box == b.box:
        return spearman(first, second)
    part = Box(
        max(a.box.left, b.box.left),
        max(a.box.top, b.box.top),
        min(a.box.right, b.box.right),
        min(a.box.bottom, b.box.bottom),
    )
    if part.left >= part.right or part.top >= part.bottom:
        return None
    rows, columns = (min(sizes) for sizes in zip(first.shape, second.shape, strict=True))
    return spearman(_read(first, a.box, part, rows, columns), _read(second, b.box, part, rows, columns))


def _read(cam: np.ndarray, box: Box, part: Box, rows: int, columns: int) -> np.ndarray:
    """The map over ``box`` at the centres of a rows x columns grid over ``part``, float64 [rows, columns]."""
    y = _places(part.top, part.bottom, rows, box.top, box.bottom, cam.shape[0])
    x = _places(part.left, part.right, columns, box.left, box.right, cam.shape[1])
    down = np.array([np.interp(y, np.arange(cam.shape[0]), column) for column in cam.T.astype(np.float64)]).T
    return np.array([np.interp(x, np.arange(cam.shape[1]), row) for row in down])


def _places(start: float, end: float, cells: int, box_start: float, box_end: float, box_cells: int) -> np.ndarray:
    """The centres of ``cells`` cells from ``start`` to ``end``, counted in cells of the box from its first centre."""
    centres = start + (np.arange(cells) + 0.5) * (end - start) / cells
    return (centres - box_start) / (box_end - box_start) * box_cells - 0.5
