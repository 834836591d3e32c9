"""What every result can do beside holding its fields: be written as a dictionary, and be shown.

How it is shown is the business of ``export``, which stands above this room. It is named here and imported when a
result is first shown, so that nothing of it is needed where none is.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

SHOWN_BY = "resnet_demo.export"


class Document:
    """A result that is a document of its own."""

    def to_dict(self, **options: Any) -> dict[str, Any]:
        """The result in JSON's types, as ``results.json.to_json`` writes it, whose ``options`` these are."""
        from resnet_demo.results.json import to_json

        return to_json(self, **options)


def shown_by(name: str) -> Callable[..., Any]:
    """What ``export`` calls ``name``."""
    return getattr(import_module(SHOWN_BY), name)
