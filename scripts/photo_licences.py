"""Writes assets/photos/LICENCES.md, the table of who took the photos of the collection and what may be done with them,
from assets/photos/photos.json: ``python -m scripts.photo_licences``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "photos"
LICENCES = {
    "public domain": None,
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC BY 2.5": "https://creativecommons.org/licenses/by/2.5/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
}
"""What a photo of the collection may have, and where it is written."""

HEAD = """# The collection of photos: who took them, where they come from, what may be done with them

The atlas cuts its patches from these {count} photos. All may be used, changed and passed on, those under CC BY with
their author's name. Each was cut to a square, made 160 pixels wide and written as WebP; what was cut out already stands
on white. None is from ImageNet or Tiny ImageNet. Written by `python -m scripts.photo_licences`.

| File | Shows | Author | Licence | Original | By way of |
|---|---|---|---|---|---|
"""


def row(photo: dict[str, Any]) -> str:
    """One photo's line."""
    cells = (photo["author"], photo["licence"], f"<{photo['source']}>", f"{photo['package']}, `{photo['path']}`")
    told = (f"`{photo['file']}`", photo["title"]["en"], *cells)
    return "| " + " | ".join(each.replace("|", "\\|") for each in told) + " |\n"


def table() -> str:
    """The whole file."""
    photos = json.loads((FOLDER / "photos.json").read_text(encoding="utf-8"))
    links = "".join(f"\n{name}: <{address}>" for name, address in LICENCES.items() if address)
    return HEAD.format(count=len(photos)) + "".join(map(row, photos)) + links + "\n"


if __name__ == "__main__":
    (FOLDER / "LICENCES.md").write_text(table(), encoding="utf-8")
