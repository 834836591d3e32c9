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

from resnet_demo.results import Analysis

MOST_BYTES = 600_000_000
"""Of all visitors' results together; beyond it the oldest go first."""


MOST_VISITORS = 1000


@dataclass(frozen=True, eq=False)
class Kept:
    """One result with what it was made from. ``photo`` is the key the page knows the photo by."""

    id: str
    visitor: str
    photo: str
    analysis: Analysis
    size: int


@dataclass
class Visitor:
    """One open page. ``run`` counts its runs: an older one stops as soon as a newer one has begun."""

    run: int = 0
    downloads: bool = False
    kept: OrderedDict[str, None] = field(default_factory=OrderedDict)
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

    def keep(self, visitor: str, run: int, photo: str, analysis: Analysis) -> Kept | None:
        """Keep a result of the current run, None for one that has been overtaken.

        The visitor's oldest results go beyond their number, then anyone's oldest beyond the bytes.
        """
        kept = Kept(secrets.token_urlsafe(18), visitor, photo, analysis, _size(analysis))
        with self._guard:
            if not self.is_current(visitor, run):
                return None
            mine = self._of(visitor).kept
            mine[kept.id] = None
            self._kept[kept.id] = kept
            while len(mine) > self._most_results:
                self._drop(next(iter(mine)))
            while len(self._kept) > 1 and sum(k.size for k in self._kept.values()) > self._most_bytes:
                self._drop(next(iter(self._kept)))
        return kept

    def find(self, result: str) -> Kept | None:
        with self._guard:
            return self._kept.get(result)

    def of_visitor(self, visitor: str) -> list[Kept]:
        """This visitor's results, oldest first."""
        with self._guard:
            return [self._kept[r] for r in self._visitors[visitor].kept] if visitor in self._visitors else []

    def forget(self, visitor: str) -> set[str]:
        """Drop everything about a visitor. Returns the paths of the files they uploaded."""
        with self._guard:
            if visitor not in self._visitors:
                return set()
            for result in list(self._visitors[visitor].kept):
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
            self._visitors[kept.visitor].kept.pop(result, None)


def _size(thing: Any) -> int:
    """Bytes of all arrays in a result."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, dict):
        return sum(map(_size, thing.values()))
    if hasattr(thing, "__dataclass_fields__"):
        return sum(_size(getattr(thing, name)) for name in thing.__dataclass_fields__)
    return 0
