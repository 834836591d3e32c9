"""A made analysis: its maps are drawn from a seed."""

from __future__ import annotations

import numpy as np

from resnet_demo.results import (
    KINDS,
    Analysis,
    Box,
    ClassInfo,
    NetworkInfo,
    PhotoInfo,
    Prediction,
    ReceptiveField,
    StageMaps,
    StageStats,
)

GRIDS = {"stem": 8, "layer1": 8, "layer2": 4, "layer3": 4, "layer4": 2}
CHANNELS = 12


def maps_of(name: str, kind: str, seed: int) -> np.ndarray:
    """A map with values either way; the stem's Grad-CAM has none above zero, layer1's LayerCAM is zero everywhere."""
    n = GRIDS[name]
    values = np.random.default_rng(seed + n + KINDS.index(kind)).normal(size=(n, n)).astype(np.float32)
    if (name, kind) == ("stem", "grad-cam"):
        return -np.abs(values)
    if (name, kind) == ("layer1", "layercam"):
        return np.zeros((n, n), np.float32)
    return values


def stage_of(name: str, seed: int, first_rank: int = 0, shown: int = 8) -> StageMaps:
    n = GRIDS[name]
    random = np.random.default_rng(seed)
    activations = random.random((CHANNELS, n, n)).astype(np.float32)
    weights = random.normal(size=CHANNELS).astype(np.float32)
    evidence = weights * activations.sum(axis=(1, 2))
    ranking = np.argsort(-evidence, kind="stable").astype(np.int32)
    ids = ranking[first_rank : first_rank + shown]
    largest = activations.max(axis=(1, 2))[ids]
    step = 64 // n
    return StageMaps(
        name=name,
        shape=(CHANNELS, n, n),
        cams={kind: maps_of(name, kind, seed) for kind in KINDS},
        agreement={"grad-cam++": 0.91, "xgrad-cam": 1.0, "layercam": None, "hirescam": -0.25},
        weights=weights,
        evidence=evidence,
        means=activations.mean(axis=(1, 2)),
        peaks=activations.max(axis=(1, 2)),
        peak_cells=activations.reshape(CHANNELS, -1).argmax(axis=1).astype(np.int32),
        ranking=ranking,
        first_rank=first_rank,
        channel_ids=ids,
        maps=(activations[ids] / largest[:, None, None]).astype(np.float16),
        scales=largest,
        receptive_field=ReceptiveField(step + 4, step, -2),
        stats=StageStats(0.0, 1.0, 0.5, 0.25),
    )


def analysis_of(
    seed: int = 1, name: str = "<i>one</i>.jpg", first_rank: int = 0, probability: float = 0.75
) -> Analysis:
    view = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    preview = np.random.default_rng(seed).integers(0, 256, (100, 200, 3), dtype=np.uint8)
    labels = ["espresso", "cup", "teapot", "plate", "soup bowl"]
    odds = [probability, 0.11, 0.07, 0.0012, 0.00003]
    plain = [0.5, 0.2, 0.15, 0.02, 0.01]
    return Analysis(
        photo=PhotoInfo(name, 400, 200, preview),
        view=view,
        # The middle of the photo: two of its pixels for one of the view.
        box=Box(136.0, 36.0, 264.0, 164.0),
        network=NetworkInfo(
            18, "made", "made up", 200, "BasicBlock", (2, 2, 2, 2), 1, 1, (64, 64), None, None, None, 0.5
        ),
        predictions=tuple(Prediction(i, None, text, odds[i], 5.0 - i, plain[i]) for i, text in enumerate(labels)),
        target=ClassInfo(0, None, "espresso"),
        contrast=None,
        ranked_by="evidence",
        stages={stage: stage_of(stage, seed, first_rank) for stage in GRIDS},
        timings={"pass": 0.0125},
        device="CPU",
        precision="float32",
    )
