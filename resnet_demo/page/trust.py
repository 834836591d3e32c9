"""Trust: does the network rely on what a map points at, does the map depend on what was learnt, and where can the class
be told?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from resnet_demo.page.block import packed
from resnet_demo.page.requests import malformed
from resnet_demo.page.tabs import Tab
from resnet_demo.page.work import Task
from resnet_demo.results import STAGES, Curve, Faithfulness, Randomisation, Readout, StageReadout


def faithfulness(task: Task) -> dict[str, Any]:
    """Deletion and insertion for the Grad-CAM of the ``stages`` asked for."""
    found = task.room.laboratory.run(
        Faithfulness, *_subject(task), stages=_stages(task), progress=task.progress, waiting=task.waiting
    )
    return {
        "shares": found.shares.tolist(),
        "stages": {
            name: {"map": _curve(s.map), "shuffled": _curve(s.shuffled), "flat": s.flat}
            for name, s in found.stages.items()
        },
        "centre": _curve(found.centre),
        "probability": found.probability,
        "blurred": found.blurred_probability,
        "blank": found.blank_probability,
    }


def randomisation(task: Task) -> dict[str, Any]:
    """What is left of the maps as the network forgets its layers, last to first."""
    found = task.room.laboratory.run(
        Randomisation, *_subject(task), stages=_stages(task), progress=task.progress, waiting=task.waiting
    )
    return {
        "layers": list(found.layers),
        "correlations": {name: _mean(values) for name, values in found.correlations.items()},
        "draws": max(len(values) for values in found.correlations.values()),
        "maps": {
            name: {
                "rows": cam.shape[0],
                "columns": cam.shape[1],
                "trained": packed(cam),
                "forgotten": [packed(m) for m in found.randomised_maps[name]],
            }
            for name, cam in found.maps.items()
        },
    }


def readout(task: Task) -> dict[str, Any]:
    """What linear probes read from each stage; ``stages`` is null for weights that come without probes."""
    found = task.room.laboratory.run(Readout, *_subject(task), waiting=task.waiting)
    if not found.stages:
        return {"stages": None, "network": None, "measured_on": None}
    return {
        "stages": {name: _readout(stage) for name, stage in found.stages.items()},
        "network": _readout(found.network),
        "measured_on": found.measured_on,
    }


def _subject(task: Task) -> tuple[Any, int, str, int]:
    network, target = task.answer.analysis.network, task.answer.analysis.target
    return task.answer.request.photo, network.depth, network.weights, target.index


def _stages(task: Task) -> tuple[str, ...]:
    asked = task.asked.get("stages")
    if not isinstance(asked, list) or not asked or any(stage not in STAGES for stage in asked):
        raise malformed()
    return tuple(stage for stage in STAGES if stage in asked)


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "deletion": curve.deletion.tolist(),
        "insertion": curve.insertion.tolist(),
        "deletion_area": curve.deletion_area,
        "insertion_area": curve.insertion_area,
    }


def _mean(values: np.ndarray) -> list[float | None]:
    """The mean over the draws of each step, None where every draw's map was constant."""
    means = []
    for step in values.T:
        known = step[np.isfinite(step)]
        means.append(float(known.mean()) if known.size else None)
    return means


def _readout(stage: StageReadout) -> dict[str, Any]:
    return {
        "predictions": [asdict(p) for p in stage.predictions[:3]],
        "probability": stage.probability,
        "rank": stage.rank,
        "top1": stage.top1,
    }


TAB = Tab(
    "trust",
    "Trust",
    {"faithfulness": faithfulness, "randomisation": randomisation, "readout": readout},
    plots=("deletion", "insertion", "forgotten", "readout"),
)
