from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from resnet_demo.cards import card_from_json
from resnet_demo.engine import Engine
from resnet_demo.model import STAGES
from resnet_demo.settings import Settings
from resnet_demo.training import evaluate, export, probes
from resnet_demo.training.tiny_imagenet import load_network


@pytest.fixture(scope="module")
def exported(made_data: Path, made_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights file of the made run, 8 bits a weight; its card, log and probes beside it."""
    to = tmp_path_factory.mktemp("weights")
    words = ["--run", str(made_run), "--data", str(made_data), "--to", str(to), "--bits", "8"]
    assert export.main(words) == 0
    file = to / "resnet18-tiny-imagenet.safetensors"
    assert probes.make(made_data, file, made_data / "cache", count=32, photo_size=32).keys() == set(STAGES)
    return file


def test_the_app_loads_what_was_exported_and_answers_as_the_run_did(
    exported: Path, made_data: Path, made_run: Path
) -> None:
    engine = Engine(settings=replace(Settings(), weights_file=exported))
    network, _ = load_network(made_run / "network.pt")
    photos = sorted(made_data.glob("val/*/*.png"))
    found = list(engine.classify(photos, depth=18, weights="file", top_k=2))
    assert [answer.predictions[0].wnid for answer in found] == [photo.parent.name for photo in photos]
    assert {p.label for p in found[0].predictions} == {"goldfish", "espresso"}
    card = engine.network(18, "file").card
    for photo, answer in zip(photos, found, strict=True):
        tensor = engine.view(photo, 18, "file").prepared.tensor[None]
        exact = network(tensor)[0]
        for p in answer.predictions:
            assert p.logit == pytest.approx(exact[p.index].item(), abs=0.05)  # 8 bits a weight
            assert p.probability == pytest.approx((exact / card.temperature).softmax(0)[p.index].item(), abs=0.05)


def test_the_card_tells_what_was_measured_and_how_it_was_made(exported: Path, made_run: Path) -> None:
    card = card_from_json(exported.with_suffix(".json").read_text(encoding="utf-8"), "card")
    assert (card.name, card.depth, card.top1, card.top5) == ("tiny-imagenet", 18, 1.0, 1.0)
    assert card.parameters == 11_176_512 + 512 * 2 + 2  # torchvision's count without its head, and this head
    assert card.size_bytes == exported.stat().st_size < 12e6
    assert "8 photos at 32 px" in card.measured_on
    assert "--schedule 32:4" in card.made_by
    assert exported.with_suffix(".jsonl").read_bytes() == (made_run / "log.jsonl").read_bytes()
    assert [info.wnid for info in card.classes] == ["n01443537", "n07920052"]


def test_nothing_but_the_finished_files_is_left_behind(exported: Path) -> None:
    stem = "resnet18-tiny-imagenet"
    assert {path.name for path in exported.parent.iterdir()} == {
        *(f"{stem}.{suffix}" for suffix in ("safetensors", "json", "jsonl")),
        f"{stem}-probes.safetensors",
    }


def test_every_stage_has_a_probe_for_exactly_these_weights(exported: Path) -> None:
    card = card_from_json(exported.with_suffix(".json").read_text(encoding="utf-8"), "card")
    with safe_open(exported.with_name(exported.stem + "-probes.safetensors"), "pt") as file:
        metadata = file.metadata()
        for name, channels in zip(STAGES, (64, 64, 128, 256, 512), strict=True):
            assert file.get_tensor(f"{name}.weight").shape == (2, channels)
            assert file.get_tensor(f"{name}.weight").dtype == torch.int8
            assert file.get_tensor(f"{name}.weight.scale").shape == file.get_tensor(f"{name}.bias").shape == (2,)
            assert float(metadata[f"{name}.top1"]) == 1.0
    assert metadata["weights_sha256"] == card.sha256


def test_evaluation_prints_the_figures_as_json_or_text(
    exported: Path, made_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(made_data), "--weights", str(exported)]
    assert evaluate.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["photos"], found["top1"], found["confused"]) == (8, 1.0, [])
    assert {row["label"] for row in found["hardest"]} == {"goldfish", "espresso"}
    assert evaluate.main(words) == 0
    assert "top-1              1.0000" in capsys.readouterr().out


def test_photos_of_a_class_these_weights_have_not_are_refused(
    exported: Path, tmp_path: Path, made_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "val").mkdir()
    (tmp_path / "val/unicorn").symlink_to(made_data / "val/n01443537")
    assert evaluate.main(["--data", str(tmp_path), "--weights", str(exported)]) == 2
    assert "unicorn" in capsys.readouterr().err
