"""The network made to be run against the network as it is drawn: the same numbers, forward and backward."""

import copy

import pytest
import torch
from captum.attr import LayerGradCam
from torch import nn

from resnet_demo.maps.grad_cam import StageGradCam
from resnet_demo.network.frozen import network as frozen_network
from resnet_demo.network.frozen import packed
from resnet_demo.network.frozen.convolution import PlainConvolution, fold
from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.network.resnet import BasicBlock, Bottleneck, Plan, ResNet, resnet
from resnet_demo.results import STAGES
from tests.randomised import randomise

CPU = torch.device("cpu")


@pytest.fixture(params=["packed", "packed but for strides", "plain"])
def weights(request, monkeypatch):
    """As oneDNN packs them, where it is here, on processors with AVX-512 and on others; and as other devices take
    them."""
    monkeypatch.setattr(packed, "_one_layout_strides", lambda: request.param == "packed")
    if request.param == "plain":
        monkeypatch.setattr(frozen_network, "packs", lambda device, dtype: False)
    elif not torch.backends.mkldnn.is_available():
        pytest.skip("this PyTorch comes without oneDNN")


def _views(count, height=64, width=64):
    views = torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(1))
    return views.to(memory_format=torch.channels_last)


def _close(ours, exact, of_largest):
    torch.testing.assert_close(ours.double(), exact.double(), rtol=0, atol=of_largest * exact.abs().max().item())


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize("size", [(64, 64), (97, 71)], ids=str)
def test_every_stage_and_the_logits_are_the_drawn_networks_within_rounding(weights, depth, size):
    network = randomise(resnet(depth, 10)).requires_grad_(False)
    frozen, x = FrozenNetwork(network, CPU, torch.float32), _views(2, *size)
    exact = copy.deepcopy(network).double().forward_stages(x.double())
    at = x
    for name in STAGES:
        at = getattr(frozen, name)(at)
        _close(at, exact.stages[name], 1e-5)
    _close(frozen(x), exact.logits, 1e-5)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_each_map_is_captums_of_the_drawn_network(weights, block):
    """In double precision. No activation of these photos is so near zero that rounding would switch its ReLU."""
    network = randomise(ResNet(Plan(block, (1, 2, 1, 1)), 7), seed=4).requires_grad_(False)
    x, target = _views(2), torch.tensor([3, 5])
    exact = copy.deepcopy(network).double()
    assert _nearest_to_zero(exact, x.double()) > 2e-7
    maps = StageGradCam(FrozenNetwork(network, CPU, torch.float32)).attribute(x, target)
    for name, ours in zip(STAGES, maps, strict=True):
        theirs = LayerGradCam(exact, exact.stage_modules()[name]).attribute(x.double(), target)
        _close(ours, theirs.detach(), 1e-4)


def _nearest_to_zero(network, x):
    """The smallest activation before a ReLU, as a share of the largest one there."""
    found = []
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(lambda _, given: found.append(abs(given[0]).min() / abs(given[0]).max()))
    network(x)
    for module in network.modules():
        module._forward_pre_hooks.clear()
    return min(found).item()


def test_the_gradient_is_autograds_of_the_drawn_network(weights):
    """Of a strided Bottleneck with a projection: two paths that meet, both through a convolution that strides."""
    network = randomise(resnet(50, 10)).requires_grad_(False)
    frozen = FrozenNetwork(network, CPU, torch.float32)
    x = torch.rand(2, 256, 13, 10, generator=torch.Generator().manual_seed(0)).to(memory_format=torch.channels_last)
    exact = copy.deepcopy(network.layer2[0]).double()
    y = exact(x.double().requires_grad_())
    pull = torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(exact(at := x.double().requires_grad_()), at, pull.double())
    (ours,) = torch.autograd.grad(frozen.layer2[0](at := x.clone().requires_grad_()), at, pull)
    _close(ours, expected, 1e-4)


