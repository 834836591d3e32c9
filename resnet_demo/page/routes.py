"""What the page fetches besides Gradio's own routes: its files, what networks there are, and results by their id."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.errors.catalogue import LANGUAGES, public
from resnet_demo.page import take_away
from resnet_demo.page.errors import said
from resnet_demo.page.examples import FIRST, captions, collection, collection_told, licences, thumbnail
from resnet_demo.page.explore import key_of
from resnet_demo.page.metrics import metrics_route
from resnet_demo.page.room import Room
from resnet_demo.page.session import Answer
from resnet_demo.page.source_code import tokens
from resnet_demo.results import DEPTHS, STAGES, ClassInfo, WeightsChoice
from resnet_demo.results.json import to_json
from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.payload import feature_maps_payload
from resnet_demo.viewer.tokens import tokens_css

PAGE = Path(__file__).resolve().parent
NO_STORE = {"Cache-Control": "no-store"}


class _Files(StaticFiles):
    """Static files that a browser asks about again each time: a new version is never mixed with an old one."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def routes(room: Room) -> list[Route | Mount]:
    """Routes for the launch of the page. Each answers in a thread, so none holds up the others."""

    # These two wait for nothing and nobody, however many threads are taken.
    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok", headers=NO_STORE)

    async def readyz(request: Request) -> Response:
        if room.draining.is_set():
            return PlainTextResponse("ending", status_code=503, headers=NO_STORE)
        if room.engine_later.ready:
            return PlainTextResponse("ready", headers=NO_STORE)
        return PlainTextResponse("a network is being loaded", status_code=503, headers=NO_STORE)

    def config(request: Request) -> Response:
        limits = {"photos": room.settings.max_photos, "megabytes": room.settings.max_file_mb}
        limits |= {"megapixels": room.settings.max_megapixels, "minutes": round(room.settings.temp_age / 60)}
        start = {"depth": room.depth, "example": FIRST if FIRST in room.examples else next(iter(room.examples), None)}
        told = {"limits": limits, "examples": list(room.examples), "start": start, "stages": list(STAGES)}
        about = {"mcp": room.settings.mcp, "source": room.settings.source_url, "accounts": bool(room.settings.auth)}
        return JSONResponse({**told, **about, "captions": captions()}, headers=NO_STORE)

    def networks(request: Request) -> Response:
        return JSONResponse({depth: _network(room, depth) for depth in DEPTHS}, headers=NO_STORE)

    def classes(request: Request) -> Response:
        try:
            known = room.engine.classes(int(request.path_params["depth"]), request.path_params["weights"])
        except ResNetDemoError as error:
            return _refused(error)
        return JSONResponse(_told_apart(known), headers=NO_STORE)

    def architecture(request: Request) -> Response:
        """Every unit of a network for its own view."""
        try:
            found = room.laboratory.architecture(int(request.path_params["depth"]), request.path_params["weights"])
        except ResNetDemoError as error:
            return _refused(error)
        return _json(to_json(found, derived=True))

    def channel_images(request: Request) -> Response:
        """The images made ahead for a stage's channels, as one picture."""
        asked = request.path_params
        try:
            sheet = room.laboratory.channel_sheet(int(asked["depth"]), asked["weights"], asked["stage"])
        except ResNetDemoError as error:
            return _refused(error)
        if sheet is None:
            return _gone()
        return Response(sheet, media_type="image/webp", headers={"Cache-Control": "max-age=3600"})

    def papers(request: Request) -> Response:
        """Table 1 of He et al. 2016 with our counts beside it, and the orderings of their second paper's figure 4."""
        orderings = [to_json(each) for each in room.laboratory.orderings()]
        return _json({"table": to_json(room.laboratory.paper_table()), "orderings": orderings})

    def training_runs(request: Request) -> Response:
        """How each network for CIFAR-10 that comes with the program was trained."""
        return _json([to_json(run) for run in room.laboratory.training_runs()])

    def source_code(request: Request) -> Response:
        """The code that builds the networks, [what it builds, its pieces], each piece [how it is coloured, text]."""
        return _json([[name, tokens(code)] for name, code in room.laboratory.source_code().items()])

    def result(request: Request) -> Response:
        kept = room.visitors.find(request.path_params["id"])
        return _gone() if kept is None else _body(kept.body())

    def maps(request: Request) -> Response:
        kept = room.visitors.find(request.path_params["id"])
        stage = request.path_params["stage"]
        if not isinstance(kept, Answer) or stage not in kept.analysis.stages:
            return _gone()
        return _body(kept.body(stage, lambda: feature_maps_payload(kept.analysis, stage)))

    def channels(request: Request) -> Response:
        """Some channels of a stage in each of several answers, {id: {means, peaks, peak_cells}}, as they are asked for.

        Each answer and channel once, however often it is named.
        """
        stage = request.path_params["stage"]
        asked = request.query_params
        try:
            wanted = list(dict.fromkeys(int(each) for each in asked.get("channels", "").split(",")))
        except ValueError:
            return _gone()
        rows = {}
        for kept in room.visitors.answers(asked.get("ids", ""), room.settings.max_photos):
            if stage in kept.analysis.stages:
                maps = kept.analysis.stages[stage]
                if all(0 <= channel < len(maps.means) for channel in wanted):
                    names = ("means", "peaks", "peak_cells")
                    rows[kept.id] = {name: getattr(maps, name)[wanted].tolist() for name in names}
        return _json(rows)

    def example(request: Request) -> Response:
        name = request.path_params["name"]
        path = room.examples.get(name)
        if path is None:
            return _refused(InputError("example-unknown", given=name[:80], examples=", ".join(room.examples)))
        return Response(thumbnail(path), media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})

    def photo(request: Request) -> Response:
        """A photo of the collection that patches are cut from."""
        path = collection().get(f"{request.path_params['name']}.webp")
        if path is None:
            return _gone()
        return Response(path.read_bytes(), media_type="image/webp", headers={"Cache-Control": "max-age=3600"})

    def photos(request: Request) -> Response:
        """What is known of each of them: title, author, licence, source."""
        return JSONResponse(collection_told(), headers={"Cache-Control": "max-age=3600"})

    def texts(request: Request) -> Response:
        """What the page says in a language, under error.<code> what errors say, and where that is not as cards have it,
        under class.<WordNet id> what classes are called, under kind.<English> what they are kinds of, and under
        data.<words of a card> what was measured on."""
        language = request.path_params["language"]
        if language not in LANGUAGES:
            return _refused(InputError("language-unknown", given=language[:80], known=", ".join(LANGUAGES)))
        own = json.loads((PAGE / "texts" / f"{language}.json").read_text(encoding="utf-8"))
        errors = {f"error.{code}": text for code, text in public(language).items()}
        of_cards: dict[str, str] = {}
        for kind, name in (("class", "classes"), ("kind", "kinds"), ("data", "data")):
            file = PAGE / "texts" / f"{name}.{language}.json"
            told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
            of_cards |= {f"{kind}.{key}": words for key, words in told.items()}
        return JSONResponse(own | errors | of_cards, headers={"Cache-Control": "no-cache"})

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *([metrics_route(room)] if room.settings.metrics else []),
        Route("/ui/config.json", config),
        Route("/ui/networks.json", networks),
        Route("/ui/classes/{depth:int}/{weights:path}.json", classes),
        *take_away.routes(room),
        Route("/ui/architecture/{depth:int}/{weights:path}.json", architecture),
        Route("/ui/architecture/papers.json", papers),
        Route("/ui/channel-images/{depth:int}/{weights}/{stage}.webp", channel_images),
        Route("/ui/architecture/code.json", source_code),
        Route("/ui/degradation/runs.json", training_runs),
        Route("/ui/results/{id}", result),
        Route("/ui/results/{id}/{stage}", maps),
        Route("/ui/channels/{stage}", channels),
        Route("/ui/examples/{name}", example),
        Route("/ui/photos/{name}.webp", photo),
        Route("/ui/photos.json", photos),
        Route("/ui/tokens.css", lambda request: Response(tokens_css(), media_type="text/css")),
        Route("/ui/texts/{language}.json", texts),
        Route("/ui/licences.txt", lambda request: PlainTextResponse(licences())),
        # The addresses mirror the package, so that one module imports another alike in a browser and under Node.
        Mount("/ui/page/static", _Files(directory=PAGE / "static")),
        Mount("/ui/viewer", _Files(directory=VIEWER_DIR)),
    ]


