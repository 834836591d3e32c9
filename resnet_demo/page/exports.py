"""Files that take a core for some seconds: made one at a time, in turn between visitors, and no other route waits.

A zip of many photos gives way after each of them, as a run of many photos does on the device.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from starlette.requests import Request

from resnet_demo.engine.turns import Turn, Turns, Waiting

Made = TypeVar("Made")
Item = TypeVar("Item")

LOOK_EVERY = 0.5
"""Seconds between two looks whether the asker is still there."""


@dataclass(frozen=True)
class Bench:
    """Where a file is made: held for one piece of it at a time."""

    turn: Turn
    waiting: Waiting

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, one by one; between them whoever waits has a turn.

        Raises ``Cancelled`` before the next one as soon as nobody wants them or it has taken too long.
        """
        for item in items:
            self.waiting.check()
            yield item
            self.turn.give_way()


class Workshop:
    """Makes files in threads of its own; ``places`` may wait, of which one visitor may take half."""

    def __init__(self, places: int) -> None:
        self._turns = Turns(places)
        # Whoever waits holds a thread. Beyond them and the one at work one is free, to tell the next that all is busy.
        self._threads = ThreadPoolExecutor(places + 2, thread_name_prefix="export")

    @property
    def waiting(self) -> int:
        """How many files wait to be made, the one at work not counted."""
        return self._turns.waiting

    async def make(self, request: Request, waiting: Waiting, work: Callable[[Bench], Made]) -> Made:
        """``work(bench)`` in a thread, as soon as it is the turn of ``waiting.visitor``.

        Raises what ``work`` raises, ``Busy`` where all places are taken, and ``Cancelled`` where the asker has left,
        or past ``waiting.deadline``.
        """
        left = threading.Event()
        stop = waiting.stop
        waiting = replace(waiting, stop=lambda: left.is_set() or (stop is not None and stop()))

        def in_turn() -> Made:
            asker: dict[str, Any] = {"visitor": waiting.visitor, "address": waiting.address}
            with self._turns.take(**asker, stop=waiting.stop, deadline=waiting.deadline) as turn:
                waiting.check()
                return work(Bench(turn, waiting))

        watcher = asyncio.create_task(_watch(request, left))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, in_turn)
        finally:
            left.set()  # where this was cancelled, the work is still running
            watcher.cancel()


async def _watch(request: Request, left: threading.Event) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(LOOK_EVERY)
    left.set()
