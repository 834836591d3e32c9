"""What every part of the page works with: the engine, the settings, the visitors and their files."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_demo.errors import InputError
from resnet_demo.page.examples import example_paths
from resnet_demo.page.requests import PhotoAsked
from resnet_demo.page.session import Visitors
from resnet_demo.page.startup import Later
from resnet_demo.page.uploads import Uploads
from resnet_demo.settings import Settings

if TYPE_CHECKING:
    from resnet_demo.engine import Engine


@dataclass(frozen=True)
class Room:
    """One a server. ``depth`` is the network shown first."""

    settings: Settings
    engine_later: Later[Engine]
    uploads: Uploads
    visitors: Visitors
    depth: int = 18
    examples: dict[str, Path] = field(default_factory=example_paths)

    @cached_property
    def engine(self) -> Engine:
        """The engine; waits for it while the server starts."""
        return self.engine_later.get()

    def deadline(self) -> float:
        """When a request that begins now has taken too long, by ``time.monotonic()``."""
        return time.monotonic() + self.settings.request_seconds

    def file_of(self, photo: PhotoAsked) -> Path:
        """The file a request means. Raises ``InputError`` where it means none of ours."""
        if photo.example is not None:
            if photo.example not in self.examples:
                raise InputError(
                    f"There is no example {photo.example[:80]!r}; the examples are {', '.join(self.examples)}.",
                    code="example-unknown",
                    given=photo.example[:80],
                )
            return self.examples[photo.example]
        return self.uploads.find(photo.path or "", photo.name)
