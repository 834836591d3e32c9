"""The residual profile, worked by hand and against hooks."""

import numpy as np
import pytest
import torch

from resnet_demo.network.resnet import Bottleneck
from resnet_demo.network.units import blocks_of
from resnet_demo.studies.blocks import residual_profile
from tests.studies.networks import random_network, random_views, scalar_network, scalar_view


def test_the_profile_by_hand():
    """F and shortcut are one number each: 3 beside 2, -2 beside 5, 0 beside 3, 3 beside 6."""
    profile = residual_profile(scalar_network(), scalar_view()).blocks
    assert [block.name for block in profile] == ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]
    assert [block.ratio for block in profile] == pytest.approx([1.5, 0.4, 0, 0.5], rel=1e-5)
    assert [block.cosine for block in profile] == [pytest.approx(1), pytest.approx(-1), None, pytest.approx(1)]
    # Every channel but the first is zero.
    assert [block.zero_share for block in profile] == pytest.approx([63 / 64, 127 / 128, 255 / 256, 511 / 512])
    assert [block.projection for block in profile] == [False, True, True, True]


def test_a_block_whose_shortcut_is_silent_has_no_ratio():
    network = scalar_network()
    network.conv1.weight.zero_()
    network.layer1[0].bn2.bias[0] = 1  # F is 1 beside a shortcut of 0
    first, second, *_ = residual_profile(network, scalar_view()).blocks
    assert first.ratio is None and first.cosine is None
    assert second.ratio == pytest.approx(0.4, rel=1e-5)


@pytest.mark.parametrize("blocks", [(2, 1, 1, 1), (1, 1, 2, 1)])
def test_norms_are_those_that_hooks_see(blocks):
    network, x = random_network(Bottleneck, blocks), random_views(3)
    seen = {}
    hooks = []
    for name, block in blocks_of(network).items():
        hooks += [
            block.register_forward_hook(lambda _, args, out, name=name: seen.update({name: (args[0], out)})),
            block.bn3.register_forward_hook(lambda _, __, out, name=name: seen.update({name + " F": out})),
        ]
    network(x)
    for hook in hooks:
        hook.remove()
    for found in residual_profile(network, x).blocks:
        block = blocks_of(network)[found.name]
        entered, left = seen[found.name]
        branch = seen[found.name + " F"].double().numpy()
        shortcut = (entered if block.downsample is None else block.downsample(entered)).double().numpy()
        for photo in range(3):
            f, s = branch[photo].ravel(), shortcut[photo].ravel()
            f_norm, s_norm = np.sqrt((f**2).sum()), np.sqrt((s**2).sum())
            assert found.ratios[photo] == pytest.approx(f_norm / s_norm, rel=1e-4)
            assert found.cosines[photo] == pytest.approx((f * s).sum() / (f_norm * s_norm), abs=1e-5)
            assert found.zeros[photo] == pytest.approx((left[photo] == 0).double().mean().item(), abs=1e-6)


def test_several_photos_give_the_mean_of_each_alone():
    network, x = random_network(), random_views(3)
    alone = [residual_profile(network, x[i : i + 1]).blocks for i in range(3)]
    for index, together in enumerate(residual_profile(network, x).blocks):
        each = [profile[index] for profile in alone]
        assert together.ratio == pytest.approx(np.mean([b.ratio for b in each]), rel=1e-5)
        assert together.cosine == pytest.approx(np.mean([b.cosine for b in each]), abs=1e-5)
        assert together.zero_share == pytest.approx(np.mean([b.zero_share for b in each]), abs=1e-6)


def test_in_place_relus_change_no_number():
    network, x = random_network(), random_views()
    before = residual_profile(network, x).blocks
    for module in network.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = True
    after = residual_profile(network, x).blocks
    assert [b.ratios.tolist() for b in after] == [b.ratios.tolist() for b in before]
