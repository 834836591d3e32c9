"""Who runs next: one piece of work at a time on the device, in turn between those who ask.

A visitor with thirty photos takes thirty short turns, and gives way after each to everyone else who waits: a single
photo waits behind at most one batch of each other visitor. Visitors of one network address take turns among themselves
first, so that whoever pretends to be many is served no more often than one.
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

    ``visitor`` is whoever must share fairly with others, ``address`` where they ask from, both anything hashable. A
    visitor None is one of its own; whoever has no address shares with the others by visitor alone.
    ``stop`` is asked while waiting and between batches; true raises ``Cancelled``. ``deadline`` is a
    ``time.monotonic()`` value.
    """

    visitor: object = None
    on_wait: Callable[[int], None] | None = None
    stop: Callable[[], bool] | None = None
    deadline: float | None = None
    address: object = None

    def check(self) -> None:
        """Raise ``Cancelled`` if the work is no longer wanted or has taken too long."""
        if self.stop is not None and self.stop():
            raise Cancelled("stopped")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise Cancelled("too-slow")


AT_ONCE = Waiting()

COMPANY = 10.0
"""Seconds after its last request for which an asker counts as somebody who may ask again."""


class Turn:
    """The device, held. Long work calls ``give_way`` between its steps."""

    def __init__(self, turns: Turns, ticket: object, again: Callable[[], None]) -> None:
        self._turns, self._ticket, self._again = turns, ticket, again

    def is_crowding(self) -> bool:
        """Whether others wait while the same visitor, or the same address, holds turns that began before this one."""
        return self._turns._is_crowding(self._ticket)

    def give_way(self) -> None:
        """Let everyone who waits have a turn, then go on. Costs nothing while nobody waits. Raises ``Cancelled``."""
        if self._turns.waiting:
            self._turns._release(self._ticket)
            self._again()


Asker = tuple[object, object]
"""An address, and a visitor there."""


