"""Painting against views and stages that are covered by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from resnet_demo.errors import InputError
from resnet_demo.maps.grad_cam import StageGradCam, grad_cam
from resnet_demo.network.units import forward_from, forward_to
from resnet_demo.results import STAGES, Stroke
from resnet_demo.studies.ledger import ledger
from resnet_demo.studies.painting import paint
from tests.studies.networks import TRANSFORM, card, random_network, random_views

MIDDLE = np.array([[0.5, 0.5]], np.float32)


def _disc(size, radius=0.2):
    """Pixels whose middle lies within ``radius`` of the middle of the view."""
    at = (torch.arange(size) + 0.5) / size - 0.5
    return at[:, None] ** 2 + at[None] ** 2 <= radius**2


def _logits(found):
    return {p.index: p.logit for p in found.outcome.predictions}


def test_without_strokes_the_answer_is_the_networks_own():
    network, x = random_network(), random_views()
    found = paint(network, x, None, card())
    assert _logits(found) == pytest.approx(dict(enumerate(network(x)[0].tolist())), abs=1e-5)
    made = StageGradCam(network).gather(x)
    for stage in STAGES:
        expected = grad_cam(made.activations[stage], made.gradients[stage])[0].numpy()
        np.testing.assert_allclose(found.cams[stage], expected, atol=1e-5 * np.abs(expected).max())
    assert found.target == int(made.targets[0])
    own = ledger(network, x, None, card())
    assert [each.value for each in found.ledger.contributions] == [each.value for each in own.contributions]


def test_a_grey_disc_is_the_mean_colour_of_the_training_photos():
    network, x = random_network(), random_views()
    found = paint(network, x, 1, card(), strokes=[Stroke("view", "grey", MIDDLE, 0.2)])
    covered = torch.where(_disc(64), torch.zeros(()), x)
    assert _logits(found) == pytest.approx(dict(enumerate(network(covered)[0].tolist())), abs=1e-5)
    grey = np.round(255 * np.array(TRANSFORM.mean))
    assert (found.picture[32, 32] == grey).all() and found.picture.shape == (64, 64, 3)
    open_view = (x[0] * 0.25 + 0.5).clamp(0, 1).mul(255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(found.picture[~_disc(64).numpy()], open_view[~_disc(64).numpy()])


def test_a_copy_shows_what_lies_so_far_away_in_this_photo_or_in_another():
    network, (one, other) = random_network(), (random_views(seed=1), random_views(seed=2))
    for source, shown in ((0, one), (1, other)):
        stroke = Stroke("view", "copy", MIDDLE, 0.2, (0.25, -0.125), source)
        found = paint(network, torch.cat([one, other]), 1, card(), strokes=[stroke])
        # 16 pixels to the right of a place and 8 above it.
        moved = torch.roll(shown, (8, -16), (2, 3))
        covered = torch.where(_disc(64), moved, one)
        assert _logits(found) == pytest.approx(dict(enumerate(network(covered)[0].tolist())), abs=1e-5)


def test_blur_and_noise_change_only_what_they_cover():
    network, x = random_network(), random_views()
    for fill in ("blur", "noise"):
        stroke = Stroke("view", fill, MIDDLE, 0.2)
        found, again = (paint(network, x, 1, card(), strokes=[stroke]) for _ in range(2))
        changed = (found.picture != paint(network, x, 1, card()).picture).any(axis=2)
        assert changed.sum() > 0.9 * _disc(64).sum() and not changed[~_disc(64).numpy()].any()
        assert np.array_equal(found.picture, again.picture)


@pytest.mark.parametrize("fill", ["zero", "mean"])
@pytest.mark.parametrize("stage", STAGES)
def test_cells_of_a_stage_are_set_and_the_rest_computes_from_there(stage, fill):
    network, x = random_network(), random_views(height=128, width=128)
    found = paint(network, x, 1, card(), strokes=[Stroke(stage, fill, MIDDLE, 0.2)])
    output = forward_to(network, x, stage)
    size = output.shape[2]
    mask = _disc(size)
    mask[size // 2, size // 2] = True  # the cell that the point lies in
    put = output.mean(dim=(2, 3), keepdim=True) if fill == "mean" else torch.zeros(())
    expected = forward_from(network, torch.where(mask, put, output), stage)[0]
    assert _logits(found) == pytest.approx(dict(enumerate(expected.tolist())), abs=1e-5)
    entries = found.ledger.contributions
    assert found.ledger.logit == pytest.approx(float(expected[1]), abs=1e-5)
    assert sum(each.value for each in entries) == pytest.approx(float(expected[1]), abs=1e-4)
    (brush,) = [each for each in entries if each.part == "paint"]
    assert brush.stage == stage and (brush.value != 0) == (fill == "mean")
    assert not brush.map[~mask.numpy()].any()
    if stage == "layer1" and fill == "zero":  # what lies under the brush has written nothing
        (below,) = [each for each in entries if each.name == "layer1.0"]
        assert not below.map[mask.numpy()].any() and below.map.any()


def test_a_later_stroke_lies_over_an_earlier_one():
    network, x = random_network(), random_views()
    over = Stroke("view", "grey", MIDDLE, 0.2)
    both = paint(network, x, 1, card(), strokes=[Stroke("view", "noise", MIDDLE, 0.1), over])
    assert np.array_equal(both.picture, paint(network, x, 1, card(), strokes=[over]).picture)


def test_a_point_covers_the_cell_that_it_lies_in_however_fine_the_brush():
    network, x = random_network(), random_views()
    found = paint(network, x, 1, card(), strokes=[Stroke("layer4", "zero", np.zeros((1, 2), np.float32), 1e-4)])
    output = forward_to(network, x, "layer4")
    output[..., 0, 0] = 0
    assert found.outcome.logit == pytest.approx(float(forward_from(network, output, "layer4")[0, 1]), abs=1e-5)


@pytest.mark.parametrize(
    "stroke",
    [("view", "zero", 0), ("layer1", "grey", 0), ("view", "copy", 1), ("view", "copy", -1), ("layer9", "zero", 0)],
)
def test_a_stroke_that_there_is_not_is_refused(stroke):
    on, fill, source = stroke
    with pytest.raises(InputError):
        paint(random_network(), random_views(), 0, card(), strokes=[Stroke(on, fill, MIDDLE, 0.1, source=source)])
