"""The networks that the studies' tests are worked out on."""

from __future__ import annotations

import torch
from torch import nn

from resnet_demo.network.resnet import BasicBlock, Plan, ResNet
from resnet_demo.results import ClassInfo
from resnet_demo.weights.cards import Card, Transform
from tests.randomised import randomise

TRANSFORM = Transform(resize=36, crop=32, interpolation="bilinear", mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def card(classes=3, temperature=1.0, sha256=None, top1=None):
    return Card(
        name="made",
        title="Made for a test",
        depth=18,
        classes=tuple(ClassInfo(index, None, f"class {index}") for index in range(classes)),
        transform=TRANSFORM,
        temperature=temperature,
        top1=top1,
        top5=None,
        measured_on=None,
        parameters=0,
        sha256=sha256,
        size_bytes=0,
        source="",
        licence="",
        made_by="",
    )


def random_network(block=BasicBlock, blocks=(1, 1, 1, 1), classes=3, seed=0):
    network = ResNet(Plan(block, blocks), classes)
    return randomise(network, seed).requires_grad_(False)


def random_views(count=1, height=64, width=64, seed=1):
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


def scalar_network():
    """Four blocks that calculate with one number: all channels but the first are zero, all kernels but their middle.

    On a view that is 2 everywhere (``scalar_view``) every cell of a stage has the same value in channel 0:

    block     F(x)                        shortcut(x)    ReLU(F + shortcut)
    stem                                                 2
    layer1.0  1.5 relu(1 * 2)   =  3      2              5
    layer2.0  -0.4 relu(1 * 5)  = -2      1 * 5          3
    layer3.0  0 relu(1 * 3)     =  0      1 * 3          3
    layer4.0  1 relu(1 * 3)     =  3      2 * 3 = 6      9

    Class 0's logit is that 9, class 1's is 0.
    """
    network = ResNet(Plan(BasicBlock, (1, 1, 1, 1)), 2).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.fill_(1 - module.eps)  # the norm divides by the root of variance + eps: by 1
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.zeros_(module.weight)
    nn.init.zeros_(network.fc.bias)

    def set_middle(convolution, value):
        middle = convolution.kernel_size[0] // 2
        convolution.weight[0, 0, middle, middle] = value

    set_middle(network.conv1, 1)
    factors = {"layer1": (1, 1.5, None), "layer2": (1, -0.4, 1), "layer3": (1, 0, 1), "layer4": (1, 1, 2)}
    for stage, (first, second, projection) in factors.items():
        block = getattr(network, stage)[0]
        set_middle(block.conv1, first)
        set_middle(block.conv2, second)
        if projection is not None:
            set_middle(block.downsample[0], projection)
    network.fc.weight[0, 0] = 1
    return network


def scalar_view(size=32):
    return torch.full((1, 3, size, size), 2.0)
