"""Who runs next: one piece of work at a time on the device, in turn between those who ask.

A visitor with thirty photos takes thirty short turns, and gives way after each to everyone else who waits: a single
photo waits behind at most one batch of each other visitor.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from resnet_demo.errors import Busy, Cancelled


@dataclass(frozen=True)
class Waiting:
    """How work waits for its turn: for whom, who is told of the place in the queue, and when to give up.

    ``stop`` is asked while waiting and between batches; true raises ``Cancelled``. ``deadline`` is a
    ``time.monotonic()`` value.
    """

    visitor: object = None
    on_wait: Callable[[int], None] | None = None
    stop: Callable[[], bool] | None = None
    deadline: float | None = None

    def check(self) -> None:
        """Raise ``Cancelled`` if the work is no longer wanted or has taken too long."""
        if self.stop is not None and self.stop():
            raise Cancelled("stopped")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise Cancelled("too-slow")


AT_ONCE = Waiting()


class Turn:
    """The device, held. Long work calls ``give_way`` between its steps."""

    def __init__(self, turns: Turns, ticket: object, again: Callable[[], None]) -> None:
        self._turns, self._ticket, self._again = turns, ticket, again

    def give_way(self) -> None:
        """Let everyone who waits have a turn, then go on. Costs nothing while nobody waits. Raises ``Cancelled``."""
        if self._turns.waiting:
            self._turns._release(self._ticket)
            self._again()


class Turns:
    """A lock that is fair between visitors, held by ``at_once`` pieces of work at a time.

    ``limit`` is how many may wait before the next one is told ``Busy``, None for any number. Of these places one
    visitor may take half, so that nobody can fill the queue alone.
    """

    def __init__(self, limit: int | None, at_once: int = 1) -> None:
        self._limit, self._at_once = limit, at_once
        self._change = threading.Condition()
        self._waiting: OrderedDict[object, deque[object]] = OrderedDict()  # visitor -> tickets, next visitor first
        self._running: dict[object, object] = {}  # ticket -> visitor

    @property
    def waiting(self) -> int:
        """How many pieces of work wait, the running one not counted."""
        with self._change:
            return sum(map(len, self._waiting.values()))

    def knows(self, visitor: object) -> bool:
        """Whether a piece of this visitor's work runs or waits."""
        with self._change:
            return visitor in self._waiting or visitor in self._running.values()

    @contextmanager
    def take(
        self,
        visitor: object = None,
        *,
        on_wait: Callable[[int], None] | None = None,
        stop: Callable[[], bool] | None = None,
        deadline: float | None = None,
    ) -> Iterator[Turn]:
        """Hold the device within the ``with``. What it gives is a ``Turn``, by which long work lets others go between.

        ``visitor`` is whoever must share fairly with others, anything hashable; None is a visitor of its own.
        ``on_wait`` is told the place in the queue, 1 for the next one, whenever it changes.

        Raises ``Busy`` when the queue is full, and ``Cancelled`` when ``stop()`` is true, or ``time.monotonic()`` is
        past ``deadline``, before the turn comes.
        """
        ticket = object()
        visitor = ticket if visitor is None else visitor

        def enter(limit: int | None) -> None:
            self._join(visitor, ticket, limit)
            try:
                self._wait(visitor, ticket, on_wait, stop, deadline)
            except BaseException:
                self._leave(visitor, ticket)
                raise

        enter(self._limit)
        try:
            yield Turn(self, ticket, lambda: enter(None))
        finally:
            self._release(ticket)

    def _release(self, ticket: object) -> None:
        """End the turn of ``ticket``, if it still has it: it may have given way and been stopped before its next."""
        with self._change:
            if self._running.pop(ticket, None) is not None:
                self._change.notify_all()

    def _join(self, visitor: object, ticket: object, limit: int | None) -> None:
        with self._change:
            waiting = sum(map(len, self._waiting.values()))
            mine = len(self._waiting.get(visitor, ()))
            full = limit is not None and (waiting >= limit or mine >= (limit + 1) // 2)
            if full and len(self._running) == self._at_once:
                raise Busy("busy", waiting=waiting)
            self._waiting.setdefault(visitor, deque()).append(ticket)

    def _leave(self, visitor: object, ticket: object) -> None:
        with self._change:
            if tickets := self._waiting.get(visitor):
                if ticket in tickets:
                    tickets.remove(ticket)
                if not tickets:
                    del self._waiting[visitor]
            self._change.notify_all()

    def _wait(
        self,
        visitor: object,
        ticket: object,
        on_wait: Callable[[int], None] | None,
        stop: Callable[[], bool] | None,
        deadline: float | None,
    ) -> None:
        told = None
        while True:
            with self._change:
                place = self._place(visitor, ticket)
                if place == 1 and len(self._running) < self._at_once:
                    self._waiting[visitor].popleft()
                    if self._waiting[visitor]:
                        self._waiting.move_to_end(visitor)
                    else:
                        del self._waiting[visitor]
                    self._running[ticket] = visitor
                    self._change.notify_all()  # whoever was second is first now
                    return
                if place == told:
                    # Stop requests and deadlines come from outside: nobody notifies, so look again from time to time.
                    self._change.wait(0.1)
            if place != told and on_wait is not None:
                on_wait(place)
            told = place
            if stop is not None and stop():
                raise Cancelled("stopped")
            if deadline is not None and time.monotonic() > deadline:
                raise Cancelled("too-slow")

    def _place(self, visitor: object, ticket: object) -> int:
        """1 for the next to run: visitors are served in turn, one ticket each."""
        rounds = self._waiting[visitor].index(ticket)
        before = list(self._waiting).index(visitor)
        ahead = sum(
            min(len(tickets), rounds + (1 if order < before else 0))
            for order, (other, tickets) in enumerate(self._waiting.items())
            if other is not visitor
        )
        return ahead + rounds + 1
