"""A last layer learns from labels and from a teacher's answers at once."""

from __future__ import annotations

import pytest
import torch

from training.heads import Lesson, fit

SEEN = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * 3 + 1
TRUE = SEEN[:, :3].argmax(1)


def test_it_learns_a_teachers_answers() -> None:
    teacher = torch.nn.Linear(6, 3)
    answers = teacher(SEEN).softmax(1).detach()
    layer = fit([Lesson(SEEN, answers)], 3, decay=0)
    torch.testing.assert_close(layer(SEEN).softmax(1), answers, atol=0.01, rtol=0)


def test_what_weighs_more_is_followed_more() -> None:
    other = (TRUE + 1) % 3
    for weight, followed in ((0.2, TRUE), (5.0, other)):
        layer = fit([Lesson(SEEN, TRUE), Lesson(SEEN, other, weight)], 3)
        assert (layer(SEEN).argmax(1) == followed).float().mean() > 0.8


def test_it_finds_the_log_odds_of_two_overlapping_classes() -> None:
    # Normal clouds at +1 and -1 with variance 1, equally many: the log-odds of the first are 2 x, by Bayes' rule.
    generator = torch.Generator().manual_seed(0)
    count = 20_000
    x = torch.cat([torch.randn(count, generator=generator) + 1, torch.randn(count, generator=generator) - 1])
    probe = fit([Lesson(x[:, None], torch.tensor([0] * count + [1] * count))], 2, decay=0.0)
    slope = (probe.weight[0] - probe.weight[1]).item()
    assert slope == pytest.approx(2, abs=0.1)
    assert (probe.bias[0] - probe.bias[1]).item() == pytest.approx(0, abs=0.1)


def test_features_that_never_change_and_features_of_any_scale_are_taken() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(300) % 3
    signal = 1e4 * torch.nn.functional.one_hot(labels, 3) + torch.randn(300, 3, generator=generator) + 5e4
    pooled = torch.cat([signal, torch.full((300, 1), 7.0)], 1)
    probe = fit([Lesson(pooled, labels)], 3)
    assert torch.equal(probe(pooled).argmax(1), labels)
    assert bool(probe.weight.isfinite().all())


def test_fitting_twice_gives_the_same_layer() -> None:
    generator = torch.Generator().manual_seed(0)
    pooled, labels = torch.randn(50, 4, generator=generator), torch.arange(50) % 3
    assert torch.equal(fit([Lesson(pooled, labels)], 3).weight, fit([Lesson(pooled, labels)], 3).weight)


def test_a_channel_that_hardly_varies_is_not_made_louder() -> None:
    """Its noise happens to tell a few photos apart, as it must where channels are many and photos few."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(40) % 2
    features = torch.randn(40, 30, generator=generator)
    features[:, 0] += 4 * labels
    features[:, 1] = 1e-5 * (labels + 0.1 * torch.randn(40, generator=generator))
    layer = fit([Lesson(features, labels)], 2)
    assert layer.weight[:, 1].abs().max() < 10 * layer.weight[:, 0].abs().max()
    assert (layer(features).argmax(1) == labels).all()
