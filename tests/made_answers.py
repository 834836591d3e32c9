"""Answers made by hand, for tests of what is done with them: small, and every number chosen."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from resnet_demo.results import (
    KINDS,
    STAGES,
    Analysis,
    Atlas,
    Box,
    ClassInfo,
    Contribution,
    Filters,
    Ledger,
    NetworkInfo,
    Occlusion,
    PhotoInfo,
    Prediction,
    ReceptiveField,
    StageMaps,
    StageProfiles,
    StageStats,
    StageTuning,
    Tuning,
)

CLASSES = (
    ClassInfo(0, "n07920052", "espresso"),
    ClassInfo(1, "n02123045", "tabby"),
    ClassInfo(2, "n02124075", "Egyptian cat"),
)
GRIDS = {"stem": 16, "layer1": 16, "layer2": 8, "layer3": 4, "layer4": 2}
CHANNELS = 6


def made_analysis(
    name: str = "coffee.png", *, seed: int = 0, stages: tuple[str, ...] = STAGES, channels: int = 4, **changes: Any
) -> Analysis:
    """An analysis of a 64-pixel view by a network of three classes; ``changes`` are fields to put in its place."""
    draw = np.random.default_rng(seed)
    made = Analysis(
        photo=PhotoInfo(name, 90, 80, draw.integers(0, 256, (80, 90, 3), dtype=np.uint8)),
        view=draw.integers(0, 256, (64, 64, 3), dtype=np.uint8),
        box=Box(5.0, 0.0, 85.0, 80.0),
        network=NetworkInfo(
            depth=18,
            weights="tiny-imagenet",
            title="Bundled",
            classes=3,
            block="BasicBlock",
            blocks=(2, 2, 2, 2),
            parameters=11_279_112,
            multiply_adds=148_000_000,
            view_size=(64, 64),
            top1=0.5,
            top5=0.75,
            measured_on="a few photos",
            temperature=1.0,
        ),
        predictions=predictions(0.75, 0.2, 0.05),
        target=CLASSES[0],
        contrast=None,
        ranked_by="evidence",
        stages={stage: made_maps(stage, draw, channels) for stage in stages},
        timings={"read": 0.002, "pass": 0.03125},
        device="CPU",
        precision="float32",
    )
    return dataclasses.replace(made, **changes)


def predictions(*probabilities: float, classes: tuple[ClassInfo, ...] = CLASSES) -> tuple[Prediction, ...]:
    """One a class, most probable first, at temperature 1; the logits are the probabilities' logarithms."""
    made = [
        Prediction(c.index, c.wnid, c.label, p, float(np.log(p)), p)
        for c, p in zip(classes, probabilities, strict=True)
    ]
    return tuple(sorted(made, key=lambda p: -p.probability))


def made_maps(stage: str, draw: np.random.Generator, channels: int = 4, cam: np.ndarray | None = None) -> StageMaps:
    """Random maps of one stage, ranked and scaled as an engine would; ``cam`` in place of its Grad-CAM map."""
    side = GRIDS[stage]
    activations = np.maximum(draw.normal(size=(CHANNELS, side, side)), 0).astype(np.float32)
    weights = draw.normal(size=CHANNELS).astype(np.float32)
    cams = {kind: draw.normal(size=(side, side)).astype(np.float32) for kind in KINDS}
    cams["grad-cam"] = np.tensordot(weights, activations, 1) if cam is None else cam.astype(np.float32)
    evidence = (weights * activations.sum(axis=(1, 2))).astype(np.float32)
    ranking = np.argsort(-evidence, kind="stable").astype(np.int32)
    ids = ranking[:channels]
    largest = activations[ids].max(axis=(1, 2))
    scales = np.where(largest > 0, largest, np.float32(1))
    return StageMaps(
        name=stage,
        shape=(CHANNELS, *cams["grad-cam"].shape),
        cams=cams,
        agreement=dict(zip(KINDS[1:], (0.5, None, -0.25, 1.0), strict=True)),
        weights=weights,
        evidence=evidence,
        means=activations.mean(axis=(1, 2)),
        peaks=activations.max(axis=(1, 2)),
        peak_cells=activations.reshape(CHANNELS, -1).argmax(axis=1).astype(np.int32),
        ranking=ranking,
        first_rank=0,
        channel_ids=ids,
        maps=(activations[ids] / scales[:, None, None]).astype(np.float16),
        scales=scales,
        receptive_field=ReceptiveField(43, 8, -17),
        stats=StageStats(0.0, float(activations.max()), float(activations.mean()), float((activations == 0).mean())),
    )


