"""The photos that come with the program: a few examples, and a collection from which patches are cut."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from resnet_demo.assets import assets_dir

FIRST = "koala.webp"
"""Shown before anyone has chosen a photo: the bundled network is sure of it and finds evidence at every stage."""

THUMBNAIL = 96


def example_paths() -> dict[str, Path]:
    """The photos of ``assets/examples`` by file name, the first one first."""
    found = sorted(p for p in (assets_dir() / "examples").iterdir() if p.suffix in (".png", ".jpg", ".jpeg", ".webp"))
    return {p.name: p for p in sorted(found, key=lambda p: p.name != FIRST)}


def texture_photos() -> list[Path]:
    """The photos whose textures the pictures of the bench borrow."""
    return list(example_paths().values())[:6]


@lru_cache(maxsize=1)
def captions() -> dict[str, dict[str, Any]]:
    """By file name ``title`` and ``note``, each by language, and ``classes``: the WordNet ids of what is on the photo,
    None where no network here has a class for it."""
    told = json.loads((assets_dir() / "examples" / "examples.json").read_text(encoding="utf-8"))
    return {each["file"]: {name: each[name] for name in ("title", "note", "classes")} for each in told}


def licences() -> str:
    """Who took the photos, where they come from and what may be done with them, in Markdown."""
    folders = (assets_dir() / "examples", assets_dir() / "photos")
    return "\n".join((folder / "LICENCES.md").read_text(encoding="utf-8") for folder in folders)


@lru_cache(maxsize=1)
def collection() -> dict[str, Path]:
    """The square photos of ``assets/photos`` by file name."""
    return {path.name: path for path in sorted((assets_dir() / "photos").glob("*.webp"))}


@lru_cache(maxsize=1)
def collection_told() -> dict[str, dict[str, Any]]:
    """What is known of each photo of the collection by file name: ``title`` by language, ``classes`` (WordNet ids of
    what is surely on it), ``author``, ``licence`` and ``source``."""
    told = json.loads((assets_dir() / "photos" / "photos.json").read_text(encoding="utf-8"))
    return {
        each["file"]: {name: each[name] for name in each if name not in ("file", "package", "path")} for each in told
    }


@lru_cache(maxsize=32)
def thumbnail(path: Path) -> bytes:
    """A square JPEG of the photo's centre, as small as it is shown."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        small = ImageOps.fit(image.convert("RGB"), (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85)
    return out.getvalue()
