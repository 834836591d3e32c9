"""What classes have in common, by WordNet's hypernyms: "dog" for a Chihuahua and a Labrador.

``wordnet.json`` has of each class of the bundled networks its hypernyms, the nearest first, each by its first word:
WordNet 3.0, whose notice stands in the file; ``training/wordnet.py`` wrote it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

WIDEST = 1 / 3
"""The largest share of all classes that a name may cover: five classes drawn at random share one so wide by chance in
one case of 240."""


@cache
def hypernyms() -> dict[str, tuple[str, ...]]:
    """By WordNet id, what a class is a kind of, the nearest first."""
    text = Path(__file__).with_name("wordnet.json").read_text(encoding="utf-8")
    return {wnid: tuple(names) for wnid, names in json.loads(text)["hypernyms"].items()}


def shared_kinds(rows: Iterable[Sequence[str | None]], among: Sequence[str | None]) -> list[str | None]:
    """For each row of WordNet ids the nearest hypernym that all of them have.

    None where there is none, where it covers more than ``WIDEST`` of the classes ``among``, or a class is not known.
    """
    known = hypernyms()
    covered = Counter(name for wnid in among for name in set(known.get(wnid or "", ())))
    return [_shared([known.get(wnid or "", ()) for wnid in row], covered, WIDEST * len(among)) for row in rows]


def _shared(paths: list[tuple[str, ...]], covered: Mapping[str, int], most: float) -> str | None:
    first, *others = paths
    nearest = next((name for name in first if all(name in path for path in others)), None)
    return nearest if nearest is not None and covered[nearest] <= most else None
