"""A whole run, small: two classes, made photos, a few steps."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from resnet_demo.assets import assets_dir
from resnet_demo.network.resnet import ResNet
from training import tiny_imagenet
from training.data import load_split
from training.export import Finished
from training.initial import fresh
from training.loop import Recipe, Trainer
from training.run import Run
from training.schedule import Leg

SMALL = ["--photo-size", "32", "--batch", "8", "--rate", "0.05", "--view", "32", "--threads", "1"]


def log_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def new_run(data: Path, out: Path) -> Run:
    """8 steps, 2 epochs, with a teacher who says 3 to 1 for the truth."""
    out.mkdir(exist_ok=True)
    photos, validation = (load_split(data, split, data / "cache", 32) for split in ("train", "val"))
    answers = torch.full((len(photos), 2), 0.25).scatter_(1, photos.labels[:, None], 0.75)
    recipe = Recipe((Leg(32, 1.5), Leg(64, 0.5)), seed=3, batch=8, peak=0.05, average=0.9)
    return Run(Trainer(fresh(18, 2, seed=3), photos, answers, recipe), validation, out, {"depth": 18}, view=32)


def test_a_run_learns_and_logs_every_epoch(made_run: Path) -> None:
    log = log_of(made_run)
    epochs = [line for line in log if "epoch" in line]
    assert [line["epoch"] for line in epochs] == [1, 2, 3, 4]
    # Guessing costs log 2 = 0.69; no answer costs less than the smoothed truth's entropy, 0.1985 for 0.95 and 0.05.
    assert 0.1985 < epochs[-1]["loss"] < 0.3
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert log[-1]["finished"] == {"view": 32, "top1": 1.0, "top5": 1.0, "photos": 8}
    assert log[0] == {"start": "fresh", "seed": 0}
    assert "--schedule 32:4" in log[1]["command"]


def test_a_run_that_was_stopped_ends_bit_equal_to_one_that_was_not(made_data: Path, tmp_path: Path) -> None:
    whole = new_run(made_data, tmp_path / "whole")
    assert whole.train(show=lambda _: None)

    first = new_run(made_data, tmp_path / "stopped")
    assert not first.train(until=3, show=lambda _: None)  # in the middle of an epoch
    second = new_run(made_data, tmp_path / "stopped")
    second.resume()
    assert second.trainer.step_number == 3
    assert second.train(show=lambda _: None)

    for one, other in (
        (whole.trainer.network, second.trainer.network),
        (whole.trainer.average.network, second.trainer.average.network),
    ):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name
    kept = ("epoch", "step", "size", "rate", "loss", "top1", "top5")
    logs = [[{k: line[k] for k in kept} for line in log_of(tmp_path / name)] for name in ("whole", "stopped")]
    assert logs[0] == logs[1]
    assert [line["size"] for line in logs[0]] == [32, 64]


def test_a_step_in_bfloat16_has_the_loss_of_one_in_float32_up_to_rounding(made_data: Path) -> None:
    photos = load_split(made_data, "train", made_data / "cache", 32)
    losses = []
    for bfloat16 in (False, True):
        recipe = Recipe((Leg(32, 1),), batch=8, bfloat16=bfloat16)
        losses.append(Trainer(fresh(18, 2, seed=0), photos, None, recipe).step())
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)  # bfloat16 keeps 8 bits: 0.4 % a rounding


def test_a_signal_ends_a_run_after_the_step_with_a_checkpoint(made_data: Path, tmp_path: Path) -> None:
    run = new_run(made_data, tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    with run.stopped_by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        assert not run.train()
    assert signal.getsignal(signal.SIGTERM) is before
    again = new_run(made_data, tmp_path)
    again.resume()
    assert again.trainer.step_number <= 1


def test_a_folder_with_a_run_in_it_is_not_overwritten(
    made_data: Path, made_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(made_data), "--depth", "18", "--out", str(made_run), "--teacher", "none", *SMALL]
    assert tiny_imagenet.main(words) == 2
    assert "--resume" in capsys.readouterr().err


def test_a_deeper_network_is_grown_and_taught_from_a_finished_run(
    made_data: Path, made_run: Path, tmp_path: Path
) -> None:
    source = str(made_run / "network.pt")
    words = ["--data", str(made_data), "--depth", "34", "--out", str(tmp_path / "34"), "--teacher", "none", *SMALL]
    assert tiny_imagenet.main([*words, "--grow-from", source, "--teach-from", source, "--schedule", "32:1"]) == 0
    log = log_of(tmp_path / "34")
    assert log[0]["start"] == "grown from a ResNet-18"
    assert (log[0]["grown_from"], log[0]["grown_by"]) == (18, "added-blocks")
    assert (log[0]["largest_logit_difference"], log[0]["photos_compared"]) == (0.0, 8)
    assert log[0]["sha256"] in Finished.read(tmp_path / "34").made_by()
    assert log[-1]["finished"]["top1"] == 1.0
    assert len(list((tmp_path / "cache").glob("answers-resnet18-*-32px-*.npy"))) == 1


def test_a_deeper_network_is_grown_and_taught_from_a_weights_file(
    made_data: Path, exported: Path, tmp_path: Path
) -> None:
    words = ["--data", str(made_data), "--depth", "34", "--out", str(tmp_path / "34"), "--teacher", "none", *SMALL]
    source = str(exported)
    assert tiny_imagenet.main([*words, "--grow-from", source, "--teach-from", source, "--schedule", "32:1"]) == 0
    log = log_of(tmp_path / "34")
    assert (log[0]["largest_logit_difference"], log[0]["photos_compared"]) == (0.0, 8)
    assert log[0]["sha256"] == hashlib.sha256(exported.read_bytes()).hexdigest()


def test_a_resnet_50_starts_from_the_blocks_of_a_resnet_18(made_data: Path, exported: Path, tmp_path: Path) -> None:
    words = ["--data", str(made_data), "--depth", "50", "--out", str(tmp_path / "50"), "--teacher", "none", *SMALL]
    barely = ["--schedule", "32:1", "--rate", "1e-9"]  # so that what it starts with is what it ends with
    assert tiny_imagenet.main([*words, *barely, "--grow-from", str(exported)]) == 0
    log = log_of(tmp_path / "50")
    assert log[0]["start"] == "bottlenecks written from a ResNet-18"
    assert (log[0]["grown_from"], log[0]["grown_by"]) == (18, "bottlenecks")
    assert log[0]["same_answers"] == 1.0
    assert log[-1]["finished"]["top1"] == 1.0
    assert log[0]["sha256"] in Finished.read(tmp_path / "50").made_by()


def test_a_share_of_the_start_is_averaged_into_what_a_resumed_run_ends_with(
    made_data: Path, exported: Path, decoded: ResNet, tmp_path: Path
) -> None:
    """Resumed when all its steps are done, so that the steps before it are the same."""
    words = ["--data", str(made_data), "--depth", "18", "--out", str(tmp_path / "18"), "--teacher", "none", *SMALL]
    words += ["--start-from", str(exported), "--schedule", "32:1"]
    assert tiny_imagenet.main(words) == 0
    without = torch.load(tmp_path / "18" / "network.pt", weights_only=True)["network"]
    assert tiny_imagenet.main([*words, "--resume", "--start-share", "0.5"]) == 0
    shared = torch.load(tmp_path / "18" / "network.pt", weights_only=True)["network"]
    for name, value in decoded.named_parameters():
        torch.testing.assert_close(shared[name], (without[name] + value.detach()) / 2, rtol=0, atol=1e-6)
    assert not torch.equal(shared["fc.weight"], without["fc.weight"])
    assert "--start-share 0.5" in Finished.read(tmp_path / "18").made_by()


@pytest.mark.parametrize("given", ["-0.1", "1.5", "nan", "half"])
def test_a_share_beyond_0_to_1_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        tiny_imagenet.main(["--data", "d", "--depth", "18", "--out", "o", f"--start-share={given}"])
    assert f"invalid share value: '{given}'" in capsys.readouterr().err


def test_a_checkpoint_of_another_network_is_not_resumed(
    made_data: Path, made_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(made_data), "--depth", "34", "--out", str(made_run), "--teacher", "none", *SMALL]
    assert tiny_imagenet.main([*words, "--resume"]) == 2
    assert "depth differs" in capsys.readouterr().err


def test_another_kind_of_block_cannot_be_grown_into(
    made_data: Path, made_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(made_data), "--depth", "101", "--out", str(tmp_path / "101"), "--teacher", "none", *SMALL]
    assert tiny_imagenet.main([*words, "--grow-from", str(made_run / "network.pt")]) == 2
    assert "cannot be grown" in capsys.readouterr().err


def test_a_run_starts_from_a_weights_file_and_tells_which(
    made_data: Path, exported: Path, decoded: ResNet, tmp_path: Path
) -> None:
    words = ["--data", str(made_data), "--depth", "18", "--teacher", "none", "--start-from", str(exported), *SMALL]
    barely = ["--schedule", "32:1", "--rate", "1e-9"]  # so that what it starts with is what it ends with
    assert tiny_imagenet.main([*words, *barely, "--out", str(tmp_path / "again")]) == 0
    log = log_of(tmp_path / "again")
    assert log[0]["start"] == "weights"
    assert log[0]["sha256"] == hashlib.sha256(exported.read_bytes()).hexdigest()
    ended = torch.load(tmp_path / "again" / "network.pt", weights_only=True)["network"]
    for name, value in decoded.named_parameters():
        torch.testing.assert_close(ended[name], value.detach(), rtol=0, atol=1e-5)
    assert log[0]["sha256"] in Finished.read(tmp_path / "again").made_by()


def test_weights_of_other_classes_are_not_started_from(
    made_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundled = assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors"
    words = ["--data", str(made_data), "--depth", "18", "--out", str(tmp_path / "18"), "--teacher", "none", *SMALL]
    assert tiny_imagenet.main([*words, "--start-from", str(bundled)]) == 2
    assert "other classes" in capsys.readouterr().err
