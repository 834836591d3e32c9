"""Further feature maps of a stage, page by page, for the answer that is on screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from resnet_demo.page import channels
from resnet_demo.page.requests import malformed, whole, word
from resnet_demo.page.tabs import Tab
from resnet_demo.page.work import Task
from resnet_demo.results import STAGES, RankedBy
from resnet_demo.viewer.payload import feature_maps_payload

PAGE = 48
"""Channels a page: some 300 kB of the largest maps."""

FIRST_PAGE = 16

ORDERS: dict[str, RankedBy] = {"evidence": "evidence", "activation": "activation"}


def more(task: Task) -> dict[str, Any]:
    """The channels of one ``stage`` from ``first_rank`` on, ``ranked_by`` evidence or activation."""
    stage, ranked_by = word(task.asked, "stage"), ORDERS.get(word(task.asked, "ranked_by") or "")
    first = whole(task.asked, "first_rank")
    if stage not in STAGES or ranked_by is None or first < 0:
        raise malformed()
    shown = task.answer.analysis
    request = replace(
        task.answer.request,
        target=shown.target.index,  # the class that was explained, also where it was left to the network
        stages=(stage,),
        channels=PAGE if first else FIRST_PAGE,
        first_rank=first,
        ranked_by=ranked_by,
    )
    page = task.room.engine.run(request, task.waiting)
    # The browser chooses among all stages of the answer, not only the one of this page.
    return feature_maps_payload(replace(page, stages={**shown.stages, stage: page.stages[stage]}), stage)


TAB = Tab(
    "maps",
    "Feature maps",
    {"more": more, "excite": channels.excite, "ablate": channels.ablate},
    plots=("ablation", "heat"),
)
