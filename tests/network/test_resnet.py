"""The five networks of He et al. 2016 (table 1), as torchvision computes them."""

import pytest
import torch
import torchvision.models
from torch import nn

from resnet_demo.network.resnet import PLANS, BasicBlock, Bottleneck, resnet
from resnet_demo.results import DEPTHS, STAGES
from tests.randomised import randomise

# He et al. 2016, table 1: for a 224x224 input the stages are 56 (after the pool), 56, 28, 14 and 7 cells wide.
GRIDS = (56, 56, 28, 14, 7)


def _torchvision(depth, **options):
    return getattr(torchvision.models, f"resnet{depth}")(**options)


def _photo(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def small():
    """A ResNet-18 of five classes with random values."""
    return randomise(resnet(18, 5), seed=3)


# Equal to torchvision's


@pytest.mark.parametrize("depth", DEPTHS)
def test_logits_equal_torchvisions_under_one_random_state_dict(depth):
    theirs = randomise(_torchvision(depth), seed=depth)
    ours = resnet(depth)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    photos = _photo(2, 3, 64, 96)
    with torch.inference_mode():
        expected = theirs(photos)
        logits = ours.eval()(photos)
    assert expected.isfinite().all()
    assert not torch.allclose(expected[0], expected[1])
    torch.testing.assert_close(logits, expected)


@pytest.mark.parametrize("depth", DEPTHS)
def test_state_dicts_load_strictly_both_ways(depth):
    with torch.device("meta"):
        ours, theirs = resnet(depth, 7), _torchvision(depth, num_classes=7)
    ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
    theirs.load_state_dict(ours.state_dict(), strict=True, assign=True)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize("depth", DEPTHS)
def test_parameters_are_as_many_as_torchvision_counts(depth):
    with torch.device("meta"):
        count = sum(p.numel() for p in resnet(depth).parameters())
    assert count == torchvision.models.get_model_weights(f"resnet{depth}")["IMAGENET1K_V1"].meta["num_params"]


def test_gradients_equal_torchvisions():
    theirs = randomise(_torchvision(18, num_classes=5), seed=1)
    ours = resnet(18, 5).eval()
    ours.load_state_dict(theirs.state_dict())
    photo = _photo(1, 3, 64, 64)
    for network in (ours, theirs):
        network(photo)[0, 2].backward()
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, msg=name)


# The stages


@pytest.mark.parametrize("depth", DEPTHS)
def test_stages_have_the_shapes_of_the_papers_table_at_224(depth):
    with torch.device("meta"):
        logits, stages = resnet(depth, 9).forward_stages(torch.empty(1, 3, 224, 224))
    wide = PLANS[depth].block.expansion
    channels = (64, 64 * wide, 128 * wide, 256 * wide, 512 * wide)
    assert tuple(stages) == STAGES
    assert [tuple(a.shape) for a in stages.values()] == [(1, k, n, n) for k, n in zip(channels, GRIDS, strict=True)]
    assert tuple(logits.shape) == (1, 9)


def test_forward_and_forward_stages_give_the_same_logits(small):
    photos = _photo(2, 3, 64, 64)
    assert torch.equal(small(photos), small.forward_stages(photos).logits)


@pytest.mark.parametrize("depth", (18, 50))
def test_a_hook_on_a_stage_module_sees_what_forward_stages_returns(depth):
    network = randomise(resnet(depth, 4))
    photos = _photo(1, 3, 64, 64)
    seen = {}
    for name, module in network.stage_modules().items():
        module.register_forward_hook(lambda _, __, output, name=name: seen.setdefault(name, output))
    network(photos)
    expected = network.forward_stages(photos).stages
    assert list(seen) == list(expected)
    for name, activation in expected.items():
        assert torch.equal(seen[name], activation), name


def test_stage_activations_take_gradients(small):
    logits, stages = small.forward_stages(_photo(1, 3, 64, 64))
    gradients = torch.autograd.grad(logits[0, 1], list(stages.values()))
    assert all(g.abs().max() > 0 for g in gradients)


def test_the_head_averages_positions_and_applies_fc(small):
    activation = _photo(2, 512, 3, 5)
    expected = activation.mean(dim=(2, 3)) @ small.fc.weight.T + small.fc.bias
    torch.testing.assert_close(small.head(activation), expected)


