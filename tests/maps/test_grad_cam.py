"""The maps of all stages, against Captum's public class, closed forms, other implementations and hand calculation."""

import inspect

import pytest
import torch
from captum.attr import LayerGradCam
from torch import nn

from resnet_demo.maps.grad_cam import StageGradCam, channel_weights, grad_cam
from resnet_demo.maps.kinds import every_kind
from resnet_demo.network.resnet import BasicBlock, Bottleneck, Plan, ResNet, resnet
from resnet_demo.results import KINDS, STAGES


def _network(block=BasicBlock, classes=7, seed=0):
    """A small network with batch-norm statistics that are not the identity."""
    torch_state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    network = ResNet(Plan(block, (1, 2, 1, 1)), classes)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    torch.random.set_rng_state(torch_state)
    return network.eval().requires_grad_(False)


def _kinds(a, g):
    """Every kind of map of activations and gradients (batch, channels, h, w)."""
    return every_kind(a, g).maps


def _maps(made):
    """Grad-CAM (batch, h, w) of each stage of a pass."""
    return [grad_cam(made.activations[name], made.gradients[name]) for name in made.activations]


def _photos(count, size=64):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_every_stage_equals_captums_layer_gradcam_for_that_stage_alone(block):
    network, x = _network(block), _photos(2)
    target = torch.tensor([3, 5])
    maps = StageGradCam(network).attribute(x, target)
    for name, module, ours in zip(STAGES, network.stage_modules().values(), maps, strict=True):
        theirs = LayerGradCam(network, module).attribute(x, target)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6 * theirs.abs().max().item(), msg=name)


def test_attribute_is_called_as_captums_is():
    assert inspect.signature(StageGradCam.attribute).parameters.keys() == (
        inspect.signature(LayerGradCam.attribute).parameters.keys()
    )


@pytest.mark.parametrize("target", [3, [3, 5], torch.tensor([3, 5])], ids=["one class", "list", "tensor"])
@pytest.mark.parametrize(
    "options",
    [{}, {"relu_attributions": True}, {"attr_dim_summation": False}, {"attribute_to_layer_input": True}],
    ids=str,
)
def test_attribute_takes_captums_arguments_and_gives_captums_result(target, options):
    network, x = _network(), _photos(2)
    maps = StageGradCam(network).attribute(x, target, **options)
    for name, module, ours in zip(STAGES, network.stage_modules().values(), maps, strict=True):
        captums = LayerGradCam(network, module)
        theirs, signed = captums.attribute(x, target, **options), captums.attribute(x, target)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6 * signed.abs().max().item(), msg=name)


def test_without_a_target_attribute_explains_the_most_probable_classes():
    network, x = _network(), _photos(2)
    given = StageGradCam(network).attribute(x, network(x).argmax(1))
    assert all(torch.equal(a, b) for a, b in zip(StageGradCam(network).attribute(x), given, strict=True))


def test_the_tensors_of_a_pass_hold_no_graph_and_lie_as_the_network_left_them():
    network = _network().to(memory_format=torch.channels_last)
    made = StageGradCam(network).gather(_photos(2).to(memory_format=torch.channels_last))
    for tensor in (made.logits, *made.activations.values(), *made.gradients.values()):
        assert not tensor.requires_grad and tensor.grad_fn is None
    assert all(a.is_contiguous(memory_format=torch.channels_last) for a in made.activations.values())


def test_layer4_equals_its_closed_form():
    """Global average pooling is linear, so w_k = W_fc[c, k] / (H W): the map is CAM (Zhou et al. 2016) over H W."""
    network, x = _network(Bottleneck), _photos(1)
    made = StageGradCam(network, ("layer4",)).gather(x, torch.tensor([2]))
    a = made.activations["layer4"][0]
    by_hand = torch.einsum("k,khw->hw", network.fc.weight[2], a) / a[0].numel()
    ours = grad_cam(made.activations["layer4"], made.gradients["layer4"])[0]
    # Terms of both signs cancel in the sum, so rounding is measured against the sum of their sizes.
    sizes = torch.einsum("k,khw->hw", network.fc.weight[2].abs(), a) / a[0].numel()
    torch.testing.assert_close(ours, by_hand, rtol=0, atol=1e-6 * sizes.max().item())


