"""The main panel's work: photos explained one after another, each told to the page as soon as it is ready."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from resnet_demo.errors import Cancelled, InputError, WeightsCorrupt, WeightsMismatch
from resnet_demo.page.errors import told
from resnet_demo.page.requests import PhotoAsked, RunAsked, mapping, number_of, read_run, whole, word
from resnet_demo.page.room import Room
from resnet_demo.page.streams import Emit, Stopped, streamed
from resnet_demo.results import Analysis, AnalysisRequest, ClassInfo, Failed
from resnet_demo.viewer.payload import analysis_payload

log = logging.getLogger(__name__)

SHOWN = 5
"""Predictions beside a photo."""

EVERY_CLASS = 1_000_000
"""Asked of the engine, so that a class that is explained has its rank: it gives as many as the network knows."""


def run(room: Room, sent: Any, visitor: str) -> Iterator[dict[str, Any]]:
    """Explain what the page asks for. Yields the run's whole state so far: a page that misses a message loses nothing.

    A message holds ``run`` (the page's number), ``photos`` by key (an answer's summary and the id of the whole, or an
    ``error``), ``place`` in the queue while waiting, ``done``, and an ``error`` that concerns the whole run.
    """
    number = number_of(sent, "run")
    state: dict[str, Any] = {"kind": "run", "run": number, "photos": {}, "place": None, "done": False, "error": None}
    try:
        asked = read_run(sent, room.settings.max_photos)
        for change in streamed(lambda emit, gone: _explain(room, asked, visitor, emit, gone), "explain"):
            if "photo" in change:
                state["photos"][change["photo"]] = change["answer"]
                state["place"] = None
            else:
                state["place"] = change["place"]
            yield dict(state, photos=dict(state["photos"]))
    except Cancelled as error:
        state["error"] = room.why_ended(error)
    except Exception as error:
        state["error"] = told(error)
    yield {**state, "place": None, "done": True}


def _explain(room: Room, asked: RunAsked, visitor: str, emit: Emit, gone: Stopped) -> None:
    engine, mine = room.engine, room.visitors.begin(visitor, "run")
    weights = engine.network_info(asked.depth, asked.weights).weights  # "auto" has one meaning for the whole run
    known = {key_of(c) for c in engine.classes(asked.depth, weights)}
    waiting = room.waiting(
        visitor,
        stop=lambda: gone() or not room.visitors.is_current(visitor, "run", mine),
        on_wait=lambda place: emit({"place": place}),
    )
    due: list[tuple[PhotoAsked, AnalysisRequest]] = []
    for photo in asked.photos:
        try:
            file = room.file_of(photo)
        except InputError as error:
            emit({"photo": photo.key, "answer": {"error": told(error)}})
            continue
        if photo.path:
            room.visitors.remember_upload(visitor, photo.path)
        # A class chosen for another network counts as long as this one knows it; else the most probable is explained.
        target = photo.target if photo.target in known else None
        contrast = photo.contrast if photo.contrast in known and photo.contrast != target else None
        request = AnalysisRequest(file, asked.depth, weights, target, contrast, top_k=EVERY_CLASS, name=photo.name)
        if photo.example and (known_answer := room.example_answers.get(*_question(photo, request))):
            _give(room, photo, request, known_answer, visitor, mine, emit)
        else:
            due.append((photo, request))
    answers = engine.analyze_many([r for _, r in due], waiting=waiting, batch_size=_batch(room, len(due)))
    for (photo, request), answer in zip(due, answers, strict=True):
        if isinstance(answer, Failed):
            emit({"photo": photo.key, "answer": {"error": told(answer.error)}})
            continue
        if answer.contrast is not None:  # what each stage wrote into the difference, for one forward more
            answer = room.laboratory.with_ledger(answer, request.photo, waiting)
        if photo.example:
            room.example_answers.put(replace(answer, timings={}), *_question(photo, request))
        _give(room, photo, request, answer, visitor, mine, emit)


def _question(photo: PhotoAsked, request: AnalysisRequest) -> tuple:
    return photo.example, request.depth, request.weights, request.target, request.contrast


def _give(
    room: Room, photo: PhotoAsked, request: AnalysisRequest, answer: Analysis, visitor: str, run: int, emit: Emit
) -> None:
    """Keep an answer with its first few predictions; where all of them are needed is the payload."""
    shown = replace(answer, predictions=answer.predictions[:SHOWN])
    asked = replace(request, top_k=SHOWN)
    if kept := room.visitors.keep_answer(visitor, run, shown, asked, lambda: _payload(room, shown, answer)):
        emit({"photo": photo.key, "answer": summary(kept.id, shown, photo)})


def _payload(room: Room, shown: Analysis, answer: Analysis) -> dict[str, Any]:
    try:
        told = room.laboratory.told_by_stage(shown)
    except (
        WeightsCorrupt,
        WeightsMismatch,
    ) as error:
        # Probes that can't be used cost the stages' guesses alone; asking for them says why.
        log.warning("No guesses of stages: %s", error)
        told = {}
    return analysis_payload(shown, answer.predictions, told)


def prepare_first(room: Room, example: str) -> None:
    """Explain the example of the first paint before anyone asks, so that it is there when the page opens."""
    room.engine_later.wait()
    if not room.engine_later.ready or example not in room.examples:
        return
    engine = room.engine
    if not any(choice.available for choice in engine.choices(room.depth)):
        return
    photo = PhotoAsked("first", example, None, example, None, None)
    weights = engine.network_info(room.depth, "auto").weights
    request = AnalysisRequest(room.file_of(photo), room.depth, weights, top_k=EVERY_CLASS, name=example)
    room.example_answers.put(replace(engine.run(request), timings={}), *_question(photo, request))


def _batch(room: Room, photos: int) -> int:
    """Small batches while few photos are asked for, so that the first answer comes soon."""
    return max(1, min(room.settings.batch_size, photos // 4))


def summary(result: str, analysis: Analysis, photo: PhotoAsked) -> dict[str, Any]:
    """What the strip, the table and the class fields need; the whole answer is fetched by its id."""
    return {
        "id": result,
        "top": [asdict(p) for p in analysis.predictions],
        "target": _class(analysis.target),
        "contrast": None if analysis.contrast is None else _class(analysis.contrast),
        # What was chosen, as opposed to what the network chose: a class that this network lacks is dropped.
        "chosen": {
            "target": key_of(analysis.target) if photo.target == key_of(analysis.target) else None,
            "contrast": None if analysis.contrast is None else key_of(analysis.contrast),
        },
        "network": {"depth": analysis.network.depth, "weights": analysis.network.weights},
    }


def key_of(each: ClassInfo) -> str:
    """How requests and links name a class: by WordNet id where it has one, else by its index in this network."""
    return each.wnid or str(each.index)


def _class(each: ClassInfo) -> dict[str, Any]:
    return {"key": key_of(each), **asdict(each)}


def download(room: Room, sent: Any, visitor: str) -> Iterator[dict[str, Any]]:
    """Fetch weights that the visitor asked for by name, telling how far it is."""
    message: dict[str, Any] = {"kind": "download", "size": 0, "total": 0, "done": False, "error": None}
    try:
        fields = mapping(sent)
        depth, weights = whole(fields, "depth"), word(fields, "weights") or "auto"
        mine = room.visitors.begin(visitor, "download")

        def work(emit: Emit, gone: Stopped) -> None:
            room.engine.download(
                depth,
                weights,
                progress=lambda p: emit({"size": p.done, "total": p.total}),
                stop=lambda: gone() or not room.visitors.is_current(visitor, "download", mine),
            )

        for progress in streamed(work, "download"):
            yield {**message, **progress}
    except Cancelled:
        pass
    except Exception as error:
        message["error"] = told(error)
    yield {**message, "done": True}
