"""Runs of the networks for CIFAR-10, small: they learn, log what can be measured again, and resume bit-equal."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from resnet_demo.network.cifar import CifarNetwork
from training import degradation
from training.degradation import PADDING, DegradationRun, Pixels, Recipe, Training, load_photos, shifted


@pytest.fixture(scope="module")
def photos(made_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made photos with their validation split under the name that these runs ask for."""
    root = tmp_path_factory.mktemp("cifar")
    (root / "train").symlink_to(made_data / "train")
    (root / "test").symlink_to(made_data / "val")
    return root


def words(photos: Path, out: Path, *more: str) -> list[str]:
    small = ["--depth", "8", "--epochs", "4", "--batch", "8", "--threads", "1", "--cache", str(photos / "cache")]
    return ["--data", str(photos), "--out", str(out), *small, *more]


def log_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("arrangement", ["plain", "full-pre-activation"])
def test_a_run_learns_and_its_log_holds_what_the_finished_network_answers(
    photos: Path, tmp_path: Path, arrangement: str
) -> None:
    assert degradation.main(words(photos, tmp_path / "a", "--arrangement", arrangement)) == 0
    command, start, *epochs = log_of(tmp_path / "a")
    assert arrangement in command["command"]
    assert [line["epoch"] for line in epochs] == [1, 2, 3, 4]
    assert epochs[-1]["train_loss"] < epochs[0]["train_loss"]
    network = CifarNetwork(8, arrangement, classes=2)
    network.load_state_dict(load_file(tmp_path / "a/network.safetensors"), strict=False)
    assert start["parameters"] == sum(p.numel() for p in network.parameters())
    train, test = (load_photos(photos, split, photos / "cache") for split in ("train", "test"))
    seen = (test.pixels.float() - train.pixels.float().mean(0)) / (
        train.pixels.float() - train.pixels.float().mean(0)
    ).std()
    logits = network.eval()(seen).detach()
    # The file has 16 bits a weight.
    assert epochs[-1]["test_loss"] == pytest.approx(F.cross_entropy(logits, test.labels).item(), abs=5e-3)
    assert epochs[-1]["test_error"] == pytest.approx((logits.argmax(1) != test.labels).double().mean().item())
    assert len(start["gradient"]) == 4  # the stem and three units
    assert ("share" in start) == (arrangement != "plain")


def test_a_run_that_was_stopped_ends_bit_equal_to_one_that_was_not(photos: Path, tmp_path: Path) -> None:
    def begun(name: str) -> DegradationRun:
        train, test = (load_photos(photos, split, photos / "cache") for split in ("train", "test"))
        (tmp_path / name).mkdir(exist_ok=True)
        recipe = Recipe(8, "original", epochs=2, seed=3, batch=8)
        return DegradationRun(Training(train, recipe, Pixels(train)), test, tmp_path / name)

    whole, stopped = begun("whole"), begun("stopped")
    assert whole.train(600)
    assert not stopped.train(600, until=5)  # in the middle of an epoch
    again = begun("stopped")
    again.resume()
    assert again.train(600)
    ours, theirs = (run.training.network.state_dict() for run in (again, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    timeless = [
        [{k: v for k, v in line.items() if k != "seconds_of_run"} for line in log_of(tmp_path / name)]
        for name in ("whole", "stopped")
    ]
    assert timeless[0] == timeless[1]
    other = begun("stopped")
    other.training.recipe = Recipe(8, "plain", epochs=2, seed=3, batch=8)
    with pytest.raises(Exception, match="arrangement"):
        other.resume()


def test_shares_and_gradients_are_told_of_a_network_as_it_is(photos: Path) -> None:
    train = load_photos(photos, "train", photos / "cache")
    network, pixels = CifarNetwork(8, classes=2).train(), Pixels(train)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found = degradation.depth_measures(network, train, pixels)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    x = network.stem(pixels(train.pixels))
    unit = network.units[0]
    share = [np.linalg.norm(f) / np.linalg.norm(s) for f, s in zip(unit.branch(x).detach(), x.detach(), strict=True)]
    assert found["share"][0] == pytest.approx(np.mean(share), abs=1e-4)


def test_photos_move_by_whole_cells_and_what_comes_in_is_zero() -> None:
    x = torch.arange(1.0, 1 + 2 * 3 * 32 * 32).view(2, 3, 32, 32).repeat(20, 1, 1, 1)
    moved = shifted(x, torch.Generator().manual_seed(0))
    padded = np.pad(x.numpy(), [(0, 0), (0, 0), (PADDING, PADDING), (PADDING, PADDING)])
    places = set()
    for number, picture in enumerate(moved.numpy()):
        fits = [
            (down, right, mirror)
            for down in range(2 * PADDING + 1)
            for right in range(2 * PADDING + 1)
            for mirror in (1, -1)
            if np.array_equal(picture, padded[number, :, down : down + 32, right : right + 32][..., ::mirror])
        ]
        assert len(fits) == 1
        places |= set(fits)
    assert len(places) > 25 and {mirror for *_, mirror in places} == {1, -1}


def test_the_rate_falls_twice_and_warms_up_in_the_deepest() -> None:
    steps = 6_400
    rates = [Recipe(56, "plain").rate_of(step, steps) for step in range(steps)]
    assert [rates.index(rate) for rate in (0.1, 0.1 * 0.1, 0.1 * 0.01)] == [0, 3_200, 4_800]
    deep = [Recipe(110, "original").rate_of(step, steps) for step in range(steps)]
    assert deep[:41] == [0.01] * 40 + [0.1]


def test_torchvisions_own_copy_of_the_photos_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / degradation.CIFAR10.base_folder
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3072), np.uint8)
    for name in ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"):
        (folder / name).write_bytes(pickle.dumps({"data": pixels, "labels": [3, 5]}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    monkeypatch.setattr(degradation.CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *given: True)
    train, test = (load_photos(tmp_path, split, tmp_path) for split in ("train", "test"))
    assert (len(train), len(test), train.classes) == (10, 2, tuple("abcdefghij"))
    assert test.labels.tolist() == [3, 5]
    assert np.array_equal(test.pixels[0].numpy().ravel(), pixels[0])


def test_a_depth_that_there_is_not_is_refused_in_words(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        degradation.main(words(photos, tmp_path / "b", "--arrangement", "plain", "--depth", "18"))
    assert ended.value.code == 2
    assert "6n + 2" in capsys.readouterr().err
