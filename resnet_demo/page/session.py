"""What the server remembers of each visitor: the newest results, and which run is the current one.

Results are found by an id that can't be guessed, so that whoever holds no id reads nobody's photo.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.results import Analysis, AnalysisRequest

MOST_BYTES = 600_000_000
"""Of all visitors' results together; beyond it the oldest go first."""


MOST_VISITORS = 1000

PAGES = 8
"""Further pages of feature maps kept for one visitor: the browser fetches each at once."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One result, the request it answers, and the stage it is a further page of feature maps of (None: a whole answer)."""

    id: str
    visitor: str
    analysis: Analysis
    request: AnalysisRequest
    stage: str | None
    size: int


@dataclass
class Visitor:
    """One open page. ``run`` counts its runs: an older one stops as soon as a newer one has begun."""

    run: int = 0
    downloads: bool = False
    answers: OrderedDict[str, None] = field(default_factory=OrderedDict)
    pages: OrderedDict[str, None] = field(default_factory=OrderedDict)
    uploads: set[str] = field(default_factory=set)


class Visitors:
    """Every visitor's results, bounded for each and for all. Safe to use from several threads."""

    def __init__(self, most_results: int, most_bytes: int = MOST_BYTES) -> None:
        self._most_results, self._most_bytes = most_results, most_bytes
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._guard = threading.RLock()

    def begin(self, visitor: str) -> int:
        """A new run of this visitor; whatever ran for them before is out of date from now on."""
        with self._guard:
            self._of(visitor).run += 1
            return self._of(visitor).run

    def is_current(self, visitor: str, run: int) -> bool:
        with self._guard:
            return visitor in self._visitors and self._visitors[visitor].run == run

    def stop(self, visitor: str) -> None:
        """End what runs for this visitor."""
        with self._guard:
            self._of(visitor).run += 1

    def allow_download(self, visitor: str, allowed: bool = True) -> None:
        """Whether a download of weights for this visitor goes on."""
        with self._guard:
            self._of(visitor).downloads = allowed

    def download_stopped(self, visitor: str) -> bool:
        with self._guard:
            return visitor not in self._visitors or not self._visitors[visitor].downloads

    def remember_upload(self, visitor: str, path: str) -> None:
        with self._guard:
            self._of(visitor).uploads.add(path)

    def keep(self, visitor: str, run: int, analysis: Analysis, request: AnalysisRequest) -> Kept | None:
        """Keep an answer of the current run, None for one that has been overtaken.

        The visitor's oldest answers go beyond their number, then anyone's oldest results beyond the bytes.
        """
        with self._guard:
            if not self.is_current(visitor, run):
                return None
            return self._keep(visitor, analysis, request, None, self._of(visitor).answers, self._most_results)

    def keep_page(self, visitor: str, analysis: Analysis, request: AnalysisRequest, stage: str) -> Kept:
        """Keep a further page of feature maps until it has been fetched, or a few later ones have come."""
        with self._guard:
            return self._keep(visitor, analysis, request, stage, self._of(visitor).pages, PAGES)

    def _keep(
        self,
        visitor: str,
        analysis: Analysis,
        request: AnalysisRequest,
        stage: str | None,
        mine: OrderedDict[str, None],
        most: int,
    ) -> Kept:
        kept = Kept(secrets.token_urlsafe(18), visitor, analysis, request, stage, _size(analysis))
        mine[kept.id] = None
        self._kept[kept.id] = kept
        while len(mine) > most:
            self._drop(next(iter(mine)))
        while len(self._kept) > 1 and sum(k.size for k in self._kept.values()) > self._most_bytes:
            self._drop(next(iter(self._kept)))
        return kept

    def find(self, result: str) -> Kept | None:
        with self._guard:
            return self._kept.get(result)

    def find_own(self, result: str, visitor: str) -> Kept:
        """A result of this visitor. Raises ``InputError`` for one that is not theirs or no longer kept."""
        kept = self.find(result)
        if kept is None or kept.visitor != visitor:
            raise InputError("This result is no longer kept. Please run it again.", code="result-gone")
        return kept

    def forget(self, visitor: str) -> set[str]:
        """Drop everything about a visitor. Returns the paths of the files they uploaded."""
        with self._guard:
            if visitor not in self._visitors:
                return set()
            for result in [*self._visitors[visitor].answers, *self._visitors[visitor].pages]:
                self._drop(result)
            return self._visitors.pop(visitor).uploads

    def _of(self, visitor: str) -> Visitor:
        known = self._visitors.setdefault(visitor, Visitor())
        self._visitors.move_to_end(visitor)
        while len(self._visitors) > MOST_VISITORS:  # pages whose closing was never noticed
            self.forget(next(iter(self._visitors)))
        return known

    def _drop(self, result: str) -> None:
        kept = self._kept.pop(result)
        if kept.visitor in self._visitors:
            self._visitors[kept.visitor].answers.pop(result, None)
            self._visitors[kept.visitor].pages.pop(result, None)


def _size(thing: Any) -> int:
    """Bytes of all arrays in a result."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, dict):
        return sum(map(_size, thing.values()))
    if hasattr(thing, "__dataclass_fields__"):
        return sum(_size(getattr(thing, name)) for name in thing.__dataclass_fields__)
    return 0
