"""The five orderings, worked by hand on single numbers, and the first against the block it draws."""

import pytest
import torch
from torch import nn

from resnet_demo.network.orderings import ORDERINGS, OrderedUnit
from resnet_demo.network.resnet import BasicBlock
from tests.randomised import randomise

HAND = {
    # x =                           3    -1    -3
    # original: relu(x + F), F = 2 * -relu(2x - 1) + 4            F = -6   4   4
    "original": [0.0, 3.0, 1.0],
    # relu(2 (x + F) + 4), F = -relu(2x - 1)                      F = -5   0   0
    "bn-after-addition": [0.0, 2.0, 0.0],
    # x + relu(F), F as in the original
    "relu-before-addition": [3.0, 3.0, 1.0],
    # x + F, F = 2 * -relu(2 relu(x) - 1) + 4                     F = -6   4   4
    "relu-only-pre-activation": [-3.0, 3.0, 1.0],
    # x + F, F = -relu(2 * 2 relu(x - 1) + 4)                     F = -12 -4  -4
    "full-pre-activation": [-9.0, -5.0, -7.0],
}
"""First convolution times 2, second times -1; first norm minus 1, second times 2 plus 4; in order of appearance."""


def _by_hand(ordering):
    unit = OrderedUnit(ordering, 1).eval().requires_grad_(False)
    convolutions = [m for m in unit.modules() if isinstance(m, nn.Conv2d)]
    norms = [m for m in unit.modules() if isinstance(m, nn.BatchNorm2d)]
    for convolution, factor in zip(convolutions, (2, -1), strict=True):
        nn.init.zeros_(convolution.weight)
        convolution.weight[0, 0, 1, 1] = factor
    for norm, factor, shift in zip(norms, (1, 2), (-1, 4), strict=True):
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(factor)
        norm.bias.fill_(shift)
    return unit


@pytest.mark.parametrize("name", HAND)
def test_each_ordering_computes_what_its_drawing_says(name):
    x = torch.tensor([3.0, -1.0, -3.0]).reshape(3, 1, 1, 1)
    assert _by_hand(ORDERINGS[name])(x).flatten().tolist() == pytest.approx(HAND[name], abs=1e-5)


def test_there_are_the_papers_five_and_no_two_compute_the_same():
    assert tuple(ORDERINGS) == tuple(HAND)
    assert len({tuple(values) for values in HAND.values()}) == 5


@pytest.mark.parametrize("name", HAND)
def test_the_modules_stand_in_the_order_of_the_drawing(name):
    kinds = {nn.Conv2d: "conv", nn.BatchNorm2d: "bn", nn.ReLU: "relu"}
    unit = OrderedUnit(ORDERINGS[name], 4)
    assert tuple(kinds[type(m)] for m in unit.branch) == ORDERINGS[name].branch
    assert tuple(kinds[type(m)] for m in unit.after) == ORDERINGS[name].after


def test_every_ordering_has_two_convolutions_two_norms_and_two_relus():
    for ordering in ORDERINGS.values():
        assert sorted(ordering.branch + ordering.after) == ["bn", "bn", "conv", "conv", "relu", "relu"]


def test_the_original_is_the_basic_block_of_these_networks():
    block = randomise(BasicBlock(4, 4))
    unit = OrderedUnit(ORDERINGS["original"], 4).eval()
    conv1, bn1, _, conv2, bn2 = unit.branch
    for ours, theirs in ((conv1, block.conv1), (bn1, block.bn1), (conv2, block.conv2), (bn2, block.bn2)):
        ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    assert torch.equal(unit(x), block(x))
