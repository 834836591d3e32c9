"""Results as files to take away, made at the moment they are fetched: nothing of them lies on the server's disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import IO, Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from resnet_demo.errors import Busy, Cancelled, InputError, ResNetDemoError
from resnet_demo.export import figure_png, overlay_png, python_snippet, sheet_png, tables
from resnet_demo.export.bundle import fill_bundle, json_file
from resnet_demo.export.files import safe_stem
from resnet_demo.export.report import Report
from resnet_demo.page.errors import disk_trouble, said
from resnet_demo.page.exports import Bench, Workshop
from resnet_demo.page.room import Room
from resnet_demo.page.session import Answer
from resnet_demo.page.studies import known_of_network, of_network
from resnet_demo.results import STAGES, Analysis, Atlas, Tuning
from resnet_demo.results.json import to_json

PLACES = 24
"""Files that may wait while another is made."""

IN_MEMORY = 32_000_000
CHUNK = 1 << 20

Look = Mapping[str, Any]
Fill = Callable[[IO[bytes], Iterable[Analysis], Sequence[Atlas | Tuning], Request], None]


def files() -> dict[str, tuple[str, Callable[[Answer, Look], bytes]]]:
    """What is offered of one answer: by name its media type and how it is made."""
    made: dict[str, tuple[str, Callable[[Answer, Look], bytes]]] = {
        "result.json": ("application/json", lambda kept, look: json_file(to_json(kept.analysis))),
        "figure.png": ("image/png", lambda kept, look: figure_png(kept.analysis, **look)),
        "labels.csv": (
            "text/csv",
            lambda kept, look: tables.csv_file(tables.TOP_COLUMNS, tables.top_rows(kept.analysis)),
        ),
        "stages.csv": (
            "text/csv",
            lambda kept, look: tables.csv_file(tables.STAGE_COLUMNS, tables.stage_rows(kept.analysis)),
        ),
        "explain.py": ("text/x-python", lambda kept, look: snippet(kept, look).encode()),
    }
    for stage in STAGES:
        made[f"overlay-{stage}.png"] = ("image/png", partial(_overlay, stage))
        made[f"feature-maps-{stage}.png"] = ("image/png", partial(_sheet, stage))
    return made


def _overlay(stage: str, kept: Answer, look: Look) -> bytes:
    return overlay_png(kept.analysis, stage, **look)


def _sheet(stage: str, kept: Answer, look: Look) -> bytes:
    return sheet_png(kept.analysis, stage)


def snippet(kept: Answer, look: Look) -> str:
    """A few lines of Python that make the figure on the screen, with the photo under its own name."""
    target = kept.analysis.target
    named = None if kept.request.target is None else target.wnid or target.index
    return python_snippet(replace(kept.request, photo=b"", name=kept.analysis.photo.name, target=named), **look)


def routes(room: Room) -> list[Route]:
    """One answer's files, and of several a zip, a report and a table."""
    single, workshop = files(), Workshop(PLACES)

    async def made(request: Request, visitor: str, make: Callable[[Bench], Response]) -> Response:
        try:
            return await workshop.make(request, room.waiting(visitor, stop=lambda: False), make)
        except InputError as error:
            return JSONResponse({"error": said(error)}, status_code=400)
        except (Busy, Cancelled) as error:
            return JSONResponse({"error": said(error)}, status_code=503)
        except OSError as error:
            if disk_trouble(error) is None:
                raise
            return JSONResponse({"error": said(error)}, status_code=507)

    async def one(request: Request) -> Response:
        kept, name = room.visitors.find(request.path_params["id"]), request.path_params["name"]
        if not isinstance(kept, Answer) or name not in single:
            return _gone()
        kind, make = single[name]

        def file(bench: Bench) -> Response:
            body = make(kept, _look(request))
            return Response(body, media_type=kind, headers=_saved_as(f"{safe_stem(kept.analysis.photo.name)}-{name}"))

        return await made(request, kept.visitor, file)

    async def several(request: Request) -> Response:
        if request.path_params["name"] not in collections:
            return _gone()
        kept = room.visitors.answers(request.query_params.get("ids", ""), room.settings.max_photos)
        if not kept:
            return _gone()
        kind, fill, whole = collections[request.path_params["name"]]

        def file(bench: Bench) -> Response:
            # Beside the uploads, and without a name: whatever ends this process, nothing of it stays.
            file = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(room.uploads.folder.parent))  # noqa: SIM115
            try:
                answers = bench.each(kept)
                made = (_with_ledger(room, a, bench) if whole else a.analysis for a in answers)
                fill(file, made, _known(room, kept) if whole else [], request)
            except BaseException:
                file.close()
                raise
            file.seek(0)
            return StreamingResponse(_chunks(file), media_type=kind, headers=_saved_as(request.path_params["name"]))

        return await made(request, kept[0].visitor, file)

    # By name the media type, how it is filled, and whether the answers' ledgers are part of it.
    collections: dict[str, tuple[str, Fill, bool]] = {
        "resnet-stages.zip": (
            "application/zip",
            lambda file, answers, known, request: fill_bundle(file, answers, findings=known, **_look(request)),
            True,
        ),
        "resnet-stages.html": ("text/html", _report, True),
        "resnet-stages.csv": ("text/csv", _summary, False),
    }
    return [
        Route("/ui/results/{id}/files/{name}", one),
        Route("/ui/collections/{name}", several),
    ]


