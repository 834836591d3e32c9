"""The networks for CIFAR-10 that come with the program: logs, weights and the paper's counts belong together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_demo.assets import assets_dir
from resnet_demo.network.cifar import CifarNetwork
from resnet_demo.results import TrainingRun
from resnet_demo.weights.training_runs import CLASSES, recorded_runs, run_of_log, runs_dir, trained_network

RUNS = recorded_runs()
NAMES = [run.name for run in RUNS]

PARAMETERS = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}
"""Millions, as He et al. 2016 have them in table 6."""

SEEN = {
    "f-22-aeroplane": "airplane",
    "fire-engine": "truck",
    "green-heron": "bird",
    "horses": "horse",
    "kingfisher": "bird",
    "kitten": "cat",
    "moose": "deer",
    "white-duck": "bird",
}
"""Photos that come with the program, and what is on each."""


@pytest.fixture(params=RUNS, ids=NAMES)
def run(request: pytest.FixtureRequest) -> TrainingRun:
    found: TrainingRun = request.param
    return found


def lines_of(run: TrainingRun) -> list[dict]:
    return [json.loads(line) for line in (runs_dir() / f"{run.name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_file_belongs_to_a_run():
    found = {path.name for path in runs_dir().iterdir()}
    measured = {f"{run.name}-surface.json" for run in RUNS if run.surface is not None}
    measured |= {f"{run.name}-shortcuts.json" for run in RUNS if run.scaled is not None}
    assert found == measured | {f"{name}.{kind}" for name in NAMES for kind in ("jsonl", "safetensors")}
    assert all(path.stat().st_size < 2_000_000 for path in runs_dir().iterdir())


def test_a_run_is_what_its_log_says(run: TrainingRun):
    epochs = [line for line in lines_of(run) if line.get("epoch")]
    assert run.epochs.tolist() == [*range(1, len(epochs) + 1)]
    for number, line in enumerate(epochs):
        for measure in ("train_error", "test_error", "train_loss", "test_loss"):
            assert getattr(run, measure)[number] == np.float32(line[measure])
        np.testing.assert_array_equal(run.gradients[number + 1], np.array(line["gradient"], np.float32))
    units = (run.layers - 2) // 2
    assert run.gradients.shape == (len(epochs) + 1, units + 1)
    assert (run.shares is None) == (run.arrangement == "plain")
    if run.shares is not None:
        assert run.shares.shape == (len(epochs) + 1, units)
    assert (run.photos, run.test_photos) == (50_000, 10_000)


def test_the_loss_is_small_where_the_run_ended_and_rises_around_it(run: TrainingRun):
    if run.surface is None:
        pytest.skip("not measured")
    steps = len(run.surface)
    assert run.surface.shape == (steps, steps) and steps % 2 == 1 and run.reach == 1
    centre = run.surface[steps // 2, steps // 2]
    corners = run.surface[:: steps - 1, :: steps - 1]
    assert centre < corners.min() and centre <= 1.01 * run.surface.min()
    # Of training photos as they are: a little below the loss of the same photos moved and mirrored.
    assert 0.5 * run.train_loss[-1] < centre < 1.2 * run.train_loss[-1]


def test_whole_shortcuts_err_as_the_run_did_and_fewer_do_worse(run: TrainingRun):
    if run.scaled is None:
        pytest.skip("not measured")
    scaled = run.scaled
    assert run.arrangement != "plain" and scaled.scales[0] == 1 and scaled.scales[-1] == 0
    assert (np.diff(scaled.scales) < 0).all()
    # Of some of the test photos, and of weights in 16 bits: four times the error that so many photos leave.
    off = 4 * float(run.test_error[-1] * (1 - run.test_error[-1]) / scaled.photos) ** 0.5
    assert scaled.errors[0] == pytest.approx(float(run.test_error[-1]), abs=off)
    assert scaled.errors_anew[0] == pytest.approx(float(scaled.errors[0]), abs=off)
    assert scaled.errors[-1] > 0.5 and scaled.errors.max() <= 1


def test_the_rate_falls_as_in_the_paper_after_a_half_and_three_quarters(run: TrainingRun):
    half, quarter = len(run.epochs) // 2, len(run.epochs) // 4
    expected = [0.1] * half + [0.01] * quarter + [0.001] * quarter
    np.testing.assert_allclose(run.rates, expected, rtol=1e-6)


def test_the_network_has_the_parameters_that_the_paper_counts(run: TrainingRun):
    network, mean, spread = trained_network(run)
    counted = sum(parameter.numel() for parameter in network.parameters())
    assert counted == run.parameters == pytest.approx(1e6 * PARAMETERS[run.layers], rel=0.02)
    # CIFAR-10's own means, as they are widely given: 0.4914, 0.4822, 0.4465 of 255.
    np.testing.assert_allclose(mean.mean((1, 2)) / 255, [0.4914, 0.4822, 0.4465], atol=2e-3)
    assert spread.item() / 255 == pytest.approx(0.25, abs=0.01)


def test_what_was_trained_is_not_what_it_began_with(run: TrainingRun):
    trained, _, _ = trained_network(run)
    fresh = CifarNetwork(run.layers, run.arrangement, seed=run.seed)
    weights = [(name, value) for name, value in fresh.named_parameters() if value.ndim == 4]
    learnt = dict(trained.named_parameters())
    assert all((learnt[name] - value).norm() > 0.05 * value.norm() for name, value in weights)


def test_it_names_what_is_on_clear_photos(run: TrainingRun):
    """The order of the classes, the pixels' units and the weights are right together, or it would guess: three of eight
    and more come of that in one of 26 trials. A deep plain network names no more."""
    network, mean, spread = trained_network(run)
    right = 0
    for name, label in SEEN.items():
        with Image.open(assets_dir() / "photos" / f"{name}.webp") as image:
            small = np.asarray(image.convert("RGB").resize((32, 32), Image.Resampling.BILINEAR), np.float32)
        x = (torch.from_numpy(small).permute(2, 0, 1)[None] - mean) / spread
        right += CLASSES[int(network(x).argmax())] == label
    assert right >= 3, f"{right} of {len(SEEN)}"


def test_other_lines_of_a_log_are_passed_over(tmp_path: Path):
    fresh = {"epoch": 0, "step": 0, "parameters": 5, "photos": 3, "test_photos": 2, "gradient": [1.0, 2.0]}
    fresh["recipe"] = {"depth": 8, "arrangement": "plain", "seed": 3}
    values = {"train_loss": 1.0, "train_error": 0.5, "test_loss": 2.0, "test_error": 0.75, "rate": 0.1}
    lines = [{"command": "again"}, fresh, {"epoch": 1.0, "gradient": [3.0, 4.0], **values}, {"command": "again"}]
    run = run_of_log("made", "\n".join(map(json.dumps, lines)))
    assert (run.layers, run.seed, run.arrangement, run.parameters) == (8, 3, "plain", 5)
    assert run.gradients.tolist() == [[1, 2], [3, 4]] and run.test_error.tolist() == [0.75] and run.shares is None
