"""What every part of the page works with: the engine, the settings, the visitors and their files."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from resnet_demo.errors import Cancelled, InputError
from resnet_demo.page.errors import told
from resnet_demo.page.examples import example_paths
from resnet_demo.page.requests import PhotoAsked
from resnet_demo.page.session import Visitors
from resnet_demo.page.startup import Later
from resnet_demo.page.uploads import Uploads
from resnet_demo.results import Analysis
from resnet_demo.settings import Settings

if TYPE_CHECKING:
    from resnet_demo.engine.engine import Engine
    from resnet_demo.engine.laboratory import Laboratory
    from resnet_demo.engine.turns import Waiting


Same = TypeVar("Same")


class Remembered(Generic[Same]):
    """The last few answers that are the same for everybody, by the question."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[Hashable, ...], Same] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, *question: Hashable) -> Same | None:
        with self._guard:
            return self._answers.get(question)

    def put(self, answer: Same, *question: Hashable) -> None:
        with self._guard:
            self._answers[question] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


@dataclass(frozen=True)
class Room:
    """One a server. ``depth`` is the network shown first."""

    settings: Settings
    engine_later: Later[Engine]
    uploads: Uploads
    visitors: Visitors
    depth: int = 18
    examples: dict[str, Path] = field(default_factory=example_paths)
    example_answers: Remembered[Analysis] = field(default_factory=Remembered)
    """By example, network and class."""
    network_findings: Remembered[Any] = field(default_factory=Remembered)
    """What was found out of weights alone: by the finding, and the depth, name and hash of the weights."""
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the server is about to end: whatever runs or waits ends at its next step."""
    draining: threading.Event = field(default_factory=threading.Event)
    """Set when it is told to end: it goes on answering for a while, and says that no more should be sent to it."""

    @cached_property
    def engine(self) -> Engine:
        """The engine; waits for it while the server starts."""
        return self.engine_later.get()

    @cached_property
    def laboratory(self) -> Laboratory:
        """The studies, on the same engine."""
        from resnet_demo.engine.laboratory import Laboratory

        return Laboratory(self.engine)

    @property
    def at_once(self) -> int:
        """Requests let in together: one runs, as many wait as may, and the rest hear at once that all is busy."""
        return self.settings.queue_size + 8

    def waiting(
        self,
        visitor: str | None,
        stop: Callable[[], bool],
        on_wait: Callable[[int], None] | None = None,
        address: str | None = None,
    ) -> Waiting:
        """How a request that begins now waits: no longer than one may take, and no longer than the server runs.

        ``address`` is where it comes from, for a caller who may have no page.
        """
        from resnet_demo.engine.turns import Waiting

        address, asker = self.visitors.asker(visitor, address)
        return Waiting(
            visitor=asker,
            address=address,
            on_wait=on_wait,
            stop=lambda: self.closing.is_set() or stop(),
            deadline=time.monotonic() + self.settings.request_seconds,
        )

    def why_ended(self, error: Cancelled) -> dict[str, Any] | None:
        """What to tell of work that was stopped; nothing to the visitor who stopped it."""
        if self.closing.is_set():
            return told(Cancelled("server-stopping"))
        return None if error.code == "stopped" else told(error)

    def forget(self, visitor: str) -> None:
        """Delete everything of a visitor: their results, what runs for them, their files and what was read of those."""
        for path in self.visitors.forget(visitor):
            if self.engine_later.ready:
                self.engine.forget(path)
            self.uploads.delete(path)

    def file_of(self, photo: PhotoAsked) -> Path:
        """The file a request means. Raises ``InputError`` where it means none of ours."""
        if photo.example is not None:
            if photo.example not in self.examples:
                raise InputError("example-unknown", given=photo.example[:80], examples=", ".join(self.examples))
            return self.examples[photo.example]
        return self.uploads.find(photo.path or "", photo.name)
