"""What people read while a command runs: messages and progress on standard error, never on standard output."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from tqdm import tqdm

from resnet_demo.export import numerals
from resnet_demo.results import Progress

MANY = 100
"""Photos from which on a log is told how far the work is."""


class Bar(Protocol):
    """A bar that grows."""

    def update(self, n: float = 1) -> Any:
        """``n`` more are done."""


class Console:
    """Speaks to people on standard error. ``quiet`` leaves out progress and notes, never failures."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet

    def note(self, text: str) -> None:
        """Something worth knowing."""
        if not self.quiet:
            self.error(text)

    def error(self, text: str) -> None:
        """Something that went wrong."""
        with tqdm.external_write_mode(file=sys.stderr):  # a bar that is being drawn makes room
            print(text, file=sys.stderr, flush=True)

    @contextmanager
    def photos(self, count: Callable[[], int | None], before: int = 0, scrolls: bool = True) -> Iterator[Bar]:
        """Photos done, how many a second and how long the rest takes: as a bar on a screen, unless results scroll by
        on it; in a log as a line whenever a tenth of many is done. ``count`` says how many there are in all, of which
        ``before`` were done before."""
        screen = sys.stderr.isatty()
        shown = not self.quiet and not (screen and scrolls and sys.stdout.isatty())
        total = count() if shown else None
        if shown and not screen and (total is None or total < MANY):
            shown = False
        if shown and not screen:
            yield _Tenths(self, total or 0, before)
            return
        with tqdm(
            total=total, initial=before, unit=" photos", disable=not shown, leave=False, dynamic_ncols=True
        ) as bar:
            yield bar

    @contextmanager
    def work(self, what: str) -> Iterator[Callable[[Progress], None]]:
        """A function that takes the ``Progress`` of one long piece of work and draws it, where somebody watches."""
        hidden = self.quiet or not sys.stderr.isatty()
        with tqdm(desc=what, disable=hidden, leave=False, dynamic_ncols=True) as bar:
            yield lambda at: _draw(bar, at)

    @contextmanager
    def download(self, what: str) -> Iterator[Callable[[Progress], None] | None]:
        """A function that takes ``Progress`` and shows it: as a bar on a screen, as a line a quarter in a log."""
        if self.quiet:
            yield None
        elif sys.stderr.isatty():
            with tqdm(desc=what, unit="B", unit_scale=True, unit_divisor=1000, dynamic_ncols=True) as bar:
                yield lambda at: _draw(bar, at)
        else:
            self.note(f"Downloading {what}")
            yield _Quarters(self, what)


def _draw(bar: tqdm, at: Progress) -> None:
    bar.total = at.total or None
    bar.update(at.done - bar.n)


class _Tenths:
    """Photos done as lines for a log: one as each tenth of all is done."""

    def __init__(self, console: Console, total: int, before: int) -> None:
        self._console, self._total, self._before, self._done = console, total, before, before
        self._began = time.monotonic()

    def update(self, n: float = 1) -> None:
        earlier, self._done = self._done, self._done + int(n)
        if 10 * earlier // self._total == 10 * self._done // self._total:
            return
        rate = (self._done - self._before) / max(1e-9, time.monotonic() - self._began)
        left = tqdm.format_interval((self._total - self._done) / rate)
        self._console.note(f"{self._done:,} of {self._total:,} photos, {rate:.1f} a second, {left} left")


class _Quarters:
    """Progress as lines for a log: one as each quarter is done."""

    def __init__(self, console: Console, what: str) -> None:
        self._console, self._what, self._said = console, what, 0

    def __call__(self, at: Progress) -> None:
        quarter = int(4 * at.done / at.total) if at.total else 0
        if quarter > self._said:
            self._said = quarter
            self._console.note(f"{self._what}: {25 * quarter} % of {numerals.size(at.total)}")


def prepare_streams() -> None:
    """UTF-8 on standard output whatever the surroundings say, and no crash over a file name that is no Unicode."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """A piece of the result, at once: who reads from a pipe need not wait for the next."""
    sys.stdout.write(text)
    sys.stdout.flush()


def table(rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> str:
    """Rows in columns two spaces apart; those of the places ``right`` are flush right."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in texts
    )
    return "".join(line.rstrip() + "\n" for line in lines)
