"""A last layer of a thousand classes, learnt from a teacher alone, beside the weights whose stages it needs."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from resnet_demo.results import ClassInfo
from resnet_demo.weights import choices, sources
from resnet_demo.weights.cards import card_to_json
from resnet_demo.weights.integrity import sha256_of
from training import storage, thousand_classes
from training.initial import fresh
from training.sharp import SIDE, Row

GOLDFISH, ESPRESSO = 1, 967


def picture(bright: bool, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(190 if bright else 60, 5, (SIDE, SIDE, 3))
    return values.clip(0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundled weights of two classes, a pool whose teacher calls bright crops goldfish and dark ones espresso, and
    labelled photos of both kinds."""
    network = fresh(18, 2, seed=0)
    weights = tmp_path / "weights" / "resnet18-tiny-imagenet.safetensors"
    weights.parent.mkdir()
    storage.write(storage.in_8_bits(network.state_dict()), weights)
    card = choices.card_of(18, "tiny-imagenet")
    classes = (ClassInfo(0, "n01443537", "goldfish"), ClassInfo(1, "n07920052", "espresso"))
    small = {"classes": classes, "familiarity": None, "sha256": sha256_of(weights)}
    small["parameters"] = sum(parameter.numel() for parameter in network.parameters())
    weights.with_suffix(".json").write_text(card_to_json(replace(card, **small)), encoding="utf-8")
    monkeypatch.setattr("resnet_demo.weights.sources.assets_dir", lambda: tmp_path)
    rows = [Row("made", str(number), held=number > 7) for number in range(10)]
    pool = tmp_path / "pool"
    pool.mkdir()
    answers = np.zeros((len(rows), 1_000), np.float16)
    for row in range(len(rows)):
        answers[row, GOLDFISH if row % 2 == 0 else ESPRESSO] = 12
    answers[3] = np.nan  # was never asked about
    np.save(pool / "answers.npy", answers)
    np.save(pool / "crops.npy", np.stack([picture(row % 2 == 0, row).transpose(2, 0, 1) for row in range(len(rows))]))
    (pool / "rows.json").write_text(json.dumps([asdict(row) for row in rows]), encoding="utf-8")
    for split, first in (("choose", 20), ("val", 30)):
        for bright, wnid in ((True, "n01443537"), (False, "n07920052")):
            place = tmp_path / "photos" / split / wnid
            place.mkdir(parents=True)
            for seed in (first, first + 1):
                Image.fromarray(picture(bright, seed)).save(place / f"{seed}.png")
    return tmp_path


def test_the_layer_answers_as_the_teacher_did_on_the_stages_of_the_weights(folder: Path) -> None:
    weights = folder / "weights" / "resnet18-tiny-imagenet.safetensors"
    photos = str(folder / "photos")
    words = ["--weights", str(weights), "--pool", str(folder / "pool"), "--choose", photos, "--measure", photos]
    assert thousand_classes.main([*words, "--words", "made photos", "--precision", "float32"]) == 0
    sources._bundled_card.cache_clear()  # no card changes while the program runs, but here
    file = weights.with_name("resnet18-imagenet-1k-distilled.safetensors")
    stored = load_file(file)
    assert {*stored} == {"fc.weight", "fc.bias"}
    card = choices.card_of(18, "imagenet-1k-distilled")
    assert (card.rest_of, card.top1, card.sha256) == (18, 1.0, sha256_of(file))
    assert "made photos, 4 photos" in (card.measured_on or "") and str(folder) not in card.made_by
    log = json.loads(file.with_suffix(".jsonl").read_text(encoding="utf-8"))
    assert log["sharp_crops_fitted_to"] == 7 and str(folder) not in json.dumps(log)
    network, below = choices.load(18, "imagenet-1k-distilled"), choices.load(18, "tiny-imagenet")
    assert network.card == card
    assert sum(p.numel() for p in network.parameters()) == card.parameters
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        features = below.forward_stages(x).stages["layer4"].mean((2, 3))
        expected = features @ stored["fc.weight"].float().t() + stored["fc.bias"]
        torch.testing.assert_close(network(x), expected, rtol=1e-4, atol=1e-4)


def test_photos_in_no_folder_of_a_class_are_refused(folder: Path, capsys: pytest.CaptureFixture) -> None:
    weights = folder / "weights" / "resnet18-tiny-imagenet.safetensors"
    nowhere = str(folder / "weights")
    words = ["--weights", str(weights), "--pool", str(folder / "pool"), "--choose", nowhere, "--measure", nowhere]
    assert thousand_classes.main([*words, "--words", "none"]) == 2
    assert capsys.readouterr().err
