"""A pupil hears labels, a teacher of a thousand classes and the network it comes from."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.initial import fresh, last_norm
from training.pupil import Pupil, Weights, all_but, branch_shares, divergence, freeze, losses, train_mode, unlike

KNOWN = torch.tensor([3, 500, 999])


@pytest.fixture
def pupil() -> Pupil:
    return Pupil(fresh(18, 3, seed=0))


def test_answers_do_not_diverge_from_themselves() -> None:
    logits = torch.randn(4, 7)
    assert divergence(logits.softmax(1), logits).abs() < 1e-5
    assert divergence(logits.softmax(1), torch.zeros(4, 7)) > 0.1


def test_each_part_of_the_loss_is_of_its_own_photos(pupil: Pupil) -> None:
    features, answers = torch.randn(4, 512), torch.randn(2, 1000)
    labels = torch.tensor([0, 1])
    before = losses(pupil, features, labels, answers, KNOWN, Weights())
    blurred = losses(pupil, torch.cat([features[:2] + 1, features[2:]]), labels, answers, KNOWN, Weights())
    assert before.keys() == {"labels", "sharp", "thousand"}
    assert blurred["labels"] != before["labels"]
    assert blurred["sharp"] == before["sharp"]
    assert blurred["thousand"] == before["thousand"]


def test_only_the_first_channels_are_to_be_like_the_starts(pupil: Pupil) -> None:
    start = torch.randn(4, 100)
    features = torch.cat([start, torch.randn(4, 412)], 1)
    weights = Weights(features=2.0)
    found = losses(
        pupil, features, torch.tensor([0, 1]), torch.randn(2, 1000), KNOWN, weights, None, start, torch.ones(100)
    )
    assert found["features"] == 0


def test_what_is_missed_is_a_share_of_each_channels_variance() -> None:
    theirs = (
        torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(0)) * torch.tensor([1, 10, 0])[:, None, None]
    )
    more = torch.cat([theirs, torch.randn(4, 2, 5, 5)], dim=1)  # what lies beyond the start's channels is free
    assert unlike(more, theirs) == 0
    means = theirs.mean((0, 2, 3), keepdim=True).expand_as(theirs)
    torch.testing.assert_close(unlike(means, theirs), torch.tensor(1.0))
    half = torch.cat([theirs[:, :1], means[:, 1:]], dim=1)  # one channel right, one at its mean, one that never varies
    torch.testing.assert_close(unlike(half, theirs), torch.tensor(0.5))


def test_frozen_parts_and_statistics_stay(pupil: Pupil) -> None:
    freeze(pupil, ("conv1", "layer1"))
    train_mode(pupil, frozen_statistics=True)
    learning = {name for name, parameter in pupil.network.named_parameters() if parameter.requires_grad}
    assert not any(name.startswith(("conv1", "layer1")) for name in learning)
    assert "layer2.0.conv1.weight" in learning
    before = pupil.network.layer4[0].bn1.running_mean.clone()
    pupil.features(torch.randn(2, 3, 64, 64))
    assert torch.equal(pupil.network.layer4[0].bn1.running_mean, before)


def test_a_grown_network_can_learn_in_its_added_blocks_alone(pupil: Pupil) -> None:
    freeze(pupil, all_but(pupil.network, ["layer3.1"]))
    learning = {name for name, parameter in pupil.network.named_parameters() if parameter.requires_grad}
    assert all(name.startswith(("layer3.1.", "fc.")) for name in learning)
    assert {"layer3.1.conv1.weight", "layer3.1.bn2.bias", "fc.weight"} <= learning


def test_a_block_that_adds_nothing_has_no_share() -> None:
    network = fresh(18, 3, seed=0).eval()
    assert set(branch_shares(network, torch.randn(2, 3, 64, 64)).values()) == {0.0}
    nn.init.constant_(last_norm(network.layer3[1]).weight, 0.5)
    shares = branch_shares(network, torch.randn(2, 3, 64, 64))
    assert [name for name, share in shares.items() if share > 0] == ["layer3.1"]
