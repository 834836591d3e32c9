"""A network grown by copies of its own blocks answers as before, and its new blocks have something to say."""

from __future__ import annotations

import pytest
import torch

from resnet_demo.network.resnet import BasicBlock, Plan, ResNet
from training.copied_blocks import grow_by_copies
from training.initial import last_norm
from training.pupil import branch_shares

PICTURES = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def shallow() -> ResNet:
    """Of the published network's plan."""
    torch.manual_seed(0)
    return ResNet(Plan(BasicBlock, (2, 2, 2, 3)), 5).eval()


def test_it_answers_as_the_one_it_was_grown_from(shallow: ResNet) -> None:
    deep, added = grow_by_copies(shallow, 34, PICTURES, seed=0)
    assert added == ["layer1.2", "layer2.2", "layer2.3", "layer3.2", "layer3.3", "layer3.4", "layer3.5"]
    with torch.inference_mode():
        assert torch.equal(deep(PICTURES), shallow(PICTURES))


def test_added_blocks_normalise_what_they_see(shallow: ResNet) -> None:
    deep, added = grow_by_copies(shallow, 34, PICTURES, seed=0)
    block = deep.layer3[3]
    torch.nn.init.ones_(last_norm(block).weight)
    with torch.inference_mode():
        x = deep.layer3[:3](deep.layer2(deep.layer1(deep.stem(PICTURES))))
        branch = block.branch(x)
    assert branch.mean().abs() < 0.1
    assert 0.8 < branch.std() < 1.2
    assert branch_shares(deep, PICTURES)["layer3.3"] > 0.05


def test_two_copies_of_a_block_are_not_the_same(shallow: ResNet) -> None:
    deep, _ = grow_by_copies(shallow, 34, PICTURES, seed=0)
    assert not torch.equal(deep.layer3[2].conv1.weight, deep.layer3[4].conv1.weight)


def test_a_stage_loses_no_block(shallow: ResNet) -> None:
    with pytest.raises(ValueError, match="cannot be grown"):
        grow_by_copies(shallow, 18, PICTURES, seed=0)
