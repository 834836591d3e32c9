"""Tuning of channels made by hand, and of responses made by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from resnet_demo.errors import WeightsMismatch
from resnet_demo.network.resnet import BasicBlock, Plan, ResNet
from resnet_demo.results import STAGES
from resnet_demo.studies import tuning as bench
from resnet_demo.studies.atlas import Profiles
from resnet_demo.studies.stimuli import HUES, ORIENTATIONS, stimuli
from tests.studies.networks import TRANSFORM, card, random_network, random_views

WIDTHS = dict(zip(STAGES, (64, 64, 128, 256, 512), strict=True))
PROPERTIES = ("orientation", "frequency", "colour", "curvature", "texture", "shape", "place", "size", "turn")


def network_of(*kernels):
    """A network whose stem has these kernels (3, 7, 7) and nothing else; all later stages are silent."""
    network = ResNet(Plan(BasicBlock, (1, 1, 1, 1)), 2).eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.fill_(1 - module.eps)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.zeros_(module.weight)
    for channel, kernel in enumerate(kernels):
        network.conv1.weight[channel] = kernel
    network.layer1[0].shortcut = lambda x: torch.zeros_like(x)
    return network


def gabor(orientation):
    """Seven rows of a wave of 8 px across stripes of this orientation, in a Gaussian, without a mean; it sees luma."""
    line = torch.arange(-3.0, 4)
    y, x = torch.meshgrid(line, line, indexing="ij")
    a = math.radians(orientation)
    across = y * math.cos(a) - x * math.sin(a)
    along = x * math.cos(a) + y * math.sin(a)
    wave = torch.cos(2 * math.pi * across / 8) * torch.exp(-(across**2 + along**2) / 8)
    return (wave - wave.mean()) * torch.tensor([0.299, 0.587, 0.114])[:, None, None]


def bars():
    """A wave of 8 px down the kernel, the same in every column and without a mean: blind to upright stripes."""
    wave = torch.cos(2 * math.pi * torch.arange(-3.0, 4) / 8)
    return (wave - wave.mean())[None, :, None].expand(3, -1, 7)


def point(red, green, blue):
    kernel = torch.zeros(3, 7, 7)
    kernel[:, 3, 3] = torch.tensor([red, green, blue])
    return kernel


@pytest.fixture(scope="module")
def made():
    kernels = [gabor(orientation) for orientation in ORIENTATIONS]
    network = network_of(*kernels, point(1, -0.5, -0.5), point(0.299, 0.587, 0.114), bars())
    return bench.tuning(network, torch.zeros(6, 3, 32, 32), card()).stages["stem"]


def test_a_gabor_prefers_its_own_orientation_and_wavelength(made):
    for channel in range(len(ORIENTATIONS)):
        assert made.curves["orientation"][channel].argmax() == channel
        assert made.curves["wavelength"][channel].argmax() == 1  # 8 px
        assert made.indices["orientation"][channel] > 0.5
        assert abs(made.indices["colour"][channel]) < 0.05  # it has no colour of its own


def test_a_colour_detector_prefers_its_hue_and_is_blind_to_grey(made):
    red = len(ORIENTATIONS)
    # Red of saturation and value 0.9 is (0.9, 0.09, 0.09); a standard deviation of the transform is 0.25.
    assert HUES[made.curves["hue"][red].argmax()] == 0
    assert made.curves["hue"][red].max() == pytest.approx((0.9 - 0.09) / 0.25, rel=1e-5)
    assert made.indices["colour"][red] == pytest.approx(1, abs=1e-5)
    assert made.curves["orientation"][red].max() == pytest.approx(0, abs=1e-5)


def test_what_prefers_a_hue_to_every_grey_and_to_its_complement_answers_to_it(made):
    red = len(ORIENTATIONS)
    assert HUES[made.hues[red]] == 0
    assert made.hues[:red].tolist() == [-1] * red  # a Gabor that sees luma
    assert made.hues[red + 1] == -1  # luma itself
    assert made.hues[red + 3] == -1  # a silent channel


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (lambda family, at: 3.0 if family == "colour" and at[0] == 4 else 1.0, 4),
        (lambda family, at: 2.9 if family == "colour" and at[0] == 4 else 1.0, -1),
        (lambda family, at: 3.0 if family == "colour" and at[0] in (4, 10) else 1.0, -1),  # its complement too
        (lambda family, at: 3.0 if family == "colour" and at[0] in (4, 6) else 0.0, 4),
        (lambda family, at: 3.0 if (family, at) in (("colour", (4, 1)), ("grey", (9, 0))) else 0.0, -1),
    ],
)
def test_an_answer_to_a_hue_by_hand(shown, response, expected):
    of = [float(response(each.family, each.at)) if each.family in ("colour", "grey") else 9.0 for each in shown]
    assert bench.preferred_hues(shown, np.array(of, np.float32)[:, None]).tolist() == [expected]


def test_bars_are_blind_to_the_orientation_at_right_angles(made):
    channel = len(ORIENTATIONS) + 2
    assert made.curves["orientation"][channel].argmax() == 0
    assert made.indices["orientation"][channel] == pytest.approx(1, abs=1e-4)


def test_a_luma_detector_tells_no_colour_from_its_grey(made):
    assert made.indices["colour"][len(ORIENTATIONS) + 1] == pytest.approx(0, abs=1e-5)


def test_a_silent_channel_is_tuned_to_nothing(made):
    silent = len(ORIENTATIONS) + 3
    assert all(made.indices[name][silent] == 0 for name in PROPERTIES)
    assert (made.best[silent] == -1).all()


@pytest.fixture(scope="module")
def shown():
    return stimuli(torch.zeros(6, 3, 8, 8), side=16)[0]


@pytest.mark.parametrize(
    ("family", "response", "name", "expected"),
    [
        ("grating", lambda at: at[0] == 3, "orientation", 1),
        ("grating", lambda at: 3 if at[0] == 3 else 1, "orientation", 0.5),
        ("grating", lambda at: at[2], "orientation", 0),
        ("grating", lambda at: at[1] == 2, "frequency", 1),
        ("contour", lambda at: 1 + 2 * (at[0] == 5), "curvature", 0.5),
        ("contour", lambda at: at[0] == 0, "curvature", -1),
        ("object", lambda at: at[1], "texture", 1),
        ("object", lambda at: at[0], "texture", -1),
        ("object", lambda at: 2 * at[0] + at[1], "shape", (4 - 1) / (4 + 1)),
        ("place", lambda at: at[0], "place", 1),
        ("place", lambda at: at[1], "place", 0),
        ("turn", lambda at: at[0] == 0, "turn", 1),
        ("size", lambda at: at[0] == 0 and at[1] == 0, "size", (5 / 6 / 24 / 4) / (23 / 24 / 24)),
    ],
)
def test_an_index_by_hand(shown, family, response, name, expected):
    responses = np.array([[float(response(each.at)) if each.family == family else 0.0] for each in shown], np.float32)
    assert bench.indices(shown, responses)[name][0] == pytest.approx(expected, abs=1e-6)


def test_the_indices_of_random_responses_by_loops(shown):
    responses = np.random.default_rng(0).random((len(shown), 10), np.float32)
    found, drawn = bench.indices(shown, responses), bench.curves(shown, responses)
    for channel in range(10):
        at = {(each.family, each.at): float(responses[row, channel]) for row, each in enumerate(shown)}
        mean = lambda i, j: sum(at["grating", (i % 8, j, k)] for k in range(4)) / 4  # noqa: B023, E731
        best, turn, wave = max((mean(i, j), i, j) for i in range(8) for j in range(4))
        across = mean(turn + 4, wave)
        assert found["orientation"][channel] == pytest.approx((best - across) / (best + across), abs=1e-6)
        worst = min(mean(turn, j) for j in range(4))
        assert found["frequency"][channel] == pytest.approx((best - worst) / (best + worst), abs=1e-6)
        colour, where = max((value, where) for (family, where), value in at.items() if family == "colour")
        grey = at["grey", where]
        assert found["colour"][channel] == pytest.approx((colour - grey) / (colour + grey), abs=1e-6)
        assert drawn["hue"][channel, 4] == pytest.approx(max(at["colour", (4, j)] for j in range(3)))
        assert drawn["turn"][channel, 3] == pytest.approx(sum(at["turn", (i, 3)] for i in range(6)) / 6)


def test_responses_are_read_in_the_middle_of_the_picture_where_a_hook_finds_them():
    network, pictures = random_network(), torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(3))
    found = bench.recorded(network, pictures, TRANSFORM)
    for stage, step in zip(STAGES, (4, 4, 8, 16, 32), strict=True):
        seen = []
        hook = network.stage_modules()[stage].register_forward_hook(
            lambda _, __, output, seen=seen: seen.append(output)
        )
        network((pictures - 0.5) / 0.25)
        hook.remove()
        middle = 64 // step
        torch.testing.assert_close(found[stage], seen[0][:, :, middle, middle])


def test_classes_are_among_the_properties_where_a_profile_tells_of_them():
    profile = np.array([[9, 1, 1], [9, 3, 3], [9, 4, 3], [0, 0, 0]] * 128, np.uint8)
    stages = {stage: (profile[:width], np.ones(width, np.float32)) for stage, width in WIDTHS.items()}
    null = {stage: np.arange(width, dtype=np.float32) / 512 for stage, width in WIDTHS.items()}
    pictures = random_network(), random_views(6), card()
    found = bench.tuning(*pictures, Profiles(stages, null, None, None), side=16)
    for name, stage in found.stages.items():
        np.testing.assert_allclose(stage.indices["classes"][:4], [0.8, 0.5, 5.5 / 12.5, 0])
        assert stage.shares["classes"] == 0.5
        assert stage.null_shares["classes"] == max(0, WIDTHS[name] - 256) / WIDTHS[name]
    without = bench.tuning(*pictures, Profiles(stages, {}, None, None), side=16).stages.values()
    assert all("classes" in stage.shares and "classes" not in stage.null_shares for stage in without)
    unknown = bench.tuning(*pictures, side=16).stages.values()
    assert all("classes" not in stage.indices for stage in unknown)
    with pytest.raises(WeightsMismatch, match="are of other weights"):
        bench.tuning(random_network(), random_views(6), card(8), Profiles(stages, null, None, None), side=16)


def test_the_shares_are_counted_of_all_channels_and_the_null_is_another_network():
    found = bench.tuning(random_network(), random_views(6), card(), side=32)
    again = bench.tuning(random_network(), random_views(6), card(), side=32)
    for name, stage in found.stages.items():
        for key in PROPERTIES:
            index = stage.indices[key].tolist()
            assert stage.shares[key] == sum(value >= 0.5 for value in index) / len(index)
            assert not np.array_equal(stage.indices[key], stage.null_indices[key])
            np.testing.assert_array_equal(stage.null_indices[key], again.stages[name].null_indices[key])
    assert found.sheet.shape[1] % found.columns == 0 and found.pictures == 460
