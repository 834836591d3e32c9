"""Long work in a thread, told as it goes: what turns callbacks of the engine into a generator for the page."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Emit = Callable[[Any], None]
Stopped = Callable[[], bool]

_change = threading.Condition()
_at_work = 0


def streamed(work: Callable[[Emit, Stopped], None], name: str) -> Iterator[Any]:
    """Run ``work(emit, stopped)`` in a thread and yield what it emits; what it raises is raised here, at its place.

    When the generator is closed, because the page went away, ``stopped()`` turns true and the work is expected to end.
    """
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    closed = threading.Event()

    def run() -> None:
        try:
            work(lambda item: items.put(("item", item)), closed.is_set)
        except BaseException as error:
            items.put(("error", error))
        else:
            items.put(("end", None))

    in_background(run, name)
    try:
        while True:
            kind, item = items.get()
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        closed.set()


def in_background(run: Callable[[], None], name: str) -> None:
    """Run in a thread that ``wait_for_work`` knows of."""

    def known() -> None:
        with at_work():
            run()

    threading.Thread(target=known, name=name, daemon=True).start()


@contextmanager
def at_work() -> Iterator[None]:
    """Work that ``wait_for_work`` knows of, in whatever thread."""
    global _at_work
    with _change:
        _at_work += 1
    try:
        yield
    finally:
        with _change:
            _at_work -= 1
            _change.notify_all()


def wait_for_work(seconds: float) -> None:
    """Wait until work that was told to end has ended: a process that exits under a running network ends in a crash."""
    with _change:
        _change.wait_for(lambda: not _at_work, seconds)
