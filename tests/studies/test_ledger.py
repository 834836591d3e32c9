"""The ledger, worked by hand, and against networks that are run with their ReLUs held and a part left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from resnet_demo.errors import InputError, WeightsCorrupt
from resnet_demo.network.resnet import BasicBlock, Bottleneck, resnet
from resnet_demo.network.units import blocks_of, width_of
from resnet_demo.results import DEPTHS
from resnet_demo.results.ledger import ledger_profile
from resnet_demo.studies.ledger import ledger
from resnet_demo.studies.lesions import single_lesions
from tests.randomised import randomise
from tests.studies.networks import card, random_network, random_views, scalar_network, scalar_view


def test_a_ledger_by_hand():
    """layer4's projection doubles all that comes to it: 2 from the stem, 3 from layer1, -2 from layer2."""
    found = ledger(scalar_network(), scalar_view(), 0, card(2))
    assert found.logit == pytest.approx(9, rel=1e-5)
    values = {each.name: each.value for each in found.contributions}
    projections = {f"layer{stage}.0.downsample": 0 for stage in (2, 3, 4)}
    by_hand = {"stem": 4, "layer1.0": 6, "layer2.0": -4, "layer3.0": 0, "layer4.0": 3, "fc": 0} | projections
    assert values == pytest.approx(by_hand, abs=1e-4)
    assert found.stages == pytest.approx(
        {"stem": 4, "layer1": 6, "layer2": -4, "layer3": 0, "layer4": 3, "fc": 0}, abs=1e-4
    )


