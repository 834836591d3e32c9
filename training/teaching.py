"""Who teaches in a run: the teacher and the finished network that its command names, and their answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from resnet_demo.errors import InputError
from resnet_demo.weights.integrity import sha256_of
from training.data import Photos
from training.fitted import cached_fit
from training.start import load_network
from training.targets import average_answers
from training.teacher import (
    FEATURES,
    Teacher,
    cached_answers,
    efficientnet_lite1,
    efficientnet_lite1_features,
    imagenet_indices,
    network_teacher,
)


def ask(photos: Photos, name: str, build: Callable[[], Teacher], cache: Path, width: int | None = None) -> Tensor:
    """``cached_answers`` with a progress bar."""
    with tqdm(total=len(photos), desc=name, unit="photo", disable=None) as bar:
        return cached_answers(photos, name, build, cache, width, lambda done: bar.update(done - bar.n))


def answers_for(photos: Photos, args: argparse.Namespace, cache: Path, bfloat16: bool) -> Tensor | None:
    """The teachers' mean probabilities for the training photos, or None where there is no teacher."""
    logits = []
    if args.teacher == "efficientnet-lite1":
        indices = imagenet_indices(photos.classes)
        name = "efficientnet-lite1-160px-mirrored"
        logits.append(ask(photos, name, lambda: efficientnet_lite1(indices, bfloat16), cache))
    elif args.teacher == "efficientnet-lite1-fitted":
        name = "efficientnet-lite1-features-160px-mirrored"
        features = ask(photos, name, lambda: efficientnet_lite1_features(bfloat16), cache, FEATURES)
        logits.append(cached_fit(photos, name, features, cache))
    if args.teach_from:
        network, about = load_network(args.teach_from)
        if about["classes"] != list(photos.classes):
            raise InputError("training-other-classes", file=args.teach_from, folder=args.data)
        name = f"resnet{about['depth']}-{sha256_of(args.teach_from)[:8]}-{args.view}px"
        logits.append(ask(photos, name, lambda: network_teacher(network, args.view), cache))
    return average_answers(logits) if logits else None
