"""Shortcuts scaled down: at 1 the network itself, at 0 the plain one with its weights."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from resnet_demo.network.cifar import CifarNetwork
from resnet_demo.weights.training_runs import recorded_runs, runs_dir
from training import measure_trained
from training.scaled_shortcuts import ScaledShortcuts, errors_by_scale


def pictures(count: int, seed: int) -> Tensor:
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def network() -> CifarNetwork:
    made = CifarNetwork(14, "original", seed=3)
    made(pictures(16, 5))  # statistics to evaluate with
    return made.eval()


@torch.no_grad()
def test_whole_shortcuts_are_the_network_and_none_the_plain_one(network: CifarNetwork) -> None:
    x = pictures(4, 6)
    torch.testing.assert_close(ScaledShortcuts(network, 1)(x), network(x))
    plain = CifarNetwork(14, "plain").eval()
    plain.load_state_dict(network.state_dict())
    torch.testing.assert_close(ScaledShortcuts(network, 0)(x), plain(x))


@torch.no_grad()
def test_half_a_shortcut_is_half_of_what_passes(network: CifarNetwork) -> None:
    x = pictures(4, 6)
    state = network.stem(x)
    for unit in network.units:
        passes = state
        if unit.stride == 2:  # every second cell, and as many empty channels again
            passes = torch.cat([state[:, :, ::2, ::2], torch.zeros_like(state[:, :, ::2, ::2])], dim=1)
        state = torch.relu(unit.branch(state) + 0.5 * passes)
    expected = network.fc(state.mean((2, 3)))
    torch.testing.assert_close(ScaledShortcuts(network, 0.5)(x), expected)


@torch.no_grad()
def test_errors_are_of_both_statistics_and_leave_the_network(network: CifarNetwork) -> None:
    x, seen = pictures(40, 7), pictures(300, 8)
    labels = network(x).argmax(1)
    before = copy.deepcopy(network.state_dict())
    kept, anew = errors_by_scale(network, x, labels, seen, scales=(1, 0))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert kept[0] == 0
    plain = CifarNetwork(14, "plain").eval()
    plain.load_state_dict(network.state_dict())
    assert kept[1] == pytest.approx((plain(x).argmax(1) != labels).float().mean().item())
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    plain.train()
    for part in (seen[:250], seen[250:]):
        plain(part)
    assert anew[1] == pytest.approx((plain.eval()(x).argmax(1) != labels).float().mean().item())


def photos(folder: Path) -> Path:
    """Two noise photos of each of ten classes, to train on and to test."""
    for split in ("train", "test"):
        for label in range(10):
            (folder / split / str(label)).mkdir(parents=True)
            for number in range(2):
                pixels = torch.randint(256, (32, 32, 3), generator=torch.Generator().manual_seed(10 * label + number))
                Image.fromarray(pixels.byte().numpy()).save(folder / split / str(label) / f"{number}.png")
    return folder


def test_the_command_writes_what_was_measured_beside_the_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run = next(run for run in recorded_runs() if run.layers == 20 and run.arrangement == "original")
    for kind in ("jsonl", "safetensors"):
        for name in (run.name, "plain-20"):
            (tmp_path / f"{name}.{kind}").write_bytes((runs_dir() / f"{name}.{kind}").read_bytes())
    data = photos(tmp_path / "data")
    options = ["--data", str(data), "--runs", str(tmp_path), "--cache", str(tmp_path / "cache")]
    assert measure_trained.main(["shortcuts", *options, run.name]) == 0
    found = json.loads((tmp_path / f"{run.name}-shortcuts.json").read_text(encoding="utf-8"))
    assert found["photos"] == 20 and found["scales"][0] == 1 and found["scales"][-1] == 0
    assert len(found["scales"]) == len(found["errors"]) == len(found["errors_anew"])
    assert measure_trained.main(["surface", *options, "--steps", "3", run.name]) == 0
    surface = json.loads((tmp_path / f"{run.name}-surface.json").read_text(encoding="utf-8"))
    assert len(surface["loss"]) == len(surface["loss"][0]) == 3
    with pytest.raises(SystemExit):
        measure_trained.main(["shortcuts", *options, "plain-20"])
    assert "plain-20 has no shortcuts" in capsys.readouterr().err
