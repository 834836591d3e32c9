"""Inside the residual block: what every block adds, what the answer loses without it, and maps from inside one."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from resnet_demo.page.requests import malformed, word
from resnet_demo.page.tabs import Tab
from resnet_demo.page.work import Task
from resnet_demo.results import BlockMaps, Lesion, LesionBoard, Outcome, Prediction, ResidualProfile

MOST_BLOCKS = 64

PARTS: dict[str, Literal["branch", "shortcut"]] = {"branch": "branch", "shortcut": "shortcut"}
"""What of a block can be cut."""


def profile(task: Task) -> dict[str, Any]:
    """The residual profile of the photo in view, or the mean over the visitor's ``answers`` of the same network."""
    shown = task.answer.analysis.network
    photos = [answer.request.photo for answer in task.others() if answer.analysis.network == shown] or [
        task.answer.request.photo
    ]
    found = task.room.laboratory.run(
        ResidualProfile, photos, shown.depth, shown.weights, progress=task.progress, waiting=task.waiting
    )
    blocks = [
        {
            "name": b.name,
            "stage": b.stage,
            "projection": b.projection,
            "ratio": b.ratio,
            "cosine": b.cosine,
            "zeros": b.zero_share,
        }
        for b in found.blocks
    ]
    return {"blocks": blocks, "photos": len(photos)}


def lesions(task: Task) -> dict[str, Any]:
    """Every block's branch bypassed alone: the change for the class in view."""
    network, target = task.answer.analysis.network, task.answer.analysis.target
    board = task.room.laboratory.run(
        LesionBoard,
        task.answer.request.photo,
        network.depth,
        network.weights,
        target.index,
        progress=task.progress,
        waiting=task.waiting,
    )
    return {"clean": outcome(board.clean), "lesions": [lesion(each) for each in board.lesions]}


def cut(task: Task) -> dict[str, Any]:
    """Several blocks cut together, all where ``blocks`` is null; ``cut`` is the branch or the shortcut."""
    blocks, part = task.asked.get("blocks"), PARTS.get(word(task.asked, "cut") or "")
    if part is None:
        raise malformed()
    if blocks is not None and not (
        isinstance(blocks, list)
        and 0 < len(blocks) <= MOST_BLOCKS
        and all(isinstance(b, str) and len(b) < 40 for b in blocks)
    ):
        raise malformed()
    network, target = task.answer.analysis.network, task.answer.analysis.target
    found = task.room.laboratory.run(
        Lesion,
        task.answer.request.photo,
        network.depth,
        network.weights,
        target.index,
        blocks=blocks,
        cut=part,
        waiting=task.waiting,
    )
    return lesion(found)


def maps(task: Task) -> dict[str, Any]:
    """Grad-CAM of one block's branch, shortcut, sum and output."""
    network, target = task.answer.analysis.network, task.answer.analysis.target
    found = task.room.laboratory.run(
        BlockMaps,
        task.answer.request.photo,
        network.depth,
        network.weights,
        target.index,
        block=word(task.asked, "block") or "",
        waiting=task.waiting,
    )
    rows, columns = found.total.shape
    kinds = ("branch", "shortcut", "total", "output")
    return {
        "block": found.name,
        "rows": rows,
        "columns": columns,
        **{kind: packed(getattr(found, kind)) for kind in kinds},
    }


def lesion(found: Lesion) -> dict[str, Any]:
    return {
        "blocks": list(found.blocks),
        "cut": found.cut,
        "before": outcome(found.before),
        "after": outcome(found.after),
        "probability": found.probability_change,
        "logit": found.logit_change,
    }


def outcome(found: Outcome) -> dict[str, Any]:
    return {
        "probability": found.probability,
        "logit": found.logit,
        "predictions": [row(p) for p in found.predictions[:5]],
    }


def row(prediction: Prediction) -> dict[str, Any]:
    return asdict(prediction)


def packed(array: np.ndarray) -> str:
    """Base64 of float32, little-endian, row by row: as the viewer's maps are."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


TAB = Tab(
    "block",
    "Inside the block",
    {"profile": profile, "lesions": lesions, "cut": cut, "maps": maps},
    plots=("profile", "lesion"),
)
