"""The one place that unwraps: from what a training script saved to the entries of one ResNet, in torchvision's names.

Nothing is looked up in a list of wrappers. All that was saved is laid out flat ("state_dict.model.layer1.0.…"); a
network is wherever the keys of its first block begin, and everything before them is wrapping.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.results import DEPTHS
from resnet_demo.weights.formats import Beside

WANTED = ", -".join(map(str, DEPTHS))
COUNTER = ".num_batches_tracked"
SCALE = ".scale"

HEADS = ("fc", "classifier", "head", "head.fc", "linear", "last_linear", "heads.head", "cls_head.fc")
"""What a classifier is called, inside the network or beside it."""

AVERAGED = {"ema", "teacher", "averaged", "swa", "avg"}
"""Words in the name of an average over training, which is taken before the weights it was made of."""

MOMENTUM = {"k", "momentum", "target"}
"""Words in the name of a copy that only serves training, which is taken last."""

_INNER = re.compile(r"(?:^|(?<=\.))(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
_BODY = re.compile(r"(conv1|bn1|layer\d+)\.")

# Other ways to name the same network: the key that shows where it begins, and how its keys become torchvision's.
_FORMS: tuple[tuple[str, tuple[tuple[str, str | Callable[[re.Match], str]], ...]], ...] = (
    ("layer1.0.conv1.weight", ()),
    (  # Hugging Face's ResNetModel
        "encoder.stages.0.layers.0.layer.0.convolution.weight",
        (
            (r"^embedder\.embedder\.convolution\.", "conv1."),
            (r"^embedder\.embedder\.normalization\.", "bn1."),
            (r"^encoder\.stages\.(\d+)\.layers\.", lambda m: f"layer{int(m[1]) + 1}."),
            (r"\.layer\.(\d+)\.convolution\.", lambda m: f".conv{int(m[1]) + 1}."),
            (r"\.layer\.(\d+)\.normalization\.", lambda m: f".bn{int(m[1]) + 1}."),
            (r"\.shortcut\.convolution\.", ".downsample.0."),
            (r"\.shortcut\.normalization\.", ".downsample.1."),
        ),
    ),
    (  # nn.Sequential(*network.children())
        "4.0.conv1.weight",
        (
            (r"^0\.", "conv1."),
            (r"^1\.", "bn1."),
            (r"^([4-7])\.(?=\d)", lambda m: f"layer{int(m[1]) - 3}."),
            (r"^9\.", "fc."),
        ),
    ),
)


@dataclass(frozen=True)
class StateDict:
    """The entries of one network: its body in torchvision's names, its linear layers as ``fc.0``, ``fc.2`` and so on
    where there are several, ``fc`` where there is one.

    ``labels`` are the classes' names where the file holds them, ``notes`` what was taken and what left out, in words.
    """

    entries: Mapping[str, Tensor]
    labels: tuple[str, ...] | None
    notes: tuple[str, ...]


def unwrap(held: Any, name: str) -> StateDict:
    """The network in ``held``, which was saved in the file called ``name``.

    Where several networks fit, an average of weights comes before what it was made of, a momentum encoder last; the
    notes say which was taken. Raises ``WeightsCorrupt`` where there is no state dict, ``WeightsMismatch`` where it
    is of no ResNet.
    """
    if isinstance(held, Beside):
        raise WeightsCorrupt("weights-objects", file=name)
    flat = dict(_flat(held))
    tensors = {_INNER.sub("", key): value for key, value in flat.items() if isinstance(value, Tensor)}
    if not tensors:
        objects = any(isinstance(value, Beside) for value in flat.values())
        raise WeightsCorrupt("weights-objects" if objects else "weights-no-state-dict", file=name)
    found = _candidates(tensors)
    if not found:
        raise no_entry(name, "conv1.weight", tensors)
    prefix, form = found[0]
    body, taken = _body(tensors, prefix, form)
    head, head_taken, note = _head(tensors, prefix, body, name)
    _check_plain(body | head, name)
    notes = [f'taken: the entries under "{prefix}"'] if prefix else []
    notes += ["named as Hugging Face does"] if form == 1 else ["numbered as nn.Sequential does"] if form == 2 else []
    notes += note
    notes += [f'left out: the network under "{other}"' for other, _ in found[1:]]
    others = tuple(other for other, _ in found[1:])
    beside = [k for k in tensors if k not in taken and k not in head_taken and not (others and k.startswith(others))]
    notes += [f"left out: {few(beside)}"] if beside else []
    return StateDict(body | head, _labels(held), tuple(notes))


def no_entry(name: str, lacking: str, entries: Mapping[str, Tensor]) -> WeightsMismatch:
    """That a file lacks an entry without which it is no ResNet, and what it has."""
    first, others = next(iter(entries)), len(entries) - 1
    return WeightsMismatch("weights-no-entry", file=name, lacking=lacking, first=first, others=others, depths=WANTED)


def few(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f", … (+{len(keys) - 3})" if len(keys) > 3 else "") if keys else "–"


def _mappings(held: Any, prefix: str = "") -> Iterator[tuple[str, Mapping]]:
    """Every mapping in what was saved, once, with the keys that lead to it."""
    left, seen = deque([(prefix, held)]), set()
    while left:
        prefix, each = left.popleft()
        if not isinstance(each, Mapping) or id(each) in seen:
            continue
        seen.add(id(each))
        yield prefix, each
        left += [(f"{prefix}{key}.", value) for key, value in each.items() if _is_name(key)]


def _flat(held: Any) -> Iterator[tuple[str, Any]]:
    for prefix, mapping in _mappings(held):
        for key, value in mapping.items():
            if _is_name(key) and not isinstance(value, Mapping):
                yield prefix + key, value


def _is_name(key: Any) -> bool:
    """Whether a key can be one of an entry; a pickle may hold half a character, which no message can."""
    return isinstance(key, str) and key.isprintable()


def _candidates(tensors: Mapping[str, Tensor]) -> list[tuple[str, int]]:
    """Where networks begin: prefix and form of names, the one to take first."""
    found = [
        (key.removesuffix(anchor), form)
        for form, (anchor, _) in enumerate(_FORMS)
        for key in tensors
        if key.endswith(anchor) and (key == anchor or key.removesuffix(anchor).endswith("."))
    ]
    # An average of the parameters alone, without batch norm's statistics, is no whole network.
    statistics = [key for key in tensors if key.endswith(".running_mean")]
    whole = [(prefix, form) for prefix, form in found if any(key.startswith(prefix) for key in statistics)]

    def order(candidate: tuple[str, int]) -> int:
        words = set(re.split(r"[._]", candidate[0].lower()))
        return 0 if words & AVERAGED else 2 if words & MOMENTUM else 1

    return sorted(whole or found, key=order)


def _body(tensors: Mapping[str, Tensor], prefix: str, form: int) -> tuple[dict[str, Tensor], set[str]]:
    body, taken = {}, set()
    for key, value in tensors.items():
        if not key.startswith(prefix):
            continue
        renamed = key.removeprefix(prefix)
        for pattern, replacement in _FORMS[form][1]:
            renamed = re.sub(pattern, replacement, renamed)
        if _BODY.match(renamed):
            body[renamed] = value
            taken.add(key)
    return body, taken


def _head(
    tensors: Mapping[str, Tensor], prefix: str, body: Mapping[str, Tensor], name: str
) -> tuple[dict[str, Tensor], set[str], list[str]]:
    """The linear layers behind the network, inside it or beside it; empty where there are none."""
    width = next((len(body[k]) for k in ("layer4.0.bn3.weight", "layer4.0.bn2.weight") if k in body), 0)
    places = [prefix[:end] for end in range(len(prefix), -1, -1) if end == 0 or prefix[end - 1] == "."]
    named = [f"{place}{head}." for place in places for head in (*HEADS, "9")]
    for path in named:
        within = {key.removeprefix(path): key for key in tensors if key.startswith(path)}
        layers = sorted(
            {inner.removesuffix("weight") for inner, key in within.items() if _is_linear(inner, tensors[key])},
            key=lambda inner: [int(part) if part.isdigit() else 0 for part in inner.split(".")],
        )
        shape = tuple(tensors[within[f"{layers[0]}weight"]].shape) if layers else None
        if shape is None or shape[1] != width:
            if path == f"{prefix}fc." and within:
                weight = tensors.get(f"{path}weight")
                held = "–" if weight is None else str(tuple(weight.shape))
                raise WeightsMismatch("weights-no-classifier", file=name, shape=held, depths=WANTED)
            continue
        if any(inner.endswith("running_mean") for inner in within):
            return {}, set(), [f'left out: the layers under "{path}", which are not linear alone']
        entries, taken = {}, set()
        for place, layer in enumerate(layers):
            to = "fc." if len(layers) == 1 else f"fc.{2 * place}."
            for part in ("weight", "bias", f"weight{SCALE}"):
                if (inner := layer + part) in within:
                    entries[to + part] = tensors[within[inner]]
                    taken.add(within[inner])
        notes = [f'fc: the linear layer under "{path}{layers[0]}"'] if f"{path}{layers[0]}" != f"{prefix}fc." else []
        if len(layers) > 1:
            notes = [f'fc: {len(layers)} linear layers under "{path}", taken to have ReLUs between them']
        return entries, taken, notes
    return {}, set(), []


def _is_linear(inner: str, value: Tensor) -> bool:
    return (inner == "weight" or inner.endswith(".weight")) and value.ndim == 2


def _check_plain(entries: Mapping[str, Tensor], name: str) -> None:
    for key, value in entries.items():
        if value.layout != torch.strided or value.is_quantized or value.device.type not in ("cpu", "meta"):
            if value.is_quantized:
                raise WeightsCorrupt("weights-quantised", file=name)
            raise WeightsCorrupt("weights-entry-not-plain", file=name, entry=key)


# The classes' names


def _labels(held: Any) -> tuple[str, ...] | None:
    """The names of the classes that a script saved beside the weights, in the order of their indices."""
    for _, mapping in _mappings(held):
        for key in ("class_to_idx", "classes", "class_names", "CLASSES", "idx_to_class", "id2label"):
            if labels := labels_of(mapping.get(key)):
                return labels
    return None


def labels_of(value: Any) -> tuple[str, ...] | None:
    """Names in index order from a list of them, from name to index, or from index to name; None for anything else."""
    if isinstance(value, Mapping):
        if all(isinstance(index, int) for index in value.values()):
            pairs = [(index, label) for label, index in value.items()]
        else:
            pairs = [(int(i) if re.fullmatch("[0-9]{1,9}", str(i)) else -1, label) for i, label in value.items()]
        if sorted(index for index, _ in pairs) != list(range(len(pairs))):
            return None
        value = [label for _, label in sorted(pairs)]
    if isinstance(value, list | tuple) and value and all(isinstance(label, str) and label.strip() for label in value):
        return tuple(value)
    return None
