"""Weights files of one's own: where they are looked for, and what is known of one that brings no card."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.results import ClassInfo
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints
from resnet_demo.weights.cards import Card, Transform, card_from_json, read_text
from resnet_demo.weights.imagenet import imagenet_classes

SUFFIXES = (".safetensors", ".pth")
IMAGENET_V1 = Transform(256, 224, "bilinear", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def find(depth: int, settings: Settings) -> Path | None:
    """The file of one's own for ``depth``: the one named, if it holds that depth, else the one in the folder named.

    Raises ``WeightsUnavailable`` where the settings name a file or folder that is not there, and what
    ``checkpoints.outline`` raises for a named file that is no such network: what was asked for is not passed over.
    """
    if settings.weights_file is not None:
        file = settings.weights_file.expanduser()
        if not file.is_file():
            raise WeightsUnavailable("own-file-missing", variable="RESNET_DEMO_WEIGHTS_FILE", path=file)
        if checkpoints.outline(file).depth == depth:
            return file
    if settings.weights_dir is not None:
        folder = settings.weights_dir.expanduser()
        if not folder.is_dir():
            raise WeightsUnavailable("own-folder-missing", variable="RESNET_DEMO_WEIGHTS_DIR", path=folder)
        return next((f for f in (folder / f"resnet{depth}{suffix}" for suffix in SUFFIXES) if f.is_file()), None)
    return None


def card(path: Path, depth: int) -> Card:
    """The file's card: its ``<file>.json`` if it has one, the rest from its shapes; no value of the weights is read.

    Without a card, 1,000 outputs are taken for ImageNet's classes, any other number for "class 0" and so on, and the
    transform is that of torchvision's V1; the title says so. Raises what ``checkpoints.outline`` raises,
    ``WeightsCorrupt`` for a card that can't be used, ``WeightsMismatch`` where file, card and depth don't agree.
    """
    beside = path.with_suffix(".json")
    found = checkpoints.outline(path)
    if found.depth != depth:
        raise WeightsMismatch("weights-other-depth", file=path.name, held_depth=found.depth, depth=depth)
    return _card(path, path.stat().st_size, found, read_text(beside) if beside.exists() else None)


@lru_cache(maxsize=64)
def _card(path: Path, size: int, found: checkpoints.Outline, written: str | None) -> Card:
    if found.classes == len(imagenet_classes()):
        classes, note = imagenet_classes(), "1,000 outputs, taken for ImageNet's classes"
    else:
        classes = tuple(ClassInfo(i, None, f"class {i}") for i in range(found.classes))
        note = f"{found.classes:,} classes without names"
    plain = Card(
        name="file",
        title=f"{path.name}, {note}",
        depth=found.depth,
        classes=classes,
        transform=IMAGENET_V1,
        temperature=1.0,
        top1=None,
        top5=None,
        measured_on=None,
        parameters=found.parameters,
        sha256=None,
        size_bytes=size,
        source="a file of your own",
        licence="not stated",
        made_by="not stated",
    )
    if written is None:
        return plain
    about = path.with_suffix(".json").name
    given = card_from_json(written, about, defaults=plain)
    if given.depth != found.depth or len(given.classes) != found.classes or given.parameters != found.parameters:
        raise WeightsMismatch(
            "weights-other-card",
            file=path.name,
            held_depth=found.depth,
            held_classes=found.classes,
            held_parameters=found.parameters,
            card=about,
            depth=given.depth,
            classes=len(given.classes),
            parameters=given.parameters,
        )
    if given.size_bytes != size:
        raise WeightsCorrupt("weights-other-size", file=path.name, bytes=size, card=about, card_bytes=given.size_bytes)
    title = given.title if given.title != plain.title else f"{path.name}, {found.classes:,} classes"
    return replace(given, name="file", title=title)
