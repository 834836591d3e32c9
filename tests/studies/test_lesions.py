"""Lesions, worked by hand and against networks that are built without the part."""

import copy
import math

import pytest
import torch
from torch import nn

from resnet_demo.errors import InputError, WeightsCorrupt
from resnet_demo.network.resnet import BasicBlock, Bottleneck
from resnet_demo.network.units import blocks_of
from resnet_demo.studies.architecture import described, multiply_adds
from resnet_demo.studies.lesions import fade_shortcuts, lesion_set, outcome, single_lesions
from tests.studies.networks import card, random_network, random_views, scalar_network, scalar_view


def test_single_lesions_by_hand():
    """Without layer1's F: 2, then 2 - 0.8, 1.2 and 1.2 + 2.4; without layer2's: 5, 5, 5 + 10; without layer4's: 6."""
    board = single_lesions(scalar_network(), scalar_view(), 0, card(2))
    assert board.clean.logit == pytest.approx(9, rel=1e-5)
    assert [lesion.blocks for lesion in board.lesions] == [("layer1.0",), ("layer2.0",), ("layer3.0",), ("layer4.0",)]
    assert [lesion.after.logit for lesion in board.lesions] == pytest.approx([3.6, 15, 9, 6], rel=1e-5)
    assert [lesion.logit_change for lesion in board.lesions] == pytest.approx([-5.4, 6, 0, -3], abs=1e-4)


@pytest.mark.parametrize(
    "blocks, cut, logit",
    [
        (["layer1.0", "layer2.0"], "branch", 6),  # 2, 2, 2, 2 + 4
        (["layer4.0", "layer1.0"], "branch", 2.4),  # 2, 1.2, 1.2, 2.4
        ([], "branch", 9),
        (None, "branch", 4),  # 2 all the way, doubled by the last projection
        (["layer4.0"], "shortcut", 3),
        (None, "shortcut", 0),  # 3, then relu(-1.2) = 0
    ],
)
def test_sets_of_lesions_by_hand(blocks, cut, logit):
    lesion = lesion_set(scalar_network(), scalar_view(), 0, card(2), blocks, cut=cut)
    assert lesion.after.logit == pytest.approx(logit, rel=1e-5)
    assert lesion.before.logit == pytest.approx(9, rel=1e-5)
    assert lesion.cut == cut


def test_probabilities_follow_the_cards_temperature():
    """Two classes, the other's logit 0: the probability is the logistic function of the logit over 4."""
    board = single_lesions(scalar_network(), scalar_view(), 0, card(2, temperature=4))
    assert board.clean.probability == pytest.approx(1 / (1 + math.exp(-9 / 4)))
    change = 1 / (1 + math.exp(-3.6 / 4)) - 1 / (1 + math.exp(-9 / 4))
    assert board.lesions[0].probability_change == pytest.approx(change, abs=1e-6)
    assert board.lesions[0].after.predictions[0].probability == pytest.approx(1 / (1 + math.exp(-3.6 / 4)))


def test_shortcuts_fade_from_the_network_as_it_is_to_a_plain_one():
    network, x = random_network(blocks=(2, 1, 2, 1), classes=5), random_views(1)
    found = fade_shortcuts(network, x, 2, card(5), steps=4)
    assert found.scales.tolist() == [1, 0.75, 0.5, 0.25, 0]
    with torch.no_grad():
        whole = network(x)[0]
    assert found.outcomes[0].logit == pytest.approx(whole[2].item(), rel=1e-4)
    plain = lesion_set(network, x, 2, card(5), cut="shortcut").after
    assert found.outcomes[-1].logit == pytest.approx(plain.logit, rel=1e-4, abs=1e-5)
    # Half a shortcut is that of a network whose blocks' shortcuts have been rebuilt.
    halved = copy.deepcopy(network)
    for block in blocks_of(halved).values():
        whole_shortcut = block.downsample or nn.Identity()
        block.downsample = nn.Sequential(whole_shortcut, _Times(0.5))
    with torch.no_grad():
        assert found.outcomes[2].logit == pytest.approx(halved(x)[0, 2].item(), rel=1e-4, abs=1e-5)


class _Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def _without_branch(network, name):
    """A copy rebuilt with ``name``'s shortcut and ReLU in place of the block."""
    rebuilt = copy.deepcopy(network)
    stage, index = name.split(".")
    block = getattr(rebuilt, stage)[int(index)]
    getattr(rebuilt, stage)[int(index)] = nn.Sequential(block.downsample or nn.Identity(), nn.ReLU())
    return rebuilt


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_the_lesion_of_each_block_equals_a_network_rebuilt_without_its_branch(block):
    network, x = random_network(block, (2, 1, 2, 1), classes=4), random_views()
    board = single_lesions(network, x, 2, card(4), k=4)
    assert [lesion.blocks[0] for lesion in board.lesions] == list(blocks_of(network))
    for lesion in board.lesions:
        logits = _without_branch(network, lesion.blocks[0])(x)[0]
        by_class = {p.index: p.logit for p in lesion.after.predictions}
        expected = {index: pytest.approx(value, rel=1e-4, abs=1e-5) for index, value in enumerate(logits.tolist())}
        assert by_class == expected
        assert [p.index for p in lesion.after.predictions] == logits.argsort(descending=True).tolist()


