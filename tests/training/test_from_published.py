"""The networks that training begins with, from the published one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resnet_demo.network.resnet import ResNet
from training import checkpoint, published
from training.from_published import features_of, fit_heads, load_start, without_last_block


@pytest.fixture(scope="module")
def start() -> ResNet:
    torch.manual_seed(0)
    return ResNet(published.PLAN, 3).eval()


def test_without_its_extra_block_it_is_a_resnet_18_with_the_same_other_weights(start: ResNet) -> None:
    left = without_last_block(start)
    assert len(left.layer4) == 2
    assert torch.equal(left.layer4[1].conv2.weight, start.layer4[1].conv2.weight)
    assert torch.equal(left.fc.weight, start.fc.weight)


def test_last_layers_hear_labels_and_the_teacher() -> None:
    generator = torch.Generator().manual_seed(0)
    blurred, sharp = torch.randn(60, 8, generator=generator), torch.randn(60, 8, generator=generator)
    labels = blurred[:, :3].argmax(1)
    answers = torch.zeros(60, 10)
    known = torch.tensor([2, 5, 7])
    answers[torch.arange(60), known[sharp[:, :3].argmax(1)]] = 9
    fc, thousand, variance = fit_heads((blurred, labels), sharp, answers, known)
    assert (fc(blurred).argmax(1) == labels).float().mean() > 0.9
    assert (fc(sharp).argmax(1) == sharp[:, :3].argmax(1)).float().mean() > 0.9
    assert (thousand(sharp).argmax(1) == answers.argmax(1)).float().mean() > 0.9
    torch.testing.assert_close(variance, torch.cat([blurred, sharp]).var(0))


def test_the_start_that_teaches_is_the_whole_network(start: ResNet, tmp_path: Path) -> None:
    state = {"network": start.state_dict(), "thousand": {}, "variance": torch.ones(512)}
    checkpoint.save(state | {"about": {"classes": ["a", "b", "c"], "origin": []}}, tmp_path / "start.pt")
    loaded = load_start(tmp_path / "start.pt")
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    features = features_of(start, [pictures], bfloat16=False)
    expected = features_of(loaded.network, [pictures], bfloat16=False)
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-3)
    assert features.shape == (2, 512)
