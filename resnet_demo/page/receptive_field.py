"""The receptive field of one cell: what it could see by construction, and what it makes use of in this photo."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resnet_demo.page.block import packed
from resnet_demo.page.requests import malformed, whole, word
from resnet_demo.page.tabs import Tab
from resnet_demo.page.work import Task
from resnet_demo.results import STAGES, EffectiveField


def effective(task: Task) -> dict[str, Any]:
    """The gradient-measured field of the cell in ``row`` and ``column`` of a ``stage``, beside the theoretical one."""
    stage = word(task.asked, "stage")
    if stage not in STAGES:
        raise malformed()
    network = task.answer.analysis.network
    found = task.room.laboratory.run(
        EffectiveField,
        task.answer.request.photo,
        network.depth,
        network.weights,
        stage=stage,
        row=whole(task.asked, "row"),
        column=whole(task.asked, "column"),
        waiting=task.waiting,
    )
    return {
        "sway": packed(found.sway),
        "theoretical": asdict(found.theoretical),
        "box": asdict(found.box),
        "share_inside": found.share_inside,
        "effective_size": found.effective_size,
    }


TAB = Tab("field", "Receptive field", {"effective": effective})
