"""Maps of any layer: those that Captum's public class gives, whatever network it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision.models
from captum.attr import LayerGradCam
from torch import nn

from resnet_demo import explain, resnet18
from resnet_demo.errors import InputError

X = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def theirs() -> nn.Module:
    """torchvision's, whose ReLUs work in place, frozen."""
    torch.manual_seed(0)
    return torchvision.models.resnet18(num_classes=7).eval().requires_grad_(False)


def captums(network: nn.Module, layer: nn.Module, target: int, x: torch.Tensor = X) -> np.ndarray:
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    found = LayerGradCam(network, layer).attribute(x.clone().requires_grad_(), target)[:, 0].detach().numpy()
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    return found


def close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * abs(expected).max())


@pytest.mark.parametrize("name", ["layer3.1.conv2", "layer2", "bn1"])
def test_a_map_of_any_layer_is_captums_and_leaves_the_network_as_it_was(theirs, name):
    with torch.inference_mode():
        found = explain(theirs, X, name, target=3)
    close(found[name], captums(theirs, theirs.get_submodule(name), 3))
    assert all(m.inplace for m in theirs.modules() if isinstance(m, nn.ReLU))
    assert not any(m._forward_hooks for m in theirs.modules()) and not any(p.requires_grad for p in theirs.parameters())


def test_several_layers_share_a_pass_and_each_image_its_most_probable_class(theirs):
    found = explain(theirs, X, ["layer4.0.conv1", "layer4"])
    best = theirs(X).argmax(1)
    for row, target in enumerate(best.tolist()):
        close(found["layer4"][row], captums(theirs, theirs.layer4, target, X[row : row + 1])[0])
    assert found["layer4.0.conv1"].shape == (2, 2, 2)


def test_a_contrast_is_the_difference_of_two_maps(theirs):
    one, other = (explain(theirs, X, "layer4", target=c)["layer4"] for c in (1, 5))
    close(explain(theirs, X, "layer4", target=1, contrast=5)["layer4"], one - other)


def test_hirescam_of_the_last_stage_adds_up_as_grad_cam_does(theirs):
    """What follows layer4 is a mean and a linear layer, so both are the same map (Draelos and Carin 2020)."""
    close(
        explain(theirs, X, "layer4", target=2, kind="hirescam")["layer4"],
        explain(theirs, X, "layer4", target=2)["layer4"],
    )


def test_no_layer_has_no_map(theirs):
    assert explain(theirs, X, []) == {}


def test_our_own_networks_and_any_other_module_will_do():
    ours = resnet18(num_classes=4).eval()
    assert explain(ours, X, "layer1.0")["layer1.0"].shape == (2, 16, 16)
    small = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    weights = small[4].weight[1].detach()
    expected = torch.einsum("bkhw,k->bhw", small[1](small[0](X)).detach(), weights) / 62**2
    close(explain(small, X, "1", target=1)["1"], expected.numpy())


@pytest.mark.parametrize(
    ("layers", "options", "words"),
    [
        ("layer3.9.conv2", {}, "no layer “layer3.9.conv2”; near to it are layer3"),
        ("fc", {}, "“fc” puts out (2, 7)"),
        ("layer4", {"target": 7}, "There is no class 7"),
        ("layer4", {"kind": "layercam"}, "kind is “layercam”"),
    ],
)
def test_what_can_not_be_explained_is_said(theirs, layers, options, words):
    with pytest.raises(InputError) as told:
        explain(theirs, X, layers, **options)
    assert words in str(told.value)
