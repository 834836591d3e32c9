"""Writes THIRD_PARTY.md: the libraries that an installation of the page brings along, and the licence of each as its
authors state it. Read from what is installed here, by ``python -m scripts.third_party``."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[1]
INSTALLED_ON = {"sys_platform": "linux", "platform_machine": "x86_64", "python_full_version": "3.11.0"}
LOCKS = ("requirements.lock", "requirements-torch.lock")
HEAD = """# Software of others

What an installation of the page brings along on Linux, with the licence that its authors state. Written by
`python -m scripts.third_party`. Within the project itself, the page's templates are drawn by lit-html
([BSD-3-Clause](resnet_demo/viewer/lit-html/LICENSE)); the example photos and
the photos that the atlas cuts its patches from have licences of their own: [examples](assets/examples/LICENCES.md),
[collection](assets/photos/LICENCES.md). What the bundled ResNet-34 began as is under
[its MIT licence](assets/weights/PUBLISHED-LICENSE).

| Library | Licence |
|---|---|
"""


def licence(name: str) -> str | None:
    """The licence of an installed library: as an SPDX expression where it has one, else by classifiers, else in words.

    None for one that is not installed.
    """
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if expression := told.get("License-Expression"):
        return expression
    classified = [c.split(" :: ")[-1] for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    named = [each for each in classified if each != "OSI Approved"]
    words = (told.get("License") or "").strip().splitlines()
    return ", ".join(named) or (words[0][:60] if words else "not stated")


def locked() -> dict[str, str]:
    """The version of each library that an installation on ``INSTALLED_ON`` takes, by its name."""
    locks = "".join((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS)
    found = re.findall(r"^([a-z][\w.-]*)==([\w.+]+)(?: ; ([^\\\n]*))?", locks, re.M)
    return {name: at for name, at, marker in sorted(found) if not marker or Marker(marker).evaluate(INSTALLED_ON)}


def table() -> str:
    """The whole file."""
    found = {name: licence(name) for name in locked()}
    return HEAD + "".join(f"| {name} | {said} |\n" for name, said in found.items() if said is not None)


if __name__ == "__main__":
    (ROOT / "THIRD_PARTY.md").write_text(table(), encoding="utf-8")
