"""Photos read and prepared, remembered for a while: another class for a photo already seen decodes nothing again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from resnet_demo.photos.inputs import Plain
from resnet_demo.photos.names import name_of
from resnet_demo.photos.preprocess import Prepared, prepare
from resnet_demo.photos.read import Decode, preview, read_photo
from resnet_demo.results import PhotoInfo
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Transform


@dataclass(frozen=True, eq=False)
class View:
    """A photo as the page shows it, and as one network sees it."""

    photo: PhotoInfo
    prepared: Prepared


class Views:
    """The last few views, by the photo's content and the transform. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._views: OrderedDict[tuple, View] = OrderedDict()
        self._guard = threading.Lock()

    def get(
        self,
        photo: Plain,
        transform: Transform,
        name: str | None,
        turn: AbstractContextManager[None],
        decode: Decode,
    ) -> View:
        """Read and prepare ``photo`` within ``turn``, or take it from memory.

        Raises ``InputError`` for what is no usable photo, and whatever ``turn`` and ``decode`` raise.
        """
        key = (_identity(photo), transform)
        with self._guard:
            if view := self._views.get(key):
                self._views.move_to_end(key)
        if view is None:
            with turn:
                read = read_photo(photo, name=name, settings=self._settings, decode=decode)
                height, width = read.pixels.shape[:2]
                info = PhotoInfo(read.name, width, height, preview(read.pixels), read.notes)
                view = View(info, prepare(read.pixels, transform))
            with self._guard:
                self._views[key] = view
                while len(self._views) > self._settings.view_cache:
                    self._views.popitem(last=False)
        # The same content may come under another name: the answer carries the name it was asked by.
        return replace(view, photo=replace(view.photo, name=name_of(photo, name)))

    def forget(self, photo: Plain) -> None:
        """Let go of every view of ``photo``, which is still where it was when it was read."""
        identity = _identity(photo)
        with self._guard:
            for key in [key for key in self._views if key[0] == identity]:
                del self._views[key]


def _identity(photo: Plain) -> tuple:
    """What makes two photos the same one. A file is known by its place, age and length; anything else by its bytes."""
    if isinstance(photo, str | Path):
        try:
            stat = Path(photo).stat()
        except (OSError, ValueError):
            return ("missing", str(photo))  # reading it will say what is wrong
        return ("file", stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
    if isinstance(photo, np.ndarray):
        return ("array", photo.shape, photo.dtype.str, hashlib.sha256(np.ascontiguousarray(photo).data).digest())
    return ("bytes", hashlib.sha256(photo).digest())
