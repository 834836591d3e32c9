"""Deletion and insertion, on a module whose evidence is known pixel by pixel."""

import math
import statistics

import numpy as np
import pytest
import torch
from torch import nn

from resnet_demo.maps.grad_cam import StageGradCam, grad_cam
from resnet_demo.results import STAGES
from resnet_demo.studies.faithfulness import curves_of_maps, deletion_and_insertion, pixel_ranks
from tests.studies.networks import random_network, random_views

SIDE, PATCH = 64, 16
HIGH, LOW = 1 / (1 + math.exp(-5)), 1 / (1 + math.exp(5))


class Patch(nn.Module):
    """Class 0's logit is 10 times the share of a chequered patch, top left, that is in view, less 5; class 1's is 0.

    The chequers cancel out when blurred, so a blurred view has no evidence, and neither has a blank one.
    """

    def __init__(self):
        super().__init__()
        rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
        self.pattern = (1.0 - 2 * ((rows + columns) % 2)).expand(1, 3, SIDE, SIDE)

    def forward(self, x):
        found = (x * self.pattern)[:, :, :PATCH, :PATCH].mean(dim=(1, 2, 3))
        return torch.stack([10 * found - 5, torch.zeros_like(found)], 1)


def _true_map():
    """Larger in the patch than anywhere else; no two pixels alike, so that its order has no ties."""
    map = torch.rand(SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    map[:PATCH, :PATCH] += 2
    return map


@pytest.fixture(scope="module")
def found():
    module = Patch()
    maps = {"true": _true_map(), "wrong": -_true_map()}
    return curves_of_maps(module, module.pattern, 0, maps, steps=16, shuffles=3)


def test_the_areas_of_the_true_map_by_hand(found):
    """The patch is a sixteenth of the view: the first of sixteen steps takes all of it and nothing else."""
    curve = found.stages["true"].map
    assert curve.deletion.tolist() == pytest.approx([HIGH] + [LOW] * 16, abs=1e-4)
    assert curve.insertion.tolist() == pytest.approx([LOW] + [HIGH] * 16, abs=1e-4)
    # One trapezium from HIGH to LOW, whose sum is 1, then fifteen rectangles.
    assert curve.deletion_area == pytest.approx((0.5 + 15 * LOW) / 16, abs=1e-4)
    assert curve.insertion_area == pytest.approx((0.5 + 15 * HIGH) / 16, abs=1e-4)


def test_the_map_that_is_wrong_everywhere_has_the_worst_areas_by_hand(found):
    curve = found.stages["wrong"].map
    assert curve.deletion_area == pytest.approx((0.5 + 15 * HIGH) / 16, abs=1e-4)
    assert curve.insertion_area == pytest.approx((0.5 + 15 * LOW) / 16, abs=1e-4)


def test_the_true_map_beats_every_other_order(found):
    best = found.stages["true"].map
    for other in (found.stages["true"].shuffled, found.stages["wrong"].map, found.centre):
        assert best.deletion_area < other.deletion_area - 0.1
        assert best.insertion_area > other.insertion_area + 0.1


def test_a_random_order_loses_the_evidence_evenly(found):
    """After a share t of all pixels, a share t of the patch's 256 is gone, and the logit is 5 - 10 t.

    The share strays as a draw of 256 out of 4,096 without putting back does: four of its standard deviations are let.
    """
    shares = found.shares.astype(float)
    straying = 10 * 4 * np.sqrt(shares * (1 - shares) / 256 * (1 - 256 / 4096))
    for curve in found.stages["true"].shuffles:
        for probability, expected in ((curve.deletion, 5 - 10 * shares), (curve.insertion, 10 * shares - 5)):
            logit = np.log(probability / (1 - probability))
            assert (np.abs(logit - expected) <= straying + 1e-3).all()
        assert curve.deletion_area == pytest.approx(0.5, abs=0.1)
        assert curve.insertion_area == pytest.approx(0.5, abs=0.1)


def test_every_shuffle_is_another_and_their_mean_is_what_is_shown(found):
    stage = found.stages["true"]
    assert len({curve.deletion_area for curve in stage.shuffles}) == len(stage.shuffles) == 3
    areas = [curve.insertion_area for curve in stage.shuffles]
    assert stage.shuffled.insertion_area == pytest.approx(sum(areas) / 3)
    assert np.trapezoid(stage.shuffled.insertion, found.shares) == pytest.approx(sum(areas) / 3, abs=1e-6)


def test_the_spread_is_that_of_the_shuffles_areas(found):
    stage = found.stages["true"]
    for area in ("deletion_area", "insertion_area"):
        assert stage.spread[area] == pytest.approx(statistics.stdev(getattr(c, area) for c in stage.shuffles))


def test_the_blur_is_told_in_pixels(found):
    assert found.blur == pytest.approx(SIDE / 20)


def test_the_order_from_the_centre_takes_the_corner_last(found):
    """The patch's corner is 0.354 of a side off the middle, outside a disc of 0.39 of the view: six steps of 16."""
    assert found.centre.deletion[:7].tolist() == pytest.approx([HIGH] * 7, abs=1e-4)
    assert found.centre.deletion[-1] == pytest.approx(LOW, abs=1e-4)


def test_the_ends_of_all_curves_are_the_whole_the_blank_and_the_blurred_view(found):
    assert (found.probability, found.blank_probability) == pytest.approx((HIGH, LOW), abs=1e-6)
    assert found.blurred_probability == pytest.approx(LOW, abs=1e-4)
    for curve in (found.centre, *(c for s in found.stages.values() for c in (s.map, *s.shuffles))):
        assert curve.deletion[0] == curve.insertion[-1] == np.float32(found.probability)
        assert curve.deletion[-1] == np.float32(found.blank_probability)
        assert curve.insertion[0] == np.float32(found.blurred_probability)
    assert found.shares.tolist() == [step / 16 for step in range(17)]


def test_a_constant_map_is_marked_flat():
    module = Patch()
    maps = {"flat": torch.full((4, 4), 0.3), "uneven": torch.arange(16.0).reshape(4, 4)}
    stages = curves_of_maps(module, module.pattern, 0, maps, steps=2).stages
    assert stages["flat"].flat and not stages["uneven"].flat


def test_probabilities_follow_the_temperature():
    module = Patch()
    found = curves_of_maps(
        module, module.pattern, 0, {}, untempered=lambda logits: torch.softmax(logits / 5, -1), steps=1
    )
    assert found.probability == pytest.approx(1 / (1 + math.exp(-1)))


def test_the_size_of_batches_changes_nothing():
    module = Patch()
    small, large = (
        curves_of_maps(module, module.pattern, 0, {"true": _true_map()}, steps=5, batch_size=size) for size in (1, 64)
    )
    np.testing.assert_allclose(small.stages["true"].map.deletion, large.stages["true"].map.deletion, atol=1e-6)
    np.testing.assert_allclose(small.centre.insertion, large.centre.insertion, atol=1e-6)


def test_pixels_are_ranked_from_the_largest_and_ties_in_reading_order():
    map = torch.tensor([[1.0, 5.0], [5.0, -2.0]])
    assert pixel_ranks(map, (2, 2)).tolist() == [[2, 0], [1, 3]]


def test_a_cells_pixels_come_before_those_of_a_lesser_cell():
    """Two cells side by side on four columns: bilinear interpolation falls from left to right."""
    ranks = pixel_ranks(torch.tensor([[2.0, 1.0]]), (1, 8))
    assert ranks.tolist() == [list(range(8))]


@pytest.mark.parametrize("steps", [1, 3])
def test_every_stages_grad_cam_is_put_to_the_test(steps):
    network, x = random_network(), random_views(1, 64, 48)
    found = deletion_and_insertion(network, x, 2, steps=steps, stages=("layer2", "layer4"))
    assert tuple(found.stages) == ("layer2", "layer4") and found.target == 2
    probability = network(x).softmax(1)[0, 2].item()
    assert found.probability == pytest.approx(probability, abs=1e-5)
    assert found.stages["layer2"].map.deletion.shape == (steps + 1,)

    made = StageGradCam(network, ("layer2",)).gather(x, torch.tensor([2]))
    ranks = pixel_ranks(grad_cam(made.activations["layer2"], made.gradients["layer2"])[0], (64, 48))
    for step in range(steps + 1):
        kept = x.clone()
        kept[:, :, ranks < round(step / steps * 64 * 48)] = 0
        expected = network(kept).softmax(1)[0, 2].item()
        assert found.stages["layer2"].map.deletion[step] == pytest.approx(expected, abs=1e-5)


def test_all_stages_share_one_count_of_runs():
    network, x = random_network(), random_views(1, 32, 32)
    runs = []
    hook = network.fc.register_forward_hook(lambda _, args, __: runs.append(len(args[0])))
    deletion_and_insertion(network, x, None, steps=3, shuffles=2)
    hook.remove()
    assert sum(runs) == 1 + 2 * (len(STAGES) * (1 + 2) + 1) * (3 - 1) + 3  # the first is Grad-CAM's


@pytest.mark.parametrize("few", ["steps", "shuffles"])
def test_fewer_than_one_step_or_shuffle_is_refused(few):
    with pytest.raises(ValueError, match=f"{few} is 0"):
        curves_of_maps(Patch(), Patch().pattern, 0, {}, **{few: 0})
