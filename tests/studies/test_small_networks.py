"""The answers of the networks for CIFAR-10 about a photo, taken a second time from its pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_demo.errors import Cancelled
from resnet_demo.studies.small_networks import classify_small
from resnet_demo.weights.training_runs import CLASSES, recorded_runs, trained_network
from tests.studies.networks import TRANSFORM

RUNS = recorded_runs()


@pytest.fixture(scope="module")
def pixels():
    """A smooth photo of 224 x 224 pixels: waves of other colours."""
    down, across = np.mgrid[:224, :224] / 224
    waves = [np.sin(5 * down + phase) * np.cos(7 * across - phase) for phase in (0, 1, 2)]
    return np.stack([np.round(127.5 + 127 * wave) for wave in waves], axis=-1).astype(np.uint8)


def view_of(pixels, transform):
    x = torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (transform.mean, transform.std))
    return (x - mean) / std


def test_each_answer_is_that_of_the_recorded_network_for_the_photo_made_small(pixels):
    found = classify_small(view_of(pixels, TRANSFORM), TRANSFORM)
    # Pillow's own reduction: a triangle as wide as the cell, like the antialiased one, within rounding.
    small = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BILINEAR), np.int64)
    assert np.abs(found.picture.astype(np.int64) - small).max() <= 1
    assert found.classes == CLASSES and [answer.run for answer in found.answers] == [run.name for run in RUNS]
    for run, answer in zip(RUNS, found.answers, strict=True):
        network, mean, spread = trained_network(run)
        x = (torch.from_numpy(found.picture.astype(np.float64)).permute(2, 0, 1)[None] - mean) / spread
        logits = network.double()(x)[0].numpy()
        expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        np.testing.assert_allclose(answer.probabilities, expected, atol=1e-4)


def test_what_a_transform_did_is_undone(pixels):
    other = replace(TRANSFORM, mean=(0.1, 0.2, 0.3), std=(0.5, 1.0, 2.0))
    one, two = (classify_small(view_of(pixels, each), each) for each in (TRANSFORM, other))
    assert np.abs(one.picture.astype(int) - two.picture.astype(int)).max() <= 1


def test_it_tells_how_far_it_is_and_stops(pixels):
    told = []
    classify_small(view_of(pixels, TRANSFORM), TRANSFORM, progress=told.append)
    assert [each.done for each in told] == list(range(len(RUNS) + 1))
    with pytest.raises(Cancelled):
        classify_small(view_of(pixels, TRANSFORM), TRANSFORM, stop=lambda: True)