def test_one_forward_and_one_backward_serve_all_stages():
    network, x = _network(), _photos(1)
    counts = {"forward": 0, "backward": 0}
    first = network.layer1[0].conv1.register_forward_hook(lambda *_: counts.update(forward=counts["forward"] + 1))
    last = network.layer1[0].bn2.register_full_backward_hook(lambda *_: counts.update(backward=counts["backward"] + 1))
    StageGradCam(network).gather(x)
    first.remove()
    last.remove()
    assert counts == {"forward": 1, "backward": 1}


def test_without_a_target_each_image_is_explained_for_its_most_probable_class():
    network, x = _network(), _photos(3)
    made = StageGradCam(network).gather(x)
    assert torch.equal(made.targets, network(x).argmax(1))


def test_images_of_a_batch_may_ask_for_different_classes():
    network, x = _network(), _photos(3)
    explainer = StageGradCam(network)
    together = explainer.gather(x, torch.tensor([0, -1, 4]))
    for row, target in enumerate([0, -1, 4]):
        alone = explainer.gather(x[row : row + 1], torch.tensor([target]))
        for name in STAGES:
            torch.testing.assert_close(
                together.gradients[name][row],
                alone.gradients[name][0],
                rtol=0,
                atol=1e-5 * alone.gradients[name].abs().max().item(),
            )


def test_a_contrast_explains_the_difference_of_two_logits():
    network, x = _network(), _photos(1)
    explainer = StageGradCam(network)
    difference = _maps(explainer.gather(x, torch.tensor([1]), torch.tensor([4])))
    one = _maps(explainer.gather(x, torch.tensor([1])))
    other = _maps(explainer.gather(x, torch.tensor([4])))
    for d, a, b in zip(difference, one, other, strict=True):
        torch.testing.assert_close(d, a - b, rtol=0, atol=1e-5 * (a.abs() + b.abs()).max().item())


def test_only_some_images_of_a_batch_may_have_a_contrast():
    network, x = _network(), _photos(2)
    explainer = StageGradCam(network)
    maps = _maps(explainer.gather(x, torch.tensor([1, 1]), torch.tensor([-1, 4])))
    plain = _maps(explainer.gather(x, torch.tensor([1, 1])))
    for mixed, without in zip(maps, plain, strict=True):
        assert torch.equal(mixed[0], without[0])
        assert not torch.equal(mixed[1], without[1])


def test_no_trace_is_left_on_the_network_even_after_a_failure():
    network = _network()
    with pytest.raises(RuntimeError):
        StageGradCam(network).gather(torch.zeros(1, 5, 64, 64))
    StageGradCam(network).gather(_photos(1))
    for module in network.modules():
        assert not module._forward_hooks and not module._backward_hooks and not module._forward_pre_hooks
        assert not module.training
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_in_place_relus_change_no_number():
    network, x = _network(Bottleneck), _photos(1)
    before = StageGradCam(network).attribute(x, torch.tensor([1]))
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    after = StageGradCam(network).attribute(x, torch.tensor([1]))
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_backward_pass_goes_no_deeper_than_asked_for():
    network, x = _network(), _photos(1)
    reached = []
    handle = network.layer3[0].conv1.register_full_backward_hook(lambda *_: reached.append("layer3"))
    StageGradCam(network, ("layer4",)).gather(x)
    handle.remove()
    assert reached == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_kind_of_map_equals_an_independent_implementation(kind, stage):
    gradcam = pytest.importorskip("pytorch_grad_cam")
    theirs = {
        "grad-cam": gradcam.GradCAM,
        "grad-cam++": gradcam.GradCAMPlusPlus,
        "xgrad-cam": gradcam.XGradCAM,
        "layercam": gradcam.LayerCAM,
        "hirescam": gradcam.HiResCAM,
    }[kind]
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    network, x = _network(), _photos(1)
    network.fc.weight *= 1e6  # gradients beside which the 1e-6 that theirs adds to Grad-CAM++'s divisor is nothing
    made = StageGradCam(network, (stage,)).gather(x, torch.tensor([3]))
    ours = _kinds(made.activations[stage], made.gradients[stage])[kind][0]

    module = network.stage_modules()[stage]
    with theirs(model=network, target_layers=[module]) as cam:
        cam.activations_and_grads(x)
        cam.outputs = cam.activations_and_grads(x.requires_grad_())
        cam.outputs[0, 3].backward()
        unscaled = cam.get_cam_image(
            x,
            module,
            [ClassifierOutputTarget(3)],
            cam.activations_and_grads.activations[0].numpy(),
            cam.activations_and_grads.gradients[0].numpy(),
            False,
        )[0]
    torch.testing.assert_close(ours, torch.from_numpy(unscaled).float(), rtol=0, atol=1e-5 * abs(unscaled).max())


