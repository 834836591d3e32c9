"""Weights files of one's own: where they are looked for, and what is known of one that brings no card.

What a file's classes are called is looked for, in this order, in its card (``classes`` or ``id2label``), in the file
itself, in a ``config.json`` beside it (``id2label``, as Hugging Face writes it), and in a ``labels.txt`` beside it,
one label a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.results import DEPTHS, ClassInfo
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints
from resnet_demo.weights.cards import (
    Activation,
    Card,
    Transform,
    card_from_json,
    is_meant_as_card,
    read_object,
    read_text,
)
from resnet_demo.weights.checkpoints import Outline
from resnet_demo.weights.imagenet import imagenet_classes
from resnet_demo.weights.state_dicts import labels_of

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".pth.tar")
"""Of the files in a folder, in the order in which the first that is there is taken."""

LARGEST_NOTE = 20_000_000  # bytes of a card, of names of classes
IMAGENET_V1 = Transform(256, 224, "bilinear", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
GREY = Transform(256, 224, "bilinear", mean=(0.449,) * 3, std=(0.226,) * 3, grey=True)  # the means of the three

NOTES = {
    "classes": "{:,} classes",
    "unnamed": "{:,} classes without names",
    "channels": "no classifier: it answers with the {:,} channels of layer4",
    "imagenet": "{:,} outputs, taken for ImageNet's classes",
    "sigmoid": "one output, taken for a sigmoid's",
}
"""What is said of a file behind its name where no card has a title."""


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


def passed_over(folder: Path | None) -> Iterator[tuple[Path, str]]:
    """The weights files in a folder that none of the depths takes from it, and why, in words."""
    if folder is None or not folder.is_dir():
        return
    taken = {find(depth, Settings(weights_dir=folder)) for depth in DEPTHS}
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name.endswith(SUFFIXES) and file not in taken:
            depth = next((d for d in DEPTHS if _stem(file) == f"resnet{d}"), None)
            wanted = "it is not called resnet18, resnet34 and so on" if depth is None else "another file is taken"
            yield file, f"{wanted} ({' '.join(SUFFIXES)}, the first of these)" if depth else wanted


def card(path: Path, depth: int, settings: Settings) -> Card:
    """The file's card: what its ``<file>.json`` says, the rest from its shapes; no value of the weights is read.

    Without a card, 1,000 outputs are taken for ImageNet's classes, others for the names found in or beside the file,
    or else for "class 0" and so on, and the transform is that of torchvision's V1; the title says so. One output is
    a sigmoid's, as are all of them where the settings say so. Raises what ``checkpoints.outline`` raises,
    ``WeightsCorrupt`` for a card that can't be used, ``WeightsMismatch`` where file, card and depth don't agree.
    """
    found = checkpoints.outline(path)
    if found.depth != depth:
        raise WeightsMismatch("weights-other-depth", file=path.name, held_depth=found.depth, depth=depth)
    return _described(path, found, settings)[0]


def title(name: str, note: str, classes: int) -> str:
    """A name, and a note of ``NOTES``."""
    return f"{name}, {NOTES[note].format(classes)}"


def composed(card: Card, *names: str) -> tuple[str, str] | None:
    """The note of ``NOTES`` and the one of ``names`` that a title was put together of; None where somebody wrote it."""
    every = ((note, name) for note in NOTES for name in names)
    return next((each for each in every if title(each[1], each[0], len(card.classes)) == card.title), None)


def notes(path: Path, settings: Settings) -> list[str]:
    """What was taken and left out of a file, and what was found beside it, in words. Raises as ``card``."""
    found = checkpoints.outline(path)
    return [*found.notes, *_described(path, found, settings)[1]]


def _described(path: Path, found: Outline, settings: Settings) -> tuple[Card, tuple[str, ...]]:
    texts = tuple(_text(path.with_name(name)) for name in (f"{_stem(path)}.json", "config.json", "labels.txt"))
    return _card(path, path.stat().st_size, found, texts, settings.activation)


@lru_cache(maxsize=64)
def _card(
    path: Path, size: int, found: Outline, texts: tuple[str | None, ...], activation: str
) -> tuple[Card, tuple[str, ...]]:
    written, config, lines = texts
    said = []
    about, given = f"{_stem(path)}.json", None
    if written is not None:
        given = read_object(written, about) if written.lstrip().startswith("{") else {}
        if not is_meant_as_card(given | dict.fromkeys(["classes"] if "id2label" in given else [])):
            said.append(f"{about} is no card and is left alone")
            given = None
    names, note = _named(found, given, config, lines)
    said += [note] if note else []
    if given is not None and "id2label" in given:
        given = {k: v for k, v in given.items() if k != "id2label"}
    plain = _plain(path, size, found, names, activation)
    if given is None:
        return plain, tuple(said)
    read = card_from_json(json.dumps(given), about, defaults=plain)
    if read.depth != found.depth or len(read.classes) != found.classes or read.parameters != found.parameters:
        raise WeightsMismatch(
            "weights-other-card",
            file=path.name,
            held_depth=found.depth,
            held_classes=found.classes,
            held_parameters=found.parameters,
            card=about,
            depth=read.depth,
            classes=len(read.classes),
            parameters=read.parameters,
        )
    if read.size_bytes != size:
        raise WeightsCorrupt("weights-other-size", file=path.name, bytes=size, card=about, card_bytes=read.size_bytes)
    transform = replace(read.transform, grey=True) if found.grey else read.transform
    if found.grey and len({*transform.mean}) + len({*transform.std}) > 2:
        raise WeightsMismatch("weights-grey-card", file=path.name, card=about)
    called = read.title if read.title != plain.title else title(path.name, "classes", found.classes)
    return replace(read, name="file", title=called, transform=transform), (*said, f"its card is {about}")


def _plain(path: Path, size: int, found: Outline, names: tuple[str, ...] | None, activation: str) -> Card:
    """What is known of a file from its shapes and the names of its classes."""
    classes = tuple(ClassInfo(i, None, label) for i, label in enumerate(names or ()))
    note = "classes"
    if not found.head:
        classes = tuple(ClassInfo(i, None, f"channel {i} of layer4") for i in range(found.classes))
        note = "channels"
    elif names is None and found.classes == len(imagenet_classes()):
        classes, note = imagenet_classes(), "imagenet"
    elif names is None:
        classes = tuple(ClassInfo(i, None, f"class {i}") for i in range(found.classes))
        note = "sigmoid" if found.classes == 1 else "unnamed"
    if activation == "auto":
        activation = "share" if not found.head else "sigmoid" if found.classes == 1 else "softmax"
    return Card(
        name="file",
        title=title(path.name, note, found.classes),
        depth=found.depth,
        classes=classes,
        transform=GREY if found.grey else IMAGENET_V1,
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
        activation=cast(Activation, activation),
    )


def _named(
    found: Outline, given: dict[str, Any] | None, config: str | None, lines: str | None
) -> tuple[tuple[str, ...] | None, str | None]:
    """The names of the classes and a note on where they are from; names of another number of classes are left alone."""
    if not found.head or (given and "classes" in given):
        return None, None
    from_config = _object(config).get("id2label") if config else None
    from_lines = [line.strip() for line in lines.splitlines() if line.strip()] if lines else None
    for value, where in (
        ((given or {}).get("id2label"), "its card's id2label"),
        (found.labels, "the file itself"),
        (from_config, "config.json beside it"),
        (from_lines, "labels.txt beside it"),
    ):
        labels = labels_of(value)
        if labels is not None and len(labels) == found.classes and all(map(_is_text, labels)):
            return labels, f"the classes' names are from {where}"
    other = [f"labels.txt names {len(from_lines)} classes, not {found.classes}"] if from_lines else []
    return None, other[0] if other else None


def _object(text: str) -> dict[str, Any]:
    try:
        return read_object(text, "config.json")
    except WeightsCorrupt:
        return {}


def _text(path: Path) -> str | None:
    """A small file beside the weights, None where there is none."""
    if not path.is_file() or (path.suffix != ".json" and path.stat().st_size > LARGEST_NOTE):
        return None
    return read_text(path)


def _is_text(label: str) -> bool:
    return label.strip() != "" and label.isprintable() and len(label) <= 1000


def _stem(path: Path) -> str:
    suffix = next((s for s in reversed(SUFFIXES) if path.name.endswith(s)), path.suffix)
    return path.name.removesuffix(suffix)
