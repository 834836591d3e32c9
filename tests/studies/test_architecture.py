"""The units of every depth, against torchinfo, torchvision and the shapes that a forward pass finds."""

from functools import cache

import pytest
import torch
import torchinfo
import torchvision
from torch import nn

from resnet_demo.network.resnet import resnet
from resnet_demo.network.units import blocks_of
from resnet_demo.results import DEPTHS, TableCell
from resnet_demo.studies import architecture
from tests.studies.networks import random_network


@cache
def _hollow(depth, classes=1000):
    """Shapes alone: a forward on it costs nothing."""
    with torch.device("meta"):
        return resnet(depth, classes).eval()


@pytest.mark.parametrize("view_size", [(224, 224), (97, 160)])
@pytest.mark.parametrize("depth", DEPTHS)
def test_totals_equal_torchinfos(depth, view_size):
    network = _hollow(depth, 200)
    theirs = torchinfo.summary(network, (1, 3, *view_size), device="meta", verbose=0)
    ours = architecture.describe(network, view_size)
    assert (ours.parameters, ours.multiply_adds) == (theirs.total_params, theirs.total_mult_adds)
    assert architecture.multiply_adds(depth, view_size, 200) == theirs.total_mult_adds


@pytest.mark.parametrize("depth", [18, 50])
def test_every_unit_equals_torchinfos_count_of_its_modules(depth):
    network = _hollow(depth)
    summary = torchinfo.summary(network, (1, 3, 160, 160), device="meta", verbose=0)
    leaves = [info for info in summary.summary_list if info.is_leaf_layer]
    for unit in architecture.describe(network, (160, 160)).units:
        modules = {"stem": [network.conv1, network.bn1], "head": [network.fc]}.get(unit.name)
        inside = modules or list(blocks_of(network)[unit.name].modules())
        ids = {id(module) for module in inside}
        assert unit.multiply_adds == sum(info.macs for info in leaves if info.layer_id in ids)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_blocks_parameters_equal_those_of_torchvisions_block(depth):
    with torch.device("meta"):
        theirs = getattr(torchvision.models, f"resnet{depth}")()
    for unit in architecture.described(depth, (224, 224), 1000).units[1:-1]:
        assert unit.parameters == sum(p.numel() for p in theirs.get_submodule(unit.name).parameters()), unit.name


@pytest.mark.parametrize("view_size", [(64, 64), (70, 33), (1, 1)])
@pytest.mark.parametrize("depth", [18, 50])
def test_shapes_are_those_that_a_forward_finds(depth, view_size):
    network = _hollow(depth, 5)
    shapes = {}
    hooks = [
        module.register_forward_hook(lambda _, __, output, name=name: shapes.update({name: tuple(output.shape[1:])}))
        for name, module in network.named_modules()
    ]
    network(torch.zeros(1, 3, *view_size, device="meta"))
    for hook in hooks:
        hook.remove()
    stem, *blocks, head = architecture.describe(network, view_size).units
    assert [layer.output_shape for layer in stem.layers] == [shapes["conv1"], shapes["maxpool"]]
    assert stem.output_shape == shapes["maxpool"]
    for unit in blocks:
        assert unit.output_shape == shapes[unit.name]
        for layer in (*unit.layers, *([unit.projection] if unit.projection else [])):
            assert layer.output_shape == shapes[f"{unit.name}.{layer.name}"]
    assert [layer.output_shape[0] for layer in head.layers] == [shapes["avgpool"][0], *shapes["fc"]]


def test_the_layers_of_a_bottleneck_are_described_as_they_are_built():
    units = {unit.name: unit for unit in architecture.described(50, (224, 224), 1000).units}
    facts = [
        (layer.name, layer.operation, layer.kernel, layer.stride, layer.padding, layer.in_channels, layer.out_channels)
        for layer in units["layer2.0"].layers
    ]
    assert facts == [
        ("conv1", "convolution", (1, 1), 1, 0, 256, 128),
        ("conv2", "convolution", (3, 3), 2, 1, 128, 128),
        ("conv3", "convolution", (1, 1), 1, 0, 128, 512),
    ]
    projection = units["layer2.0"].projection
    assert (projection.kernel, projection.stride, projection.in_channels, projection.out_channels) == (
        (1, 1),
        2,
        256,
        512,
    )
    # 3 x 3 x 128 x 128 weights, once for each of 28 x 28 cells
    assert units["layer2.0"].layers[1].multiply_adds == 9 * 128 * 128 * 28 * 28


@pytest.mark.parametrize(
    "depth, projections",
    [
        (18, ["layer2.0", "layer3.0", "layer4.0"]),
        (34, ["layer2.0", "layer3.0", "layer4.0"]),
        (50, ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]),
        (152, ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]),
    ],
)
def test_the_blocks_that_project_are_marked(depth, projections):
    units = architecture.described(depth, (224, 224), 1000).units
    assert [unit.name for unit in units if unit.projection] == projections


def test_a_network_is_described_without_running_or_changing_it():
    network = random_network()
    for module in network.modules():
        module.register_forward_pre_hook(lambda module, _: pytest.fail(f"{module} was run"))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    architecture.describe(network, (64, 64))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_table_is_the_papers():
    """He et al. 2016, table 1: columns 34 and 50, row by row."""
    rows = {row.paper_name: row for row in architecture.paper_table().rows}
    assert [rows[f"conv{i}_x"].output_size for i in (2, 3, 4, 5)] == [56, 28, 14, 7]
    assert [rows[f"conv{i}_x"].cells[34] for i in (2, 3, 4, 5)] == [
        TableCell(((3, 64), (3, 64)), 3),
        TableCell(((3, 128), (3, 128)), 4),
        TableCell(((3, 256), (3, 256)), 6),
        TableCell(((3, 512), (3, 512)), 3),
    ]
    assert [rows[f"conv{i}_x"].cells[50] for i in (2, 3, 4, 5)] == [
        TableCell(((1, 64), (3, 64), (1, 256)), 3),
        TableCell(((1, 128), (3, 128), (1, 512)), 4),
        TableCell(((1, 256), (3, 256), (1, 1024)), 6),
        TableCell(((1, 512), (3, 512), (1, 2048)), 3),
    ]


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_table_says_what_the_networks_are(depth):
    table = architecture.paper_table()
    for row in table.rows[1:-1]:
        stage = getattr(_hollow(depth), row.name)
        for block in stage:
            convolutions = [m for name, m in block.named_children() if isinstance(m, nn.Conv2d)]
            assert row.cells[depth].convolutions == tuple((m.kernel_size[0], m.out_channels) for m in convolutions)
        assert row.cells[depth].repeats == len(stage)
    theirs = torchinfo.summary(_hollow(depth), (1, 3, 224, 224), device="meta", verbose=0)
    assert (table.parameters[depth], table.multiply_adds[depth]) == (theirs.total_params, theirs.total_mult_adds)
