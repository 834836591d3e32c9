"""Photos read for many at once: so many decoded at a time and no more, in turn between visitors, some of them kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from resnet_demo.engine.batches import READERS
from resnet_demo.engine.turns import Turns, Waiting
from resnet_demo.photos.decode import decode
from resnet_demo.photos.inputs import plain
from resnet_demo.photos.names import name_of
from resnet_demo.photos.preprocess import Prepared, prepare
from resnet_demo.photos.read import Decode, read_photo
from resnet_demo.photos.views import View, Views
from resnet_demo.results import PhotoInput
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Transform

if TYPE_CHECKING:
    from resnet_demo.photos.decoders import Decoders


class Reading:
    """``isolated`` decodes in processes of its own, where the platform can limit what those take."""

    def __init__(self, settings: Settings, isolated: bool) -> None:
        self._settings = settings
        self.decoders = _start(settings.decoders) if isolated else None
        self._views = Views(settings)
        # Requests are counted where they come in; a photo of one that was let in is never refused here.
        self.turns = Turns(None, at_once=settings.decoders if isolated else READERS)
        self.forget = self._views.forget

    def view(self, photo: PhotoInput, transform: Transform, name: str | None, waiting: Waiting) -> View:
        """``photo`` read and prepared, or as it is remembered. Raises ``InputError`` and ``Cancelled``."""
        name = name_of(photo, name)
        read = plain(photo, name, self._settings)
        return self._views.get(read, transform, name, self._turn(waiting), self._decode(waiting))

    def prepared(self, photo: PhotoInput, transform: Transform, waiting: Waiting) -> tuple[str, Prepared]:
        """The photo's name, and what a network sees of it, not remembered. Raises as ``view``."""
        with self._turn(waiting):
            read = read_photo(photo, settings=self._settings, decode=self._decode(waiting))
            return read.name, prepare(read.pixels, transform)

    def close(self) -> None:
        if self.decoders is not None:
            self.decoders.close()

    def _decode(self, waiting: Waiting) -> Decode:
        return decode if self.decoders is None else partial(self.decoders.decode, check=waiting.check)

    @contextmanager
    def _turn(self, waiting: Waiting) -> Iterator[None]:
        """The memory of a photo while it is decoded and prepared; the device is another queue."""
        waiting.check()
        # Of photos read ahead only the first tells its place: what waits behind one's own photos is no news.
        on_wait = None if self.turns.knows(waiting.visitor) else waiting.on_wait
        with self.turns.take(waiting.visitor, on_wait=on_wait, stop=waiting.stop, deadline=waiting.deadline):
            yield


def _start(count: int) -> Decoders | None:
    if sys.platform != "linux":
        return None
    from resnet_demo.photos.decoders import Decoders  # what it imports exists on Linux alone

    return Decoders(count)
