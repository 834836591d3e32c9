"""Whether a request can be served: its stages and numbers, and the classes it asks about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.labels.classes import find_class
from resnet_demo.network.units import require_stages
from resnet_demo.results import STAGES, AnalysisRequest, ClassInfo


def checked(request: AnalysisRequest) -> AnalysisRequest:
    """``request`` with its stages in a tuple.

    Raises ``InputError`` for stages, a ranking or numbers that there are not. The classes need a network.
    """
    stages = known_stages(request.stages)
    if request.ranked_by not in ("evidence", "activation"):
        raise InputError("choice-unknown", what="ranked_by", given=request.ranked_by, accepted="evidence, activation")
    known_number("top_k", request.top_k)
    known_number("channels", request.channels, least=0)
    known_number("first_rank", request.first_rank, least=0)
    return replace(request, stages=stages)


def known_stages(stages: str | Sequence[str]) -> tuple[str, ...]:
    """Stages as they are asked for, one alone or several. Raises ``InputError`` for none, and for a name of none."""
    try:
        named = (stages,) if isinstance(stages, str) else tuple(stages)
    except TypeError:  # a number, say
        named = (str(stages),)
    require_stages(named)
    if not named:
        raise InputError("stages-missing", stages=", ".join(STAGES))
    return named


def known_number(what: str, value: int, least: int = 1) -> None:
    """Raise ``InputError`` for what is no whole number of at least ``least``."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise InputError("number-too-small", what=what, given=value, least=least)


def find_classes(
    target: int | str | None, contrast: int | str | None, classes: Sequence[ClassInfo]
) -> tuple[ClassInfo | None, ClassInfo | None]:
    """Target and contrast. Raises ``InputError`` for a class that is not among ``classes``, or for the same twice."""
    explained = None if target is None else find_class(target, classes)
    against = None if contrast is None else find_class(contrast, classes)
    if explained is not None and explained == against:
        raise same_class(explained)
    return explained, against


def known_target(target: int | str | None, classes: Sequence[ClassInfo]) -> int | None:
    """The index of ``target`` among ``classes``; None for none, and for one that these do not hold."""
    try:
        return None if target is None else find_class(target, classes).index
    except InputError:
        return None


def same_class(both: ClassInfo) -> InputError:
    """What is wrong with setting a class against itself."""
    return InputError("contrast-same", label=both.label)
