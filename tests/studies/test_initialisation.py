"""Signal and gradient before training, taken a second time by running what follows a unit on its own."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from resnet_demo.errors import Cancelled, InputError
from resnet_demo.network.cifar import ARRANGEMENTS, CifarNetwork
from resnet_demo.studies.initialisation import PICTURES, signal_at_initialisation, squares


@pytest.fixture(scope="module")
def view():
    return torch.randn(1, 3, 60, 80, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("arrangement", ["plain", "full-pre-activation"])
def test_each_gradient_is_that_of_the_rest_of_the_network(view, arrangement):
    found = signal_at_initialisation(view, 20, arrangements=[arrangement], seed=4).networks[0]
    generator = torch.Generator().manual_seed(4)
    pictures, classes = squares(view, generator), torch.randint(10, (PICTURES,), generator=generator)
    network = CifarNetwork(20, arrangement, seed=4)
    x = network.stem(pictures)
    for number in range(10):
        leaf = x.detach().requires_grad_()
        rest = leaf
        for unit in network.units[number:]:
            rest = unit(rest)
        F.cross_entropy(network.head(rest), classes).backward()
        assert found.gradient[number] == pytest.approx(np.linalg.norm(leaf.grad.numpy()), rel=1e-4)
        assert found.signal[number] == pytest.approx(np.sqrt(np.mean(leaf.detach().numpy() ** 2)), rel=1e-5)
        x = network.units[number](x) if number < 9 else x
    assert found.growth == pytest.approx(found.gradient[0] / found.gradient[9])


def test_plain_units_let_the_gradient_grow_and_shortcuts_hold_it(view):
    found = {each.arrangement: each for each in signal_at_initialisation(view, 56).networks}
    assert tuple(found) == ARRANGEMENTS
    plain, original = found["plain"], found["original"]
    # By about the same factor from unit to unit: a straight line on a logarithmic scale.
    units = np.arange(len(plain.gradient))
    straight = np.corrcoef(units, np.log(plain.gradient))[0, 1]
    assert straight < -0.99
    assert plain.growth > 100 * original.growth
    # What a residual unit adds is never taken away again before the next activation: the signal grows there.
    assert found["full-pre-activation"].signal[-1] > 2 * found["full-pre-activation"].signal[0]
    assert abs(plain.signal[-1] / plain.signal[0] - 1) < 0.1


def test_the_deepest_plain_gradient_is_told_too(view):
    """Its square has no place in single precision."""
    found = signal_at_initialisation(view, 398, arrangements=["plain"]).networks[0]
    assert np.isfinite(found.gradient).all()
    assert found.gradient[0] > 1e19


def test_the_pictures_are_parts_of_the_view():
    view = torch.arange(40.0).view(1, 1, 1, 40).expand(1, 3, 30, 40)
    parts = squares(view, torch.Generator().manual_seed(0))
    assert parts.shape == (PICTURES, 3, 32, 32)
    assert (parts >= 0).all() and (parts <= 39).all()
    widths = parts[:, 0, 0, -1] - parts[:, 0, 0, 0]  # as the view counts its columns
    assert (widths > 13).all() and (widths < 30).all()
    one = squares(torch.full((1, 3, 1, 1), 2.0), torch.Generator().manual_seed(0))
    assert torch.equal(one, torch.full((PICTURES, 3, 32, 32), 2.0))


def test_it_works_within_inference_and_leaves_the_view_alone(view):
    with torch.inference_mode():
        inferred = view.clone()
        found = signal_at_initialisation(inferred, 8, arrangements=["original"])
    again = signal_at_initialisation(view, 8, arrangements=["original"])
    assert np.array_equal(found.networks[0].gradient, again.networks[0].gradient)


@pytest.mark.parametrize(("layers", "names"), [(18, ["plain"]), (404, ["plain"]), (2, ["plain"]), (20, ["sideways"])])
def test_what_there_is_not_is_refused(view, layers, names):
    with pytest.raises(InputError):
        signal_at_initialisation(view, layers, arrangements=names)


def test_it_tells_how_far_it_is_and_stops(view):
    told = []
    signal_at_initialisation(view, 8, progress=told.append)
    assert [each.done for each in told] == list(range(len(ARRANGEMENTS) + 1))
    with pytest.raises(Cancelled):
        signal_at_initialisation(view, 8, stop=lambda: True)