def test_the_kinds_are_the_ones_that_results_name():
    assert tuple(_kinds(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1))) == KINDS


def test_in_layer4_hirescam_and_xgradcam_equal_gradcam():
    """Average pooling and one linear layer make layer4's gradient constant over positions."""
    network, x = _network(), _photos(1)
    made = StageGradCam(network, ("layer4",)).gather(x, torch.tensor([0]))
    a, g = made.activations["layer4"], made.gradients["layer4"]
    reference = grad_cam(a, g)
    for kind in ("hirescam", "xgrad-cam"):
        torch.testing.assert_close(_kinds(a, g)[kind], reference, rtol=0, atol=1e-5 * reference.abs().max().item())


def test_maps_by_hand():
    """Two channels on a 1 x 2 grid. A1 = (1, 3), G1 = (2, 4); A2 = (0, 2), G2 = (-1, -3)."""
    a = torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]])
    g = torch.tensor([[[[2.0, 4.0]], [[-1.0, -3.0]]]])
    # w1 = 3, w2 = -2
    assert channel_weights(g).tolist() == [[3.0, -2.0]]
    assert _kinds(a, g)["grad-cam"].tolist() == [[[3.0, 9.0 - 4.0]]]
    assert _kinds(a, g)["hirescam"].tolist() == [[[2.0, 12.0 - 6.0]]]
    assert _kinds(a, g)["layercam"].tolist() == [[[2.0, 12.0]]]
    # w1 = (2 + 12) / 4 = 3.5, w2 = -6 / 2 = -3
    assert _kinds(a, g)["xgrad-cam"].tolist() == [[[3.5, 10.5 - 6.0]]]
    # alpha = g^2 / (2 g^2 + g^3 sum A): 4 / (8 + 32) = 0.1 and 16 / (32 + 256) = 1/18; w1 = 0.1 * 2 + 4 / 18; w2 = 0
    w1 = 0.2 + 4 / 18
    torch.testing.assert_close(_kinds(a, g)["grad-cam++"], torch.tensor([[[w1, 3 * w1]]]), rtol=1e-5, atol=0)


@pytest.mark.parametrize("size", [1, 1e-3, 1e-6, 1e3])
@pytest.mark.parametrize("stage", STAGES)
def test_gradcam_plus_plus_is_the_papers_however_small_the_gradients(stage, size):
    """In double precision: alpha by Chattopadhay et al.'s equation 19, zero where it is 0 / 0; weights by their 5."""
    made = StageGradCam(_network(), (stage,)).gather(_photos(1), torch.tensor([3]))
    a, g = made.activations[stage].double(), size * made.gradients[stage].double()
    divisor = 2 * g**2 + a.sum(dim=(2, 3), keepdim=True) * g**3
    alpha = torch.where(g == 0, 0, g**2 / divisor)
    weights = (alpha * g.relu()).sum(dim=(2, 3), keepdim=True)
    by_hand = (weights * a).sum(dim=1)
    ours = _kinds(a.float(), g.float())["grad-cam++"].double()
    torch.testing.assert_close(ours, by_hand, rtol=0, atol=1e-5 * by_hand.abs().max().item())


def test_a_class_with_no_evidence_gives_a_map_without_positive_values():
    network, x = _network(), _photos(1)
    network.fc.weight[2] = -network.fc.weight[2].abs()
    made = StageGradCam(network, ("layer4",)).gather(x, torch.tensor([2]))
    assert grad_cam(made.activations["layer4"], made.gradients["layer4"]).max() <= 0


@pytest.mark.parametrize("depth", [18, 50])
def test_views_of_any_size_are_explained(depth):
    network = resnet(depth, 3).eval().requires_grad_(False)
    made = StageGradCam(network).gather(torch.zeros(1, 3, 33, 70))
    assert made.activations["layer4"].shape[2:] == (2, 3)
