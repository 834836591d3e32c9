"""ResNet as the paper draws it (He et al. 2016, "Deep Residual Learning for Image Recognition", sections 3 and 4.1).

The five networks of the paper's table 1, with torchvision's parameter names, so that its checkpoints load strictly.
As in torchvision, a Bottleneck strides in its 3x3 convolution ("ResNet v1.5", Goyal et al. 2017), where the paper
strides in the first 1x1: the 3x3 then sees every position of its input.

Nothing here reads or writes a file. ``weights/choices.py`` turns a choice of weights into one of these networks.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from resnet_demo.results import DEPTHS, STAGES


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut: the paper's figure 5, left (ResNet-18 and -34).

    ``channels`` is the width of both convolutions and of the output. Without a ``downsample`` the shortcut is the
    identity, so input and output have the same shape; a projection (option B of section 3.3) changes it.
    """

    expansion = 1

    def __init__(self, in_channels: int, channels: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = downsample

    def branch(self, x: Tensor) -> Tensor:
        """F(x), what the block adds: (batch, in_channels, h, w) to (batch, channels, h / stride, w / stride)."""
        x = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(x))

    def shortcut(self, x: Tensor) -> Tensor:
        """What passes beside F: x itself, or its projection to the shape of F(x)."""
        return x if self.downsample is None else self.downsample(x)

    def forward(self, x: Tensor) -> Tensor:
        """y = ReLU(F(x) + shortcut(x)): equation 1 of the paper, and its second non-linearity after the addition."""
        return self.relu(self.branch(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut: the paper's figure 5, right (ResNet-50, -101 and -152).

    ``channels`` is the width of the 3x3 in the middle; the output has four times as many.
    """

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__()
        out_channels = channels * self.expansion
        self.conv1 = nn.Conv2d(in_channels, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.downsample = downsample

    def branch(self, x: Tensor) -> Tensor:
        """F(x), what the block adds: (batch, in_channels, h, w) to (batch, 4 channels, h / stride, w / stride)."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.bn3(self.conv3(x))

    def shortcut(self, x: Tensor) -> Tensor:
        """What passes beside F: x itself, or its projection to the shape of F(x)."""
        return x if self.downsample is None else self.downsample(x)

    def forward(self, x: Tensor) -> Tensor:
        """y = ReLU(F(x) + shortcut(x)): equation 1 of the paper, and its second non-linearity after the addition."""
        return self.relu(self.branch(x) + self.shortcut(x))


Block = BasicBlock | Bottleneck


class Plan(NamedTuple):
    """One column of the paper's table 1: the kind of block, and how many of them each of the four stages has."""

    block: type[BasicBlock] | type[Bottleneck]
    blocks: tuple[int, int, int, int]


PLANS: dict[int, Plan] = {
    18: Plan(BasicBlock, (2, 2, 2, 2)),
    34: Plan(BasicBlock, (3, 4, 6, 3)),
    50: Plan(Bottleneck, (3, 4, 6, 3)),
    101: Plan(Bottleneck, (3, 4, 23, 3)),
    152: Plan(Bottleneck, (3, 8, 36, 3)),
}


class StageOutputs(NamedTuple):
    """Logits (batch, classes), before the softmax, and each stage's activation (batch, channels, h, w) by its name."""

    logits: Tensor
    stages: dict[str, Tensor]


class ResNet(nn.Module):
    """The network: stem, four stages of residual blocks, global average pool, one linear layer.

    Input is (batch, 3, height, width), normalised as the weights ask; any size of at least 1x1 is accepted, as the
    pool is global (32 or more keeps every stage's grid larger than one cell's padding). Fresh parameters follow He
    et al. 2015, "Delving Deep into Rectifiers", section 2.2, in its fan-out form: normal with standard deviation
    sqrt(2 / (k * k * out_channels)); batch norms start as the identity. ``card`` is what is known of the weights, None
    for a fresh network; ``weights/constructors.py`` sets it.
    """

    def __init__(self, plan: Plan, num_classes: int = 1000) -> None:
        super().__init__()
        self.card: Any = None  # declared here: TorchScript takes no Any among a class's annotations
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a classifier needs at least 1 class")
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(plan.block, 64, 64, plan.blocks[0], stride=1)
        self.layer2 = _stage(plan.block, 64 * plan.block.expansion, 128, plan.blocks[1], stride=2)
        self.layer3 = _stage(plan.block, 128 * plan.block.expansion, 256, plan.blocks[2], stride=2)
        self.layer4 = _stage(plan.block, 256 * plan.block.expansion, 512, plan.blocks[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * plan.block.expansion, num_classes)

        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def stem(self, x: Tensor) -> Tensor:
        """The stem: (batch, 3, h, w) to (batch, 64, h / 4, w / 4), after its max-pool."""
        return self.maxpool(self.relu(self.bn1(self.conv1(x))))

    def head(self, x: Tensor) -> Tensor:
        """layer4's output (batch, channels, h, w) to logits (batch, classes)."""
        return self.fc(torch.flatten(self.avgpool(x), 1))

    def forward_stages(self, x: Tensor) -> StageOutputs:
        """One forward that keeps what each stage computed.

        For a 224x224 input the stages' grids are 56, 56, 28, 14 and 7 cells wide. The activations are the tensors
        of the graph themselves, so gradients can be taken with respect to them.
        """
        stages = {}
        for name in STAGES:
            x = getattr(self, name)(x)
            stages[name] = x
        return StageOutputs(self.head(x), stages)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (batch, classes), before the softmax; keeps no stage alive longer than the next one needs it."""
        # In so many words, which TorchScript needs.
        return self.head(self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x))))))

    def stage_modules(self) -> dict[str, nn.Module]:
        """The module whose output is each stage's activation: where a hook sees what ``forward_stages`` returns."""
        return {"stem": self.maxpool} | {name: getattr(self, name) for name in STAGES[1:]}


def _stage(
    block: type[BasicBlock] | type[Bottleneck], in_channels: int, channels: int, count: int, stride: int
) -> nn.Sequential:
    """``count`` blocks; the first strides and projects where its shortcut could not be added otherwise."""
    out_channels = channels * block.expansion
    downsample = None
    if stride != 1 or in_channels != out_channels:
        downsample = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )
    first = block(in_channels, channels, stride, downsample)
    return nn.Sequential(first, *(block(out_channels, channels) for _ in range(count - 1)))


def resnet(depth: int, num_classes: int = 1000) -> ResNet:
    """A fresh ResNet of one of the paper's five depths. Raises ``ValueError`` for any other depth."""
    if depth not in PLANS:
        raise ValueError(f"there is no ResNet-{depth}; the paper's depths are {', '.join(map(str, DEPTHS))}")
    return ResNet(PLANS[depth], num_classes)