def _sums(found):
    values = sum(each.value for each in found.contributions)
    return values, sum(each.map.sum(dtype=np.float64) for each in found.contributions), sum(found.stages.values())


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "random"])
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_entries_their_maps_and_the_stages_add_up_to_the_logit(depth, fresh):
    torch.manual_seed(depth)
    network = resnet(depth, 5).eval() if fresh else randomise(resnet(depth, 5), depth)
    x = random_views(seed=depth)
    found = ledger(network, x, None, card(5))
    with torch.inference_mode():
        logits = network(x)[0]
    assert found.target == int(logits.argmax())
    assert found.logit == pytest.approx(float(logits.max()), rel=1e-5, abs=1e-5)
    assert _sums(found) == pytest.approx((found.logit,) * 3, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_channel_of_an_entry_is_what_the_logit_loses_without_what_f_wrote_into_it(block):
    network, x = random_network(block, (2, 1, 2, 1), classes=4), random_views()
    found = ledger(network, x, 2, card(4))
    double, wide = network.double(), x.double()
    whole = _held(double, wide)[2]
    for entry in found.contributions:
        assert entry.channels.sum(dtype=np.float64) == pytest.approx(
            entry.value if entry.part != "bias" else 0, abs=1e-4
        )
        assert len(entry.channels) == (0 if entry.part == "bias" else width_of(double, entry.stage))
        for channel in (0, 5, 63) if entry.part == "branch" else ():
            lost = float(whole - _held(double, wide, entry.name, channel=channel)[2])
            assert entry.channels[channel] == pytest.approx(lost, rel=1e-4, abs=1e-5)


def _held(network, x, without=None, row=0, column=0, place=False, channel=None):
    """Logits with every ReLU behind an addition held as it is for ``x``, and the F of the block ``without``, or one
    ``place`` or ``channel`` of it, left out: run on in float64 from what each F wrote."""
    with torch.inference_mode():
        stream = network.stem(x).double()
        kept = torch.zeros_like(stream) if without == "stem" else stream
        for name, block in blocks_of(network).items():
            branch, shortcut = block.branch(stream), block.shortcut(stream)
            gates = (branch + shortcut) > 0
            left = branch.clone()
            if name == without and place:
                left[:, :, row, column] = 0
            elif name == without and channel is not None:
                left[:, channel] = 0
            elif name == without:
                left.zero_()
            kept = gates * (left + block.shortcut(kept))
            stream = torch.relu(branch + shortcut)
        return network.head(kept)[0]


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_an_entry_is_what_the_logit_loses_with_all_relus_and_all_other_branches_held(block):
    network, x = random_network(block, (2, 1, 2, 1), classes=4), random_views()
    found = ledger(network, x, 2, card(4))
    double, wide = network.double(), x.double()
    whole = _held(double, wide)[2]
    for entry in found.contributions:
        if entry.part in ("stem", "branch"):
            lost = float(whole - _held(double, wide, entry.name)[2])
            assert entry.value == pytest.approx(lost, rel=1e-4, abs=1e-5)


def test_a_place_of_a_map_is_what_the_logit_loses_with_that_place_of_the_branch_left_out():
    network, x = random_network(Bottleneck, (1, 2, 1, 1)), random_views()
    entry = next(each for each in ledger(network, x, 1, card()).contributions if each.name == "layer2.1")
    double, wide = network.double(), x.double()
    whole = _held(double, wide)[1]
    for row, column in ((0, 0), (3, 5), (7, 7)):
        lost = float(whole - _held(double, wide, "layer2.1", row, column, place=True)[1])
        assert entry.map[row, column] == pytest.approx(lost, rel=1e-3, abs=1e-6)


def test_biases_are_what_is_left_where_the_stem_and_all_branches_are_silent():
    """With every batch norm's scale at zero but the projections', only biases are left to write."""
    network, x = random_network(classes=2), random_views()
    for block in blocks_of(network).values():
        block.bn2.weight.zero_()
        block.bn2.bias.zero_()
    network.bn1.weight.zero_()
    network.bn1.bias.fill_(-1)
    found = ledger(network, x, 0, card(2))
    written = {each.name for each in found.contributions if each.value}
    assert written == {"layer2.0.downsample", "layer3.0.downsample", "layer4.0.downsample", "fc"}
    assert sum(each.value for each in found.contributions) == pytest.approx(float(network(x)[0, 0]), rel=1e-4)
    assert found.contributions[-1].value == pytest.approx(float(network.fc.bias[0]))


def test_the_ledger_of_a_contrast_is_the_difference_of_two():
    network, x = random_network(), random_views()
    one, other = (ledger(network, x, target, card(3)) for target in (2, 0))
    both = ledger(network, x, 2, card(3), contrast=0)
    assert both.logit == pytest.approx(one.logit - other.logit, abs=1e-5)
    for a, b, entry in zip(one.contributions, other.contributions, both.contributions, strict=True):
        np.testing.assert_allclose(entry.map, a.map - b.map, atol=1e-6)
        assert entry.value == pytest.approx(a.value - b.value, abs=1e-5)


def test_beside_an_entry_stands_the_lesion_of_its_block():
    network, x = random_network(blocks=(2, 1, 1, 1)), random_views()
    board = {each.blocks[0]: each for each in single_lesions(network, x, 1, card()).lesions}
    against = {each.blocks[0]: each for each in single_lesions(network, x, 0, card()).lesions}
    alone = ledger(network, x, 1, card(), lesions=True)
    both = ledger(network, x, 1, card(), contrast=0, lesions=True)
    for entry, contrasted in zip(alone.contributions, both.contributions, strict=True):
        if entry.part != "branch":
            assert entry.total is None and contrasted.total is None
            continue
        change = board[entry.name].logit_change
        assert entry.total == pytest.approx(-change, abs=1e-5)
        assert contrasted.total == pytest.approx(against[entry.name].logit_change - change, abs=1e-5)


def test_the_last_blocks_direct_and_total_effect_are_one_where_no_relu_changes():
    """layer4 of the scalar network: 6 and 9 both pass its ReLU."""
    last = ledger(scalar_network(), scalar_view(), 0, card(2), lesions=True).contributions[-3]
    assert last.name == "layer4.0" and last.value == pytest.approx(3) and last.total == pytest.approx(3)


def test_a_network_in_half_precision_has_a_ledger_that_adds_up():
    network, x = random_network(Bottleneck).bfloat16(), random_views().bfloat16()
    found = ledger(network, x, 1, card())
    assert _sums(found) == pytest.approx((found.logit,) * 3, abs=1e-4)
    assert found.logit == pytest.approx(float(network(x)[0, 1]), abs=0.05)


def test_several_ledgers_have_a_mean_and_a_spread():
    network = random_network()
    ledgers = [ledger(network, random_views(seed=seed), None, card()) for seed in (1, 2, 3)]
    profile = ledger_profile(ledgers)
    for place, entries in enumerate(profile.entries):
        values = [each.contributions[place].value for each in ledgers]
        assert entries.name == ledgers[0].contributions[place].name
        assert entries.mean == pytest.approx(np.mean(values), abs=1e-6)
        assert entries.spread == pytest.approx(np.std(values, ddof=1), abs=1e-6)
    assert sum(profile.stage_means.values()) == pytest.approx(np.mean([each.logit for each in ledgers]), abs=1e-5)
    assert ledger_profile(ledgers[:1]).entries[0].spread == 0


def test_ledgers_of_different_networks_have_no_profile():
    found = [ledger(random_network(blocks=(n, 1, 1, 1)), random_views(), 0, card()) for n in (1, 2)]
    with pytest.raises(ValueError, match="same entries"):
        ledger_profile(found)


def test_a_class_is_not_set_against_itself():
    network, x = random_network(), random_views()
    best = ledger(network, x, None, card()).target
    with pytest.raises(InputError, match=f"class {best}"):
        ledger(network, x, None, card(), contrast=best)


def test_logits_that_are_not_finite_have_no_ledger():
    network = random_network()
    network.fc.weight.fill_(torch.inf)
    with pytest.raises(WeightsCorrupt):
        ledger(network, random_views(), 0, card())
