"""Writes ``resnet_demo/labels/wordnet.json``: ``python -m training.wordnet --wordnet DIR``.

DIR is the folder of WordNet 3.0's database, ``/usr/share/wordnet`` of Debian's package wordnet-base; the classes are
those of the bundled networks. Of a synset with several hypernyms the first is followed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from resnet_demo.assets import assets_dir


def notice(lines: Iterable[str]) -> str:
    """WordNet's licence, from the numbered lines at the head of each of its files."""
    return "\n".join(line[2:].split(" ", 1)[1].rstrip() for line in lines if line.startswith("  ")).strip()


def synsets(lines: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """By offset each synset's first word in ``data.noun`` and the offset of its first hypernym, None at the top."""
    found = {}
    for line in lines:
        if line.startswith(" "):  # the licence at the head
            continue
        offset, _, _, words, *rest = line.split(" | ")[0].split()
        pointers = rest[2 * int(words, 16) :]
        hypernyms = [pointers[i + 1] for i in range(1, len(pointers), 4) if pointers[i] in ("@", "@i")]
        found[offset] = rest[0].replace("_", " "), next(iter(hypernyms), None)
    return found


def path(offset: str, known: dict[str, tuple[str, str | None]]) -> list[str]:
    """The first words of a synset's hypernyms, the nearest first."""
    names = []
    above = known[offset][1]
    while above is not None:
        name, above = known[above]
        names.append(name)
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m training.wordnet", description=__doc__.split("\n\n")[0])
    p.add_argument("--wordnet", type=Path, required=True)
    p.add_argument("--out", type=Path, default=Path("resnet_demo/labels/wordnet.json"))
    args = p.parse_args(arguments)
    lines = (args.wordnet / "data.noun").read_text(encoding="latin-1").splitlines()
    known = synsets(lines)
    card = json.loads((assets_dir() / "weights" / "resnet18-tiny-imagenet.json").read_text(encoding="utf-8"))
    rows = [f"  {json.dumps(row['wnid'])}: {json.dumps(path(row['wnid'][1:], known))}" for row in card["classes"]]
    body = ",\n".join(rows)
    args.out.write_text(
        f'{{\n "notice": {json.dumps(notice(lines))},\n "hypernyms": {{\n{body}\n }}\n}}\n', encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
