"""Where weights come from: one's own files, torchvision's, the bundled ones; and what to say when there are none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import torch

from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError, ResNetDemoError, WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.results import DEPTHS, WeightsName
from resnet_demo.settings import Settings
from resnet_demo.weights import hub, own_files, registry
from resnet_demo.weights.cards import Card, card_from_json, read_text
from resnet_demo.weights.download import RemoteFile, name_of, shown

NAMES = ("file", "imagenet1k-v1", "imagenet1k-v2", "tiny-imagenet", "imagenet-1k-distilled")
"""The names of choices, in the order in which ``auto`` takes the first that is on this machine."""

BUNDLED = ("tiny-imagenet", "imagenet-1k-distilled")
PUBLISHED = ("imagenet1k-v1", "imagenet1k-v2")

Weights = WeightsName


@dataclass(frozen=True)
class Source:
    """One choice for one depth: its card, and where its file is, or would be."""

    card: Card
    path: Path

    @property
    def depth(self) -> int:
        """The depth that it serves."""
        return self.card.depth

    @property
    def name(self) -> str:
        """The choice's name, one of ``NAMES`` or of the Hugging Face Hub's, "hf:owner/name"."""
        return self.card.name

    @property
    def composed(self) -> tuple[str, str] | None:
        """Of what its title was put together, as ``own_files.composed``."""
        return own_files.composed(self.card, self.path.name, self.name.removeprefix("hf:").partition("@")[0])

    @property
    def here(self) -> bool:
        """Whether the file is on this machine."""
        return self.path.is_file()

    @property
    def file(self) -> RemoteFile | None:
        """What to fetch, where torchvision publishes it."""
        if self.name not in PUBLISHED:
            return None
        assert self.card.sha256 is not None  # torchvision's records have it
        return RemoteFile(self.card.source, self.card.sha256, self.card.size_bytes)

    @property
    def command(self) -> str:
        """The command that fetches published weights."""
        return f"resnet-demo weights download --depth {self.depth} --weights {self.name}"


def own(depth: int, settings: Settings) -> list[Source]:
    """The file of one's own for ``depth``, if there is one. Raises as ``own_files.find`` and ``own_files.card``."""
    path = own_files.find(depth, settings)
    return [] if path is None else [Source(own_files.card(path, depth, settings), path)]


def published(depth: int) -> list[Source]:
    """torchvision's: V1, and V2 where there is one. There is always at least one.

    The files lie where ``torch.hub`` keeps its own (``TORCH_HOME``), under the names it gives them, so that
    this program and torchvision find what the other fetched.
    """
    return [Source(card, published_folder() / name_of(card.source)) for card in registry.published(depth)]


def published_folder() -> Path:
    """Where torchvision's files lie."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def bundled(depth: int) -> list[Source]:
    """The bundled weights that come for ``depth``."""
    paths = [assets_dir() / "weights" / f"resnet{depth}-{name}.safetensors" for name in BUNDLED]
    return [Source(_bundled_card(path.with_suffix(".json")), path) for path in paths if path.is_file()]


@lru_cache
def _bundled_card(path: Path) -> Card:
    return card_from_json(read_text(path), path.name)


def of_the_hub(settings: Settings) -> list[Source]:
    """The Hugging Face Hub's on this machine, of every depth; ``auto`` takes none of them."""
    return [Source(card, path) for card, path in hub.all_cached(settings)]


def source_of(depth: int | str, name: Weights, settings: Settings, *, fetchable: bool = False) -> Source:
    """The source that ``name`` means for ``depth``; ``auto`` is the first whose file is on this machine, and a path is
    a file of one's own.

    With ``fetchable``, ``auto`` falls to the first published one where none is here. Raises ``InputError`` for a depth
    or name that there is not, ``WeightsUnavailable`` where there is nothing of that name, and as ``own`` and
    ``hub.of_name``.
    """
    depth = known_depth(depth)
    if isinstance(name, os.PathLike):
        path = Path(os.fsdecode(name))
        return Source(own_files.card(path, depth, settings), path)
    if hub.is_named(name):
        card, path = hub.of_name(str(name), settings)
        if card.depth != depth:
            raise WeightsMismatch("weights-other-depth", file=card.name, held_depth=card.depth, depth=depth)
        return Source(card, path)
    name = _known_name(depth, name)
    named = _named(depth, name, settings)
    found = next((source for source in named if name != "auto" or source.here), None)
    if found is None and name == "auto":
        found = published(depth)[0]
        if not fetchable:
            raise not_here(found, settings)
    if found is None:
        raise _not_for(depth, name)
    return found


