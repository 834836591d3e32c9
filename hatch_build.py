"""The description that a package index shows: README, its pictures and links below the address ``Files`` of
``[project.urls]`` in pyproject.toml, where that is given."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?![a-z]+:|#)(?P<target>[^()\s]+)\)(?P<gap>\n*)")


def standing_alone(text: str, address: str | None = None) -> str:
    """``text`` without front matter, its relative links below ``address``, where the project's files can be read.

    Without an address pictures are left out, and of links their words stay.
    """
    text = re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.S)

    def alone(found: re.Match[str]) -> str:
        if address is not None:
            return f"{found['picture']}[{found['words']}]({address.rstrip('/')}/{found['target']}){found['gap']}"
        return "" if found["picture"] else f"{found['words']}{found['gap']}"

    return RELATIVE.sub(alone, text)


class Description(MetadataHookInterface):
    """Hatchling asks this for the fields that pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        address = metadata.get("urls", {}).get("Files")
        metadata["readme"] = {"content-type": "text/markdown", "text": standing_alone(text, address)}
