"""What every channel answers to: its profile over the classes and an image made to excite it, both made once and kept
beside the weights.

A profile is a channel's mean activation over the photos of each class; ``training/atlas.py`` measures it and writes the
file. How selective a channel is follows Morcos et al. 2018, "On the importance of single directions for
generalization", section 2.3. What its best classes have in common is told by WordNet (``labels/wordnet.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.labels.wordnet import shared_kinds
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation, width_of
from resnet_demo.results import STAGES, Atlas, Patches, StageProfiles
from resnet_demo.studies.filters import first_filters
from resnet_demo.weights.cards import Card

BEST = 5


@dataclass(frozen=True, eq=False)
class Profiles:
    """By stage uint8 (channels, classes) and what each channel is multiplied by, float32 (channels).

    ``null`` is by stage how selective the channels of the same network with random weights are on the same photos,
    float32 (channels), and empty where that was not measured. They are of the weights whose file has this SHA-256 (None
    when unknown).
    """

    stages: Mapping[str, tuple[np.ndarray, np.ndarray]]
    null: Mapping[str, np.ndarray]
    weights_sha256: str | None
    measured_on: str | None


def profiles_file(weights: Path) -> Path:
    """Where the profiles of a weights file lie, if there are any: beside it."""
    return weights.with_name(f"{weights.stem}-profiles.safetensors")


def read_profiles(data: bytes, name: str) -> Profiles:
    """The profiles in the bytes of a safetensors file called ``name``.

    For each stage ``<stage>`` uint8 (channels, classes) and ``<stage>.scale`` float32 (channels), by which it is
    multiplied, and for all of them or none ``<stage>.null`` float32 (channels). Its metadata may have
    ``weights_sha256`` and ``measured_on``. Raises ``WeightsCorrupt`` for anything else.
    """
    try:
        arrays = load(data)
        metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
        stages = {stage: _checked(arrays[stage], arrays[f"{stage}.scale"]) for stage in STAGES}
        null = {stage: arrays[f"{stage}.null"] for stage in STAGES if f"{STAGES[0]}.null" in arrays}
        if any(each.shape != stages[stage][1].shape or each.dtype != np.float32 for stage, each in null.items()):
            raise ValueError("a null has a shape or type that none has")
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsCorrupt("profiles-corrupt", file=name, cause=error) from error
    return Profiles(stages, null, metadata.get("weights_sha256") or None, metadata.get("measured_on"))


def _checked(profile: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if profile.dtype != np.uint8 or profile.ndim != 2 or scale.shape != profile.shape[:1]:
        raise ValueError("an entry has a shape or type that no profile has")
    return profile, scale.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Sheets:
    """By stage a WebP picture of images made to excite its channels, ``side`` pixels each, so many ``columns`` a row.

    ``channels`` are by stage the channels that have one, int32 (images), in the order in which they lie there; a stage
    that is not named has one of every channel. All are of the weights whose file has this SHA-256.
    """

    pictures: Mapping[str, bytes]
    channels: Mapping[str, np.ndarray]
    side: int
    columns: int
    weights_sha256: str


def sheets_file(weights: Path) -> Path:
    """Where the images of a weights file's channels lie, if there are any: beside it."""
    return weights.with_name(f"{weights.stem}-channels.safetensors")


def read_sheets(data: bytes, name: str) -> Sheets:
    """The images in the bytes of a safetensors file called ``name``, as ``training/channel_images.py`` writes it.

    For each stage ``<stage>``, a WebP picture as uint8 (bytes), and ``<stage>.channels`` int32 (images), sorted, where
    only some of its channels have one. Raises ``WeightsCorrupt`` for anything else.
    """
    try:
        arrays = load(data)
        about = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        pictures = {stage: arrays[stage].tobytes() for stage in STAGES}
        channels = {stage: arrays[f"{stage}.channels"] for stage in STAGES if f"{stage}.channels" in arrays}
        if any(each.dtype != np.int32 or each.ndim != 1 for each in channels.values()):
            raise ValueError("channels are told by their numbers")
        side, columns = int(about["side"]), int(about["columns"])
        if side < 1 or columns < 1:
            raise ValueError("a picture without images")
        return Sheets(pictures, channels, side, columns, about["weights_sha256"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsCorrupt("channel-images-corrupt", file=name, cause=error) from error


def atlas(
    network: ResNet,
    card: Card,
    profiles: Profiles | None,
    sheets: Sheets | None = None,
    patches: Patches | None = None,
) -> Atlas:
    """What is known of every channel; without ``profiles``, ``sheets`` and ``patches``, the stem's filters alone.

    Raises ``WeightsMismatch`` for those of other weights.
    """
    require_evaluation(network)
    if profiles is not None:
        require_profiles_of(network, card, profiles)
    if sheets is not None and card.sha256 and not sheets.weights_sha256.startswith(card.sha256):
        raise WeightsMismatch("channel-images-of-other-weights", weights=card.title)
    wnids = [each.wnid for each in card.classes]
    widths = {stage: width_of(network, stage) for stage in STAGES}
    return Atlas(
        depth=card.depth,
        weights=card.name,
        classes=card.classes,
        widths=widths,
        filters=first_filters(network),
        stages={} if profiles is None else {stage: _told(*found, wnids) for stage, found in profiles.stages.items()},
        measured_on=None if profiles is None else profiles.measured_on,
        image_side=None if sheets is None else sheets.side,
        image_columns=None if sheets is None else sheets.columns,
        image_channels={} if sheets is None else _imaged(sheets, widths),
        patches=patches,
    )


def _imaged(sheets: Sheets, widths: Mapping[str, int]) -> dict[str, np.ndarray]:
    """By stage the channels that have an image, int32, in the order in which the images lie."""
    return {stage: sheets.channels.get(stage, np.arange(width, dtype=np.int32)) for stage, width in widths.items()}


def require_profiles_of(network: ResNet, card: Card, profiles: Profiles) -> None:
    """Raise ``WeightsMismatch`` for profiles of other weights."""
    # A card may know the first digits of the hash alone.
    other = profiles.weights_sha256 and card.sha256 and not profiles.weights_sha256.startswith(card.sha256)
    shapes = {stage: profile.shape for stage, (profile, _) in profiles.stages.items()}
    if other or shapes != {stage: (width_of(network, stage), len(card.classes)) for stage in STAGES}:
        raise WeightsMismatch("profiles-of-other-weights", weights=card.title)


def _told(profile: np.ndarray, scale: np.ndarray, wnids: list[str | None]) -> StageProfiles:
    best = np.argsort(-profile.astype(np.int32), axis=1, kind="stable")[:, :BEST].astype(np.int32)
    named = shared_kinds([[wnids[index] for index in row] for row in best], wnids)
    return StageProfiles(
        profile=profile,
        scale=scale,
        best=best,
        selectivity=selectivity(profile),
        kinds=tuple(kind if profile[channel].any() else None for channel, kind in enumerate(named)),
    )


def selectivity(profile: np.ndarray) -> np.ndarray:
    """Morcos et al.'s class selectivity of profiles (channels, classes), whatever their scale: float32 (channels)."""
    most = profile.max(1).astype(np.float64)
    others = (profile.sum(1, dtype=np.float64) - most) / max(1, profile.shape[1] - 1)
    whole = most + others
    return np.divide(most - others, whole, out=np.zeros_like(whole), where=whole > 0).astype(np.float32)
