"""A last layer of ImageNet's thousand classes for bundled weights that know two hundred: ``python -m
training.thousand_classes --weights FILE --pool DIR --measure DIR --words WORDS``.

Fitted to the features that the weights' own network has of sharp crops and their mirror images, and to what a teacher
answers of the crops (``sharp_answers.py``); no photo's label takes part. The stages stay as they are, so that the file
beside ``FILE``, ``resnet<depth>-imagenet-1k-distilled.safetensors``, holds ``fc.weight`` float16 (1,000, channels) and
``fc.bias`` float32 (1,000) alone, and its card says whose stages they go with.

Accuracy is measured on ``--measure``, a folder a class, as the program answers; the temperature is fitted on labelled
sharp photos that nothing is trained on, ``--choose``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from resnet_demo.engine.engine import Engine
from resnet_demo.settings import Settings
from resnet_demo.weights import sources
from resnet_demo.weights.cards import Card, card_to_json
from resnet_demo.weights.imagenet import imagenet_classes
from resnet_demo.weights.integrity import sha256_of
from training import heads, sharp, storage
from training.answers import ask
from training.bundled import network_of
from training.command import told
from training.from_published import ROUNDS_THOUSAND, features_of
from training.measure import fit_temperature
from training.provenance import without_folders
from training.pupil import divergence
from training.tiny_imagenet import in_bfloat16

NAME = sources.BUNDLED[1]

PART = 50
"""Crops that pass the network together."""


def fitted(features: Tensor, answers: Tensor) -> nn.Linear:
    """The layer that answers ``features`` (crops, channels) most like a teacher with the logits ``answers`` (crops,
    1,000)."""
    return heads.fit([heads.Lesson(features, answers.float().softmax(1))], answers.shape[1], rounds=ROUNDS_THOUSAND)


def card_for(stages: Card, layer: nn.Linear, file: Path, command: str) -> Card:
    """The card of a file with the last ``layer`` for the network of ``stages``, without measurements."""
    parameters = stages.parameters - len(stages.classes) * (layer.in_features + 1)
    return replace(
        stages,
        name=NAME,
        title=f"Bundled, distilled, {layer.out_features:,} classes",
        classes=imagenet_classes(),
        temperature=1.0,
        top1=None,
        top5=None,
        measured_on=None,
        parameters=parameters + layer.out_features * (layer.in_features + 1),
        sha256=sha256_of(file),
        size_bytes=file.stat().st_size,
        source=f"comes with the program; the last layer, 16 bits a weight; the stages are those of {stages.name}",
        made_by=f"{stages.made_by}; last layer: {command}",
        familiarity=None,
        rest_of=stages.depth,
    )


def make(args: argparse.Namespace, command: str) -> Card:
    """Writes the file, its card and its log beside ``args.weights``; returns the card."""
    network = network_of(args.weights)
    stages = network.card
    pool = sharp.load(args.pool)
    answers = torch.from_numpy(np.load(args.pool / "answers.npy"))
    bfloat16 = in_bfloat16(args)

    def features(rows: list[int], mirrored: bool = False) -> Tensor:
        parts = (torch.from_numpy(pool.crops[rows[at : at + PART]]) for at in range(0, len(rows), PART))
        return features_of(network, (part.flip(3) if mirrored else part for part in parts), bfloat16)

    rows, held = ([row for row in of if not answers[row].isnan().any()] for of in (pool.trained_on(), pool.held()))
    layer = fitted(torch.cat([features(rows), features(rows, mirrored=True)]), answers[rows].repeat(2, 1))
    off = divergence(answers[held].float().softmax(1), layer(features(held))).item()
    file = args.weights.with_name(f"resnet{stages.depth}-{NAME}.safetensors")
    storage.write(storage.in_16_bits({f"fc.{name}": value for name, value in layer.state_dict().items()}), file)
    card = card_for(stages, layer, file, command)

    file.with_suffix(".json").write_text(card_to_json(card), encoding="utf-8")
    engine = Engine(settings=Settings())
    chosen = ask(engine, stages.depth, NAME, args.choose, "choose")
    found = ask(engine, stages.depth, NAME, args.measure, args.split)
    found = replace(found, temperature=round(fit_temperature(chosen.logits, chosen.labels), 4))
    at = f"{args.words}, {len(found.labels):,} photos at {card.transform.crop} px, as the program answers"
    at += f"; temperature: {len(chosen.labels):,} sharp photos that are no test's"
    top1, top5 = (round(found.top(k), 4) for k in (1, 5))
    card = replace(card, temperature=found.temperature, top1=top1, top5=top5, measured_on=at)
    file.with_suffix(".json").write_text(card_to_json(card), encoding="utf-8")
    log = {
        "command": command,
        "sharp_crops_fitted_to": len(rows),
        "held_sharp_divergence_1000": round(off, 4),
        "evaluated_on": args.words,
        "top1": card.top1,
        "top5": card.top5,
        "calibration_error": round(found.calibration_error(), 4),
    }
    file.with_suffix(".jsonl").write_text(json.dumps(log) + "\n", encoding="utf-8")
    return card


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.thousand_classes", description=__doc__.split(":")[0])
    p.add_argument("--weights", type=Path, required=True, help="bundled weights with their card beside them")
    p.add_argument("--pool", type=Path, required=True, help="folder of sharp photos with answers.npy")
    p.add_argument("--choose", type=Path, required=True, help="folder with choose/, labelled sharp photos")
    p.add_argument("--measure", type=Path, required=True, help="photos, a folder a class, to measure on")
    p.add_argument("--split", default="val", help="folder inside --measure (default: %(default)s)")
    p.add_argument("--words", required=True, help="what these are, for the card")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    words = sys.argv[1:] if arguments is None else list(arguments)
    args = p.parse_args(words)
    card = make(args, without_folders(" ".join(["python -m training.thousand_classes", *words])))
    print(f"{card.title}: top-1 {card.top1}, top-5 {card.top5}, temperature {card.temperature}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
