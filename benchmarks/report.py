"""``RESULTS.md``: what was measured, a section for each script, which puts its own in place of the one before."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("RESULTS.md")
NUMBERS = Path(__file__).with_name("results.json")
OPENING = """# Results

Written by the scripts of this folder; each section names the command that wrote it.
"""


def write_section(name: str, markdown: str, file: Path = RESULTS) -> None:
    """Put ``markdown`` under the heading ``## name``, in place of what stood there; a new section goes to the end.

    ``markdown`` may have headings of its own from ``###`` down.
    """
    text = file.read_text(encoding="utf-8") if file.is_file() else OPENING
    section = f"## {name}\n\n{markdown.strip()}\n"
    place = re.compile(rf"^## {re.escape(name)}$.*?(?=^## |\Z)", re.M | re.S)
    if found := place.search(text):
        rest = text[found.end() :]
        text = text[: found.start()] + section + ("\n" + rest if rest else "")
    else:
        text = text.rstrip("\n") + "\n\n" + section
    _replace(file, text)


def write_numbers(name: str, numbers: Any, file: Path = NUMBERS) -> None:
    """Put ``numbers``, of JSON's types, under ``name`` in a JSON file, in place of what stood there."""
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    _replace(file, json.dumps(found | {name: numbers}, indent=1) + "\n")


def _replace(file: Path, text: str) -> None:
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, file)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is words, the others numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
