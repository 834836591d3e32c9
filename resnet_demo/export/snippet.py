"""A few lines of Python that make the figure on the screen again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from resnet_demo.export.files import safe_stem
from resnet_demo.export.look import Look
from resnet_demo.results import AnalysisRequest

_DEFAULTS = {f.name: f.default for f in dataclasses.fields(AnalysisRequest)}
_SAID = ("target", "contrast", "stages", "ranked_by")


def python_snippet(request: AnalysisRequest, **look: Any) -> str:
    """Python source that explains the same photo in the same way and saves the figure of it.

    ``look`` are fields of ``Look``. A photo that is no path stands under its name, to be put where the script runs.
    Raises ``InputError`` for what ``Look`` refuses.
    """
    photo = str(request.photo) if isinstance(request.photo, str | Path) else request.name or "photo.jpg"
    arguments = {"depth": request.depth, "weights": request.weights}
    arguments |= {name: getattr(request, name) for name in _SAID if getattr(request, name) != _DEFAULTS[name]}
    seen = {name: value for name, value in dataclasses.asdict(Look(**look)).items() if value != getattr(Look, name)}
    return (
        "from resnet_demo import Engine\n"
        "from resnet_demo.export import figure\n"
        "\n"
        f"answer = Engine().analyze({_call(repr(photo), arguments)})\n"
        f"figure({_call('answer', seen)}).save({f'{safe_stem(photo)}-stages.png'!r})\n"
    )


def _call(first: str, named: dict[str, Any]) -> str:
    return ", ".join([first, *(f"{name}={value!r}" for name, value in named.items())])
