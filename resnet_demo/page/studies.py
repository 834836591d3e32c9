"""What the tabs may ask for about the answer in view.

A study is asked for by the type of the document that it comes back as (``results/json.py``): ``lesion-board``. Its
question is read here, its finding is the laboratory's, and the page's scripts read the finding's own names. Beside the
studies there are a comparison of networks, and further feature maps, which are the viewer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from resnet_demo.page.examples import collection, texture_photos
from resnet_demo.page.requests import malformed, whole, word
from resnet_demo.page.room import Room
from resnet_demo.page.work import Handler, Task
from resnet_demo.results import (
    BLOCK_KINDS,
    CELL_FILLS,
    COPY,
    DEPTHS,
    FILLS,
    STAGES,
    Comparison,
    Ledger,
    LedgerProfile,
    Occlusion,
    Patches,
    Progress,
    Stroke,
    Tuning,
)
from resnet_demo.results.json import TYPES
from resnet_demo.results.ledger import ledger_profile
from resnet_demo.viewer.payload import feature_maps_payload

PAGE = 48
"""Feature maps a page: some 300 kB of the largest."""

FIRST_PAGE = 16
MOST_AT_ONCE = 64
"""Blocks or channels in one request."""

MOST_POINTS = 800
"""Numbers in one stroke, two a point."""

IMAGE_STEPS = 64
"""Steps towards an image that excites a channel: enough to see what it looks for, in seconds on a CPU."""

CELL_SECONDS = 45.0
"""Seconds in which cells are measured: a deep network on a slow CPU has fewer of them, not none in the end."""

SHUFFLES = 10
"""Shuffles of each map beside a deletion and an insertion; fewer where many photos are measured."""

MOST_COMPARED = 5

Found = TypeVar("Found")
Fields = Mapping[str, Any]
Reader = Callable[[Fields, str], Any]


def _one_of(*accepted: str) -> Reader:
    def read(fields: Fields, name: str) -> str:
        given = word(fields, name)
        if given not in accepted:
            raise malformed()
        return given

    return read


def _stages(fields: Fields, name: str) -> tuple[str, ...]:
    asked = _several(fields, name, lambda each: each in STAGES)
    return tuple(stage for stage in STAGES if stage in asked)


def _channels(fields: Fields, name: str) -> list[int]:
    return _several(fields, name, lambda each: isinstance(each, int) and not isinstance(each, bool))


def _block(fields: Fields, name: str) -> str:
    return word(fields, name) or ""


def _names(fields: Fields, name: str) -> list[str]:
    return _several(fields, name, lambda each: isinstance(each, str) and len(each) < 40)


def _blocks_or_all(fields: Fields, name: str) -> list[str] | None:
    if fields.get(name) is None:
        return None
    return _names(fields, name)


def _several(fields: Fields, name: str, accepted: Callable[[Any], bool]) -> list[Any]:
    given = fields.get(name)
    if not isinstance(given, list) or not 0 < len(given) <= MOST_AT_ONCE or not all(map(accepted, given)):
        raise malformed()
    return given


def _flag(fields: Fields, name: str) -> bool:
    return fields.get(name) is True


def _strokes(fields: Fields, name: str) -> tuple[Stroke, ...]:
    given = fields.get(name)
    if not isinstance(given, list) or len(given) > MOST_AT_ONCE or not all(isinstance(each, dict) for each in given):
        raise malformed()
    return tuple(map(_stroke, given))


def _stroke(fields: Fields) -> Stroke:
    """Its points are one list, x and y in turn."""
    points, offset = _shares(fields, "points", MOST_POINTS), _shares(fields, "offset", 2)
    if len(points) < 2 or len(points) % 2 or len(offset) != 2:
        raise malformed()
    return Stroke(
        on=_one_of("view", *STAGES)(fields, "on"),
        fill=_one_of(*FILLS, COPY, *CELL_FILLS)(fields, "fill"),
        points=np.array(points, np.float32).reshape(-1, 2),
        radius=_share(fields.get("radius")),
        offset=(offset[0], offset[1]),
        source=whole(fields, "source"),
    )


def _shares(fields: Fields, name: str, most: int) -> list[float]:
    given = fields.get(name)
    if not isinstance(given, list) or len(given) > most:
        raise malformed()
    return [_share(each) for each in given]


def _share(given: Any) -> float:
    """A part of the view's width or height, to either side."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not -2 <= given <= 2:
        raise malformed()
    return float(given)