@pytest.mark.parametrize("size", ((1, 1), (31, 33), (224, 96)))
def test_any_size_of_input_has_its_logits(small, size):
    with torch.inference_mode():
        logits, stages = small.forward_stages(_photo(1, 3, *size))
    assert logits.shape == (1, 5)
    assert logits.isfinite().all()
    assert all(a.numel() > 0 for a in stages.values())


# The blocks


def test_a_block_adds_its_branch_to_its_shortcut():
    for block in (BasicBlock(8, 8), Bottleneck(32, 8), BasicBlock(8, 16, 2, nn.Conv2d(8, 16, 1, stride=2))):
        randomise(block)
        x = _photo(1, block.conv1.in_channels, 6, 6)
        expected = (block.branch(x) + block.shortcut(x)).clamp(min=0)
        torch.testing.assert_close(block(x), expected)


def test_a_block_whose_last_batch_norm_is_zero_is_the_identity_on_what_is_not_negative():
    for block, last in ((BasicBlock(8, 8), "bn2"), (Bottleneck(32, 8), "bn3")):
        randomise(block)
        nn.init.zeros_(getattr(block, last).weight)
        nn.init.zeros_(getattr(block, last).bias)
        x = _photo(2, block.conv1.in_channels, 5, 5).abs()
        assert torch.equal(block(x), x)


def test_a_bottleneck_strides_in_its_3x3_convolution():
    first = resnet(50, 2).layer2[0]
    assert [first.conv1.stride, first.conv2.stride, first.conv3.stride] == [(1, 1), (2, 2), (1, 1)]


def test_shortcuts_are_projections_exactly_where_the_shape_changes():
    def projected(depth):
        with torch.device("meta"):
            network = resnet(depth, 2)
        return {
            name
            for name, block in network.named_modules()
            if isinstance(block, BasicBlock | Bottleneck) and block.downsample is not None
        }

    # Section 4.1: in the 18 and 34 layers deep networks layer1 keeps the stem's 64 channels; a Bottleneck's has 256.
    assert projected(34) == {"layer2.0", "layer3.0", "layer4.0"}
    assert projected(152) == {"layer1.0", "layer2.0", "layer3.0", "layer4.0"}


# Fresh networks


@pytest.mark.parametrize("depth", (18, 50))
def test_fresh_convolutions_have_the_standard_deviation_of_he_et_al_2015(depth):
    for name, module in resnet(depth, 2).named_modules():
        if isinstance(module, nn.Conv2d):
            expected = (2 / (module.kernel_size[0] * module.kernel_size[1] * module.out_channels)) ** 0.5
            n = module.weight.numel()
            # Five standard errors: for n normal values, sigma / sqrt(2 n) and sigma / sqrt(n).
            assert abs(module.weight.std().item() - expected) < 5 * expected / (2 * n) ** 0.5, name
            assert abs(module.weight.mean().item()) < 5 * expected / n**0.5, name


def test_fresh_batch_norms_are_the_identity():
    for module in resnet(18, 2).modules():
        if isinstance(module, nn.BatchNorm2d):
            assert torch.equal(module.weight, torch.ones_like(module.weight))
            assert not module.bias.any()
            assert not module.running_mean.any()
            assert torch.equal(module.running_var, torch.ones_like(module.running_var))


def test_a_depth_that_is_none_of_the_papers_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="ResNet-20.*18, 34, 50, 101, 152"):
        resnet(20)


def test_a_network_without_classes_is_refused():
    with pytest.raises(ValueError, match="num_classes is 0"):
        resnet(18, 0)


@pytest.mark.filterwarnings("ignore:.*deprecated")
@pytest.mark.parametrize("depth", [18, 50])
def test_what_torchscript_and_export_make_of_a_network_answers_as_it_does(depth):
    network, x = resnet(depth, 5).eval(), torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    network.card = object()  # what is known of the weights is no part of the network
    exported = torch.export.export(network, (x,)).module()
    for other in (torch.jit.script(network), torch.jit.trace(network, x), exported):
        torch.testing.assert_close(other(x), network(x), rtol=1e-4, atol=1e-5)
