"""What language models may ask for: four tools, each answered in about 2 kB of JSON, and with pictures of the maps."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import mcp.types as types
import numpy as np

from resnet_demo.errors import InputError
from resnet_demo.export.overlays import overlay_png
from resnet_demo.page import arguments
from resnet_demo.page.errors import said
from resnet_demo.page.room import Room
from resnet_demo.results import (
    DEPTHS,
    STAGES,
    Analysis,
    AnalysisRequest,
    Failed,
    LesionBoard,
    Prediction,
    ResidualProfile,
    StageMaps,
)

if TYPE_CHECKING:
    from resnet_demo.engine.turns import Waiting

Content = list[types.TextContent | types.ImageContent]

PHOTO = "The photo file's bytes in base64, or a data: URL; JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC. No address."
_DEPTH = {"type": "integer", "enum": list(DEPTHS), "default": 18, "description": "Layers of the ResNet"}
_WEIGHTS = {"type": "string", "default": "auto", "description": 'A name of weights; "auto" takes those on the server'}
_TARGET = {"type": "string", "description": "The class to explain, by label, WordNet id or index; else the top one"}
_PHOTO = {"type": "string", "description": PHOTO}


@dataclass(frozen=True)
class Tool:
    """``answer`` takes the room, the arguments and how the work waits; ``photos`` is the argument that is required."""

    name: str
    description: str
    arguments: Mapping[str, Any]
    answer: Callable[[Room, Mapping[str, Any], Waiting], Content]
    photos: str = "photo"

    def described(self) -> types.Tool:
        """As clients list it."""
        schema = {"type": "object", "properties": dict(self.arguments), "required": [self.photos]}
        hints = types.ToolAnnotations(readOnlyHint=True, openWorldHint=False)
        return types.Tool(name=self.name, description=self.description, inputSchema=schema, annotations=hints)

    def __call__(self, room: Room, given: Mapping[str, Any], waiting: Waiting) -> Content:
        """The answer. Raises ``InputError`` for arguments that can't be used, and what the engine raises."""
        for name in given:
            arguments.one_of("An argument's name", name, *self.arguments)
        return self.answer(room, {name: value for name, value in given.items() if value is not None}, waiting)


def _analyze(room: Room, given: Mapping[str, Any], waiting: Waiting) -> Content:
    pictures = arguments.several_of("pictures", given.get("pictures", "layer4"), *STAGES)
    asked = AnalysisRequest(
        arguments.written(room, given.get("photo")),
        arguments.whole("depth", given.get("depth", 18)),
        str(given.get("weights", "auto")),
        given.get("target") or None,
        given.get("contrast") or None,
        channels=0,
    )
    answer = room.engine.run(asked, waiting)
    drawn = [_picture(overlay_png(answer, stage)) for stage in pictures]
    return [
        _text(_summary(answer) | {"pictures": [f"Grad-CAM of {stage} over the photo" for stage in pictures]}),
        *drawn,
    ]


def _classify(room: Room, given: Mapping[str, Any], waiting: Waiting) -> Content:
    sent = given.get("photos")
    photos = sent if isinstance(sent, list) else [sent]
    if not 0 < len(photos) <= room.settings.max_photos:
        raise InputError("too-many-photos", limit=room.settings.max_photos, given=len(photos))
    answers = room.engine.classify(
        [arguments.written(room, photo) for photo in photos],
        depth=arguments.whole("depth", given.get("depth", 18)),
        weights=str(given.get("weights", "auto")),
        top_k=arguments.whole("top_k", given.get("top_k", 5)),
        waiting=waiting,
    )
    rows = [
        {"error": _wrong(answer, place)} if isinstance(answer, Failed) else {"predictions": _rows(answer.predictions)}
        for place, answer in enumerate(answers, 1)
    ]
    return [_text(rows)]


def _wrong(failed: Failed, place: int) -> str:
    """What is wrong with a photo that has no name but its place, counted from 1."""
    error = failed.error
    return said(type(error)(error.code, **error.details | {"name": f"photo {place}"}))


def _compare(room: Room, given: Mapping[str, Any], waiting: Waiting) -> Content:
    weights = str(given.get("weights", "auto"))
    depths = arguments.depths(room, given.get("depths"), weights)
    photo = arguments.written(room, given.get("photo"))
    found = room.engine.compare(photo, depths, weights=weights, waiting=waiting)
    answers = [
        {
            "network": each.analysis.network.title,
            "depth": each.analysis.network.depth,
            "predictions": _rows(each.analysis.predictions[:5]),
            "layer4": _stage(each.analysis, each.analysis.stages["layer4"]),
        }
        for each in found.answers
    ]
    return [_text({"answers": answers})]