def test_lesions_that_share_their_work_equal_each_alone():
    network, x = random_network(Bottleneck, (1, 2, 1, 2)), random_views()
    board = single_lesions(network, x, 1, card())
    for lesion in board.lesions:
        alone = lesion_set(network, x, 1, card(), lesion.blocks)
        assert lesion.after.logit == pytest.approx(alone.after.logit, rel=1e-5, abs=1e-6)
        assert lesion.before.logit == pytest.approx(alone.before.logit, rel=1e-5, abs=1e-6)


def test_several_lesions_equal_a_network_rebuilt_without_all_of_them():
    network, x = random_network(BasicBlock, (2, 1, 2, 1)), random_views()
    names = ["layer1.1", "layer3.0", "layer4.0"]
    rebuilt = network
    for name in names:
        rebuilt = _without_branch(rebuilt, name)
    lesion = lesion_set(network, x, 0, card(), names)
    assert lesion.after.logit == pytest.approx(rebuilt(x)[0, 0].item(), rel=1e-5, abs=1e-6)
    assert lesion.blocks == tuple(names)


def test_the_plain_network_is_the_branches_alone():
    network, x = random_network(Bottleneck, (1, 2, 1, 1)), random_views()
    plain = copy.deepcopy(network)
    for block in blocks_of(plain).values():
        parts = [
            block.conv1,
            block.bn1,
            nn.ReLU(),
            block.conv2,
            block.bn2,
            nn.ReLU(),
            block.conv3,
            block.bn3,
            nn.ReLU(),
        ]
        block.forward = nn.Sequential(*parts).forward
    lesion = lesion_set(network, x, 1, card(), cut="shortcut")
    assert lesion.after.logit == pytest.approx(plain(x)[0, 1].item(), rel=1e-5, abs=1e-6)


def test_the_network_runs_each_block_once_for_all_single_lesions():
    """The block that is i-th works on i rows: the clean one and those of the lesions before it."""
    network = random_network(blocks=(2, 1, 1, 1))
    rows = []
    hooks = [
        block.conv1.register_forward_pre_hook(lambda _, args: rows.append(len(args[0])))
        for block in blocks_of(network).values()
    ]
    single_lesions(network, random_views(), None, card())
    for hook in hooks:
        hook.remove()
    assert rows == [1, 2, 3, 4, 5]


def test_all_single_lesions_of_resnet_50_take_less_arithmetic_than_ten_forwards():
    """With the rows of the test above; time is measured by ``benchmarks/lesions.py``."""
    stem, *blocks, head = (unit.multiply_adds for unit in described(50, (224, 224), 1000).units)
    assert len(blocks) == 16
    lesions = stem + sum(rows * cost for rows, cost in enumerate(blocks, start=1)) + 17 * head
    assert lesions < 10 * multiply_adds(50, (224, 224), 1000)


def test_without_a_target_the_clean_networks_most_probable_class_is_followed():
    network, x = random_network(classes=5), random_views()
    best = int(network(x).argmax())
    board = single_lesions(network, x, None, card(5))
    assert board.target == best == board.clean.predictions[0].index
    assert lesion_set(network, x, None, card(5), ["layer1.0"]).before.logit == pytest.approx(board.clean.logit)


def test_a_block_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(InputError, match="layer1.7” in this network; it has layer1.0, layer2.0"):
        lesion_set(random_network(), random_views(), 0, card(), ["layer1.7"])


def test_a_cut_network_whose_values_overflow_has_no_answer():
    lost = outcome(torch.tensor([1.0, math.inf]), 0, card(2), 5)
    assert (lost.logit, lost.probability, lost.predictions) == (None, None, ())


def test_a_lesion_that_makes_the_network_overflow_has_no_change():
    """Float32 ends at 3.4e38: nine times 3e37 is a number, the fifteen times that a lesion of layer2 makes is none."""
    network = scalar_network()
    network.fc.weight[0, 0] = 3e37
    first, second, *_ = single_lesions(network, scalar_view(), 0, card(2)).lesions
    assert first.logit_change == pytest.approx(-5.4 * 3e37, rel=1e-4)
    assert second.logit_change is None and second.probability_change is None


def test_a_network_that_overflows_by_itself_is_refused():
    network = random_network()
    network.fc.bias[1] = math.nan
    with pytest.raises(WeightsCorrupt):
        single_lesions(network, random_views(), 0, card())
