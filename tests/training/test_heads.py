"""A last layer learns from labels and from a teacher's answers at once."""

from __future__ import annotations

import torch

from training.heads import Lesson, fit
from training.probes import fit as fit_probe

SEEN = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) * 3 + 1
TRUE = SEEN[:, :3].argmax(1)


def test_from_labels_alone_it_is_the_probe() -> None:
    layer, probe = fit([Lesson(SEEN, TRUE)], 3), fit_probe(SEEN, TRUE, 3, rounds=80)
    torch.testing.assert_close(layer(SEEN).softmax(1), probe(SEEN).softmax(1), atol=0.02, rtol=0)


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
