"""From the options to an engine whose weights are on this machine: what is not here is refused before any work."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_demo.errors import InputError
from resnet_demo.settings import Settings
from resnet_demo.weights import hub

if TYPE_CHECKING:
    from resnet_demo.engine.engine import Engine

DEFAULT_DEPTH = 18


@dataclass(frozen=True)
class Chosen:
    """An engine, and which network of it a command is about: ``weights`` by their own name, never ``auto``."""

    engine: Engine
    depth: int
    weights: str


def settings_of(options: argparse.Namespace) -> Settings:
    """The environment's settings, with what the options say in their place. Raises ``SettingsError``."""
    said = {
        name: getattr(options, name, None)
        for name in (
            *("device", "precision", "host", "port", "root_path", "batch_size", "activation", "mcp"),
            *("drain_seconds", "metrics", "log_format", "auth"),
        )
    }
    if getattr(options, "offline", False):
        said["downloads"] = "deny"
    said["weights_file"] = _own_file(options)
    return Settings.from_environment(**{name: value for name, value in said.items() if value is not None})


def open_network(options: argparse.Namespace) -> Chosen:
    """The network that the options name, its weights on this machine.

    Raises ``WeightsUnavailable`` where they are not, ``InputError`` for a depth or name that there is not, and
    ``SettingsError``.
    """
    settings = settings_of(options)
    depth, name = options.depth, weights_name(options)
    if file := _own_file(options):
        depth, name = _depth_of(file, depth), "file"
    elif depth is None and hub.is_named(name):
        depth = hub.of_name(name, settings)[0].depth
    depth = depth or DEFAULT_DEPTH
    engine = open_engine(settings)
    require_here([depth], name, settings)
    return Chosen(engine, depth, engine.network_info(depth, name).weights)


def weights_name(options: argparse.Namespace) -> str:
    """What ``--weights`` names; ``auto``, which takes a file of one's own first, where that is a file."""
    return "auto" if _own_file(options) else options.weights


def open_engine(settings: Settings) -> Engine:
    """An engine with these settings. Raises ``SettingsError`` for a device that is not here."""
    # Captum brings matplotlib along, which complains on standard error where the home folder can't be written.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from resnet_demo.engine.engine import Engine

    return Engine(settings=settings)


def require_here(depths: Iterable[int], name: str, settings: Settings) -> None:
    """Raise ``WeightsUnavailable``, which names the command that fetches them, where the weights called ``name`` are
    not on this machine for each depth: nothing is downloaded unasked."""
    from resnet_demo.weights import sources

    for depth in depths:
        sources.require_here(sources.source_of(depth, name, settings), settings)


def own_files(options: argparse.Namespace) -> list[Path]:
    """The files that ``--weights-file`` names, or ``--weights`` where its value is one and not a choice's name.

    Raises ``InputError`` for one that is not there.
    """
    said, name = getattr(options, "weights_file", None), getattr(options, "weights", None)
    files = said if isinstance(said, list) else [said] if said is not None else []
    if not files and name and not hub.is_named(name) and (set(name) & set("./\\") or Path(name).is_file()):
        files = [name]
    for file in files:
        if not Path(file).is_file():
            raise InputError("weights-file-missing", given=file)
    return [Path(file) for file in files]


def _own_file(options: argparse.Namespace) -> Path | None:
    return next(iter(own_files(options)), None)


def _depth_of(file: Path, asked: int | None) -> int:
    """The depth of the network in a file, which need not be said. Raises ``InputError`` if another was asked for."""
    from resnet_demo.weights.checkpoints import outline

    found = outline(file).depth
    if asked not in (None, found):
        raise InputError("file-other-depth", file=file.name, depth=found, asked=asked)
    return found
