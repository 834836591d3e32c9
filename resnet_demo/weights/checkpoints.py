"""Weights files: from the bytes of a .safetensors or .pth file to one of the five networks, or a clear refusal.

Understood are torchvision's names of parameters, which timm's copies of these networks share, with what training code
puts around them: a wrapper (``{"state_dict": …}``, ``{"model": …}``), the prefix of DataParallel, Lightning or
``torch.compile``; values of any floating type, or 8 bits a weight: ``<key>`` int8 and ``<key>.scale`` float32, one
factor an output channel. Batch counters (``num_batches_tracked``), which evaluation never reads, may be missing.
"""

from __future__ import annotations

import argparse
import pickle
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.network.resnet import PLANS, BasicBlock, Bottleneck, ResNet, resnet
from resnet_demo.weights.integrity import is_lfs_pointer, is_web_page

WRAPPERS = ("state_dict", "model")
PREFIXES = ("module.", "_orig_mod.", "model.")
COUNTER = ".num_batches_tracked"
SCALE = ".scale"

_DEPTHS = ", ".join(map(str, PLANS))

_OBJECTS = re.compile("unsupported (global|class)|unrecognized function", re.IGNORECASE)  # in torch.load's refusals
_unpickling = threading.Lock()


@dataclass(frozen=True)
class Outline:
    """What a file holds, seen without reading its values: the depth of its network and the number of its classes."""

    depth: int
    classes: int

    @property
    def parameters(self) -> int:
        """How many parameters this network has."""
        return sum(p.numel() for p in _hollow(self.depth, self.classes).parameters())


def outline(path: Path) -> Outline:
    """Which network ``path`` holds, from the names and shapes in it; asked again, answered from memory.

    Raises as ``load_network``, but does not look at values.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _outline(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=64)
def _outline(path: Path, *_identity: int) -> Outline:
    return _recognise(_entries(path), path.name)


def load_network(path: Path, depth: int, classes: int) -> ResNet:
    """The network in ``path``: float32 on the CPU, in evaluation mode, its parameters ready to take gradients.

    Raises ``WeightsUnavailable`` for a file that can't be read, ``WeightsCorrupt`` for one whose bytes are wrong or
    whose values are not finite, ``WeightsMismatch`` for a sound one of another network, depth or number of classes.
    Never a half-loaded network.
    """
    entries = _entries(path)
    found = _recognise(entries, path.name)
    if found != Outline(depth, classes):
        raise WeightsMismatch(
            "weights-other-network",
            file=path.name,
            held_depth=found.depth,
            held_classes=found.classes,
            depth=depth,
            classes=classes,
        )
    values = {key: _value(key, entries, path.name) for key in entries if not key.endswith((COUNTER, SCALE))}
    network = _hollow(found.depth, found.classes)
    for key, empty in network.state_dict().items():
        if key.endswith(COUNTER):
            values[key] = torch.zeros_like(empty, device="cpu")
    network.load_state_dict(values, strict=True, assign=True)
    return network.eval()


def check_kind(path: Path) -> bytes:
    """The file's first bytes. Raises ``WeightsCorrupt`` for none, an LFS pointer's or a web page's."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not start:
        raise WeightsCorrupt("weights-empty", file=path.name)
    if is_lfs_pointer(start):
        raise WeightsCorrupt("weights-lfs-pointer", file=path.name)
    if is_web_page(start):
        raise WeightsCorrupt("weights-web-page", file=path.name)
    return start


def _unreadable(path: Path, error: OSError) -> WeightsUnavailable:
    return WeightsUnavailable("weights-unreadable", file=path.name, cause=error.strerror or error)


# From bytes to named tensors


def _entries(path: Path) -> dict[str, Tensor]:
    """The file's tensors under torchvision's names, mapped: their values are read from disk when they are used."""
    start = check_kind(path)
    held = _read_safetensors(path) if start[8:9] == b"{" else _read_pickle(path, start)
    return _named_as_torchvision(_unwrapped(held, path.name), path.name)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except Exception as error:
        raise WeightsCorrupt("weights-not-safetensors", file=path.name, cause=error) from error


def _read_pickle(path: Path, start: bytes) -> Any:
    zipped = start.startswith(b"PK")  # as PyTorch has saved since 1.6; older files are one pickle after another
    try:
        # Training scripts, torchvision's and timm's among them, keep their options beside the weights: plain data.
        # The list of safe classes is the process's, so one thread at a time changes it.
        with _unpickling, torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:
        # How torch.load fails depends on where the bytes stop making sense; the cause stays with the error.
        if isinstance(error, pickle.UnpicklingError) and _OBJECTS.search(str(error)):
            raise WeightsCorrupt("weights-objects", file=path.name) from error
        raise WeightsCorrupt("weights-cut-short" if zipped else "weights-no-known-format", file=path.name) from error