def _blocks(room: Room, given: Mapping[str, Any], waiting: Waiting) -> Content:
    depth, weights = arguments.whole("depth", given.get("depth", 18)), str(given.get("weights", "auto"))
    photo = arguments.written(room, given.get("photo"))
    network = room.engine.network_info(depth, weights)
    run = partial(room.laboratory.run, photo=photo, depth=network.depth, weights=network.weights, waiting=waiting)
    profile, board = run(ResidualProfile), run(LesionBoard, target=given.get("target") or None)
    label = room.engine.classes(network.depth, network.weights)[board.target].label
    rows = [
        {
            "block": block.name,
            "size_of_F": _short(block.ratio),
            "probability_without": _short(lesion.after.probability),
        }
        for block, lesion in zip(profile.blocks, board.lesions, strict=True)
    ]
    legend = "size_of_F is |F(x)| / |shortcut(x)|; probability_without is the class's when the block adds nothing"
    told = {"network": network.title, "depth": network.depth, "class": label, "legend": legend}
    return [_text(told | {"probability": _short(board.clean.probability), "blocks": rows})]


TOOLS = (
    Tool(
        "analyze",
        "Explain one photo with a ResNet: its five best labels, and for each stage of the network where it found the "
        "evidence for a class (signed Grad-CAM), with pictures of the maps over the photo.",
        {
            "photo": _PHOTO,
            "depth": _DEPTH,
            "weights": _WEIGHTS,
            "target": _TARGET,
            "contrast": {"type": "string", "description": "A class to set it against: evidence for one, not the other"},
            "pictures": {
                "type": "array",
                "items": {"type": "string", "enum": list(STAGES)},
                "default": ["layer4"],
                "description": "The stages whose maps come as pictures",
            },
        },
        _analyze,
    ),
    Tool(
        "classify",
        "The most probable classes of photos, in the order given; a photo that can't be used costs only itself.",
        {
            "photos": {"type": "array", "items": _PHOTO, "minItems": 1, "description": "One or more photos"},
            "depth": _DEPTH,
            "weights": _WEIGHTS,
            "top_k": {"type": "integer", "minimum": 1, "default": 5, "description": "How many classes"},
        },
        _classify,
        photos="photos",
    ),
    Tool(
        "compare",
        "One photo through two to five depths of ResNet: the answers side by side, and where layer4 of each looks.",
        {
            "photo": _PHOTO,
            "depths": {
                "type": "array",
                "items": {"type": "integer", "enum": list(DEPTHS)},
                "description": "Two to five depths; those whose weights are on the server when left out",
            },
            "weights": _WEIGHTS,
        },
        _compare,
    ),
    Tool(
        "blocks",
        "Look inside the residual blocks: what each adds to its shortcut, and what a class loses without it.",
        {"photo": _PHOTO, "depth": _DEPTH, "weights": _WEIGHTS, "target": _TARGET},
        _blocks,
    ),
)


# What is told


def _summary(answer: Analysis) -> dict[str, Any]:
    return {
        "network": answer.network.title,
        "depth": answer.network.depth,
        "photo_size": [answer.photo.width, answer.photo.height],
        "predictions": _rows(answer.predictions),
        "explained": answer.target.label,
        "rather_than": answer.contrast.label if answer.contrast else None,
        "stages": {name: _stage(answer, maps) for name, maps in answer.stages.items()},
        "legend": "strongest is the box in the photo, in pixels, of the cell with the most evidence for the class; "
        "channels are those with the largest share of it. Pictures are signed: red for the class, blue against it.",
    }


def _stage(answer: Analysis, maps: StageMaps) -> dict[str, Any]:
    rows, columns = maps.cam.shape
    row, column = (int(each) for each in np.unravel_index(int(maps.cam.argmax()), maps.cam.shape))
    box = answer.box
    width, height = (box.right - box.left) / columns, (box.bottom - box.top) / rows
    left, top = box.left + column * width, box.top + row * height
    return {
        "shape": list(maps.shape),
        "least": _short(maps.cam.min()),
        "most": _short(maps.cam.max()),
        "strongest": [round(left), round(top), round(left + width), round(top + height)],
        "channels": [int(channel) for channel in maps.ranking[:3]],
    }


def _rows(predictions: tuple[Prediction, ...]) -> list[dict[str, Any]]:
    return [{"label": each.label, "wnid": each.wnid, "probability": _short(each.probability)} for each in predictions]


def _short(number: Any) -> float | None:
    return None if number is None or not np.isfinite(number) else float(f"{float(number):.4g}")


def _text(told: Any) -> types.TextContent:
    return types.TextContent(type="text", text=json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _picture(png: bytes) -> types.ImageContent:
    return types.ImageContent(type="image", data=base64.b64encode(png).decode(), mimeType="image/png")
