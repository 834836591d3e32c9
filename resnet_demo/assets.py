"""Where the files that come with the program lie: bundled weights, example photos."""

from __future__ import annotations

from pathlib import Path


def assets_dir() -> Path:
    """``assets/`` inside the installed package, or beside it in a checkout; never looked for in the working directory.

    Inside comes first: beside an installed package lie other people's packages, one of which may be called assets.
    """
    package = Path(__file__).resolve().parent
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"
