"""The network that a run starts with: fresh from a seed, from a weights file, or grown from a shallower one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import ResNet, resnet
from resnet_demo.weights import checkpoints
from resnet_demo.weights.cards import Card
from resnet_demo.weights.integrity import sha256_of
from training import bottlenecks, checkpoint
from training.augment import whole
from training.bundled import card_of, folders_of
from training.data import Photos
from training.growth import grow
from training.initial import fresh
from training.measure import logits_of

COMPARED = 100
"""Validation photos on which a grown network is compared with the one it was grown from."""

VIEWS = 256
"""Training photos by whose means and spreads basic blocks are written as bottlenecks."""


def load_network(file: Path) -> tuple[ResNet, dict[str, Any]]:
    """A trained network in evaluation mode and what is known about it: ``depth`` and ``classes`` at least.

    ``file`` is a finished run's ``network.pt`` or a weights file with its card.
    """
    if file.suffix == ".safetensors":
        depth = checkpoints.outline(file).depth
        network, card = load_weights(file, depth)
        return network.eval().requires_grad_(False), {"depth": depth, "classes": folders_of(card)}
    state = checkpoint.load(file)
    network = resnet(state["about"]["depth"], len(state["about"]["classes"]))
    network.load_state_dict(state["network"])
    return network.eval().requires_grad_(False), state["about"]


def load_weights(file: Path, depth: int) -> tuple[ResNet, Card]:
    """The network of a weights file with a card beside it, and that card. Raises what is wrong with either."""
    card = card_of(file)
    return checkpoints.load_network(file, depth, len(card.classes)), card


def start_network(args: argparse.Namespace, photos: Photos, validation: Photos) -> tuple[ResNet, dict[str, Any]]:
    """The network to train, fresh from the seed, from a weights file or grown, and what the log should say of it.

    A grown one answers some validation photos beside the one it was grown from: the log has the largest difference
    of their logits and how often they agree, and both accuracies can be read from the two logs.
    """
    if args.start_from:
        network, card = load_weights(args.start_from, args.depth)
        if folders_of(card) != list(validation.classes):
            raise InputError("training-other-classes", file=args.start_from, folder=args.data)
        start = {"start": "weights", "file": args.start_from.name, "sha256": sha256_of(args.start_from)}
        return network, start | {"made_by": card.made_by, "grown_from": card.grown_from, "grown_by": card.grown_by}
    if not args.grow_from:
        return fresh(args.depth, len(validation.classes), args.seed), {"start": "fresh", "seed": args.seed}
    shallow, about = load_network(args.grow_from)
    if about["classes"] != list(validation.classes):
        raise InputError("training-other-classes", file=args.grow_from, folder=args.data)
    start = {"file": args.grow_from.name, "sha256": sha256_of(args.grow_from), "grown_from": about["depth"]}
    if (about["depth"], args.depth) == bottlenecks.DEPTHS:
        start |= {"start": f"bottlenecks written from a ResNet-{about['depth']}", "grown_by": "bottlenecks"}
        deep = bottlenecks.as_bottlenecks(shallow, whole(photos.spread(VIEWS).pixels, args.view), args.seed)
    else:
        start |= {"start": f"grown from a ResNet-{about['depth']}", "grown_by": "added-blocks"}
        try:
            deep = grow(shallow, about["depth"], args.depth, args.seed)
        except ValueError as error:
            raise InputError("training-growth", file=args.grow_from, cause=error) from error
    some = validation.spread(COMPARED)
    before, after = (logits_of(network.eval(), some, args.view) for network in (shallow, deep))
    return deep, start | {
        "largest_logit_difference": (after - before).abs().max().item(),
        "same_answers": (after.argmax(1) == before.argmax(1)).double().mean().item(),
        "photos_compared": len(some),
    }
