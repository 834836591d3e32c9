"""Weights of the Hugging Face Hub that are on this machine, by name: ``hf:owner/name``, or ``hf:owner/name@revision``.

They lie in the Hub's own cache (``HF_HOME``), where transformers and timm find them too, each version under its commit.
What ``hub_download.py`` has fetched is pinned: a note beside it names commit, file and hash, which hold until the note
goes. Of what others fetched the cache's own words count, and a large file is called by its hash there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from resnet_demo.errors import InputError, ResNetDemoError, WeightsMismatch, WeightsUnavailable
from resnet_demo.results import ClassInfo
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, own_files
from resnet_demo.weights.cards import Card, read_object, read_text
from resnet_demo.weights.hub_config import Described, described
from resnet_demo.weights.imagenet import imagenet_classes

PREFIX = "hf:"
FILES = ("model.safetensors", "pytorch_model.bin")
"""What weights are called in a repository, the first of these."""

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
_NAME = re.compile(r"hf:([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@([\w.-]{1,100}))?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIN = "resnet-demo.json"


@dataclass(frozen=True)
class Repository:
    """``id`` is "owner/name", ``revision`` a branch, tag or commit."""

    id: str
    revision: str = "main"

    @property
    def name(self) -> str:
        """The choice's name."""
        return f"{PREFIX}{self.id}" + (f"@{self.revision}" if self.revision != "main" else "")

    @property
    def folder(self) -> Path:
        """Where the Hub's cache keeps all of its versions."""
        return cache() / f"models--{self.id.replace('/', '--')}"


@dataclass(frozen=True)
class Cached:
    """One version on this machine: the file of its weights and, where that is known, its SHA-256."""

    repository: Repository
    commit: str
    path: Path
    sha256: str | None


def is_named(name: object) -> bool:
    """Whether a choice's name is one of the Hub's."""
    return isinstance(name, str) and name.startswith(PREFIX)


def parsed(name: str) -> Repository:
    """The repository that a choice's name means. Raises ``InputError`` for a name that is none."""
    found = _NAME.fullmatch(name)
    if found is None or ".." in name:
        raise InputError("hub-name", given=name[:120])
    return Repository(found[1], found[2] or "main")


def cache() -> Path:
    """The Hub's cache, where its own library has it: ``HF_HUB_CACHE``, else ``hub`` in ``HF_HOME``, else the user's."""
    if given := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(os.path.expandvars(given)).expanduser()
    users = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{users}/huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def cached(repository: Repository) -> Cached | None:
    """The version of a repository that is on this machine: the pinned one, else the one the cache has for it."""
    pin = _pins(repository).get(repository.revision, {})
    commit = pin.get("commit") or _commit(repository)
    folder = repository.folder / "snapshots" / str(commit)
    names = (pin["file"],) if pin.get("file") in FILES else FILES
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if not commit or path is None or not (folder / CONFIG).is_file():
        return None
    blob = path.resolve().name
    return Cached(repository, commit, path, pin.get("sha256") or (blob if _SHA256.fullmatch(blob) else None))


def pin(repository: Repository, commit: str, file: str, sha256: str) -> None:
    """Note what was fetched, from now on what the repository's name means here."""
    pins = {**_pins(repository), repository.revision: {"commit": commit, "file": file, "sha256": sha256}}
    whole = repository.folder / f"{_PIN}.{os.getpid()}"
    whole.write_text(json.dumps(pins, indent=1) + "\n", encoding="utf-8")
    whole.replace(repository.folder / _PIN)


def _pins(repository: Repository) -> dict[str, dict[str, str]]:
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # none, or no note of ours
        pins = json.loads((repository.folder / _PIN).read_text(encoding="utf-8"))
        return {
            key: each
            for key, each in pins.items()
            if _COMMIT.fullmatch(each["commit"]) and _SHA256.fullmatch(each["sha256"])
        }
    return {}


def _commit(repository: Repository) -> str | None:
    if _COMMIT.fullmatch(repository.revision):
        return repository.revision
    with suppress(OSError, UnicodeDecodeError):
        commit = (repository.folder / "refs" / repository.revision).read_text(encoding="ascii").strip()
        return commit if _COMMIT.fullmatch(commit) else None
    return None


def read_config(folder: Path, name: str) -> Described:
    """What the small files of a version say. Raises as ``hub_config.described``, and for a file that is no JSON."""
    return described(_object(folder / CONFIG), _object(folder / PREPROCESSOR), name)


def _object(path: Path) -> Mapping[str, Any]:
    return read_object(read_text(path), path.name) if path.is_file() else {}


def of_name(name: str, settings: Settings) -> tuple[Card, Path]:
    """Card and file of the weights that a name of the Hub's means.

    Raises ``InputError`` for no such name, ``WeightsUnavailable`` where they are not on this machine, and as ``_card``.
    """
    found = cached(parsed(name))
    if found is None:
        raise WeightsUnavailable("hub-not-here", weights=name, command=f"resnet-demo weights download --weights {name}")
    return _card(found, settings), found.path


def all_cached(settings: Settings) -> Iterator[tuple[Card, Path]]:
    """Card and file of each of the Hub's repositories on this machine whose weights can be used, by name."""
    with suppress(OSError):
        for folder in sorted(cache().glob("models--*--*")):
            name = PREFIX + folder.name.removeprefix("models--").replace("--", "/", 1)
            with suppress(ResNetDemoError, OSError):
                yield of_name(name, settings)


def _card(found: Cached, settings: Settings) -> Card:
    """Raises ``WeightsMismatch`` for a network that is none of the five, and as ``own_files.card``."""
    stamps = tuple(_stamp(found.path.with_name(each)) for each in (found.path.name, CONFIG, PREPROCESSOR))
    return _read_card(found, settings, stamps)


def _stamp(path: Path) -> tuple[int, int]:
    with suppress(OSError):
        stat = path.stat()
        return stat.st_size, stat.st_mtime_ns
    return 0, 0


@lru_cache(maxsize=64)
def _read_card(found: Cached, settings: Settings, stamps: tuple[tuple[int, int], ...]) -> Card:
    name = found.repository.name
    about = read_config(found.path.parent, name)
    held = checkpoints.outline(found.path)
    if held.depth != about.depth:
        raise WeightsMismatch("weights-other-depth", file=name, held_depth=held.depth, depth=about.depth)
    card = own_files.card(found.path, about.depth, settings)
    if about.labels is not None and len(about.labels) == len(card.classes) and held.head:
        card = replace(card, classes=tuple(ClassInfo(i, None, label) for i, label in enumerate(about.labels)))
    elif _are_imagenets(card.classes):
        card = replace(card, classes=imagenet_classes())
    return replace(
        card,
        name=name,
        title=own_files.title(found.repository.id, "classes", len(card.classes)),
        transform=about.transform,
        sha256=found.sha256,
        source=f"huggingface.co/{found.repository.id}, commit {found.commit}",
        licence=about.licence or "as its page on the Hub says",
        made_by="not stated",
    )


def _are_imagenets(classes: tuple[ClassInfo, ...]) -> bool:
    """Whether these are ImageNet's 1,000 in its order, as transformers writes them, with all their synonyms; ours have
    WordNet ids too. A few are called otherwise there."""
    own = imagenet_classes()
    if len(classes) != len(own):
        return False
    return sum(c.label.split(",")[0].lower() == o.label.lower() for c, o in zip(classes, own, strict=True)) >= 900