def _shuffles(fields: Fields, name: str) -> int:
    given = SHUFFLES if fields.get(name) is None else whole(fields, name)
    if not 0 < given <= SHUFFLES:
        raise malformed()
    return given


QUESTIONS: dict[str, dict[str, Reader]] = {
    "atlas": {},
    "residual-profile": {},
    "shortcut-fade": {},
    "ledger": {"lesions": _flag},
    "lesion-board": {},
    "painted": {"strokes": _strokes},
    "occlusion": {"fill": _one_of(*FILLS)},
    "patches": {},
    "lesion": {"blocks": _blocks_or_all, "cut": _one_of("branch", "shortcut")},
    "block-maps": {"block": _block, "kind": _one_of(*BLOCK_KINDS)},
    "cell-ablation": {"stages": _stages, "seconds": lambda fields, name: CELL_SECONDS},
    "cell-activations": {"stage": _one_of(*STAGES), "row": whole, "column": whole},
    "channel-ablation": {"stage": _one_of(*STAGES), "channels": _channels},
    "channel-image": {"stage": _one_of(*STAGES), "channel": whole, "steps": lambda fields, name: IMAGE_STEPS},
    "effective-field": {"stage": _one_of(*STAGES), "row": whole, "column": whole},
    "faithfulness": {"stages": _stages, "shuffles": _shuffles},
    "initialisation": {"layers": whole, "arrangements": _names},
    "randomisation": {"stages": _stages},
    "readout": {},
    "small-answers": {},
    "tuning": {},
}
"""The studies, and how each field of a question is read."""


def _study(task: Task) -> Any:
    """The finding about the photo and class in view; a profile may be of the visitor's other ``answers`` as well."""
    what, shown = task.asked["what"], task.answer.analysis
    photo: Any = task.answer.request.photo
    if what == "residual-profile":
        others = [each.request.photo for each in task.others() if each.analysis.network == shown.network]
        photo = others or photo
    if what == "painted":
        photo = [photo, *_sources(task)]
    found: Any = task.room.laboratory.run(
        TYPES[what],
        photo,
        shown.network.depth,
        shown.network.weights,
        shown.target.index,
        contrast=None if shown.contrast is None else shown.contrast.index,
        progress=task.progress,
        waiting=task.waiting,
        **{name: read(task.asked, name) for name, read in QUESTIONS[what].items()},
    )
    if isinstance(found, Occlusion):
        task.room.visitors.add_to_answer(task.answer.id, occlusion=found)
    return found


def _ledger_profile(task: Task) -> LedgerProfile:
    """The ledgers of all ``answers`` of the network in view, each for the class and contrast that it explains."""
    shown = task.answer.analysis
    alike = [each for each in task.others() if each.analysis.network == shown.network] or [task.answer]
    found = []
    for done, each in enumerate(alike):
        task.progress(Progress("ledger", done, len(alike), "photos"))
        of = each.analysis
        ledger = task.room.laboratory.run(
            Ledger,
            each.request.photo,
            of.network.depth,
            of.network.weights,
            of.target.index,
            contrast=None if of.contrast is None else of.contrast.index,
            waiting=task.waiting,
        )
        found.append(ledger)
    return ledger_profile(found)


def _sources(task: Task) -> list[Any]:
    """The photos of ``answers``, which a brush may copy from: all of them, as strokes name them by their place."""
    named = task.asked.get("answers")
    if not isinstance(named, list) or len(named) > task.room.settings.max_photos:
        raise malformed()
    return [task.room.visitors.find_answer(str(each), task.answer.visitor).request.photo for each in named]


