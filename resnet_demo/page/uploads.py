"""Visitors' files on disk: which paths a request may name, and when a file goes."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from resnet_demo.errors import InputError

_FOLDER = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """The folder that Gradio stores uploads in: ``<64 hex digits of the content>/<name>``.

    Files older than ``age`` seconds go, and the oldest first where all together exceed ``megabytes``.
    """

    def __init__(self, folder: Path, age: float, megabytes: float) -> None:
        self.folder, self._age, self._most = folder.resolve(), age, megabytes * 1e6
        self._stop, self._due = threading.Event(), threading.Event()

    def find(self, path: str, name: str) -> Path:
        """The uploaded file that a request names. Raises ``InputError`` for whatever else the path leads to."""
        gone = InputError("photo-gone", name=name)
        try:
            file = Path(path)
            inside = file.is_absolute() and file.parent.parent == self.folder and _FOLDER.fullmatch(file.parent.name)
            # An upload is a plain file: a link could lead anywhere.
            if not inside or ".." in file.parts or file.is_symlink() or not file.is_file():
                raise gone
        except (OSError, ValueError):
            raise gone from None
        return file

    def delete(self, path: str) -> None:
        """Delete one upload and the folder that held it; nothing where there is no such upload."""
        try:
            file = self.find(path, "")
        except InputError:
            return
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()

    def sweep(self) -> None:
        """Delete what is too old, broken-off uploads included, then the oldest until the rest fits."""
        now = time.time()
        kept = []
        for entry in self._entries():
            try:
                newest = max((f.stat().st_mtime for f in (entry, *_inside(entry))), default=0.0)
                size = sum(f.stat().st_size for f in (entry, *_inside(entry)) if f.is_file())
            except OSError:
                continue  # it went while we looked
            if now - newest > self._age:
                _remove(entry)
            else:
                kept.append((newest, size, entry))
        held = sum(size for _, size, _ in kept)
        for _, size, entry in sorted(kept):
            if held <= self._most:
                break
            _remove(entry)
            held -= size

    def _entries(self) -> Iterator[Path]:
        try:
            yield from self.folder.iterdir()
        except OSError:
            return

    def keep_sweeping(self, every: float) -> None:
        """Sweep in a thread every ``every`` seconds, and soon after ``sweep_soon``, until ``stop``."""

        def run() -> None:
            while not self._stop.is_set():
                self._due.wait(every)
                self._due.clear()
                self.sweep()

        threading.Thread(target=run, name="sweep-uploads", daemon=True).start()

    def sweep_soon(self) -> None:
        """What is kept has grown."""
        self._due.set()

    def stop(self) -> None:
        self._stop.set()
        self._due.set()


def _inside(entry: Path) -> list[Path]:
    return list(entry.rglob("*")) if entry.is_dir() and not entry.is_symlink() else []


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
