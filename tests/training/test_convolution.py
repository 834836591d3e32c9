from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from training.convolution import PatchConv2d, use_patch_gradients
from training.initial import fresh


@pytest.mark.parametrize(("side", "stride"), [(2, 1), (3, 1), (6, 1), (4, 2), (5, 2)])
def test_the_gradients_are_those_of_pytorchs_own_convolution(side: int, stride: int) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 8, side, side, generator=generator, dtype=torch.float32)
    layer = PatchConv2d(8, 5, 3, stride=stride, padding=1, bias=False).train()
    gradient = torch.randn(F.conv2d(x, layer.weight, stride=stride, padding=1).shape, generator=generator)

    mine = x.clone().requires_grad_()
    layer(mine).backward(gradient)
    theirs, weight = x.double().requires_grad_(), layer.weight.detach().double().requires_grad_()
    F.conv2d(theirs, weight, stride=stride, padding=1).backward(gradient.double())

    assert torch.allclose(layer.weight.grad.double(), weight.grad, atol=1e-4)
    assert torch.allclose(mine.grad.double(), theirs.grad, atol=1e-4)


def test_only_wide_3x3_convolutions_change_and_no_parameter_does() -> None:
    network = fresh(18, 3, seed=0)
    names = list(network.state_dict())
    use_patch_gradients(network)
    changed = {name for name, module in network.named_modules() if isinstance(module, PatchConv2d)}
    assert changed == {
        *(f"layer3.{b}.conv{c}" for b, c in ((0, 2), (1, 1), (1, 2))),
        *(f"layer4.{b}.conv{c}" for b in (0, 1) for c in (1, 2)),
    }
    assert list(network.state_dict()) == names


def test_in_evaluation_mode_it_is_a_plain_convolution() -> None:
    plain = nn.Conv2d(4, 4, 3, padding=1, bias=False)
    layer = PatchConv2d(4, 4, 3, padding=1, bias=False).eval()
    layer.load_state_dict(plain.state_dict())
    x = torch.randn(1, 4, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layer(x), plain(x))
