"""Visitors' files on disk: where each lies, which paths a request may name, and when a file goes."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from resnet_demo.errors import InputError

BESIDES = 256_000
"""What a file counts beyond its own bytes: its places in the file system's lists, which are as scarce as bytes."""

LONGEST_NAME = 200
"""Bytes of a file's name."""


@dataclass(frozen=True)
class Upload:
    """A file that has arrived whole, from which address and when (``time.monotonic()``); ``size`` is what it takes."""

    path: Path
    address: str
    arrived: float
    size: int


class Uploads:
    """The folder that uploads lie in: ``<64 random hex digits>/<name>``, a folder for each, so that none is another's.

    Files older than ``age`` seconds go, and beyond ``megabytes`` the oldest of the address that has most. One address
    has at most three quarters of them. Safe to use from several threads.
    """

    def __init__(self, folder: Path, age: float, megabytes: float) -> None:
        self.folder, self._age, self._most = folder.resolve(), age, megabytes * 1e6
        self._kept: dict[str, Upload] = {}  # the oldest first
        self._guard = threading.Lock()
        self._stop = threading.Event()

    def place(self, name: str) -> Path:
        """Where a file called ``name`` may be written, in a new folder of its own. Raises ``OSError``."""
        folder = self.folder / secrets.token_hex(32)
        folder.mkdir()
        return folder / safe_name(name)

    def keep(self, path: Path, address: str) -> None:
        """A file has been written whole at a ``place``: it may be asked for until it goes. Raises ``OSError``."""
        status = path.stat()
        taken = 512 * getattr(status, "st_blocks", -(-status.st_size // 512))
        with self._guard:
            self._kept[str(path)] = Upload(path, address, time.monotonic(), taken + BESIDES)
        self.sweep()

    def find(self, path: str, name: str) -> Path:
        """The uploaded file that a request names. Raises ``InputError`` for whatever else the path leads to."""
        with self._guard:
            upload = self._kept.get(path)
        try:
            # An upload is a plain file: a link could lead anywhere.
            if upload is None or upload.path.is_symlink() or not upload.path.is_file():
                raise InputError("photo-gone", name=name)
        except (OSError, ValueError):
            raise InputError("photo-gone", name=name) from None
        return upload.path

    def delete(self, path: str) -> None:
        """Delete one upload and the folder that held it; nothing where there is no such upload."""
        with self._guard:
            upload = self._kept.pop(path, None)
        if upload is not None:
            self.discard(upload.path)

    def discard(self, path: Path) -> None:
        """Remove what lies at a ``place``, or was begun there."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what is too old, then the oldest of whoever has most, until the rest fits. The newest file stays."""
        for upload in self._due():
            self.discard(upload.path)

    def _due(self) -> list[Upload]:
        with self._guard:
            oldest = time.monotonic() - self._age
            due = [upload for upload in self._kept.values() if upload.arrived < oldest]
            for upload in due:
                del self._kept[str(upload.path)]
            held: Counter[str] = Counter()
            for upload in self._kept.values():
                held[upload.address] += upload.size
            while len(self._kept) > 1:
                address, most = held.most_common(1)[0]
                if held.total() <= self._most and most <= 0.75 * self._most:
                    break
                upload = next(each for each in self._kept.values() if each.address == address)
                held[address] -= upload.size
                due.append(self._kept.pop(str(upload.path)))
            return due

    def keep_sweeping(self, every: float) -> None:
        """Sweep in a thread every ``every`` seconds until ``stop``."""

        def run() -> None:
            while not self._stop.wait(every):
                self.sweep()

        threading.Thread(target=run, name="sweep-uploads", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()


def safe_name(name: str) -> str:
    """A file's name as it lies on the disk: of what a stranger wrote the last part, without what could be a path, be
    hidden or not be seen."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w ,.()-]", "", last).strip(" .")
    ending = re.search(r"(?<=.)\.\w{1,10}$|$", plain)[0]  # type: ignore[index]  # the end is always there
    stem = plain.removesuffix(ending).encode()[: LONGEST_NAME - len(ending.encode())].decode("utf-8", "ignore")
    return (stem.rstrip(" .") or "photo") + ending
