"""Receptive fields, against pixels that are changed one after the other."""

import numpy as np
import pytest
import torch
from torch import nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import BasicBlock, Bottleneck, Plan, ResNet, resnet
from resnet_demo.network.units import blocks_of
from resnet_demo.results import DEPTHS, STAGES, ReceptiveField, ViewBox
from resnet_demo.studies.receptive_field import (
    LUO_THRESHOLD,
    effective_receptive_field,
    receptive_box,
    receptive_fields_of,
    stage_receptive_fields,
    unit_receptive_fields,
)
from tests.studies.networks import random_network, random_views, scalar_network, scalar_view

HEIGHT, WIDTH = 64, 32


def _open_network(block, blocks=(1, 1, 1, 1)):
    """All weights positive, in float64: more light anywhere is more activation everywhere that can see it."""
    network = ResNet(Plan(block, blocks), 2).double().eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.constant_(module.weight, 1 / module.weight[0].numel())
    return network


@pytest.fixture(scope="module", params=[BasicBlock, Bottleneck])
def seen(request):
    """The network, and for every stage which rows and which columns of the view sway each of its cells."""
    network = _open_network(request.param)
    dark = torch.ones(3, HEIGHT, WIDTH, dtype=torch.float64)
    rows, columns = (torch.stack([dark] * side) for side in (HEIGHT, WIDTH))
    rows[range(HEIGHT), :, range(HEIGHT)] = 1e6
    columns[range(WIDTH), :, :, range(WIDTH)] = 1e6
    with torch.inference_mode():
        before, *changed = (network.forward_stages(x).stages for x in (dark[None], rows, columns))
    return network, {
        name: [((stages[name] - before[name]).abs().sum(1) > 0).numpy() for stages in changed] for name in STAGES
    }


@pytest.mark.parametrize("stage", STAGES)
def test_a_cell_can_see_its_box_and_nothing_else(seen, stage):
    network, swayed = seen
    by_row, by_column = swayed[stage]
    field = stage_receptive_fields(network)[stage]
    for row in range(by_row.shape[1]):
        for column in range(by_row.shape[2]):
            rows, columns = np.flatnonzero(by_row[:, row, column]), np.flatnonzero(by_column[:, row, column])
            box = receptive_box(field, row, column, (HEIGHT, WIDTH))
            assert rows.tolist() == list(range(box.top, box.bottom)), (row, column)
            assert columns.tolist() == list(range(box.left, box.right)), (row, column)


@pytest.mark.parametrize("stage", STAGES)
def test_the_gradient_fills_the_box_and_is_zero_outside(seen, stage):
    network, swayed = seen
    rows, columns = swayed[stage][0].shape[1:]
    for row, column in ((0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)):
        # A brighter and brighter view has no two equal pixels in a window, so max-pools choose without ties.
        x = torch.linspace(1, 2, 3 * HEIGHT * WIDTH, dtype=torch.float64).reshape(1, 3, HEIGHT, WIDTH)
        found = effective_receptive_field(network, x, stage, row, column)
        outside = np.ones((HEIGHT, WIDTH), bool)
        outside[found.box.top : found.box.bottom, found.box.left : found.box.right] = False
        assert (found.sway[outside] == 0).all()
        assert found.share_inside == 1
        assert found.box == receptive_box(stage_receptive_fields(network)[stage], row, column, (HEIGHT, WIDTH))


def test_fields_by_hand():
    """Kernels 7, 3, then four of 3 in the two blocks of layer1; strides 2 and 2: 11 + 4 * 2 * 4 = 43."""
    fields = unit_receptive_fields(resnet(18, 2))
    assert fields["stem"] == ReceptiveField(size=7 + 2 * 2, step=4, start=-3 - 2)
    assert fields["layer1.0"] == ReceptiveField(size=11 + 2 * 8, step=4, start=-5 - 2 * 4)
    assert fields["layer1.1"] == ReceptiveField(size=43, step=4, start=-21)
    # conv1 strides: 43 + 2 * 4, then 2 * 8 more
    assert fields["layer2.0"] == ReceptiveField(size=43 + 8 + 16, step=8, start=-21 - 4 - 8)


def test_a_stages_field_is_its_last_blocks():
    network = resnet(50, 2)
    units, stages = unit_receptive_fields(network), stage_receptive_fields(network)
    assert list(units) == ["stem", *blocks_of(network)]
    assert [stages[name] for name in STAGES] == [
        units[name] for name in ("stem", "layer1.2", "layer2.3", "layer3.5", "layer4.2")
    ]


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_fields_of_a_depth_are_those_of_its_network(depth):
    assert receptive_fields_of(depth) == stage_receptive_fields(resnet(depth, 2))


def test_a_box_is_cut_off_at_the_edges_of_the_view():
    field = ReceptiveField(size=11, step=4, start=-5)
    assert receptive_box(field, 2, 2, (32, 32)) == ViewBox(top=3, left=3, bottom=14, right=14)
    assert receptive_box(field, 0, 7, (32, 32)) == ViewBox(top=0, left=23, bottom=6, right=32)


@pytest.mark.parametrize("unit", ["stem", "layer1", "layer2.0", "layer3"])
def test_the_field_is_the_slope_that_small_changes_of_pixels_find(unit):
    network = random_network().double()
    x = random_views(1, 40, 32).double()
    found = effective_receptive_field(network, x, unit, 1, 1)
    stages = {"layer2.0": "layer2"}

    def cell(view):
        return network.forward_stages(view).stages[stages.get(unit, unit)][0, :, 1, 1].sum()

    nudge = 1e-6
    for row, column in ((4, 5), (9, 10), (0, 0), (20, 21), (39, 31)):
        slope = 0.0
        for colour in range(3):
            up, down = x.clone(), x.clone()
            up[0, colour, row, column] += nudge
            down[0, colour, row, column] -= nudge
            slope += abs(float(cell(up) - cell(down)) / (2 * nudge))
        assert found.sway[row, column] == pytest.approx(slope, rel=1e-4, abs=1e-7)


def test_the_effective_size_counts_the_pixels_that_matter():
    network, x = random_network(), random_views()
    found = effective_receptive_field(network, x, "layer2", 3, 4)
    pixels = sum(value > LUO_THRESHOLD * found.sway.max() for value in found.sway.ravel().tolist())
    assert found.effective_size == pytest.approx(pixels**0.5)
    assert 0 < found.effective_size < found.theoretical.size


def test_a_cell_that_is_silent_makes_use_of_nothing():
    network = scalar_network()
    network.bn1.bias.fill_(-100)
    found = effective_receptive_field(network, scalar_view(), "layer2", 0, 0)
    assert not found.sway.any()
    assert found.share_inside is None and found.effective_size is None


def test_a_cell_off_the_grid_and_an_unknown_unit_are_refused():
    network, x = random_network(), random_views()
    with pytest.raises(InputError, match="layer4 has no cell in row 2, column 0; its grid is 2 × 2"):
        effective_receptive_field(network, x, "layer4", 2, 0)
    with pytest.raises(InputError):
        effective_receptive_field(network, x, "layer4", 0, -1)
    with pytest.raises(InputError, match="layer5"):
        effective_receptive_field(network, x, "layer5", 0, 0)
