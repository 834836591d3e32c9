"""What a photo is called wherever people read it: on the page, in files, in logs."""

from __future__ import annotations

import os
import unicodedata

from resnet_demo.results import PhotoInput

LONGEST_NAME = 80


def name_of(photo: PhotoInput, name: str | None = None) -> str:
    """What to call ``photo``: ``name`` if it has one, else by its path, or that of the file it was opened from."""
    if name is None:
        known = (getattr(photo, "filename", None), getattr(photo, "name", None))
        paths = [os.fsdecode(photo)] if isinstance(photo, str | os.PathLike) else known
        name = next((each for each in paths if isinstance(each, str)), "")
    return display_name(str(name))


def display_name(name: str) -> str:
    """The last part of a name, without what is invisible, at most 80 characters long.

    Markup in a name is left as it is: whoever puts the name into a page escapes it.
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    # Categories C: control, format (right-to-left overrides among them), surrogates, unassigned. Z: spaces of all
    # kinds, line and paragraph separators among them.
    spaced = "".join(" " if unicodedata.category(c)[0] == "Z" or c in "\t\n\r" else c for c in last)
    clean = " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())
    if len(clean) > LONGEST_NAME:
        stem, dot, ending = clean.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 8 else ""
        clean = clean[: LONGEST_NAME - len(ending) - 1] + "…" + ending
    return clean if clean.strip(".") else "photo"
