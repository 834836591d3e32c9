"""Long work in a thread, told as it goes: what turns callbacks of the engine into a generator for the page."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

Emit = Callable[[Any], None]
Stopped = Callable[[], bool]


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

    threading.Thread(target=run, name=name, daemon=True).start()
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
