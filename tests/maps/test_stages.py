"""What is told of every image of a pass, against loops over its activations and gradients."""

import numpy as np
import pytest
import torch

from resnet_demo.maps import stages
from resnet_demo.maps.grad_cam import StagePass
from resnet_demo.maps.kinds import every_kind


def _pass(dtype=torch.float32, images=5, channels=6, height=4, width=3):
    """Activations of few values, so that there are zeros and several peaks, a silent channel and gradients of both
    signs; in channels-last memory, as a pass leaves them."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randint(-2, 4, (images, channels, height, width), generator=generator).clamp(min=0).to(dtype)
    a[:, 2] = 0
    g = torch.randn(a.shape, generator=generator).to(dtype)
    a, g = (t.contiguous(memory_format=torch.channels_last) for t in (a, g))
    return StagePass(torch.zeros(images, 2), torch.zeros(images, dtype=torch.int64), {"layer1": a}, {"layer1": g})


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sums_are_those_of_loops(dtype):
    made = _pass(dtype)
    found = stages.stage_sums(made)["layer1"]
    a, g = (t["layer1"].double().numpy() for t in (made.activations, made.gradients))
    for image in range(len(a)):
        for channel in range(a.shape[1]):
            of, back = a[image, channel].ravel(), g[image, channel].ravel()
            assert found["peaks"][image, channel] == of.max()
            assert found["peak_cells"][image, channel] == list(of).index(of.max())
            assert found["means"][image, channel] == pytest.approx(of.mean())
            assert found["weights"][image, channel] == pytest.approx(back.mean(), abs=1e-6)
            assert found["evidence"][image, channel] == pytest.approx(of @ back, abs=1e-5)
        assert found["minimum"][image] == a[image].min() and found["maximum"][image] == a[image].max()
        assert found["mean"][image] == pytest.approx(a[image].mean())
        assert found["zeros"][image] == pytest.approx(np.mean(a[image] == 0))


def test_images_swept_over_a_few_at_a_time_have_the_sums_of_each_alone(monkeypatch):
    made = _pass()
    whole = stages.stage_sums(made)["layer1"]
    monkeypatch.setattr(stages, "CACHED", 2 * made.activations["layer1"][0].numel())
    for name, values in stages.stage_sums(made)["layer1"].items():
        torch.testing.assert_close(values, whole[name])
    for row in range(5):
        alone = every_kind(made.activations["layer1"][row, None], made.gradients["layer1"][row, None])
        torch.testing.assert_close(whole["cams"][row], torch.cat(list(alone.maps.values())))


def test_what_a_pass_gave_is_left_as_it_is():
    made = _pass()
    a, g = (t["layer1"].clone() for t in (made.activations, made.gradients))
    stages.stage_sums(made)
    assert torch.equal(made.activations["layer1"], a) and torch.equal(made.gradients["layer1"], g)


def test_channels_of_equal_evidence_are_ranked_by_their_numbers_and_shown_from_the_rank_asked_for():
    made = _pass()
    sums = stages.stage_sums(made)
    sums["layer1"]["evidence"][1] = torch.tensor([1.0, 3, 1, 3, 0, 1])
    found = stages.stage_numbers(made, sums, 1, channels=2, first_rank=2, ranked_by="evidence")["layer1"]
    assert found["ranking"].tolist() == [1, 3, 0, 2, 5, 4]
    assert found["channel_ids"].tolist() == [0, 2]
    a = made.activations["layer1"][1]
    torch.testing.assert_close(found["maps"][0].float() * found["scales"][0], a[0], rtol=1e-3, atol=0)
    assert found["scales"].tolist() == [a[0].max(), 1] and not found["maps"][1].any()  # channel 2 is silent