def test_a_gradient_that_is_kept_is_not_written_over(weights):
    """Sums in place must not reach a stage's own gradient, which the maps are made of."""
    network = randomise(resnet(18, 10)).requires_grad_(False)
    frozen, x = FrozenNetwork(network, CPU, torch.float32), _views(1)
    all_stages = StageGradCam(frozen).gather(x, torch.tensor([3]))
    for name in STAGES:
        alone = StageGradCam(frozen, (name,)).gather(x, torch.tensor([3]))
        assert torch.equal(all_stages.gradients[name], alone.gradients[name])
        assert torch.equal(all_stages.activations[name], alone.activations[name])


def test_freezing_leaves_the_drawn_network_as_it_was():
    network = randomise(resnet(18, 10))
    before = copy.deepcopy(network.state_dict())
    FrozenNetwork(network, CPU, torch.bfloat16)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_folded_convolution_by_hand():
    """One weight of 3, gamma 2, beta 5, mean 1, variance 4 less epsilon: s = 1, so 3 x + (5 - 1)."""
    conv, norm = nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1)
    with torch.no_grad():
        conv.weight.fill_(3)
        norm.weight.fill_(2)
        norm.bias.fill_(5)
    norm.running_mean.fill_(1)
    norm.running_var.fill_(4 - norm.eps)
    weight, bias = fold(conv, norm)
    torch.testing.assert_close(weight.flatten(), torch.tensor([3.0]))
    torch.testing.assert_close(bias, torch.tensor([4.0]))


class Hidden:
    """oneDNN's private operations as another release of PyTorch may have them: ``given`` in place of some of them."""

    def __init__(self, given):
        self._given = given

    def __getattr__(self, name):
        if name not in self._given:
            return getattr(torch.ops.mkldnn, name)
        if self._given[name] is None:
            raise AttributeError(f"'_OpNamespace' 'mkldnn' object has no attribute '{name}'")
        return self._given[name]


class Changed:
    """An operation whose overloads do something else."""

    def __init__(self, name, change):
        self._whole, self._change = getattr(torch.ops.mkldnn, name), change

    def __getattr__(self, overload):
        return lambda *args: self._change(getattr(self._whole, overload), *args)


def fewer_arguments(operation, *args):
    return operation(*args[:-1])


def other_numbers(operation, *args):
    return operation(*args) + 1


PRIVATE = (
    "_reorder_convolution_weight",
    "_convolution_pointwise",
    "_convolution_pointwise_",
    "_reorder_convolution_transpose_weight",
    "_convolution_transpose_pointwise",
    "_reorder_linear_weight",
    "_linear_pointwise",
)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this PyTorch comes without oneDNN")
@pytest.mark.parametrize(
    "given",
    [dict.fromkeys(PRIVATE)]
    + [{name: None} for name in PRIVATE]
    + [
        {name: Changed(name, how)}
        for name in PRIVATE
        if "pointwise" in name
        for how in (fewer_arguments, other_numbers)
    ],
    ids=lambda given: " ".join(f"{name}-{how and how._change.__name__}" for name, how in given.items()),
)
def test_where_onednns_private_operations_lack_or_differ_the_network_runs_by_public_ones(given, monkeypatch, caplog):
    monkeypatch.setattr(packed, "_ONEDNN", Hidden(given))
    monkeypatch.setattr(packed, "_one_layout_strides", lambda: True)
    packed._as_expected.cache_clear()
    try:
        network, x = randomise(ResNet(Plan(Bottleneck, (1, 1, 1, 1)), 7)).requires_grad_(False), _views(1)
        frozen = FrozenNetwork(network, CPU, torch.float32)
        assert type(frozen.layer1[0].branch[0]) is PlainConvolution
        assert "packed convolutions" in caplog.text
        _close(frozen(x), copy.deepcopy(network).double()(x.double()), 1e-5)
    finally:
        packed._as_expected.cache_clear()


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this PyTorch comes without oneDNN")
def test_the_release_that_is_installed_packs_and_says_nothing(caplog):
    packed._as_expected.cache_clear()
    assert packed.packs(CPU, torch.float32)
    assert caplog.text == ""
