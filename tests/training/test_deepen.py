"""A pupil becomes a deeper one that answers as it did, with both its last layers."""

from __future__ import annotations

import pytest
import torch

from training.deepen import deepened
from training.initial import fresh, last_norm
from training.pupil import Pupil, branch_shares

PICTURES = torch.randn(6, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def pupil(depth: int) -> Pupil:
    """One whose blocks all add something."""
    network = fresh(depth, 3, seed=1)
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        for block in stage:
            torch.nn.init.constant_(last_norm(block).weight, 0.3)
    return Pupil(network).eval().requires_grad_(False)


@pytest.mark.parametrize("to_depth, count", [(101, 17), (152, 34)])
def test_a_grown_pupil_answers_both_as_before(to_depth: int, count: int) -> None:
    small = pupil(50)
    deep, added = deepened(small, 50, to_depth, PICTURES, seed=0)
    assert len(added) == count
    assert not deep.training and not any(p.requires_grad for p in deep.parameters())  # else a pass would keep 20 GB
    before, after = small.features(PICTURES), deep.features(PICTURES)
    assert torch.equal(deep.network.fc(after), small.network.fc(before))
    assert torch.equal(deep.thousand(after), small.thousand(before))


def test_a_pupil_written_as_bottlenecks_answers_nearly_as_before() -> None:
    small = pupil(18)
    deep, added = deepened(small, 18, 50, PICTURES, seed=0)
    spare = [name for name, share in branch_shares(deep.network, PICTURES).items() if share == 0]
    assert added == spare and len(spare) == 2
    before, after = small.thousand(small.features(PICTURES)), deep.thousand(deep.features(PICTURES))
    apart = (after - before).norm() / (before - before.mean(0)).norm()
    assert apart < 1.0, apart


def test_a_depth_out_of_reach_is_told() -> None:
    with pytest.raises(ValueError, match="cannot be grown"):
        deepened(pupil(18), 18, 101, PICTURES, seed=0)