def _unwrapped(held: Any, name: str) -> dict[str, Tensor]:
    """The state dict itself, out of what a training script saved around it."""
    for wrapper in WRAPPERS:
        if isinstance(held, Mapping) and isinstance(held.get(wrapper), Mapping):
            held = held[wrapper]
    if not isinstance(held, Mapping) or not held:
        raise WeightsCorrupt("weights-no-state-dict", file=name)
    for key, value in held.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise WeightsCorrupt("weights-entry-no-tensor", file=name, entry=str(key)[:60])
        if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
            raise WeightsCorrupt("weights-entry-not-plain", file=name, entry=key)
    return dict(held)


def _named_as_torchvision(entries: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    while prefix := next((p for p in PREFIXES if all(key.startswith(p) for key in entries)), None):
        entries = {key.removeprefix(prefix): value for key, value in entries.items()}
    return entries


# From named tensors to a network


@cache
def _shapes(depth: int, classes: int) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in _hollow(depth, classes).state_dict().items()}


def _hollow(depth: int, classes: int) -> ResNet:
    """The network without memory for its values: nothing is initialised, no random number drawn."""
    with torch.device("meta"):
        return resnet(depth, classes)


def _recognise(entries: Mapping[str, Tensor], name: str) -> Outline:
    """The network these entries are for. Raises ``WeightsMismatch`` if there is any difference from all of the five."""
    if "conv1.0.weight" in entries:
        raise WeightsMismatch("weights-other-stem", file=name, depths=_DEPTHS)
    if "conv1.weight" not in entries or "fc.weight" not in entries:
        lacking = "conv1.weight" if "conv1.weight" not in entries else "fc.weight"
        first, others = next(iter(entries)), len(entries) - 1
        raise WeightsMismatch(
            "weights-no-entry", file=name, lacking=lacking, first=first, others=others, depths=_DEPTHS
        )
    kind = Bottleneck if "layer1.0.conv3.weight" in entries else BasicBlock
    found = [re.match(r"layer([1-4])\.(\d+)\.", key) for key in entries]
    blocks = tuple(len({m[2] for m in found if m and m[1] == stage}) for stage in "1234")
    depth = next((depth for depth, plan in PLANS.items() if plan == (kind, blocks)), None)
    if depth is None:
        held = ", ".join(map(str, blocks))
        raise WeightsMismatch("weights-other-blocks", file=name, blocks=held, kind=kind.__name__, depths=_DEPTHS)
    if entries["fc.weight"].ndim != 2 or entries["fc.weight"].shape[0] < 1:
        shape = str(tuple(entries["fc.weight"].shape))
        raise WeightsMismatch("weights-no-classifier", file=name, shape=shape, depths=_DEPTHS)
    classes = entries["fc.weight"].shape[0]

    expected = _shapes(depth, classes)
    missing = [key for key in expected if key not in entries and not key.endswith(COUNTER)]
    extra = [key for key in entries if key not in expected and not _is_scale(key, entries)]
    wrong = [
        key for key in entries if key in expected and not key.endswith(COUNTER) and entries[key].shape != expected[key]
    ]
    if missing or extra or wrong:
        raise WeightsMismatch(
            "weights-other-entries",
            file=name,
            depth=depth,
            missing=_few(missing),
            extra=_few(extra),
            reshaped=_few([f"{key} {tuple(entries[key].shape)} ≠ {tuple(expected[key])}" for key in wrong]),
            depths=_DEPTHS,
        )
    return Outline(depth, classes)


def _few(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f", … (+{len(keys) - 3})" if len(keys) > 3 else "") if keys else "–"


def _is_scale(key: str, entries: Mapping[str, Tensor]) -> bool:
    weight = entries.get(key.removesuffix(SCALE))
    return key.endswith(SCALE) and weight is not None and weight.dtype == torch.int8


def _value(key: str, entries: Mapping[str, Tensor], name: str) -> Tensor:
    """An entry in float32, in memory of its own. Raises ``WeightsCorrupt`` for values that no network can have."""
    stored = entries[key]
    value = stored.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
    if stored.dtype == torch.int8:
        scale = entries.get(key + SCALE)
        if scale is None or scale.shape != stored.shape[:1] or not scale.is_floating_point():
            raise WeightsCorrupt("weights-no-factors", file=name, entry=key, factors=key + SCALE)
        value *= scale.to(torch.float32).view(-1, *[1] * (value.ndim - 1))
    elif not stored.is_floating_point():
        raise WeightsCorrupt("weights-not-floating", file=name, entry=key, dtype=str(stored.dtype))
    if not value.isfinite().all():
        raise WeightsCorrupt("weights-not-finite", file=name, entry=key)
    if key.endswith("running_var") and (value < 0).any():
        raise WeightsCorrupt("weights-negative-variances", file=name, entry=key)
    return value
