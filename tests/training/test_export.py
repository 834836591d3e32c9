from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.transforms import functional as transforms

from resnet_demo.engine.engine import Engine
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.settings import Settings
from resnet_demo.studies.readout import probes_file, read_out, read_probes
from resnet_demo.weights import choices
from resnet_demo.weights.cards import Transform, card_from_json
from resnet_demo.weights.integrity import sha256_of
from training import evaluate, export
from training.augment import MEAN, STD
from training.growth import grow


def test_the_app_loads_what_was_exported_and_answers_with_it(exported: Path, decoded: ResNet, made_data: Path) -> None:
    engine = Engine(settings=replace(Settings(), weights_file=exported))
    photos = sorted(made_data.glob("val/*/*.png"))
    found = list(engine.classify(photos, depth=18, weights="file", top_k=2))
    assert [answer.predictions[0].wnid for answer in found] == [photo.parent.name for photo in photos]
    assert {p.label for p in found[0].predictions} == {"goldfish", "espresso"}

    network, temperature = decoded, engine.network(18, "file").card.temperature
    for photo, answer in zip(photos, found, strict=True):
        pixels = transforms.to_tensor(Image.open(photo))  # 32 px, as the view is: nothing to resize
        logits = network(transforms.normalize(pixels, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))[None])[0]
        for p in answer.predictions:
            assert p.logit == pytest.approx(logits[p.index].item(), abs=1e-4)
            assert p.probability == pytest.approx((logits / temperature).softmax(0)[p.index].item(), abs=1e-4)


def test_the_card_tells_what_was_measured_and_how_it_was_made(exported: Path, made_run: Path) -> None:
    card = card_from_json(exported.with_suffix(".json").read_text(encoding="utf-8"), "card")
    assert (card.name, card.depth, card.top1, card.top5) == ("tiny-imagenet", 18, 1.0, 1.0)
    assert card.parameters == 11_176_512 + 512 * 2 + 2  # torchvision's count without its head, and this head
    assert card.size_bytes == exported.stat().st_size < 12e6
    assert "8 photos at 32 px" in card.measured_on
    assert "--schedule 32:4" in card.made_by
    assert "--threads" not in card.made_by
    logs = [
        file.read_text(encoding="utf-8").splitlines()
        for file in (exported.with_suffix(".jsonl"), made_run / "log.jsonl")
    ]
    assert logs[0][2:] == logs[1][2:]  # the lines before hold the command, cut down
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


def test_the_app_reads_the_probes_beside_the_weights(exported: Path, made_data: Path) -> None:
    file = probes_file(exported)
    card = card_from_json(exported.with_suffix(".json").read_text(encoding="utf-8"), "card")
    engine = Engine(settings=replace(Settings(), weights_file=exported))
    network = engine.drawn(18, "file")
    x = engine.view(made_data / "val/n07920052/0.png", network).prepared.tensor[None]
    found = read_out(network.module, x, None, card, read_probes(file.read_bytes(), file.name))
    assert [row.predictions[0].label for row in found.stages.values()] == ["espresso"] * len(STAGES)


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


def test_folders_of_one_machine_do_not_reach_card_or_log(exported: Path, made_data: Path) -> None:
    for suffix in (".json", ".jsonl"):
        text = exported.with_suffix(suffix).read_text(encoding="utf-8")
        assert f"--data {made_data.name} --depth 18" in text
        assert str(made_data.parent) not in text
    assert export.without_folders('x /a/b/c "/d/e" runs/f 1/2') == 'x c "e" runs/f 1/2'


def test_rounding_is_learnt_where_there_are_photos_to_learn_it_on(
    made_run: Path, made_data: Path, tmp_path: Path
) -> None:
    finished = export.Finished.read(made_run)
    pictures = torch.randn(4, 3, 32, 32)
    transform = Transform(32, 32, "bilinear", MEAN, STD)
    val = export.Labelled(made_data, "val", "made photos")
    card = export.export(finished, made_run / "log.jsonl", val, tmp_path, export.LEARNT, transform, None, pictures)
    assert card.size_bytes < 12e6
    assert "rounding learnt on 4 photos" in card.source
    assert card.top1 == 1.0


def test_the_temperature_is_of_the_sharp_photos_where_there_are_some(
    made_run: Path, made_data: Path, tmp_path: Path
) -> None:
    finished = export.Finished.read(made_run)
    transform = Transform(32, 32, "bilinear", MEAN, STD)
    val = export.Labelled(made_data, "val", "made photos")
    sharp = export.Labelled(made_data, "train", "sharp photos")
    card = export.export(finished, made_run / "log.jsonl", val, tmp_path, "8", transform, sharp)
    assert "temperature: 32 sharp photos" in card.measured_on


def test_what_bundled_weights_hold_is_left_out(
    exported: Path, decoded: ResNet, made_run: Path, made_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ResNet-34 grown from the exported ResNet-18, its added blocks and its last layer trained on."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for suffix in (".safetensors", ".json"):
        shutil.copy(exported.with_suffix(suffix), weights)
    monkeypatch.setattr("resnet_demo.weights.sources.assets_dir", lambda: tmp_path)
    deep = grow(decoded, 18, 34, seed=0)
    added = {name for name in deep.state_dict() if name not in decoded.state_dict()}
    with torch.no_grad():
        for name, value in deep.state_dict().items():
            if name in added and name.endswith("bn2.weight"):
                value.fill_(0.3)
        deep.fc.bias += 0.25
    finished = replace(export.Finished.read(made_run), weights=deep.state_dict())
    finished.about["depth"] = 34
    transform = Transform(32, 32, "bilinear", MEAN, STD)
    val = export.Labelled(made_data, "val", "made photos")
    card = export.export(finished, made_run / "log.jsonl", val, weights, "8", transform, rest_of=18)

    file = weights / "resnet34-tiny-imagenet.safetensors"
    stored = load_file(file)
    names = {name.removesuffix(".scale") for name in stored}
    assert names == {name for name in added if not name.endswith("num_batches_tracked")} | {"fc.bias"}
    assert (card.rest_of, card.size_bytes, card.sha256) == (18, file.stat().st_size, sha256_of(file))
    network = choices.load(34, "tiny-imagenet")
    assert network.card == card and sum(p.numel() for p in network.parameters()) == card.parameters
    for name, value in network.state_dict().items():
        if name not in names:
            assert torch.equal(value, decoded.state_dict().get(name, torch.tensor(0))), name
        elif name + ".scale" in stored:
            assert (value - deep.state_dict()[name]).abs().amax((1, 2, 3)).le(stored[name + ".scale"] * 0.51).all()
        else:
            assert torch.equal(value, deep.state_dict()[name]), name
