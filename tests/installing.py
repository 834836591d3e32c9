"""An environment as pip would make it, of links to the libraries of this one: in seconds, and without a registry."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(asked: Distribution, extras: Iterable[str] = ()) -> dict[str, Distribution]:
    """The distributions that pip would install for one: its requirements, theirs, and so on, as found here."""
    found: dict[str, Distribution] = {}
    seen, left = set(), [(asked, frozenset(extras))]
    while left:
        each, wanted = left.pop()
        for text in each.requires or ():
            further = Requirement(text)
            marker = further.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                name, more = canonicalize_name(further.name), frozenset(further.extras)
                if name == canonicalize_name(asked.name):
                    left.append((asked, more))
                elif (name, more) not in seen:
                    seen.add((name, more))
                    found.setdefault(name, distribution(name))
                    left.append((found[name], more))
    return found


def linked(distributions: dict[str, Distribution], folder: Path) -> Path:
    """``folder``, with these libraries and no others: what is imported with ``python -S`` and this as its path."""
    for each in distributions.values():
        for file in each.files or ():
            top = Path(file.parts[0])
            link = folder / top
            if top.name not in ("..", "__pycache__") and not link.exists():
                link.symlink_to(Path(str(each.locate_file(top))).resolve())
    return folder
