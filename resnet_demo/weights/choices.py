"""Weights: which there are for a depth, which of them are on this machine, and the loaded network.

A choice is a depth and a name: ``file`` (one's own), ``imagenet1k-v1`` and ``imagenet1k-v2`` (torchvision's),
``tiny-imagenet`` and ``imagenet-1k-distilled`` (bundled). ``auto`` is the first of these that is on this machine.
``hf:owner/name`` is the Hugging Face Hub's, where it is on this machine. Nothing is fetched unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resnet_demo.errors import InputError, ResNetDemoError, WeightsCorrupt, WeightsUnavailable
from resnet_demo.network.resnet import ResNet
from resnet_demo.results import Progress, WeightsChoice
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, formats, integrity, sources
from resnet_demo.weights.cards import Card
from resnet_demo.weights.download import fetch
from resnet_demo.weights.download import remove_left as remove_left_in
from resnet_demo.weights.sources import Source, Weights

OnProgress = Callable[[Progress], None]
DEFAULTS = Settings()


# What there is


def choices(depth: int | str, settings: Settings = DEFAULTS) -> list[WeightsChoice]:
    """The choices for ``depth`` in ``auto``'s order, without reading or hashing the values of any weights.

    A file of one's own that can't be used is listed as not available; asking for it says why.
    """
    depth = sources.known_depth(depth)
    rows = []
    try:
        rows += [_row(source, settings) for source in sources.own(depth, settings)]
    except ResNetDemoError as error:
        file = error.details.get("file")
        title = f"{file or 'your own file'} (can't be used)"
        note = ("unusable" if file else "missing", file or "")
        rows.append(WeightsChoice(depth, "file", title, False, False, 0, None, None, None, composed=note))
    rest = [*sources.published(depth), *sources.bundled(depth)]
    rest += [source for source in sources.of_the_hub(settings) if source.depth == depth]
    return rows + [_row(source, settings) for source in rest]


def resolve(depth: int | str, name: Weights, settings: Settings = DEFAULTS) -> str:
    """The choice that ``name`` means for ``depth``: itself, or for ``auto`` the first that is on this machine.

    Raises ``InputError`` for a depth or name that there is not, ``WeightsUnavailable`` for a choice that this depth
    has not, or where ``auto`` finds none, and what ``own_files.find`` raises for settings that can't be followed.
    """
    return sources.source_of(depth, name, settings).name


def find(depth: int | str, name: Weights = "auto", settings: Settings = DEFAULTS) -> Path:
    """Where the file of a choice lies, or would lie once fetched. Raises as ``resolve``."""
    return sources.source_of(depth, name, settings).path


def card_of(depth: int | str, name: Weights = "auto", settings: Settings = DEFAULTS) -> Card:
    """What is known of a choice, without loading it and whether or not it is on this machine.

    Raises as ``resolve``, and for a file or card that can't be used ``WeightsCorrupt`` or ``WeightsMismatch``.
    """
    return sources.source_of(depth, name, settings).card


def _row(source: Source, settings: Settings) -> WeightsChoice:
    card = source.card
    return WeightsChoice(
        depth=source.depth,
        name=source.name,
        title=card.title,
        available=source.here,
        downloadable=source.file is not None and settings.downloads != "deny",
        size_bytes=source.path.stat().st_size if source.here else card.size_bytes,
        classes=len(card.classes),
        top1=card.top1,
        measured_on=card.measured_on,
        grown_from=card.grown_from,
        grown_by=card.grown_by,
        composed=source.composed,
    )


# Fetching and loading


def download(
    depth: int | str,
    name: Weights = "auto",
    *,
    settings: Settings = DEFAULTS,
    progress: OnProgress | None = None,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """Fetch one of torchvision's files (``auto``: ImageNet V1), unless it is here already and right. Returns its path.

    Raises as ``download.fetch``: ``WeightsUnavailable`` with the size, the cause, where a file would be found and what
    is bundled, ``WeightsCorrupt`` for another file than was published, ``Cancelled`` when ``stop`` said so. Raises
    ``WeightsUnavailable`` where the settings forbid downloads, ``InputError`` for weights that are not published.
    """
    depth = sources.known_depth(depth)
    if name == "auto":
        name = sources.published(depth)[0].name
    source = sources.source_of(depth, name, settings)
    file = source.file
    if file is None:
        raise InputError("weights-not-downloadable", depth=depth, weights=name)
    if settings.downloads == "deny" and not (source.here and integrity.matches(source.path, file.sha256)):
        raise sources.not_here(source, settings)
    try:
        return fetch(
            file.at(settings.weights_url),
            source.path.parent,
            timeout=settings.download_timeout,
            progress=progress,
            stop=stop,
        )
    except (WeightsUnavailable, WeightsCorrupt) as error:
        raise sources.not_fetched(error, source, settings) from error


def remove_left() -> None:
    """Remove what downloads left here whose processes were killed."""
    remove_left_in(sources.published_folder())


def load(
    depth: int | str,
    name: Weights = "auto",
    *,
    settings: Settings = DEFAULTS,
    progress: OnProgress | None = None,
    allow_download: bool = False,
) -> ResNet:
    """The network with these weights, and their ``card``. ``allow_download`` fetches torchvision's where they are not
    on this machine.

    Raises as ``resolve``, ``download`` and ``load_source``; ``WeightsUnavailable`` for weights that are not here.
    """
    source = sources.source_of(depth, name, settings, fetchable=allow_download)
    if allow_download and source.file is not None and not source.here:
        download(depth, source.name, settings=settings, progress=progress)
    return load_source(source, settings)


def load_source(source: Source, settings: Settings = DEFAULTS) -> ResNet:
    """The network of a source, float32 on the CPU, in evaluation mode, frozen, with its ``card``.

    The file's hash is checked where it is known, and all of it before the network is built. Raises
    ``WeightsUnavailable`` for published weights that are not here; ``WeightsCorrupt`` and ``WeightsMismatch`` for a
    file that can't be used, and for one that is changed while it is read.
    """
    sources.require_here(source, settings)
    card, path = source.card, source.path
    base = None
    if card.rest_of is not None:
        base = load_source(sources.source_of(card.rest_of, sources.BUNDLED[0], settings), settings)
    with sources.way_out(source):
        formats.check_kind(path)
        before = checkpoints.identity(path)
        if card.sha256 is not None and not integrity.matches(path, card.sha256):
            found = integrity.sha256_of(path)[:16]
            expected = integrity.expected(path, card.sha256)[:16]
            raise WeightsCorrupt("weights-hash", file=path.name, found=found, expected=expected)
        network = checkpoints.load_network(path, card.depth, len(card.classes), base)
        if checkpoints.identity(path) != before:
            raise WeightsCorrupt("weights-changed", file=path.name)
    network.card = card
    return network.requires_grad_(False)


def verify(depth: int | str, name: Weights = "auto", settings: Settings = DEFAULTS) -> Path:
    """Hash and load the file of a choice anew, whatever was found before; returns its path. Raises as ``load``."""
    path = find(depth, name, settings)
    if path.is_file():
        integrity.forget(path)
    load(depth, name, settings=settings)
    return path
