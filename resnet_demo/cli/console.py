"""What people read while a command runs: messages and progress on standard error, never on standard output."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from tqdm import tqdm

from resnet_demo.export import numerals
from resnet_demo.results import Progress


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
    def photos(self, total: int | None) -> Iterator[Bar]:
        """A bar of photos done; none where results scroll by on the same screen, or nobody watches."""
        shown = not self.quiet and sys.stderr.isatty() and not sys.stdout.isatty()
        with tqdm(total=total, unit=" photos", disable=not shown, leave=False, dynamic_ncols=True) as bar:
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
