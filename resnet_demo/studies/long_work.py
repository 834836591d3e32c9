"""How a long study tells how far it is, and stops when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from resnet_demo.errors import Cancelled
from resnet_demo.results import Progress

Item = TypeVar("Item")
OnProgress = Callable[[Progress], None] | None
"""Told of every step of long work; None where nobody listens."""
Stop = Callable[[], bool] | None
"""Asked before every step; true ends the work. None for work that always runs to its end."""


def paced(items: Sequence[Item], step: str, unit: str, progress: OnProgress, stop: Stop) -> Iterator[Item]:
    """The items one by one, reporting before each how many are done, and after the last that all are.

    ``step`` and ``unit`` are those of ``Progress``. Raises ``Cancelled`` as soon as ``stop`` says so.
    """
    for done, item in enumerate(items):
        if stop is not None and stop():
            raise Cancelled("stopped")
        if progress is not None:
            progress(Progress(step, done, len(items), unit))
        yield item
    if progress is not None:
        progress(Progress(step, len(items), len(items), unit))
