"""Photos read for many at once: so many decoded at a time and no more, in turn between visitors, some of them kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from resnet_demo.engine.batches import READERS
from resnet_demo.engine.turns import Turn, Turns, Waiting
from resnet_demo.photos.decode import decode
from resnet_demo.photos.inputs import plain
from resnet_demo.photos.names import name_of
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import Decode, read_photo
from resnet_demo.photos.views import View, Views
from resnet_demo.results import PhotoInfo, PhotoInput
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Transform

if TYPE_CHECKING:
    from resnet_demo.photos.decoders import Decoders


Made = TypeVar("Made")

PATIENCE = 1.0
"""Seconds of one photo after which its decoder is wanted back, if others wait and its visitor holds another one."""


class _WantedBack(Exception):
    """A decoder is needed by somebody who has none."""


class _Attempt:
    """To decode one photo. ``turn`` is its turn, which began at ``began`` (``time.monotonic()``)."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting, self.began = waiting, 0.0
        self.turn: Turn | None = None

    def check(self) -> None:
        """Raise ``Cancelled`` where the photo is not wanted any more, and ``_WantedBack`` where its decoder is."""
        self.waiting.check()
        if self.turn is not None and time.monotonic() - self.began > PATIENCE and self.turn.is_crowding():
            raise _WantedBack


class Reading:
    """``isolated`` decodes in processes of its own, where the platform can limit what those take.

    Nobody keeps all of these while others wait: of several that a visitor holds, or an address, the later ones are
    given back after ``PATIENCE``, and their photos decoded anew when it is their turn again.
    """

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
        get = partial(self._views.get, read, transform, name)
        return self._in_turn(waiting, get)

    def unkept(self, photo: PhotoInput, transform: Transform, waiting: Waiting) -> View:
        """As ``view``, without a preview, and not remembered."""

        def made(turn: AbstractContextManager[None], decode: Decode) -> View:
            with turn:
                read = read_photo(photo, settings=self._settings, decode=decode)
                height, width = read.pixels.shape[:2]
                return View(PhotoInfo(read.name, width, height, None, read.notes), prepare(read.pixels, transform))

        return self._in_turn(waiting, made)

    def close(self) -> None:
        if self.decoders is not None:
            self.decoders.close()

    def _in_turn(self, waiting: Waiting, made: Callable[[AbstractContextManager[None], Decode], Made]) -> Made:
        """What ``made`` makes within a turn, with what decodes meanwhile; once more where its decoder was wanted."""
        gently = False
        while True:
            attempt = _Attempt(waiting)
            within = decode
            if self.decoders is not None:
                within = partial(self.decoders.decode, check=attempt.check, gently=gently)
            try:
                return made(self._turn(attempt), within)
            except _WantedBack:
                gently = True  # known to be long, it would take its first second of the others' time again and again

    @contextmanager
    def _turn(self, attempt: _Attempt) -> Iterator[None]:
        """The memory of a photo while it is decoded and prepared; the device is another queue."""
        waiting = attempt.waiting
        waiting.check()
        # Of photos read ahead only the first tells its place: what waits behind one's own photos is no news.
        on_wait = None if self.turns.knows(waiting.visitor) else waiting.on_wait
        with self.turns.take(
            waiting.visitor,
            on_wait=on_wait,
            stop=waiting.stop,
            deadline=waiting.deadline,
            address=waiting.address,
        ) as turn:
            attempt.began, attempt.turn = time.monotonic(), turn
            yield


def _start(count: int) -> Decoders | None:
    if sys.platform != "linux":
        return None
    from resnet_demo.photos.decoders import Decoders  # what it imports exists on Linux alone

    return Decoders(count)
