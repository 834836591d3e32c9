"""At which stage a label can be told: linear probes on what each stage computed.

Alain and Bengio 2016, "Understanding Intermediate Layers Using Linear Classifier Probes". A stage's activation is
averaged over positions, and one linear layer, trained while the network stayed as it is, tells the classes from that.
Probes belong to one set of weights and lie beside it in a file; ``training/probes.py`` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.labels.predictions import probabilities, top_k, untempered
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation
from resnet_demo.results import STAGES, Readout, StageReadout
from resnet_demo.weights.cards import Card


@dataclass(frozen=True, eq=False)
class Probe:
    """``weight`` float32 (classes, channels) and ``bias`` float32 (classes), for pooled activations as they come.

    ``top1`` is a fraction on the data that ``Probes.measured_on`` names, None when unknown.
    """

    weight: Tensor
    bias: Tensor
    top1: float | None


@dataclass(frozen=True, eq=False)
class Probes:
    """A probe for each stage, of the weights whose file has this SHA-256 (None when unknown)."""

    stages: Mapping[str, Probe]
    weights_sha256: str | None
    measured_on: str | None


def probes_file(weights: Path) -> Path:
    """Where the probes of a weights file lie, if there are any: beside it."""
    return weights.with_name(f"{weights.stem}-probes.safetensors")


def read_probes(data: bytes, name: str) -> Probes:
    """The probes in the bytes of a safetensors file called ``name``.

    For each stage ``<stage>.weight`` int8 (classes, channels), ``<stage>.weight.scale`` float32 (classes) and
    ``<stage>.bias`` float32 (classes): logits = (weight * scale) @ pooled + bias. Its metadata may have
    ``weights_sha256``, ``measured_on`` and each ``<stage>.top1``. Raises ``WeightsCorrupt`` for anything else.
    """
    try:
        tensors = load(data)
        metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
        stages = {stage: _probe(tensors, metadata, stage) for stage in STAGES}
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsCorrupt("probes-corrupt", file=name, cause=error) from error
    return Probes(stages, metadata.get("weights_sha256") or None, metadata.get("measured_on"))


def read_out(network: ResNet, x: Tensor, target: int | None, card: Card, probes: Probes | None, k: int = 5) -> Readout:
    """What the probes tell at each stage for one view ``x`` (1, 3, h, w), beside the network's own answer.

    ``target`` is a class, None for the network's most probable one. All probabilities are at temperature 1, the
    network's own too: the card's was fitted to the network alone. Without ``probes`` there is the network's own answer
    alone. Raises ``WeightsMismatch`` for probes of other weights.
    """
    require_evaluation(network)
    probes = probes or Probes({}, None, None)
    with torch.inference_mode():
        logits, stages = network.forward_stages(x)
        pooled = {stage: activation[0].float().mean(dim=(1, 2)).cpu() for stage, activation in stages.items()}
        own = logits[0].float().cpu()
    target = int(own.argmax()) if target is None else target
    return Readout(
        target=target,
        stages=told_by_probes(pooled, target, card, probes, k),
        network=_answer(own, target, untempered(card), k, card.top1),
        measured_on=probes.measured_on,
    )


def told_by_probes(
    pooled: Mapping[str, Tensor], target: int, card: Card, probes: Probes, k: int = 5
) -> dict[str, StageReadout]:
    """What the probes tell from each stage's activation averaged over positions, float32 (channels), at temperature 1.

    Raises ``WeightsMismatch`` for probes of other weights.
    """
    _check_weights(card, probes)
    for stage, probe in probes.stages.items():
        _check_shape(card, stage, probe, (len(card.classes), len(pooled[stage])))
    return {
        stage: _answer(probe.weight @ pooled[stage] + probe.bias, target, untempered(card), k, probe.top1)
        for stage, probe in probes.stages.items()
    }


def _answer(logits: Tensor, target: int, card: Card, k: int, top1: float | None) -> StageReadout:
    return StageReadout(
        predictions=top_k(logits, card, k),
        probability=float(probabilities(logits, card)[target]),
        logit=float(logits[target]),
        rank=1 + int((logits > logits[target]).sum()),
        top1=top1,
    )


def _probe(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], stage: str) -> Probe:
    weight, scale, bias = (tensors[f"{stage}.{key}"] for key in ("weight", "weight.scale", "bias"))
    if weight.dtype != torch.int8 or weight.ndim != 2 or not scale.shape == bias.shape == weight.shape[:1]:
        raise ValueError(f"the entries of {stage} have shapes or types that no probe has")
    top1 = metadata.get(f"{stage}.top1")
    return Probe(weight.float() * scale[:, None], bias.float(), None if top1 is None else float(top1))


def _check_weights(card: Card, probes: Probes) -> None:
    # A card may know the first digits of the hash alone.
    if probes.weights_sha256 and card.sha256 and not probes.weights_sha256.startswith(card.sha256):
        raise WeightsMismatch("probes-of-other-weights", weights=card.title)


def _check_shape(card: Card, stage: str, probe: Probe, wanted: tuple[int, int]) -> None:
    classes, channels = probe.weight.shape
    if (classes, channels) != wanted:
        raise WeightsMismatch(
            "probes-of-other-shape", weights=card.title, stage=stage, classes=classes, channels=channels
        )
