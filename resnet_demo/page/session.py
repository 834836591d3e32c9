"""What the server remembers of each visitor: the newest results, and which piece of work is the current one.

Results are found by an id that can't be guessed, so that whoever holds no id reads nobody's photo. A session is a name
that anyone can write: one counts as a visitor of its own while its page is open (``attendance.py``). One that works
without a page is remembered for a moment only, and takes nothing from those that have one.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.results import Analysis, AnalysisRequest

MOST_BYTES = 600_000_000
"""Of all visitors' results together; beyond it the oldest go first of the address that has most."""

MOST_WITHOUT_PAGE = 200
"""Sessions that have no open page (any more); beyond it the oldest of the address go that has most of them."""

ANYBODY = ""
"""Stands for all sessions of an address that have no open page."""

FURTHER = 8
"""Further results kept for one visitor, pages of feature maps for example: the browser fetches each at once."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A result that the browser may fetch: ``payload()`` is what it gets, ``size`` the bytes of what that is made
    from."""

    id: str
    visitor: str
    payload: Callable[[], dict[str, Any]]
    size: int
    _bodies: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)
    _building: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def body(self, part: str = "", make: Callable[[], dict[str, Any]] | None = None) -> bytes:
        """``payload()``, or what ``make`` gives for the ``part`` of that name, as JSON: made and encoded when it is
        first fetched, by whoever fetches it, and kept as long as the result."""
        with self._building:
            if part not in self._bodies:
                document = (make or self.payload)()
                self._bodies[part] = json.dumps(document, separators=(",", ":")).encode()
            return self._bodies[part]

    @property
    def held(self) -> int:
        """Bytes that go when the result goes."""
        return self.size + sum(map(len, list(self._bodies.values())))


@dataclass(frozen=True, eq=False)
class Answer(Kept):
    """The whole answer for one photo, and the request that it answers."""

    analysis: Analysis = field(kw_only=True)
    request: AnalysisRequest = field(kw_only=True)


@dataclass
class Visitor:
    """A session. ``pages`` is how often its page is open, which ``address`` it was last opened from.

    ``newest`` counts its work of each kind: an older piece ends as soon as a newer one begins.
    """

    address: str | None = None
    pages: int = 0
    newest: Counter[str] = field(default_factory=Counter)
    answers: OrderedDict[str, None] = field(default_factory=OrderedDict)
    further: OrderedDict[str, None] = field(default_factory=OrderedDict)
    uploads: set[str] = field(default_factory=set)


