"""One photo through several depths: answers side by side, agreement, and where layer4 of each looks."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from resnet_demo.page.requests import malformed
from resnet_demo.page.tabs import Tab
from resnet_demo.page.work import Task
from resnet_demo.results import DEPTHS
from resnet_demo.results.comparison import Comparison
from resnet_demo.viewer.payload import analysis_payload

MOST = 5
TOP_K = 5


def compared(task: Task) -> dict[str, Any]:
    """The photo of the answer in view through the networks asked for: ``networks``, a list of {depth, weights}.

    Each explains its own most probable class; with ``same_class`` true, the class that is explained on screen where
    the network knows it.
    """
    shown = task.answer.analysis.target
    found = task.room.engine.compare(
        task.answer.request.photo,
        _networks(task),
        target=(shown.wnid or shown.label) if task.asked.get("same_class") is True else None,
        top_k=TOP_K,
        name=task.answer.analysis.photo.name,
        progress=task.progress,
        waiting=task.waiting,
    )
    return comparison_payload(found)


def _networks(task: Task) -> list[tuple[int, str]]:
    asked = task.asked.get("networks")
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise malformed()
    networks = [(each.get("depth"), each.get("weights")) for each in asked]
    if not all(depth in DEPTHS and isinstance(weights, str) for depth, weights in networks):
        raise malformed()
    if len(networks) > MOST:
        raise malformed()
    return networks


def comparison_payload(found: Comparison) -> dict[str, Any]:
    """A comparison as the browser draws it: of each answer what stands beside the others, and the agreement."""
    answers = []
    for each in found.answers:
        whole = analysis_payload(replace(each.analysis, photo=replace(each.analysis.photo, preview=None)))
        parts = ("view", "box", "network", "predictions", "target", "stages", "timings")
        answers.append(
            {name: whole[name] for name in parts}
            | {"shared": [asdict(p) for p in each.shared], "shared_mass": each.shared_mass}
        )
    return {
        "answers": answers,
        "pairs": [asdict(pair) for pair in found.pairs],
        "same_classes": found.same_classes,
        "shared_classes": found.shared_classes,
        "agreement": found.agreement,
    }


TAB = Tab("compare", "Compare depths", {"compare": compared})
