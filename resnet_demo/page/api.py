"""The public API, for gradio_client and curl: ``analyze``, ``analyze_many``, ``classify``, ``compare``, ``blocks`` and
``channel``.

Each answers with the JSON of ``results/json.py``, the same as the command line writes. Photos are uploaded as files.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, Self

import gradio as gr
from gradio.data_classes import ListFiles

from resnet_demo.errors import InputError
from resnet_demo.export.arrays import npz_file
from resnet_demo.export.overlays import overlay_png
from resnet_demo.page import arguments
from resnet_demo.page.errors import told
from resnet_demo.page.examples import collection
from resnet_demo.page.gradio_internals import has_left, refusal
from resnet_demo.page.parts import asked_from
from resnet_demo.page.room import Room
from resnet_demo.page.streams import at_work
from resnet_demo.photos.names import display_name
from resnet_demo.results import (
    BLOCK_KINDS,
    Analysis,
    AnalysisRequest,
    Atlas,
    BlockMaps,
    Blocks,
    Failed,
    LesionBoard,
    Patches,
    ResidualProfile,
    StageMaps,
)
from resnet_demo.results.json import Maps, to_json

PARTS = ("maps", "activations", "view", "overlays", "npz")
"""What an analysis may hold: the class activation maps, the channels' feature maps, the photo and the network's view of
it, each stage's map over the view as a PNG file, and all arrays as NumPy's file."""

Sent = Any
"""A file as Gradio hands it over: its ``path`` where it was stored, its ``orig_name``."""


def add_endpoints(room: Room) -> None:
    """Add the endpoints to the page that is being built. Their fields are never shown."""

    def analyze(
        photo: Sent = None,
        depth: int = 18,
        weights: str = "auto",
        target: str | None = None,
        contrast: str | None = None,
        stages: str = "",
        channels: int = 16,
        maps: str = "base64",
        include: str = "maps,activations",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Explain one photo: top-5 labels, and of each stage its Grad-CAM maps and best feature maps.

        Args:
            photo: A photo file (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC)
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            target: The class to explain, by label, WordNet id or index; the most probable one when empty
            contrast: A class to set it against: evidence for the target rather than this one
            stages: Stages with commas between, such as "stem,layer4"; all of them when empty
            channels: How many feature maps a stage, best first
            maps: How arrays are written: "base64", "float16" (half as long) or "lists"
            include: Some of "maps", "activations", "view", "overlays" and "npz", with commas between
        """
        path, name = arguments.upload(room, photo)
        asked, wanted = _asked(depth, weights, target, contrast, stages, channels, maps, include)
        return wanted.document(room.engine.run(replace(asked, photo=path, name=name), _waiting(room, request)))

    def analyze_many(
        photos: list[Sent] | None = None,
        depth: int = 18,
        weights: str = "auto",
        target: str | None = None,
        contrast: str | None = None,
        stages: str = "",
        channels: int = 16,
        maps: str = "base64",
        include: str = "maps,activations",
        request: gr.Request | None = None,
    ) -> list[dict[str, Any]]:
        """Explain several photos, in the order given; a photo that can't be used costs only itself.

        Args:
            photos: Photo files
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            target: The class to explain in each; the most probable one of each when empty
            contrast: A class to set it against
            stages: Stages with commas between, such as "stem,layer4"; all of them when empty
            channels: How many feature maps a stage, best first
            maps: How arrays are written: "base64", "float16" (half as long) or "lists"
            include: Some of "maps", "activations", "view", "overlays" and "npz", with commas between
        """
        asked, wanted = _asked(depth, weights, target, contrast, stages, channels, maps, include)
        files, found = _sort(room, photos)
        requests = [replace(asked, photo=path, name=name) for path, name in files]
        answers = room.engine.analyze_many(requests, waiting=_waiting(room, request))
        return _in_their_places(found, map(wanted.document, answers))

    def classify(
        photos: list[Sent] | None = None,
        depth: int = 18,
        weights: str = "auto",
        top_k: int = 5,
        request: gr.Request | None = None,
    ) -> list[dict[str, Any]]:
        """Name what is on photos, in the order given; a photo that can't be used costs only itself.

        Args:
            photos: Photo files
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            top_k: How many classes, most probable first
        """
        files, found = _sort(room, photos)
        answers = room.engine.classify(
            [path for path, _ in files],
            depth=arguments.whole("depth", depth),
            weights=weights,
            top_k=arguments.whole("top_k", top_k),
            waiting=_waiting(room, request),
        )
        named = (to_json(replace(answer, name=name)) for (_, name), answer in zip(files, answers, strict=True))
        return _in_their_places(found, named)

    def compare(
        photo: Sent = None, depths: str = "", weights: str = "auto", request: gr.Request | None = None
    ) -> dict[str, Any]:
        """Put one photo through two to five depths: answers side by side, and how far they agree.

        Args:
            photo: A photo file
            depths: Depths with commas between, such as "18,50"; those whose weights are on the server when empty
            weights: A name of weights, or "auto" for the first that are on the server
        """
        path, name = arguments.upload(room, photo)
        chosen = arguments.depths(room, depths, weights)
        found = room.engine.compare(path, chosen, weights=weights, name=name, waiting=_waiting(room, request))
        return to_json(found, images=False)

    def blocks(
        photo: Sent = None,
        depth: int = 18,
        weights: str = "auto",
        target: str | None = None,
        kinds: str = "",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Look inside the residual blocks: what each adds to its shortcut, and what the answer loses without it.

        Args:
            photo: A photo file
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            target: The class whose probability is followed; the most probable one when empty
            kinds: Maps inside every block too: "grad-cam", "hirescam" or both with commas between; none when empty
        """
        path, name = arguments.upload(room, photo)
        asked = arguments.several_of("kinds", kinds, *BLOCK_KINDS)
        network, waiting = room.engine.network_info(arguments.whole("depth", depth), weights), _waiting(room, request)
        run = partial(room.laboratory.run, photo=path, depth=network.depth, weights=network.weights, waiting=waiting)
        profile, board = run(ResidualProfile), run(LesionBoard, target=target or None)
        ask = partial(run, BlockMaps, target=target or None)
        maps = tuple(ask(block=block.name, kind=kind) for kind in asked for block in profile.blocks)
        return to_json(Blocks(network, (name,), profile.blocks, (board,), (maps,) if maps else ()))

    def channel(
        channel: str = "",
        depth: int = 18,
        weights: str = "auto",
        patches: bool = False,
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """Tell what one channel answers to: its filter, its best classes, and the patches of photos that excite it.

        Args:
            channel: A stage and a number, such as "layer3.117"
            depth: The network: 18, 34, 50, 101 or 152
            weights: A name of weights, or "auto" for the first that are on the server
            patches: Whether to look for the patches where the weights come without; this takes seconds
        """
        stage, number = arguments.channel(channel)
        run = partial(
            room.laboratory.run,
            depth=arguments.whole("depth", depth),
            weights=weights,
            waiting=_waiting(room, request),
        )
        found = run(Atlas, photo=None)
        if not 0 <= number < found.widths[stage]:
            raise InputError("channel-unknown", unit=stage, given=number, last=found.widths[stage] - 1)
        if patches and found.patches is None:
            cut = run(Patches, photo=[*collection().values()], files=[*collection()])
            found = replace(found, patches=cut)
        return to_json(found.channel(stage, number))

    settings: dict[str, Any] = {"concurrency_limit": room.at_once, "concurrency_id": "engine"}
    with gr.Row(visible=False):
        photo, photos = _photo_field(False), _photo_field(True)
        depth = _number_field(18, "depth")
        weights = gr.Textbox("auto", label="weights")
        target, contrast = gr.Textbox(None, label="target"), gr.Textbox(None, label="contrast")
        depths, stages = _list_field("", "depths"), _list_field("", "stages")
        channels, top_k = _number_field(16, "channels"), _number_field(5, "top_k")
        maps = gr.Textbox("base64", label="maps")
        one, looked_for = gr.Textbox("", label="channel"), gr.Checkbox(False, label="patches")
        include, kinds = _list_field("maps,activations", "include"), _list_field("", "kinds")
        result = gr.JSON(label="result")
        question = [depth, weights, target, contrast, stages, channels, maps, include]
        for function, fields in (
            (analyze, [photo, *question]),
            (analyze_many, [photos, *question]),
            (classify, [photos, depth, weights, top_k]),
            (compare, [photo, depths, weights]),
            (blocks, [photo, depth, weights, target, kinds]),
            (channel, [one, depth, weights, looked_for]),
        ):
            asked = gr.Button(visible=False)
            asked.click(_told(function), fields, result, api_name=function.__name__, **settings)


@dataclass(frozen=True)
class _Wanted:
    """What an answer is to hold, of ``PARTS``, and how its arrays are written."""

    parts: list[str]
    form: Maps

    def document(self, answer: Analysis | Failed) -> dict[str, Any]:
        """The answer's JSON without the parts that are not wanted, and with the files that are, in base64."""
        if isinstance(answer, Failed):
            return to_json(answer)
        kept = {name: self._part_of(maps) for name, maps in answer.stages.items()}
        if not {"maps", "activations"} & {*self.parts}:
            kept = {}
        document = to_json(replace(answer, stages=kept), maps=self.form, images="view" in self.parts)
        if "overlays" in self.parts:
            document["overlays"] = {name: {"png": _base64(overlay_png(answer, name))} for name in answer.stages}
        if "npz" in self.parts:
            document["npz"] = _base64(npz_file(answer))
        return document

    def _part_of(self, maps: StageMaps) -> StageMaps:
        if "maps" not in self.parts:
            maps = replace(maps, cams={}, agreement={})
        if "activations" not in self.parts:
            maps = replace(maps, maps=maps.maps[:0], scales=maps.scales[:0], channel_ids=maps.channel_ids[:0])
        return maps


def _asked(
    depth: Any, weights: str, target: Any, contrast: Any, stages: Any, channels: Any, maps: Any, include: Any
) -> tuple[AnalysisRequest, _Wanted]:
    """The request, its photo still to be put in, and what is wanted of the answer. Raises ``InputError``."""
    wanted = _Wanted(
        arguments.several_of("include", include, *PARTS), arguments.one_of("maps", maps, "base64", "float16", "lists")
    )
    request = AnalysisRequest(
        b"",
        arguments.whole("depth", depth),
        weights,
        target or None,
        contrast or None,
        arguments.stages(stages),
        channels=arguments.whole("channels", channels),
    )
    return request, wanted


def _sort(room: Room, photos: list[Sent] | None) -> tuple[list[tuple[str, str]], list[dict[str, Any] | None]]:
    """The photos that are there, by place and name, and by their order what is wrong with each: None with these.

    Raises ``InputError`` for none and for too many.
    """
    photos = photos or []
    if not 0 < len(photos) <= room.settings.max_photos:
        raise InputError("too-many-photos", limit=room.settings.max_photos, given=len(photos))
    files: list[tuple[str, str]] = []
    found: list[dict[str, Any] | None] = []
    for photo in photos:
        try:
            files.append(arguments.upload(room, photo))
            found.append(None)
        except InputError as error:
            found.append(to_json(Failed(display_name(str(getattr(photo, "orig_name", ""))), error)))
    return files, found


def _in_their_places(found: list[dict[str, Any] | None], answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    given = iter(answers)
    return [next(given) if each is None else each for each in found]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


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


def _list_field(value: str, name: str) -> gr.Textbox:
    field = gr.Textbox(value, label=name)
    field.preprocess = _as_sent  # type: ignore[method-assign, assignment]  # a list stays one
    return field


def _as_sent(sent: Any) -> Any:
    return getattr(sent, "root", sent)


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a caller is told: our own errors in words with their code, and of anything else a number to quote."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            with at_work():
                return function(*args, **kwargs)
        except Exception as error:
            raise refusal(told(error)) from None

    return call


def _waiting(room: Room, request: gr.Request | None) -> Any:
    return room.waiting(getattr(request, "session_hash", None), stop=has_left(), address=asked_from(request))