class Visitors:
    """Every visitor's results, bounded for each and for all. Safe to use from several threads."""

    def __init__(self, most_answers: int, most_bytes: int = MOST_BYTES) -> None:
        self._most_answers, self._most_bytes = most_answers, most_bytes
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._guard = threading.RLock()

    # Work

    def begin(self, visitor: str, work: str) -> int:
        """A new piece of work of this kind; whatever of it ran for this visitor before is out of date from now on."""
        with self._guard:
            newest = self._of(visitor).newest
            newest[work] += 1
            return newest[work]

    def is_current(self, visitor: str, work: str, number: int) -> bool:
        with self._guard:
            return visitor in self._visitors and self._visitors[visitor].newest[work] == number

    def stop(self, visitor: str, work: str) -> None:
        """End what runs of this kind for this visitor, if there is such a visitor."""
        with self._guard:
            if visitor in self._visitors:
                self._visitors[visitor].newest[work] += 1

    def stop_all(self, visitor: str) -> None:
        """End whatever runs for this visitor, of every kind."""
        with self._guard:
            if visitor in self._visitors:
                newest = self._visitors[visitor].newest
                newest.update(dict.fromkeys(newest, 1))

    # Pages

    def met(self, visitor: str, address: str) -> None:
        """A session asks for work from an address, whether its page is open or not."""
        with self._guard:
            self._of(visitor).address = address

    def opened(self, visitor: str, address: str) -> None:
        """A page of this session has been opened; ``closed`` is called as often as this is."""
        with self._guard:
            self.met(visitor, address)
            self._visitors[visitor].pages += 1

    def closed(self, visitor: str) -> None:
        with self._guard:
            if visitor in self._visitors:
                self._visitors[visitor].pages -= 1

    def knows(self, visitor: str) -> bool:
        """Whether there is anything of this session: an open page, or work or photos of one that may come back."""
        with self._guard:
            return visitor in self._visitors

    def has_page(self, visitor: str) -> bool:
        with self._guard:
            return visitor in self._visitors and self._visitors[visitor].pages > 0

    def asker(self, visitor: str | None, address: str | None = None) -> tuple[str | None, str]:
        """Between whom turns are shared: the address, and the session where it has an open page, else ``ANYBODY``."""
        with self._guard:
            known = self._visitors.get(visitor) if visitor else None
            if known is None:
                return address, ANYBODY
            return known.address or address, visitor if visitor and known.pages > 0 else ANYBODY

    # Results

    def keep_answer(
        self,
        visitor: str,
        number: int,
        analysis: Analysis,
        request: AnalysisRequest,
        payload: Callable[[], dict[str, Any]],
    ) -> Answer | None:
        """Keep an answer of the current run, None for one that has been overtaken.

        The visitor's oldest answers go beyond their number, then beyond the bytes the oldest of the address with most.
        """
        with self._guard:
            if not self.is_current(visitor, "run", number):
                return None
            kept = Answer(_new_id(), visitor, payload, size_of(analysis), analysis=analysis, request=request)
            self._keep(kept, self._of(visitor).answers, self._most_answers)
            return kept

    def add_to_answer(self, result: str, **findings: Any) -> None:
        """Findings for the fields of a kept answer's analysis, to be part of what is taken away of it."""
        with self._guard:
            kept = self._kept.get(result)
            if isinstance(kept, Answer):
                self._kept[result] = replace(kept, analysis=replace(kept.analysis, **findings))

    def keep_further(self, visitor: str, payload: Callable[[], dict[str, Any]], size: int) -> Kept:
        """Keep a result that goes with an answer, until it has been fetched or a few later ones have come."""
        with self._guard:
            kept = Kept(_new_id(), visitor, payload, size)
            self._keep(kept, self._of(visitor).further, FURTHER)
            return kept

    def _keep(self, kept: Kept, mine: OrderedDict[str, None], most: int) -> None:
        mine[kept.id] = None
        self._kept[kept.id] = kept
        while len(mine) > most:
            self._drop(next(iter(mine)))
        while len(self._kept) > 1 and sum(each.held for each in self._kept.values()) > self._most_bytes:
            held: Counter[str | None] = Counter()
            for each in self._kept.values():
                held[self._address(each)] += each.held
            ((most_held, _),) = held.most_common(1)
            self._drop(next(each.id for each in self._kept.values() if self._address(each) == most_held))

    def _address(self, kept: Kept) -> str | None:
        known = self._visitors.get(kept.visitor)
        return known.address if known else None

    def find(self, result: str) -> Kept | None:
        with self._guard:
            return self._kept.get(result)

    def find_answer(self, result: str, visitor: str | None = None) -> Answer:
        """An answer by its id, of this visitor alone if one is named. Raises ``InputError`` where there is none."""
        kept = self.find(result)
        if not isinstance(kept, Answer) or visitor not in (None, kept.visitor):
            raise InputError("result-gone")
        return kept

    def answers(self, results: str, most: int) -> list[Answer]:
        """Those answers of the ids in a list with commas that are kept, each once, of at most ``most`` ids."""
        found = [self.find(each) for each in list(dict.fromkeys(results.split(",")))[:most]]
        return [kept for kept in found if isinstance(kept, Answer)]

    # Files and the end

    def remember_upload(self, visitor: str, path: str) -> None:
        with self._guard:
            self._of(visitor).uploads.add(path)

    def forget(self, visitor: str) -> set[str]:
        """Drop everything about a visitor and end what runs for them.

        Returns the paths of the files that they alone uploaded: the same photo under the same name has one path for
        all.
        """
        with self._guard:
            known = self._visitors.pop(visitor, None)
            if known is None:
                return set()
            for result in [*known.answers, *known.further]:
                self._kept.pop(result, None)
            return known.uploads.difference(*(other.uploads for other in self._visitors.values()))

    def forget_all(self) -> None:
        """End everything that runs, for everyone."""
        with self._guard:
            for visitor in list(self._visitors):
                self.forget(visitor)

    def _of(self, visitor: str) -> Visitor:
        known = self._visitors.setdefault(visitor, Visitor())
        self._visitors.move_to_end(visitor)
        self._forget_some()
        return known

    def _forget_some(self) -> None:
        """Of too many sessions without a page forget the oldest of the address that has most of them."""
        without = {each: state.address for each, state in self._visitors.items() if not state.pages}
        while len(without) > MOST_WITHOUT_PAGE:
            ((most, _),) = Counter(without.values()).most_common(1)
            oldest = next(each for each, address in without.items() if address == most)
            del without[oldest]
            self.forget(oldest)

    def _drop(self, result: str) -> None:
        kept = self._kept.pop(result)
        if known := self._visitors.get(kept.visitor):
            known.answers.pop(result, None)
            known.further.pop(result, None)


def _new_id() -> str:
    return secrets.token_urlsafe(18)


def size_of(thing: Any) -> int:
    """Bytes of all arrays in a result."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, dict):
        return sum(map(size_of, thing.values()))
    if isinstance(thing, tuple | list):
        return sum(map(size_of, thing))
    if hasattr(thing, "__dataclass_fields__"):
        return sum(size_of(getattr(thing, name)) for name in thing.__dataclass_fields__)
    return 0
