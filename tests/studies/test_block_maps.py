"""The maps inside a block, by hand and against Captum."""

import copy

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import nn

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import BasicBlock, Bottleneck
from resnet_demo.network.units import blocks_of
from resnet_demo.studies.block_maps import block_maps
from tests.studies.networks import random_network, random_views, scalar_network, scalar_view


def test_the_maps_by_hand():
    """layer2 has 4 x 4 cells of 5 - 2 = 3; the logit is three times the first of them, as strides skip the others."""
    found = block_maps(scalar_network(), scalar_view(), "layer2.0", 0)
    weight = 3 / 16
    for kind, value in {"branch": -2, "shortcut": 5, "total": 3, "output": 3}.items():
        np.testing.assert_allclose(getattr(found, kind), np.full((4, 4), weight * value), rtol=1e-5, err_msg=kind)


class _Split(nn.Module):
    """A block whose sum before the ReLU is a module of its own, so that a public class can look at it."""

    def __init__(self, block):
        super().__init__()
        self.block, self.total, self.relu = block, nn.Identity(), nn.ReLU()

    def forward(self, x):
        return self.relu(self.total(self.block.branch(x) + self.block.shortcut(x)))


@pytest.mark.parametrize("block, name", [(BasicBlock, "layer1.0"), (BasicBlock, "layer3.0"), (Bottleneck, "layer2.1")])
def test_sum_and_output_equal_captums_layer_gradcam(block, name):
    network, x = random_network(block, (1, 2, 1, 1)), random_views()
    found = block_maps(network, x, name, 2)
    split = copy.deepcopy(network)
    stage, index = name.split(".")
    part = _Split(getattr(split, stage)[int(index)])
    getattr(split, stage)[int(index)] = part
    for ours, layer in ((found.total, part.total), (found.output, part.relu)):
        theirs = LayerGradCam(split, layer).attribute(x, 2)[0, 0].detach().numpy()
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("block, name", [(BasicBlock, "layer1.0"), (Bottleneck, "layer3.0")])
def test_place_by_place_the_maps_are_the_slopes_that_a_scaled_place_finds(block, name):
    """HiResCAM at a place is how fast the logit rises as all that stands there is scaled up."""
    network, x = random_network(block).double(), random_views().double()
    found = block_maps(network, x, name, 1, kind="hirescam")
    part = blocks_of(network)[name]
    for kind in ("branch", "shortcut"):

        def logit(scale, kind=kind):
            def scaled(module, args, output):
                entering = args[0]
                parts = {"branch": module.branch(entering), "shortcut": module.shortcut(entering)}
                parts[kind][:, :, 1, 2] *= scale
                return torch.relu(parts["branch"] + parts["shortcut"])

            hook = part.register_forward_hook(scaled)
            with torch.no_grad():
                found = network(x.clone())[0, 1].item()
            hook.remove()
            return found

        nudge = 1e-6
        slope = (logit(1 + nudge) - logit(1 - nudge)) / (2 * nudge)
        assert getattr(found, kind)[1, 2] == pytest.approx(slope, rel=1e-4, abs=1e-6)
    assert found.kind == "hirescam"


def test_another_kind_is_refused():
    with pytest.raises(InputError, match="grad-cam, hirescam"):
        block_maps(random_network(), random_views(), "layer1.0", 1, kind="layercam")


@pytest.mark.parametrize("kind", ["grad-cam", "hirescam"])
@pytest.mark.parametrize("name", ["layer1.0", "layer2.0", "layer4.0"])
def test_branch_and_shortcut_add_up_to_the_sum_exactly(name, kind):
    found = block_maps(random_network(), random_views(), name, None, kind=kind)
    assert np.array_equal(found.branch + found.shortcut, found.total)
    assert found.branch.any() and found.shortcut.any()


def test_the_branchs_map_is_all_of_the_sum_where_the_shortcut_is_silent():
    network = scalar_network()
    network.layer4[0].downsample[0].weight.zero_()
    found = block_maps(network, scalar_view(), "layer4.0", 0)
    assert not found.shortcut.any()
    assert found.branch.tolist() == [[pytest.approx(3, rel=1e-5)]]


def test_one_forward_and_one_backward_no_deeper_than_the_block():
    network = random_network()
    runs = dict.fromkeys(blocks_of(network), 0)

    def count(name):
        return lambda *_: runs.update({name: runs[name] + 1})

    hooks = [block.conv1.register_forward_hook(count(name)) for name, block in blocks_of(network).items()]
    backwards = []
    hooks += [
        block.bn2.register_full_backward_hook(lambda *_, name=name: backwards.append(name))
        for name, block in blocks_of(network).items()
    ]
    block_maps(network, random_views(), "layer3.0", 0)
    for hook in hooks:
        hook.remove()
    assert set(runs.values()) == {1}
    assert backwards == ["layer4.0"]


def test_a_class_without_evidence_gives_maps_of_zeros():
    found = block_maps(scalar_network(), scalar_view(), "layer2.0", 1)
    for kind in ("branch", "shortcut", "total", "output"):
        assert not getattr(found, kind).any()


def test_in_place_relus_change_no_number():
    network, x = random_network(Bottleneck), random_views()
    before = block_maps(network, x, "layer2.0", 1)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    after = block_maps(network, x, "layer2.0", 1)
    for kind in ("branch", "shortcut", "total", "output"):
        assert np.array_equal(getattr(before, kind), getattr(after, kind))


def test_a_block_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="layer9.0"):
        block_maps(random_network(), torch.zeros(1, 3, 32, 32), "layer9.0", 0)
