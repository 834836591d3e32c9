"""The names of units, and the parts of a forward that begin or end at them."""

import pytest
import torch

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import Bottleneck, resnet
from resnet_demo.network.units import (
    blocks_of,
    forward_from,
    forward_into,
    forward_to,
    require_channels,
    stage_of,
    unit_named,
    width_of,
)
from resnet_demo.results import STAGES
from tests.studies.networks import random_network, random_views


def test_blocks_are_named_as_in_every_checkpoint():
    with torch.device("meta"):
        network = resnet(34)
    blocks = blocks_of(network)
    assert len(blocks) == 3 + 4 + 6 + 3
    assert all(network.get_submodule(name) is block for name, block in blocks.items())
    assert list(blocks)[:4] == ["layer1.0", "layer1.1", "layer1.2", "layer2.0"]
    assert [stage_of(name) for name in ("stem", "layer2.3")] == ["stem", "layer2"]


@pytest.mark.parametrize("unit", ["stem", "layer1.0", "layer2.0", "layer2.1", "layer2", "layer4"])
def test_a_forward_may_be_cut_in_two_behind_any_unit(unit):
    network, x = random_network(Bottleneck, (1, 2, 1, 1)), random_views()
    reached = forward_to(network, x, unit)
    torch.testing.assert_close(forward_from(network, reached, unit), network(x))
    assert reached.shape[1] == width_of(network, unit)
    module = network.maxpool if unit == "stem" else network.get_submodule(unit)
    seen = []
    hook = module.register_forward_hook(lambda _, args, output: seen.append((args[0], output)))
    network(x)
    hook.remove()
    ((entered, left),) = seen
    assert torch.equal(reached, left)
    if "." in unit:
        assert torch.equal(forward_into(network, x, unit), entered)


def test_a_stage_means_its_last_block():
    network = random_network(blocks=(1, 2, 1, 3))
    assert [unit_named(network, stage) for stage in STAGES] == ["stem", "layer1.0", "layer2.1", "layer3.0", "layer4.2"]


@pytest.mark.parametrize("name", ["", "layer5", "layer1.1", "fc"])
def test_what_is_not_there_is_named_with_what_is(name):
    with pytest.raises(InputError, match="in this network; it has stem, layer1, layer2, layer3, layer4, layer1.0"):
        unit_named(random_network(), name)
    with pytest.raises(InputError, match="this network; it has layer1.0"):
        forward_into(random_network(), random_views(), name)


def test_channels_are_counted_from_nought():
    network = random_network()
    require_channels(network, "layer2", [0, 127])
    for channel in (-1, 128):
        with pytest.raises(InputError, match=f"layer2 has no channel {channel}; its channels are 0 to 127"):
            require_channels(network, "layer2", [channel])