def _comparison(task: Task) -> Comparison:
    """The photo through the networks asked for: ``networks``, a list of {depth, weights}.

    Each explains its own most probable class; with ``same_class`` true, the class that is explained on screen where
    the network knows it.
    """
    shown = task.answer.analysis.target
    found = task.room.engine.compare(
        task.answer.request.photo,
        _networks(task.asked),
        target=(shown.wnid or shown.label) if task.asked.get("same_class") is True else None,
        stages=STAGES,
        name=task.answer.analysis.photo.name,
        progress=task.progress,
        waiting=task.waiting,
    )
    # The photo is on the page already; what each network saw of it is not.
    plain = [replace(each.analysis, photo=replace(each.analysis.photo, preview=None)) for each in found.answers]
    answers = [replace(each, analysis=analysis) for each, analysis in zip(found.answers, plain, strict=True)]
    return replace(found, answers=tuple(answers))


def _networks(fields: Fields) -> list[tuple[int, str]]:
    asked = fields.get("networks")
    if not isinstance(asked, list) or len(asked) > MOST_COMPARED or not all(isinstance(each, dict) for each in asked):
        raise malformed()
    networks = [(each.get("depth"), each.get("weights")) for each in asked]
    if not all(depth in DEPTHS and isinstance(weights, str) for depth, weights in networks):
        raise malformed()
    return networks


def _feature_maps(task: Task) -> dict[str, Any]:
    """The channels of one ``stage`` from ``first_rank`` on, ``ranked_by`` evidence or activation."""
    stage, first = _one_of(*STAGES)(task.asked, "stage"), whole(task.asked, "first_rank")
    if first < 0:
        raise malformed()
    shown = task.answer.analysis
    request = replace(
        task.answer.request,
        target=shown.target.index,  # the class that was explained, also where it was left to the network
        stages=(stage,),
        channels=PAGE if first else FIRST_PAGE,
        first_rank=first,
        ranked_by=_one_of("evidence", "activation")(task.asked, "ranked_by"),
    )
    page = task.room.engine.run(request, task.waiting)
    # The browser chooses among all stages of the answer, not only the one of this page.
    return feature_maps_payload(replace(page, stages={**shown.stages, stage: page.stages[stage]}), stage)


def _of_network(task: Task) -> Any:
    """What is found out of the network asked for, ``depth`` and ``weights``: the same for everybody."""
    depth, weights = whole(task.asked, "depth"), word(task.asked, "weights") or "auto"
    how = {"progress": task.progress, "waiting": task.waiting}
    return of_network(task.room, TYPES[task.asked["what"]], depth, weights, **how)


def of_network(room: Room, finding: type[Found], depth: int, weights: str, **how: Any) -> Found:
    """What is found out of a network alone, once for everybody; ``how`` is handed on to ``Laboratory.run``, and so are
    its errors."""
    question = _question(room, finding, depth, weights)  # of the file that is there now: it may be replaced meanwhile
    found: Found | None = room.network_findings.get(*question)
    if found is None:
        photos: list[Any] | None = None
        asked: dict[str, Any] = {}
        if finding is Tuning:
            photos = [*texture_photos()]
        elif finding is Patches:
            photos, asked = [*collection().values()], {"files": [*collection()]}
        found = room.laboratory.run(finding, photos, depth, weights, **how, **asked)
        room.network_findings.put(found, *question)
    return found


def known_of_network(room: Room, finding: type[Found], depth: int, weights: str) -> Found | None:
    """The same where somebody has asked for it already."""
    found: Found | None = room.network_findings.get(*_question(room, finding, depth, weights))
    return found


def _question(room: Room, finding: type, depth: int, weights: str) -> tuple[Any, ...]:
    card = room.engine.drawn(depth, weights).card
    return finding, card.depth, card.name, card.sha256


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(QUESTIONS, _study),
    **dict.fromkeys(("atlas", "patches", "tuning"), _of_network),
    "comparison": _comparison,
    "ledger-profile": _ledger_profile,
    "feature-maps": _feature_maps,
}
"""All that may be asked for."""
