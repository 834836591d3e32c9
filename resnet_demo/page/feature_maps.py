"""Further feature maps of a stage, page by page, for an answer that is on screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from resnet_demo.page.errors import told
from resnet_demo.page.requests import malformed, mapping, whole, word
from resnet_demo.page.room import Room
from resnet_demo.results import STAGES

PAGE = 48
"""Channels a page: three rows of sixteen, some 300 kB of the largest maps."""


def more(room: Room, sent: Any, visitor: str) -> dict[str, Any]:
    """The channels of one stage from a rank on, in either order. Returns the id under which the page fetches them."""
    from resnet_demo.engine import Waiting

    number = sent.get("number") if isinstance(sent, dict) else None
    try:
        fields = mapping(sent)
        stage, ranked_by, first = word(fields, "stage"), word(fields, "ranked_by"), whole(fields, "first_rank")
        if stage not in STAGES or ranked_by not in ("evidence", "activation") or first < 0:
            raise malformed()
        kept = room.visitors.find_own(word(fields, "result") or "", visitor)
        # The class is the one that was explained, also where it was left to the network.
        request = replace(
            kept.request,
            target=kept.analysis.target.index,
            stages=(stage,),
            channels=PAGE if first else min(PAGE, 16),
            first_rank=first,
            ranked_by=ranked_by,
        )
        analysis = room.engine.run(request, Waiting(visitor=visitor, deadline=room.deadline()))
        # The browser chooses among all stages of the answer, not only the one of this page.
        page = replace(analysis, stages={**kept.analysis.stages, stage: analysis.stages[stage]})
        return {"number": number, "id": room.visitors.keep_page(visitor, page, request, stage).id, "error": None}
    except Exception as error:
        return {"number": number, "id": None, "error": told(error)}
