"""Files that take a core for some seconds: few are made at a time, none for who has left, and no other route waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import Request

from resnet_demo.errors import Busy, Cancelled

Made = TypeVar("Made")
Item = TypeVar("Item")
Wanted = Callable[[], bool]

LOOK_EVERY = 0.5
"""Seconds between two looks whether the asker is still there."""


class Workshop:
    """Makes ``at_once`` files at the same time; ``waiting`` more may be asked for meanwhile."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="export")
        self._places, self._taken, self._waiting = at_once + waiting, 0, waiting

    async def make(self, request: Request, work: Callable[[Wanted], Made]) -> Made:
        """``work(wanted)`` in a thread; ``wanted()`` turns false when the asker has left.

        Raises what ``work`` raises, and ``Busy`` where all places are taken.
        """
        if self._taken >= self._places:
            raise Busy(
                f"The server is busy: {self._waiting} files are waiting to be made. Please try again in a minute.",
                code="busy",
                waiting=self._waiting,
            )
        self._taken += 1
        left = threading.Event()
        watcher = asyncio.create_task(_watch(request, left))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, lambda: not left.is_set())
        finally:
            left.set()  # where this was cancelled, the work is still running
            self._taken -= 1
            watcher.cancel()


async def _watch(request: Request, left: threading.Event) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(LOOK_EVERY)
    left.set()


def while_wanted(items: Iterable[Item], wanted: Wanted) -> Iterator[Item]:
    """The items, one by one. Raises ``Cancelled`` before the next one as soon as nobody wants them."""
    for item in items:
        if not wanted():
            raise Cancelled("Whoever asked has left.", code="stopped")
        yield item