def _with_ledger(room: Room, kept: Answer, bench: Bench) -> Analysis:
    """The answer with its ledger; without one where its photo or the time that it takes is gone."""
    try:
        return room.laboratory.with_ledger(kept.analysis, kept.request.photo, bench.waiting)
    except ResNetDemoError:
        return kept.analysis


def _known(room: Room, kept: Sequence[Answer]) -> list[Atlas | Tuning]:
    """What is known of the answers' networks: their channels, and what was measured of them on this server."""
    found: list[Atlas | Tuning] = []
    for depth, weights in dict.fromkeys((a.analysis.network.depth, a.analysis.network.weights) for a in kept):
        try:
            found.append(of_network(room, Atlas, depth, weights))
        except ResNetDemoError:  # weights that are no more, or profiles that can't be read
            continue
        if (tuning := known_of_network(room, Tuning, depth, weights)) is not None:
            found.append(tuning)
    return found


def _report(file: IO[bytes], answers: Iterable[Analysis], known: Sequence[Atlas | Tuning], request: Request) -> None:
    language = "zh" if request.query_params.get("language") == "zh" else "en"
    with Report(file, language, known, **_look(request)) as report:
        for answer in answers:
            report.add(answer)


def _summary(file: IO[bytes], answers: Iterable[Analysis], known: Sequence[Atlas | Tuning], request: Request) -> None:
    file.write(tables.csv_file(tables.SUMMARY_COLUMNS, [tables.summary_row(answer) for answer in answers]))


def _look(request: Request) -> dict[str, Any]:
    """How the visitor looks at the maps, as the viewer names it in the query."""
    given = request.query_params
    look: dict[str, Any] = {}
    for name, field in (("kind", "kind"), ("colours", "colour_map")):
        if name in given:
            look[field] = given[name]
    for name in ("opacity", "threshold"):
        if name in given:
            try:
                look[name] = float(given[name])
            except ValueError:
                raise InputError("number-invalid", what=name, given=given[name]) from None
    for name in ("smooth", "shared", "signed"):
        if name in given:
            look[name] = given[name] == "true"
    return look


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _saved_as(name: str) -> dict[str, str]:
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }


def _gone() -> Response:
    return JSONResponse(
        {"error": said(InputError("result-gone"))}, status_code=404, headers={"Cache-Control": "no-store"}
    )
