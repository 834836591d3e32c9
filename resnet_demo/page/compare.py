"""One photo through several depths: answers side by side, agreement, and where layer4 of each looks."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from resnet_demo.comparison import Comparison, compare
from resnet_demo.errors import InputError
from resnet_demo.page.requests import malformed
from resnet_demo.page.work import Task
from resnet_demo.results import DEPTHS, Analysis, Progress
from resnet_demo.viewer.payload import analysis_payload

FEWEST, MOST = 2, 5
STAGE = "layer4"
TOP_K = 5


def compared(task: Task) -> dict[str, Any]:
    """The photo of the answer in view through the networks asked for: ``networks``, a list of {depth, weights}.

    Each explains its own most probable class; with ``same_class`` true, the class that is explained on screen where
    the network knows it.
    """
    networks = _networks(task)
    shown = task.answer.analysis.target
    answers: list[Analysis] = []
    for done, (depth, weights) in enumerate(networks):
        task.progress(Progress("compare", done, len(networks), "networks"))
        classes = task.room.engine.classes(depth, weights)
        target = None
        if task.asked.get("same_class") is True:
            target = next((c.index for c in classes if c.wnid is not None and c.wnid == shown.wnid), None)
        request = replace(
            task.answer.request,
            depth=depth,
            weights=weights,
            target=target,
            contrast=None,
            stages=(STAGE,),
            top_k=len(classes),
            channels=0,
            first_rank=0,
        )
        answers.append(task.room.engine.run(request, task.waiting))
    return comparison_payload(compare(answers, TOP_K))


def _networks(task: Task) -> list[tuple[int, str]]:
    asked = task.asked.get("networks")
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise malformed()
    networks = [(each.get("depth"), each.get("weights")) for each in asked]
    if not all(depth in DEPTHS and isinstance(weights, str) for depth, weights in networks):
        raise malformed()
    if not FEWEST <= len(set(networks)) == len(networks) <= MOST:
        raise InputError(
            f"A comparison takes {FEWEST} to {MOST} different networks; this one has {len(networks)}.",
            code="compare-count",
            fewest=FEWEST,
            most=MOST,
            given=len(networks),
        )
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
