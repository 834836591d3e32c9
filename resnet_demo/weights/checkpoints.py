"""Weights files: from a .safetensors or .pth file to one of the five networks, or a clear refusal.

``formats.py`` reads the file, ``state_dicts.py`` takes off what training code puts around a network. Here its shapes
tell which network it is, and its values fill it: of any floating type, or 8 bits a weight, ``<key>`` int8 and
``<key>.scale`` float32, one factor an output channel. Batch counters (``num_batches_tracked``), which evaluation never
reads, may be missing, and so may the bias of ``fc``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.network.resnet import PLANS, BasicBlock, Bottleneck, ResNet, resnet
from resnet_demo.weights.formats import read, unreadable
from resnet_demo.weights.state_dicts import COUNTER, SCALE, WANTED, few, no_entry, unwrap

MOST_CLASSES = 100_000
"""Outputs of the last layer: more are taken for a mistake, or for an attempt on the machine's memory."""


@dataclass(frozen=True)
class Outline:
    """What a file holds, seen without reading its values: the depth of its network and the number of its outputs.

    ``hidden`` are the widths of linear layers before the last one. Without a ``head`` the network ends at its pool,
    and its outputs are layer4's channels. A ``grey`` one has a conv1 of one channel. ``labels`` are the classes' names
    where the file holds them, ``notes`` what was unwrapped and left out, in words.
    """

    depth: int
    classes: int
    hidden: tuple[int, ...] = ()
    head: bool = True
    grey: bool = False
    labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many parameters this network has."""
        count = sum(p.numel() for name, p in _hollow(self).named_parameters() if self.head or not name.startswith("fc"))
        return count - 2 * 64 * 7 * 7 * self.grey


def outline(path: Path) -> Outline:
    """Which network ``path`` holds, from the names and shapes in it; asked again, answered from memory.

    Raises as ``load_network``, but does not look at values.
    """
    return _outline(path, *identity(path))


def identity(path: Path) -> tuple[int, int, int, int]:
    """What tells a file from one that was put in its place. Raises ``WeightsUnavailable`` where there is none."""
    try:
        stat = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=64)
def _outline(path: Path, *_identity: int) -> Outline:
    return _recognise(read(path, values=False), path.name)[0]


def load_network(path: Path, depth: int, classes: int, base: ResNet | None = None) -> ResNet:
    """The network in ``path``: float32 on the CPU, in evaluation mode, its parameters ready to take gradients.

    A one-channel conv1 becomes the one of three channels that answers the same for grey photos. A network without a
    head is given the one whose outputs are layer4's channels, each the mean of its map. What ``path`` leaves out is
    taken from ``base``, where there is one: its tensors become this network's.

    Raises ``WeightsUnavailable`` for a file that can't be read, ``WeightsCorrupt`` for one whose bytes are wrong or
    whose values are not finite, ``WeightsMismatch`` for a sound one of another network, depth or number of classes.
    Never a half-loaded network.
    """
    held = read(path, values=True)
    if base is not None and isinstance(held, Mapping):
        held = {**base.state_dict(), **held}
    found, entries = _recognise(held, path.name)
    if (found.depth, found.classes) != (depth, classes):
        raise WeightsMismatch(
            "weights-other-network",
            file=path.name,
            held_depth=found.depth,
            held_classes=found.classes,
            depth=depth,
            classes=classes,
        )
    values = {key: _value(key, entries, path.name) for key in entries if not key.endswith((COUNTER, SCALE))}
    network = _hollow(found)
    for key, empty in network.state_dict().items():
        if key.endswith(COUNTER) or (key.startswith("fc.") and key.endswith("bias") and key not in values):
            values[key] = torch.zeros_like(empty, device="cpu")
    if found.grey:
        values["conv1.weight"] = (values["conv1.weight"] / 3).repeat(1, 3, 1, 1)
    if not found.head:
        values["fc.weight"] = torch.eye(found.classes)
    network.load_state_dict(values, strict=True, assign=True)
    return network.eval()


# From named tensors to a network


def _hollow(of: Outline) -> ResNet:
    """The network without memory for its values: nothing is initialised, no random number drawn."""
    with torch.device("meta"):
        network = resnet(of.depth, of.classes)
        if of.hidden:
            widths = [network.fc.in_features, *of.hidden, of.classes]
            layers: list[nn.Module] = []
            for width, wider in zip(widths, widths[1:], strict=False):
                layers += [nn.Linear(width, wider), nn.ReLU()]
            network.fc = nn.Sequential(*layers[:-1])  # type: ignore[assignment]
    return network


def _recognise(held: object, name: str) -> tuple[Outline, Mapping[str, Tensor]]:
    """The network that a file holds, and its entries. Raises ``WeightsMismatch`` if it differs from all of the five."""
    unwrapped = unwrap(held, name)
    entries = unwrapped.entries
    kind, stem = _kind(entries), _stem(entries, name)
    found = [re.match(r"layer(\d+)\.(\d+)\.", key) for key in entries]
    stages = sorted({int(m[1]) for m in found if m})
    blocks = tuple(len({m[2] for m in found if m and int(m[1]) == stage}) for stage in stages)
    depth = next((depth for depth, plan in PLANS.items() if plan == (kind, blocks)), None)
    if depth is None:
        held = ", ".join(map(str, blocks))
        raise WeightsMismatch("weights-other-blocks", file=name, blocks=held, kind=kind.__name__, depths=WANTED)
    layers = [len(entries[k]) for k in entries if re.fullmatch(r"fc\.(\d+\.)?weight", k)]
    classes = layers[-1] if layers else 512 * kind.expansion
    if not 1 <= classes <= MOST_CLASSES:
        raise WeightsMismatch("weights-too-many-classes", file=name, classes=f"{classes:,}", most=f"{MOST_CLASSES:,}")
    notes = unwrapped.notes
    if stem == 1:
        notes += ("conv1 has one channel: photos are made grey",)
    if not layers:
        notes += ("no classifier: its outputs are layer4's channels",)
    labels = unwrapped.labels if layers and len(unwrapped.labels or ()) == classes else None
    outlined = Outline(depth, classes, tuple(layers[:-1]), bool(layers), stem == 1, labels, notes)
    _compare(entries, outlined, name)
    return outlined, entries


def _kind(entries: Mapping[str, Tensor]) -> type[BasicBlock] | type[Bottleneck]:
    return Bottleneck if "layer1.0.conv3.weight" in entries else BasicBlock


def _stem(entries: Mapping[str, Tensor], name: str) -> int:
    """How many channels the 7x7 convolution of the stem takes. Raises ``WeightsMismatch`` for any other stem."""
    if "conv1.0.weight" in entries:
        raise WeightsMismatch("weights-other-stem", file=name, depths=WANTED)
    if "conv1.weight" not in entries:
        raise no_entry(name, "conv1.weight", entries)
    shape = tuple(entries["conv1.weight"].shape)
    if shape[2:] == (3, 3):
        raise WeightsMismatch("weights-cifar-stem", file=name, shape=str(shape), depths=WANTED)
    return shape[1] if len(shape) == 4 else 0


def _compare(entries: Mapping[str, Tensor], found: Outline, name: str) -> None:
    """Raise ``WeightsMismatch`` if there is any difference from the network that the entries seem to be."""
    expected = {key: value.shape for key, value in _hollow(found).state_dict().items()}
    if found.grey:
        expected["conv1.weight"] = torch.Size((64, 1, 7, 7))
    optional = [key for key in expected if key.endswith(COUNTER) or (key.startswith("fc.") and key.endswith("bias"))]
    missing = [
        key for key in expected if key not in entries and key not in optional and (found.head or key != "fc.weight")
    ]
    extra = [key for key in entries if key not in expected and not _is_scale(key, entries)]
    wrong = [
        key for key in entries if key in expected and not key.endswith(COUNTER) and entries[key].shape != expected[key]
    ]
    if missing or extra or wrong:
        raise WeightsMismatch(
            "weights-other-entries",
            file=name,
            depth=found.depth,
            missing=few(missing),
            extra=few(extra),
            reshaped=few([f"{key} {tuple(entries[key].shape)} ≠ {tuple(expected[key])}" for key in wrong]),
            depths=WANTED,
        )


def _is_scale(key: str, entries: Mapping[str, Tensor]) -> bool:
    weight = entries.get(key.removesuffix(SCALE))
    return key.endswith(SCALE) and weight is not None and weight.dtype == torch.int8


def _value(key: str, entries: Mapping[str, Tensor], name: str) -> Tensor:
    """An entry in float32. Raises ``WeightsCorrupt`` for values that no network can have."""
    stored = entries[key].detach()
    if stored.untyped_storage().nbytes() < stored.numel() * stored.element_size():
        raise WeightsCorrupt("weights-hollow", file=name, entry=key)
    value = stored.to(torch.float32, memory_format=torch.contiguous_format)
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
