"""A published ONNX network read into this project's names: the start that has seen sharp photos.

The NuGet package ``Microsoft.ML.DnnImageFeaturizer.ResNet18`` 0.23.1 (MIT, (c) .NET Foundation and contributors; made
with CNTK 2.6) holds two graphs: ``ResNetPreprocess.onnx`` turns RGB into BGR and subtracts a mean picture,
``ResNet18.onnx`` is a residual network of basic blocks that was trained on ImageNet, up to its average pool. Its last
layer is not in the package, and layer4 has a third block: its plan is ``PLAN``, a ResNet-18 plus one block.

Three differences are taken into the weights, so that the network here sees a photo as every other one does: the order
of the channels, the input's units (0..255 there; mean 0 and spread 1 here) and the mean. Of the mean picture only its
channels' means remain, so answers differ a little from the original's (``tests/training/test_published.py``). Its
paddings, one cell more before than after where it strides, equal this network's for every side that is a multiple of
32.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import STAGES, BasicBlock, Plan, ResNet
from training.augment import MEAN, STD
from training.storage import COUNTER

PLAN = Plan(BasicBlock, (2, 2, 2, 3))

NORM = ("weight", "bias", "running_mean", "running_var")
"""The order of a BatchNormalization node's inputs after the first, under this project's names."""


def read(network: Path, preprocess: Path, plan: Plan = PLAN) -> dict[str, Tensor]:
    """The weights under this project's names, float32, without ``fc`` and batch counters, for normalised RGB.

    Raises ``InputError`` where a graph is of another form than ``plan``'s, or where ``onnx`` is missing.
    """
    nodes, values = _graph(network)
    try:
        weights = names_of(nodes, values)
    except ValueError as error:
        raise InputError("training-published", file=network, cause=error) from error
    known = {name for name in ResNet(plan, 1).state_dict() if not name.startswith("fc.") and not name.endswith(COUNTER)}
    if other := sorted(known ^ weights.keys()):
        raise InputError("training-published", file=network, cause=f"{other[0]} is in one of graph and plan alone")
    _, values = _graph(preprocess)
    pictures = [value for value in values.values() if value.ndim == 4 and value.shape[:2] == (1, 3)]
    if len(pictures) != 1:
        raise InputError("training-published", file=preprocess, cause=f"{len(pictures)} mean pictures instead of one")
    return for_normalised_rgb(weights, torch.tensor(pictures[0]).mean((0, 2, 3)).flip(0))


def names_of(nodes: list[Any], values: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """The parameters of a residual network of basic blocks, named: ``conv1.weight`` to ``layer4.2.bn2.running_var``.

    ``nodes`` in the graph's order, ``values`` its initialisers. What lies between two additions is a block: its 1x1
    convolution is the projection, the others come in their order; a stage begins where the channels change. Raises
    ``ValueError`` where the graph has another form.
    """
    norm_after = {node.input[0]: node for node in nodes if node.op_type == "BatchNormalization"}
    weights: dict[str, Tensor] = {}

    def take(convolution: Any, name: str, norm: str) -> None:
        after = norm_after.get(convolution.output[0])
        if after is None or len(after.input) != 1 + len(NORM) or len(convolution.input) != 2:
            raise ValueError(f"the convolution for {name} is not followed by a batch norm")
        weights[f"{name}.weight"] = torch.from_numpy(values[convolution.input[1]].copy())
        for key, source in zip(NORM, after.input[1:], strict=True):
            weights[f"{norm}.{key}"] = torch.from_numpy(values[source].copy())

    first, *blocks = _blocks(nodes, values)
    if len(first) != 1:
        raise ValueError("the graph does not begin with one convolution")
    take(first[0], "conv1", "bn1")
    stage, block, channels = 0, 0, None
    for number, convolutions in enumerate(blocks):
        wide = [c for c in convolutions if values[c.input[1]].shape[-1] > 1]
        narrow = [c for c in convolutions if values[c.input[1]].shape[-1] == 1]
        if len(wide) != 2 or len(narrow) > 1:
            raise ValueError(f"block {number + 1} is no basic block")
        out = values[wide[0].input[1]].shape[0]
        stage, block = (stage + 1, 0) if out != channels else (stage, block + 1)
        channels = out
        if stage >= len(STAGES):
            raise ValueError("there are more than four stages")
        prefix = f"{STAGES[stage]}.{block}"
        take(wide[0], f"{prefix}.conv1", f"{prefix}.bn1")
        take(wide[1], f"{prefix}.conv2", f"{prefix}.bn2")
        if narrow:
            take(narrow[0], f"{prefix}.downsample.0", f"{prefix}.downsample.1")
    return weights


def for_normalised_rgb(weights: dict[str, Tensor], mean: Tensor) -> dict[str, Tensor]:
    """Weights that see ``BGR - mean`` in 0..255, as ones that see what ``augment.normalised`` gives.

    ``mean`` is float32 (3,), RGB, in 0..255. x = normalised * 255 std + 255 MEAN - mean: the factor goes into the first
    convolution, what the offset adds to each of its channels into the batch norm's mean. (At the border, where zeros
    are padded, the offset is then a little off: 0.5 of 255 at most.)
    """
    spread = 255 * torch.tensor(STD)
    offset = 255 * torch.tensor(MEAN) - mean
    rgb = weights["conv1.weight"].flip(1)
    added = (rgb.sum((2, 3)) * offset).sum(1)
    return weights | {
        "conv1.weight": rgb * spread.view(1, 3, 1, 1),
        "bn1.running_mean": weights["bn1.running_mean"] - added,
    }


def as_network(weights: dict[str, Tensor], classes: int, plan: Plan = PLAN) -> ResNet:
    """The network with these weights and a last layer that is still to be fitted, all zero; in evaluation mode."""
    network = ResNet(plan, classes)
    network.load_state_dict(weights, strict=False)
    with torch.no_grad():
        network.fc.weight.zero_()
        network.fc.bias.zero_()
    return network.eval()


def _graph(file: Path) -> tuple[list[Any], dict[str, np.ndarray]]:
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise InputError("training-packages-missing") from error
    try:
        graph = onnx.load(file).graph
    except (OSError, ValueError) as error:
        raise InputError("training-published", file=file, cause=error) from error
    return list(graph.node), {value.name: numpy_helper.to_array(value) for value in graph.initializer}


def _blocks(nodes: list[Any], values: dict[str, np.ndarray]) -> Iterator[list[Any]]:
    """The convolutions of the stem, then of each block: a block ends with its addition."""
    found: list[Any] = []
    stem = True
    for node in nodes:
        if stem and node.op_type == "MaxPool":
            yield found
            found, stem = [], False
        elif node.op_type == "Conv":
            found.append(node)
        elif node.op_type in ("Add", "Sum"):
            yield found
            found = []
