"""Training on mixed batches: what learns, what stays, and that a stopped run goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from training.data import Photos
from training.initial import fresh
from training.mixed import MixedRecipe, MixedTrainer, Start
from training.mixed_batches import MixedBatches, SharpCrops
from training.pupil import Pupil, Weights
from training.schedule import Leg

RECIPE = MixedRecipe((Leg(32, 3), Leg(64, 1)), batch=4, peak=1e-3)
START = Start(fresh(18, 2, seed=9).eval(), torch.ones(512))


def trainer(recipe: MixedRecipe = RECIPE, start: Start | None = None) -> MixedTrainer:
    numbers = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8, generator=numbers)
    photos = Photos(pixels, torch.arange(8) % 2, ("a", "b"), "made")
    stored = torch.randint(0, 256, (6, 3, 64, 64), dtype=torch.uint8, generator=numbers)
    sharp = SharpCrops(stored, torch.arange(6), torch.randn(6, 1000, generator=numbers).half(), torch.tensor([7, 8]))
    torch.manual_seed(0)
    return MixedTrainer(
        Pupil(fresh(18, 2, seed=1)), MixedBatches(photos, sharp, recipe.batch, recipe.seed), recipe, start
    )


def test_a_stopped_run_goes_on_as_if_nothing_had_happened() -> None:
    whole, first, second = trainer(), trainer(), trainer()
    for _ in range(4):
        whole.step()
    first.step(), first.step()
    second.load(first.state())
    second.step(), second.step()
    for name, value in whole.pupil.state_dict().items():
        assert torch.equal(value, second.pupil.state_dict()[name]), name


def test_with_the_starts_trunk_only_layer4_and_the_last_layers_learn() -> None:
    run = trainer(replace(RECIPE, trunk_from_start=True, weights=Weights(features=1.0, teach=0.5)), START)
    before = {name: value.clone() for name, value in run.pupil.state_dict().items()}
    parts = run.step()
    assert parts.keys() == {"labels", "sharp", "thousand", "features"}
    changed = {name for name, value in run.pupil.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith(("network.layer4", "network.fc", "thousand")) for name in changed)


def test_to_be_like_the_start_at_a_stage_only_what_leads_there_learns() -> None:
    run = trainer(replace(RECIPE, like="layer2", weights=Weights()), START)
    before = {name: value.clone() for name, value in run.pupil.state_dict().items()}
    parts = run.step()
    assert parts.keys() == {"unlike"}
    changed = {name for name, value in run.pupil.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.split(".")[1] for name in changed} == {"layer1", "layer2"}
    with pytest.raises(ValueError, match="there is none"):
        trainer(replace(RECIPE, like="layer2"))


def test_what_is_new_learns_faster() -> None:
    run = trainer(replace(RECIPE, added=("layer2.1",), fast=5.0))
    run.step()
    factor = {p: group["factor"] for group in run.optimizer.param_groups for p in group["params"]}
    network = run.pupil.network
    assert factor[network.layer2[1].conv1.weight] == factor[network.fc.weight] == 5
    assert factor[network.layer2[0].conv1.weight] == 1
    assert network.conv1.weight not in factor


def test_the_start_teaches_only_where_there_is_one() -> None:
    with pytest.raises(ValueError, match="there is none"):
        trainer(replace(RECIPE, weights=Weights(teach=0.5)))
