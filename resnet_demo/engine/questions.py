"""Whether a request can be served: its depth, its stages and numbers, and the classes it asks about."""

from __future__ import annotations

from collections.abc import Sequence

from resnet_demo.errors import InputError
from resnet_demo.labels.classes import find_class
from resnet_demo.results import DEPTHS, STAGES, AnalysisRequest, ClassInfo


def check_request(request: AnalysisRequest) -> None:
    """Raise ``InputError`` for stages, a ranking or numbers that there are not. The classes need a network."""
    unknown = [stage for stage in request.stages if stage not in STAGES]
    if unknown or not request.stages:
        what = f"There is no stage {unknown[0]!r}" if unknown else "No stage was asked for"
        raise InputError(f"{what}; the stages are {', '.join(STAGES)}.", code="stage-unknown", given=", ".join(unknown))
    if request.ranked_by not in ("evidence", "activation"):
        raise InputError(
            f"Channels are ranked by 'evidence' or 'activation', not by {request.ranked_by!r}.",
            code="ranking-unknown",
            given=request.ranked_by,
        )
    known_number("top_k", request.top_k)
    known_number("channels", request.channels, least=0)
    known_number("first_rank", request.first_rank, least=0)


def known_number(what: str, value: int, least: int = 1) -> None:
    """Raise ``InputError`` for what is no whole number of at least ``least``."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(
            f"{what} is {value!r}; it is a whole number of at least {least}.",
            code="number-invalid",
            what=what,
            given=value,
        )


def known_depth(depth: int) -> int:
    """``depth`` itself. Raises ``InputError`` for one that there is not."""
    if depth not in DEPTHS:
        raise InputError(
            f"There is no ResNet-{depth}; the depths are {', '.join(map(str, DEPTHS))}.",
            code="depth-unknown",
            given=depth,
        )
    return int(depth)


def find_classes(request: AnalysisRequest, classes: Sequence[ClassInfo]) -> tuple[ClassInfo | None, ClassInfo | None]:
    """Target and contrast. Raises ``InputError`` for a class that is not among ``classes``, or for the same twice."""
    target = None if request.target is None else find_class(request.target, classes)
    contrast = None if request.contrast is None else find_class(request.contrast, classes)
    if target is not None and target == contrast:
        raise same_class(target)
    return target, contrast


def known_target(target: int | str | None, classes: Sequence[ClassInfo]) -> int | None:
    """The index of ``target`` among ``classes``; None for none, and for one that these do not hold."""
    try:
        return None if target is None else find_class(target, classes).index
    except InputError:
        return None


def same_class(both: ClassInfo) -> InputError:
    """What is wrong with setting a class against itself."""
    return InputError(
        f"The class and the one it is set against are both {both.label!r}: there is nothing to tell apart.",
        code="contrast-same",
        label=both.label,
    )
