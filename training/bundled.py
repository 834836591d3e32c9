"""Weights with their card beside them, as the program loads them, and what deeper ones need not store again."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from resnet_demo.engine.engine import Engine
from resnet_demo.network.resnet import ResNet
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Card, card_from_json, read_text
from resnet_demo.weights.choices import load_source
from resnet_demo.weights.sources import BUNDLED, Source, source_of
from training import storage


def card_of(file: Path) -> Card:
    """What ``<file>.json`` says. Raises as ``card_from_json`` and ``read_text``."""
    card = file.with_suffix(".json")
    return card_from_json(read_text(card), card.name)


def folders_of(card: Card) -> list[str]:
    """The names of the folders with the photos of each class, in the order of the classes."""
    return [info.wnid or info.label for info in card.classes]


def network_of(file: Path) -> ResNet:
    """The whole network, frozen, in evaluation mode, with its ``card``; channels last. Raises as ``load_source``."""
    return load_source(Source(card_of(file), file)).to(memory_format=torch.channels_last)


def engine_of(file: Path, settings: Settings) -> tuple[Engine, int, str]:
    """An engine that has these weights, and the depth and the name by which it is asked for them.

    A file that leaves something out is asked for as the bundled weights that it is: it has to lie among them.
    """
    card = card_of(file)
    if card.rest_of is not None:
        return Engine(settings=settings), card.depth, card.name
    return Engine(settings=replace(settings, weights_file=file)), card.depth, "file"


def file_of(depth: int) -> Path:
    """Where the bundled weights of 200 classes lie. Raises ``WeightsUnavailable`` where there are none."""
    return source_of(depth, BUNDLED[0], Settings()).path


def entries_of(file: Path) -> dict[str, Tensor]:
    """A network's entries as they are stored, in this file or in the one that has the rest."""
    rest, own = card_of(file).rest_of, load_file(file)
    return (without(entries_of(file_of(rest)), own) if rest else {}) | own


def without(entries: Mapping[str, Tensor], names: Container[str]) -> dict[str, Tensor]:
    """Stored ``entries``, without the values called so and their scales."""
    return {name: value for name, value in entries.items() if name.removesuffix(storage.SCALE) not in names}


def beyond(weights: Mapping[str, Tensor], file: Path) -> dict[str, Tensor]:
    """Those of a network's ``weights`` that the network of ``file`` has not, or has otherwise."""
    known = network_of(file).state_dict()
    return {name: value for name, value in weights.items() if name not in known or not torch.equal(value, known[name])}