def _known_name(depth: int, name: object) -> str:
    """A choice's name, of whatever else it is called: by torchvision, "DEFAULT", "IMAGENET1K_V2" and
    "ResNet50_Weights.IMAGENET1K_V2", or a member of that enumeration, which belongs to one depth."""
    given = f"{type(name).__name__}.{name.name}" if isinstance(name, Enum) else str(name)
    family, dot, member = given.rpartition(".")
    plain = member.lower().replace("_", "-") if member.isupper() else given
    if plain == "default":
        plain = published(depth)[-1].name
    if plain != "auto" and plain not in NAMES:
        raise InputError("weights-unknown", given=given, names=", ".join(("auto", *NAMES)))
    if dot and family != f"ResNet{depth}_Weights":
        raise InputError("weights-for-other-depth", weights=given, depth=depth)
    return plain


def _named(depth: int, name: str, settings: Settings) -> Iterator[Source]:
    """The sources that ``name`` may mean, in ``auto``'s order, each looked for when its turn comes."""
    if name in ("auto", "file"):
        yield from own(depth, settings)
    if name in ("auto", *PUBLISHED):
        yield from (source for source in published(depth) if name in ("auto", source.name))
    if name in ("auto", *BUNDLED):
        yield from (source for source in bundled(depth) if name in ("auto", source.name))


# What errors say


def known_depth(depth: object) -> int:
    """The depth that ``depth`` names, a number or its text. Raises ``InputError`` for one that is none of the five."""
    known = next((each for each in DEPTHS if str(depth).strip() == str(each)), None)
    if known is None:
        raise InputError("depth-unknown", given=str(depth)[:80], depths=", ".join(map(str, DEPTHS)))
    return known


def require_here(source: Source, settings: Settings) -> None:
    """Raise ``not_here`` for published weights that are not on this machine."""
    if source.file is not None and not source.here:
        raise not_here(source, settings)


def not_here(source: Source, settings: Settings) -> WeightsUnavailable:
    """That published weights are not on this machine, and how they would come here."""
    denied = settings.downloads == "deny"
    return WeightsUnavailable("weights-denied" if denied else "weights-not-here", **_facts(source, settings))


def not_fetched(error: ResNetDemoError, source: Source, settings: Settings) -> ResNetDemoError:
    """Why a download failed, with what it was about and the ways that need none."""
    return error.with_way("way-by-hand", **_facts(source, settings))


def _not_for(depth: int, name: str) -> WeightsUnavailable:
    others = ", ".join(source.name for source in [*published(depth), *bundled(depth)])
    return WeightsUnavailable(
        "weights-not-for-depth", depth=depth, weights=name, choices=others, bundled=_bundled_depths()
    )


def _facts(source: Source, settings: Settings) -> dict[str, object]:
    return {
        "depth": source.depth,
        "weights": source.name,
        "size_mb": round(source.card.size_bytes / 1e6, 1),
        "file": source.path.name,
        "folder": shown(source.path.parent),
        "own_folder": "$RESNET_DEMO_WEIGHTS_DIR" if settings.weights_dir is None else shown(settings.weights_dir),
        "command": source.command,
        "bundled": _bundled_depths(),
    }


def _bundled_depths() -> str:
    return ", ".join(str(depth) for depth in DEPTHS if bundled(depth)) or "–"


@contextmanager
def way_out(source: Source) -> Iterator[None]:
    """Add to what is wrong with a file what can be done about it."""
    try:
        yield
    except (WeightsCorrupt, WeightsMismatch) as error:
        if source.file is not None:
            raise error.with_way("way-published", command=source.command) from error
        raise error.with_way("way-bundled" if source.name in BUNDLED else "way-own") from error
