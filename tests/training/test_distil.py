"""A whole run on half blurred, half sharp photos, by its command, on made ones."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resnet_demo.network.resnet import ResNet
from training import checkpoint, distil, published
from training.data import list_split
from training.export import Finished
from training.initial import fresh
from training.sharp import Row


@pytest.fixture(scope="module")
def made(made_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of bright and dark crops, a teacher that tells them apart, and networks to begin with."""
    folder = tmp_path_factory.mktemp("distil")
    random = np.random.default_rng(0)
    goldfish, espresso = 1, 967  # of ImageNet's thousand
    rows = [Row("made", str(number)) for number in range(8)] + [Row("made", "held", held=True)]
    rows += [Row("labelled", f"{label}", 0, label) for label in ("goldfish", "espresso")]
    bright = [number % 2 == 0 for number in range(9)] + [True, False]
    crops = np.stack([random.normal(190 if b else 60, 25, (3, 48, 48)).clip(0, 255).astype(np.uint8) for b in bright])
    answers = np.zeros((len(rows), 1000), np.float16)
    for row, b in enumerate(bright):
        answers[row, goldfish if b else espresso] = 8
    answers[3] = np.nan  # was never asked about
    pool = folder / "pool"
    pool.mkdir()
    np.save(pool / "crops.npy", crops)
    np.save(pool / "answers.npy", answers)
    (pool / "rows.json").write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
    classes = list(list_split(made_data, "train")[1])
    torch.manual_seed(0)
    thousand = nn.Linear(512, 1000).state_dict()
    about = {"classes": classes, "origin": [{"command": "made"}]}
    whole = ResNet(published.PLAN, 2).eval()
    for name, network, more in (("start", whole, {}), ("resnet18", fresh(18, 2, seed=0), {"depth": 18})):
        state = {"network": network.state_dict(), "thousand": thousand, "variance": torch.ones(512)}
        checkpoint.save(state | {"about": about | more}, folder / f"{name}.pt")
    return folder


def words(made: Path, made_data: Path, out: Path, *more: str) -> list[str]:
    places = ["--data", str(made_data), "--pool", str(made / "pool"), "--cache", str(made / "cache"), "--out", str(out)]
    small = ["--schedule", "32:6", "--batch", "4", "--rate", "0.002", "--view", "32", "--photo-size", "32"]
    return [*places, "--from", str(made / "resnet18.pt"), *small, "--threads", "1", *more]


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_run_learns_and_leaves_what_export_reads(made: Path, made_data: Path, tmp_path: Path) -> None:
    assert distil.main(words(made, made_data, tmp_path / "run")) == 0
    log = lines(tmp_path / "run")
    before = next(line["measured"] for line in log if "measured" in line)
    after = next(line["finished"] for line in log if "finished" in line)
    assert after["held_sharp_divergence"] < before["held_sharp_divergence"]
    finished = Finished.read(tmp_path / "run")
    assert finished.about["depth"] == 18
    assert finished.about["sharp_photos"] == 7
    assert finished.view == 32
    assert [record.get("command", "")[:24] for record in finished.about["origin"]] == [
        "made",
        "python -m training.disti",
    ]


def test_the_start_teaches_layer4_first(made: Path, made_data: Path, tmp_path: Path) -> None:
    teaching = ("--start", str(made / "start.pt"), "--trunk-from-start", "--features", "1", "--teach", "0.5")
    assert distil.main(words(made, made_data, tmp_path / "run", *teaching)) == 0
    assert "features" in next(line for line in lines(tmp_path / "run") if "of" in line)
    begun, done = (checkpoint.load(file)["network"] for file in (made / "resnet18.pt", tmp_path / "run/network.pt"))
    assert torch.equal(begun["layer3.1.conv1.weight"], done["layer3.1.conv1.weight"])
    assert not torch.equal(begun["layer4.1.conv1.weight"], done["layer4.1.conv1.weight"])


def test_a_run_is_not_begun_over_another(made: Path, made_data: Path, tmp_path: Path, capsys) -> None:
    assert distil.main(words(made, made_data, tmp_path / "run")) == 0
    assert distil.main(words(made, made_data, tmp_path / "run")) == 2
    assert "--resume" in capsys.readouterr().err
    assert distil.main(words(made, made_data, tmp_path / "run", "--resume")) == 0


def test_to_learn_from_the_start_it_has_to_be_named(made: Path, made_data: Path, tmp_path: Path, capsys) -> None:
    for asked in (["--like", "layer1"], ["--features", "1"], ["--trunk-from-start"]):
        with pytest.raises(SystemExit):
            distil.main(words(made, made_data, tmp_path / "run", *asked))
        assert "need --start" in capsys.readouterr().err
    like = ["--like", "layer1", "--start", str(made / "start.pt"), "--frozen", "conv1,bn1"]
    assert distil.main(words(made, made_data, tmp_path / "run", *like)) == 0
    steps = [line["unlike"] for line in lines(tmp_path / "run") if "unlike" in line]
    assert len(steps) == 1 and steps[0] > 0