def _network(room: Room, depth: int) -> dict[str, Any]:
    """The weights that serve a depth with the figures of each, and the one that is taken unless another is chosen."""
    choices = [{**asdict(choice), "info": _info(room, choice)} for choice in room.engine.choices(depth)]
    return {"choices": choices, "auto": next((c["name"] for c in choices if c["available"]), None)}


def _info(room: Room, choice: WeightsChoice) -> dict[str, Any] | None:
    try:
        return asdict(room.engine.network_info(choice.depth, choice.name))
    except ResNetDemoError:  # a file of one's own that can't be used: asking for it says why
        return None


def _json(payload: dict[str, Any] | list[Any]) -> Response:
    return _body(json.dumps(payload, separators=(",", ":")).encode())


def _body(encoded: bytes) -> Response:
    return Response(encoded, media_type="application/json", headers=NO_STORE)


def _told_apart(classes: tuple[ClassInfo, ...]) -> list[dict[str, str]]:
    """Classes as a menu shows them, in the order of the alphabet.

    Labels that several share (ImageNet has two cranes) carry the key as well.
    """
    shared = {label for label, count in Counter(c.label for c in classes).items() if count > 1}
    named = ((key_of(c), c.label) for c in classes)
    told = [{"key": key, "label": f"{label} ({key})" if label in shared else label} for key, label in named]
    return sorted(told, key=lambda each: each["label"].casefold())


def _gone() -> Response:
    return _refused(InputError("result-gone"))


def _refused(error: ResNetDemoError) -> Response:
    return JSONResponse({"error": said(error)}, status_code=404, headers=NO_STORE)