def with_cam(analysis: Analysis, stage: str, cam: Any) -> Analysis:
    """The analysis with another Grad-CAM map in one stage."""
    maps = analysis.stages[stage]
    cam = np.asarray(cam, np.float32)
    changed = dataclasses.replace(maps, cams={**maps.cams, "grad-cam": cam}, shape=(maps.shape[0], *cam.shape))
    return dataclasses.replace(analysis, stages={**analysis.stages, stage: changed})


def made_occlusion() -> Occlusion:
    """Of the logit 6 the lower left quarter takes 4, and the upper right one adds 1 when it is covered."""
    logits = np.array([[6, 7], [2, 6]], np.float32)
    probabilities = np.array([[0.75, 0.875], [0.25, 0.75]], np.float32)
    return Occlusion(0, None, 32, "grey", 6.0, 0.75, logits, probabilities)


def made_ledger() -> Ledger:
    """Of the logit 6: 2 from the stem, -1 from layer1, 4 and a bias of 2 from layer2, and a last bias of -1."""

    def entry(name: str, part: Any, values: list[list[float]]) -> Contribution:
        map = np.array(values, np.float32)
        by_channel = [] if part == "bias" else [0, map.sum() + 1, -1, 0]
        return Contribution(name, name.split(".")[0], part, float(map.sum()), map, np.array(by_channel, np.float32))

    return Ledger(
        0,
        None,
        6.0,
        (
            entry("stem", "stem", [[1, 0], [0, 1]]),
            entry("layer1.0", "branch", [[0, -1], [0, 0]]),
            entry("layer2.0", "branch", [[4]]),
            entry("layer2.0.downsample", "projection", [[2]]),
            entry("fc", "bias", [[-1]]),
        ),
    )


def made_atlas(weights: str = "tiny-imagenet", depth: int = 18) -> Atlas:
    """Of three classes; every stage has four channels, and channel c has the means c, 1 and 0 of them."""
    profile = np.array([[each, 1, 0] for each in range(4)], np.uint8)
    known = StageProfiles(
        profile=profile,
        scale=np.full(4, 2, np.float32),
        best=np.array([[1, 0], [0, 1], [0, 1], [0, 1]], np.int32),
        selectivity=np.array([1, 0.5, 0.25, 0.125], np.float32),
        kinds=(None, "a <kind>", None, None),
    )
    stages = dict.fromkeys(STAGES, known)
    fact, hues = np.zeros(4, np.float32), np.zeros((4, 3), np.float32)
    filters = Filters(np.zeros((4, 3, 7, 7), np.float32), fact, fact, fact, fact, hues)
    return Atlas(depth, weights, CLASSES, dict.fromkeys(STAGES, 4), filters, stages, "made photos")


def made_tuning() -> Tuning:
    """Of the stem's four channels two are tuned to colour, by chance one; of layer1's two none, by chance both."""

    def stage(trained: list[float], null: list[float]) -> StageTuning:
        index, chance = ({"colour": np.array(values, np.float32)} for values in (trained, null))
        none = np.zeros(0, np.int32)
        return StageTuning({}, index, chance, none, none, none)

    stages = {"stem": stage([1, 0.5, 0, 0], [0.9, 0, 0, 0]), "layer1": stage([0, 0], [1, 1])}
    return Tuning(18, "tiny-imagenet", stages, {}, None, 0, 1)
