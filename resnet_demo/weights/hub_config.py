"""What a repository of the Hugging Face Hub says of its weights in ``config.json``: which network they are of, and how
a photo is made into its view. timm and transformers each write it in a way of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.results import DEPTHS
from resnet_demo.weights.cards import Interpolation, Transform

RESAMPLE = {2: "bilinear", 3: "bicubic"}
"""Pillow's numbers, which transformers writes."""

_BLOCKS = {
    ("basic", (2, 2, 2, 2)): 18,
    ("basic", (3, 4, 6, 3)): 34,
    ("bottleneck", (3, 4, 6, 3)): 50,
    ("bottleneck", (3, 4, 23, 3)): 101,
    ("bottleneck", (3, 8, 36, 3)): 152,
}
"""Table 1 of He et al. 2016."""


@dataclass(frozen=True)
class Described:
    """``labels`` are the names of the classes where the configuration has them in a way of its own (timm's)."""

    depth: int
    transform: Transform
    labels: tuple[str, ...] | None = None
    licence: str | None = None


def described(config: Mapping[str, Any], preprocessor: Mapping[str, Any], name: str) -> Described:
    """The weights of a repository called ``name``, from its ``config.json`` and transformers'
    ``preprocessor_config.json``.

    Raises ``WeightsMismatch`` for a network that is none of the five, which only its configuration tells (strides,
    activations), and ``WeightsCorrupt`` for a configuration that can't be read.
    """
    try:
        if "architecture" in config:
            return _of_timm(config, name)
        return _of_transformers(config, preprocessor, name)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise WeightsCorrupt("hub-config-unreadable", weights=name) from error


def _of_timm(config: Mapping[str, Any], name: str) -> Described:
    """timm's ``resnet50`` is torchvision's in every parameter; its other ResNets differ in stem, pooling or blocks."""
    architecture, changed = str(config["architecture"]), config.get("model_args") or {}
    depth = next((depth for depth in DEPTHS if architecture == f"resnet{depth}"), None)
    if depth is None or changed:
        raise _unsupported(name, f"{architecture} {dict(changed)}" if changed else architecture)
    own = config.get("pretrained_cfg", config)
    crop = int(own["input_size"][1])
    labels = config.get("label_names")
    return Described(
        depth,
        _transform(crop, float(own.get("crop_pct", 0.875)), str(own["interpolation"]), own["mean"], own["std"]),
        tuple(map(str, labels)) if labels else None,
        str(own["license"]) if own.get("license") else None,
    )


def _of_transformers(config: Mapping[str, Any], preprocessor: Mapping[str, Any], name: str) -> Described:
    """``ResNetConfig``, and the transform of ``ConvNextImageProcessor``, which its ResNets have: up to 384 pixels the
    shorter side is resized to size / crop_pct and the square of that size cut out."""
    kind = str(config.get("model_type"))
    blocks = (str(config.get("layer_type", "bottleneck")), tuple(config.get("depths", (3, 4, 6, 3))))
    widths = [256, 512, 1024, 2048] if blocks[0] == "bottleneck" else [64, 128, 256, 512]
    standard = {
        "hidden_sizes": widths,
        "embedding_size": 64,
        "hidden_act": "relu",
        "downsample_in_first_stage": False,
        "downsample_in_bottleneck": False,  # the paper's own place for the stride; torchvision's is the 3x3
    }
    other = [f"{key}={config[key]}" for key, value in standard.items() if key in config and config[key] != value]
    if kind != "resnet" or blocks not in _BLOCKS or other:
        raise _unsupported(name, ", ".join([kind, blocks[0], str(list(blocks[1])), *other][: None if other else 3]))
    size = preprocessor.get("size", 224)
    crop = int(size["shortest_edge"] if isinstance(size, Mapping) else size)
    share = float(preprocessor.get("crop_pct") or 0.875) if crop < 384 else 1.0
    return Described(
        _BLOCKS[blocks],
        _transform(
            crop,
            share,
            RESAMPLE[int(preprocessor.get("resample", 3))],
            preprocessor.get("image_mean", (0.485, 0.456, 0.406)),
            preprocessor.get("image_std", (0.229, 0.224, 0.225)),
        ),
    )


def _transform(crop: int, share: float, interpolation: str, mean: Any, std: Any) -> Transform:
    if interpolation not in RESAMPLE.values() or not 0 < share <= 1 or not 0 < crop <= 1024:
        raise ValueError(interpolation, share, crop)
    means, stds = tuple(map(float, mean)), tuple(map(float, std))
    if len(means) != 3 or len(stds) != 3 or not all(map(math.isfinite, means)) or min(stds) <= 0:
        raise ValueError(mean, std)
    return Transform(math.floor(crop / share), crop, cast(Interpolation, interpolation), means, stds)


def _unsupported(name: str, given: str) -> WeightsMismatch:
    return WeightsMismatch("hub-architecture", weights=name, given=given[:200], depths=", ".join(map(str, DEPTHS)))
