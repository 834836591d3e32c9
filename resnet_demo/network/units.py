"""The units a ResNet is drawn with: its stem and its residual blocks, in the order of the data, by their names.

A block is called as in every checkpoint: ``layer2.0`` is the first block of ``layer2``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from torch import Tensor, nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import BasicBlock, Block, Bottleneck, ResNet
from resnet_demo.results import STAGES


def blocks_of(network: ResNet) -> dict[str, Block]:
    """Every residual block by its name, first to last."""
    return {f"{stage}.{index}": block for stage in STAGES[1:] for index, block in enumerate(getattr(network, stage))}


def stage_of(unit: str) -> str:
    """The stage that a unit belongs to: ``layer2`` for ``layer2.0``, ``stem`` for itself."""
    return unit.split(".")[0]


def unit_named(network: ResNet, name: str) -> str:
    """The unit whose output ``name`` means: itself, or a stage's last block (``layer1.2`` for ``layer1`` of ResNet-50).

    Raises ``InputError`` for what is neither a stage nor a block of this network.
    """
    blocks = blocks_of(network)
    if name == "stem" or name in blocks:
        return name
    if name in STAGES:
        return f"{name}.{len(getattr(network, name)) - 1}"
    raise InputError("part-unknown", given=name, known=", ".join([*STAGES, *blocks]))


def forward_to(network: ResNet, x: Tensor, unit: str) -> Tensor:
    """The output of a stage or block for views (batch, 3, h, w), running no further. Raises as ``unit_named``."""
    last = unit_named(network, unit)
    return network.stem(x) if last == "stem" else blocks_of(network)[last](forward_into(network, x, last))


def forward_into(network: ResNet, x: Tensor, block: str) -> Tensor:
    """What enters a block, for views (batch, 3, h, w). Raises ``InputError`` for a block that isn't there."""
    require_blocks(network, [block])
    blocks = blocks_of(network)
    x = network.stem(x)
    for earlier in takewhile(lambda name: name != block, blocks):
        x = blocks[earlier](x)
    return x


def forward_from(network: ResNet, x: Tensor, unit: str) -> Tensor:
    """Logits (batch, classes) from the output of a stage or block, the rest of the way. Raises as ``unit_named``."""
    blocks = blocks_of(network)
    names = ["stem", *blocks]
    for later in names[names.index(unit_named(network, unit)) + 1 :]:
        x = blocks[later](x)
    return network.head(x)


def deepest_path(network: ResNet) -> dict[str, dict[str, nn.Conv2d | nn.MaxPool2d]]:
    """By unit, the layers along its longest way that look at more than single cells or move between grids.

    That is the stem's convolution and pool and each block's branch F, not its shortcut; by their names in the unit.
    """
    stem: dict[str, nn.Conv2d | nn.MaxPool2d] = {"conv1": network.conv1, "maxpool": network.maxpool}
    return {"stem": stem} | {name: branch_convolutions(block) for name, block in blocks_of(network).items()}


def branch_convolutions(block: Block) -> dict[str, nn.Conv2d | nn.MaxPool2d]:
    """The convolutions of F, in the order it applies them."""
    names = {BasicBlock: ("conv1", "conv2"), Bottleneck: ("conv1", "conv2", "conv3")}[type(block)]
    return {name: getattr(block, name) for name in names}


def width_of(network: ResNet, unit: str) -> int:
    """How many channels the output of a stage or block has. Raises as ``unit_named``."""
    layers = deepest_path(network)[unit_named(network, unit)].values()
    *_, width = (layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d))
    return width


def require_stages(names: Iterable[str]) -> None:
    """Raise ``InputError`` for a name that no stage has."""
    for name in names:
        if name not in STAGES:
            raise InputError("stage-unknown", given=name, stages=", ".join(STAGES))


def require_blocks(network: ResNet, names: Iterable[str]) -> None:
    """Raise ``InputError`` for a name that no block of this network has."""
    known = list(blocks_of(network))
    for name in names:
        if name not in known:
            raise InputError("part-unknown", given=name, known=", ".join(known))


def require_channels(network: ResNet, unit: str, channels: Iterable[int]) -> None:
    """Raise ``InputError`` for a channel that the output of a stage or block has not. Raises as ``unit_named`` too."""
    width = width_of(network, unit)
    for channel in channels:
        if not 0 <= channel < width:
            raise InputError("channel-unknown", unit=unit, given=channel, last=width - 1)


def require_evaluation(network: nn.Module) -> None:
    """Raise ``ValueError`` for a network in training mode: its batch norms would learn from what a study shows them."""
    if any(module.training for module in network.modules()):
        raise ValueError("the network is in training mode, where a forward pass changes it; call its eval() first")