class Turns:
    """A lock that is fair between addresses and the visitors of each, held by ``at_once`` pieces of work at a time.

    The last place is for somebody new: whoever holds one gets it only while nobody else has asked for ``COMPANY``, so
    that one who holds places for long leaves one to pass through for all others. ``limit`` is how many may wait before
    the next one is told ``Busy``, None for any number. Of these places one visitor may take half and one address three
    quarters, so that nobody can fill the queue alone.
    """

    def __init__(self, limit: int | None, at_once: int = 1) -> None:
        self._limit, self._at_once = limit, at_once
        self._change = threading.Condition()
        # address -> visitor -> tickets: of the addresses, and the visitors of each, the next one first
        self._waiting: OrderedDict[object, OrderedDict[object, deque[object]]] = OrderedDict()
        self._running: dict[object, Asker] = {}  # by ticket, the longest-running first
        self._asked: dict[Asker, float] = {}  # by asker, when they did last

    @property
    def waiting(self) -> int:
        """How many pieces of work wait, the running one not counted."""
        with self._change:
            return sum(map(self._waiting_at, self._waiting))

    def knows(self, visitor: object) -> bool:
        """Whether a piece of this visitor's work runs or waits."""
        with self._change:
            waiting = any(visitor in there for there in self._waiting.values())
            return waiting or any(visitor == other for _, other in self._running.values())

    @contextmanager
    def take(
        self,
        visitor: object = None,
        *,
        on_wait: Callable[[int], None] | None = None,
        stop: Callable[[], bool] | None = None,
        deadline: float | None = None,
        address: object = None,
    ) -> Iterator[Turn]:
        """Hold the device within the ``with``. What it gives is a ``Turn``, by which long work lets others go between.

        The arguments are those of ``Waiting``; ``on_wait`` is told the place in the queue, 1 for the next one, whenever
        it changes.

        Raises ``Busy`` when the queue is full, and ``Cancelled`` when ``stop()`` is true, or ``time.monotonic()`` is
        past ``deadline``, before the turn comes.
        """
        ticket = object()
        asker = address, ticket if visitor is None else visitor

        def enter(limit: int | None) -> None:
            self._join(asker, ticket, limit)
            try:
                self._wait(asker, ticket, on_wait, stop, deadline)
            except BaseException:
                self._leave(asker, ticket)
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

    def _is_crowding(self, ticket: object) -> bool:
        with self._change:
            address, visitor = self._running[ticket]
            before = list(self._running.values())[: list(self._running).index(ticket)]
            if any(other != address for other in self._waiting):
                return any(other == address for other, _ in before)
            return (address, visitor) in before and any(
                other != visitor for other in self._waiting.get(address, OrderedDict())
            )

    def _waiting_at(self, address: object) -> int:
        return sum(map(len, self._waiting.get(address, OrderedDict()).values()))

    def _join(self, asker: Asker, ticket: object, limit: int | None) -> None:
        address, visitor = asker
        with self._change:
            if limit is not None and len(self._running) == self._at_once:
                waiting = self.waiting
                there = self._waiting.get(address, OrderedDict())
                mine = len(there.get(visitor, deque()))
                here = 0 if address is None else self._waiting_at(address)
                if waiting >= limit or mine >= (limit + 1) // 2 or here >= (3 * limit + 3) // 4:
                    raise Busy("busy", waiting=waiting)
            self._waiting.setdefault(address, OrderedDict()).setdefault(visitor, deque()).append(ticket)
            now = time.monotonic()
            name = (address, None) if visitor is ticket else asker  # one entry, not one a photo, for all without names
            self._asked = {each: when for each, when in self._asked.items() if now - when < COMPANY} | {name: now}

    def _leave(self, asker: Asker, ticket: object) -> None:
        with self._change:
            self._remove(asker, ticket)
            self._change.notify_all()

    def _remove(self, asker: Asker, ticket: object) -> None:
        """Take a ticket out of the queue. An address, or a visitor, for whom none is left is in no order any more."""
        address, visitor = asker
        there = self._waiting.get(address, OrderedDict())
        tickets = there.get(visitor, deque())
        if ticket in tickets:
            tickets.remove(ticket)
        if not tickets:
            there.pop(visitor, None)
        if not there:
            self._waiting.pop(address, None)

    def _begin(self, asker: Asker, ticket: object) -> None:
        address, visitor = asker
        self._remove(asker, ticket)
        if address in self._waiting:
            self._waiting.move_to_end(address)
            if visitor in self._waiting[address]:
                self._waiting[address].move_to_end(visitor)
        self._running[ticket] = asker
        self._change.notify_all()  # whoever was second is first now

    def _wait(
        self,
        asker: Asker,
        ticket: object,
        on_wait: Callable[[int], None] | None,
        stop: Callable[[], bool] | None,
        deadline: float | None,
    ) -> None:
        told = None
        while True:
            with self._change:
                order = list(self._order())
                place = 1 + next(number for number, (each, _) in enumerate(order) if each is ticket)
                if next((each for each, other in order if self._may_begin(other)), None) is ticket:
                    return self._begin(asker, ticket)
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

    def _may_begin(self, asker: Asker) -> bool:
        """Whether there is a place, and be it the last one for this asker."""
        free = self._at_once - len(self._running)
        if free != 1 or self._at_once == 1:
            return free > 0
        address, running, now = asker[0], self._running.values(), time.monotonic()
        others = [each for each, when in self._asked.items() if each != asker and now - when < COMPANY]
        if any(other == address for other, _ in running) and any(other != address for other, _ in others):
            return False
        return asker not in running or not any(other == address for other, _ in others)

    def _order(self) -> Iterator[tuple[object, Asker]]:
        """The tickets that wait, the next one first: addresses are served in turn, at each its visitors."""
        ring = deque(
            (address, deque((visitor, deque(tickets)) for visitor, tickets in there.items()))
            for address, there in self._waiting.items()
        )
        while ring:
            address, there = ring.popleft()
            visitor, tickets = there.popleft()
            yield tickets.popleft(), (address, visitor)
            if tickets:
                there.append((visitor, tickets))
            if there:
                ring.append((address, there))
