"""The public API: ``analyze``, ``classify``, ``compare`` and ``blocks`` for gradio_client, curl and MCP.

Each answers with the JSON of ``results/json.py``, the same as the command line writes. Photos are uploaded as files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any, Self

import gradio as gr
from gradio.data_classes import ListFiles

from resnet_demo.errors import InputError
from resnet_demo.page import arguments
from resnet_demo.page.errors import said
from resnet_demo.page.gradio_internals import has_left
from resnet_demo.page.room import Room
from resnet_demo.page.streams import at_work
from resnet_demo.photos.names import display_name
from resnet_demo.results import DEPTHS, AnalysisRequest, Blocks, Failed, LesionBoard, ResidualProfile
from resnet_demo.results.json import to_json

Sent = Any
"""A file as Gradio hands it over: its ``path`` where it was stored, its ``orig_name``."""


def add_endpoints(room: Room) -> None:
    """Add the endpoints to the page that is being built. Their fields are never shown."""

    def analyze(
        photo: Sent,
        depth: int = 18,
        weights: str = "auto",
        target: str | None = None,
        contrast: str | None = None,
        channels: int = 16,
        maps: str = "base64",
        images: bool = False,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Explain one photo: top-5 labels, and of each stage its Grad-CAM maps and best feature maps.

        Args:
            photo: A photo file (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC)
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            target: The class to explain, by label, WordNet id or index; the most probable one when empty
            contrast: A class to set it against: evidence for the target rather than this one
            channels: How many feature maps a stage, best first
            maps: How arrays are written, "base64" or "lists"
            images: Whether the photo and the network's view come along as PNG
        """
        path, name = arguments.upload(room, photo)
        asked = AnalysisRequest(
            path,
            arguments.whole("depth", depth),
            weights,
            target or None,
            contrast or None,
            channels=arguments.whole("channels", channels),
            name=name,
        )
        return to_json(
            room.engine.run(asked, _waiting(room, request)),
            maps=arguments.one_of("maps", maps, "base64", "lists"),
            images=bool(images),
        )

    def classify(
        photos: list[Sent], depth: int = 18, weights: str = "auto", top_k: int = 5, request: gr.Request | None = None
    ) -> list[dict[str, Any]]:
        """Name what is on photos, in the order given; a photo that can't be used costs only itself.

        Args:
            photos: Photo files
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            top_k: How many classes, most probable first
        """
        photos = photos or []
        if not 0 < len(photos) <= room.settings.max_photos:
            raise InputError("too-many-photos", limit=room.settings.max_photos, given=len(photos))
        found: list[dict[str, Any] | None] = []
        files: list[tuple[str, str]] = []
        for photo in photos:
            try:
                files.append(arguments.upload(room, photo))
                found.append(None)
            except InputError as error:
                found.append(to_json(Failed(display_name(str(getattr(photo, "orig_name", ""))), error)))
        answers = room.engine.classify(
            [path for path, _ in files],
            depth=arguments.whole("depth", depth),
            weights=weights,
            top_k=arguments.whole("top_k", top_k),
            waiting=_waiting(room, request),
        )
        named = iter([to_json(replace(answer, name=name)) for (_, name), answer in zip(files, answers, strict=True)])
        return [next(named) if each is None else each for each in found]

    def compare(
        photo: Sent, depths: str = "18,34,50,101,152", weights: str = "auto", request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Put one photo through two to five depths: answers side by side, and how far they agree.

        Args:
            photo: A photo file
            depths: Depths with commas between, such as "18,50"; those without weights on the server are refused
            weights: A name of weights, or "auto" for the first that are on the server
        """
        path, name = arguments.upload(room, photo)
        chosen = [arguments.whole("depths", each) for each in (depths or "").split(",")[: len(DEPTHS) + 1]]
        found = room.engine.compare(path, chosen, weights=weights, name=name, waiting=_waiting(room, request))
        return to_json(found, images=False)

    def blocks(
        photo: Sent,
        depth: int = 18,
        weights: str = "auto",
        target: str | None = None,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Look inside the residual blocks: what each adds to its shortcut, and what the answer loses without it.

        Args:
            photo: A photo file
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            target: The class whose probability is followed; the most probable one when empty
        """
        path, name = arguments.upload(room, photo)
        network, waiting = room.engine.network_info(arguments.whole("depth", depth), weights), _waiting(room, request)
        run = partial(room.laboratory.run, photo=path, depth=network.depth, weights=network.weights, waiting=waiting)
        profile, board = run(ResidualProfile), run(LesionBoard, target=target or None)
        return to_json(Blocks(network, (name,), profile.blocks, (board,)))

    settings: dict[str, Any] = {"concurrency_limit": room.at_once, "concurrency_id": "engine"}
    with gr.Row(visible=False):
        photo, photos = _photo_field(False), _photo_field(True)
        depth = _number_field(18, "depth")
        weights = gr.Textbox("auto", label="weights")
        target, contrast = gr.Textbox(None, label="target"), gr.Textbox(None, label="contrast")
        depths = gr.Textbox("18,34,50,101,152", label="depths")
        channels, top_k = _number_field(16, "channels"), _number_field(5, "top_k")
        maps = gr.Textbox("base64", label="maps")
        images = gr.Checkbox(False, label="images")
        result = gr.JSON(label="result")
        for function, fields in (
            (analyze, [photo, depth, weights, target, contrast, channels, maps, images]),
            (classify, [photos, depth, weights, top_k]),
            (compare, [photo, depths, weights]),
            (blocks, [photo, depth, weights, target]),
        ):
            asked = gr.Button(visible=False)
            asked.click(_told(function), fields, result, api_name=function.__name__, **settings)


def _photo_field(several: bool) -> gr.File:
    field = gr.File(file_count="multiple" if several else "single", label="photos" if several else "photo")
    if several:
        field.data_model = _Photos
    # Gradio would make an empty temporary file for each; all that is wanted is where the upload lies.
    field.preprocess = _as_sent  # type: ignore[method-assign, assignment]
    return field


class _Photos(ListFiles):
    """Photo files; one that comes without a list is a list of one."""

    @classmethod
    def model_validate(cls, obj: Any, **how: Any) -> Self:
        return super().model_validate([obj] if isinstance(obj, dict) else obj, **how)


def _number_field(value: int, name: str) -> gr.Number:
    field = gr.Number(value, precision=0, label=name)
    # Gradio rounds what is no whole number, and stumbles over text; ``_whole`` takes "18", and refuses in words.
    field.preprocess = _as_sent  # type: ignore[method-assign, assignment]
    return field


def _as_sent(sent: Any) -> Any:
    return getattr(sent, "root", sent)


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a caller is told: our own errors in words, and of anything else a number to quote."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            with at_work():
                return function(*args, **kwargs)
        except Exception as error:
            raise gr.Error(said(error), print_exception=False) from None

    return call


def _waiting(room: Room, request: gr.Request | None) -> Any:
    return room.waiting(getattr(request, "session_hash", None), stop=has_left())
