"""Files of one's own: what is loaded is what they and their cards say."""

import json
import os
from dataclasses import replace

import pytest
import torch
import torchvision.models

from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError, WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.network.resnet import resnet
from resnet_demo.results import ClassInfo
from resnet_demo.settings import Settings
from resnet_demo.weights import choices, own_files, registry
from resnet_demo.weights.cards import card_to_json
from resnet_demo.weights.imagenet import imagenet_classes
from tests.randomised import randomise
from tests.weights.own import own, view

BUNDLED = assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors"


@pytest.mark.parametrize("depth", (18, 50))
def test_a_state_dict_in_torchvisions_format_answers_as_torchvisions_network_does(depth, tmp_path):
    theirs = randomise(getattr(torchvision.models, f"resnet{depth}")(), seed=depth)
    torch.save(theirs.state_dict(), tmp_path / f"resnet{depth}.pth")
    network = choices.load(depth, settings=Settings(weights_dir=tmp_path))
    with torch.inference_mode():
        expected, logits = theirs(view()), network(view())
    assert expected.isfinite().all()
    torch.testing.assert_close(logits, expected)
    card = network.card
    assert card.classes == imagenet_classes()
    assert card.transform == registry.published(depth)[0].transform
    assert card.parameters == registry.published(depth)[0].parameters
    assert "taken for ImageNet" in card.title
    assert (card.name, card.depth, card.top1) == ("file", depth, None)


def test_other_numbers_of_outputs_are_classes_without_names_and_the_title_says_so(tmp_path):
    own(tmp_path / "resnet18.safetensors")
    settings = Settings(weights_dir=tmp_path)
    expected = tuple(ClassInfo(i, None, f"class {i}") for i in range(3))
    assert choices.load(18, settings=settings).card.classes == expected
    row = choices.choices(18, settings)[0]
    assert (row.name, row.available, row.classes) == ("file", True, 3)
    assert row.title == "resnet18.safetensors, 3 classes without names"
    assert row.composed == ("unnamed", "resnet18.safetensors")
    assert row.size_bytes == (tmp_path / "resnet18.safetensors").stat().st_size


@pytest.mark.parametrize("suffix", own_files.SUFFIXES)
def test_a_folder_is_searched_for_every_suffix_that_people_use(suffix, tmp_path):
    own(tmp_path / f"resnet18{suffix}")
    (tmp_path / "resnet18.json").write_text('{"classes": ["cat", "dog", "newt"]}')
    settings = Settings(weights_dir=tmp_path)
    assert [c.label for c in choices.load(18, settings=settings).card.classes] == ["cat", "dog", "newt"]


def test_what_a_folder_passes_over_is_said(tmp_path):
    for name in ("resnet18.pth", "resnet18.pt", "best.ckpt", "notes.txt"):
        own(tmp_path / name)
    said = {file.name: why for file, why in own_files.passed_over(tmp_path)}
    assert sorted(said) == ["best.ckpt", "resnet18.pt"]
    assert "not called resnet18" in said["best.ckpt"]
    assert "another file is taken" in said["resnet18.pt"]


def test_a_path_serves_in_place_of_a_name_and_a_text_never_does(tmp_path):
    state = own(tmp_path / "mine.pt")
    assert torch.equal(choices.load(18, tmp_path / "mine.pt").fc.weight, state["fc.weight"])
    with pytest.raises(InputError, match="no weights called"):
        choices.load(18, str(tmp_path / "mine.pt"))


NAMES = ["crème brûlée", "dog", "newt"]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("resnet18.json", json.dumps({"classes": NAMES})),
        ("resnet18.json", json.dumps({"id2label": dict(enumerate(NAMES))})),
        ("config.json", json.dumps({"architectures": ["ResNet"], "id2label": dict(enumerate(NAMES))})),
        ("labels.txt", "\r\n".join(NAMES) + "\r\n"),
    ],
)
def test_names_of_classes_are_found_beside_the_file(name, content, bom, tmp_path):
    own(tmp_path / "resnet18.pth")
    (tmp_path / name).write_text(bom + content, encoding="utf-8")
    card = choices.card_of(18, "file", Settings(weights_dir=tmp_path))
    assert [c.label for c in card.classes] == NAMES
    assert "without names" not in card.title


def test_names_in_the_file_itself_come_before_those_beside_it_and_after_the_cards(tmp_path):
    torch.save({"model": randomise(resnet(18, 2)).state_dict(), "classes": ["a", "b"]}, tmp_path / "resnet18.pth")
    (tmp_path / "labels.txt").write_text("c\nd\n")
    settings = Settings(weights_dir=tmp_path)
    assert [c.label for c in choices.card_of(18, "file", settings).classes] == ["a", "b"]
    (tmp_path / "resnet18.json").write_text('{"classes": ["e", "f"]}')
    assert [c.label for c in choices.card_of(18, "file", settings).classes] == ["e", "f"]


def test_names_for_another_number_of_classes_are_left_alone_and_it_is_said(tmp_path):
    own(tmp_path / "resnet18.pth")
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    card = choices.card_of(18, "file", Settings(weights_dir=tmp_path))
    assert card.classes[0].label == "class 0"
    assert own_files.notes(tmp_path / "resnet18.pth", Settings()) == ["labels.txt names 2 classes, not 3"]


@pytest.mark.parametrize("content", ["[1, 2]", '{"epoch": 3, "loss": [0.5]}', '{"train": {"lr": 1}}'])
def test_an_unrelated_json_beside_the_weights_is_left_alone(content, tmp_path):
    own(tmp_path / "resnet18.pth")
    (tmp_path / "resnet18.json").write_text(content)
    assert len(choices.load(18, settings=Settings(weights_dir=tmp_path)).card.classes) == 3
    assert own_files.notes(tmp_path / "resnet18.pth", Settings()) == ["resnet18.json is no card and is left alone"]


def test_one_output_is_a_sigmoids_and_several_are_where_it_is_said(tmp_path):
    own(tmp_path / "resnet18.pth", classes=1)
    own(tmp_path / "resnet34.pth", depth=34)
    settings = Settings(weights_dir=tmp_path)
    assert choices.card_of(18, "file", settings).activation == "sigmoid"
    assert choices.card_of(34, "file", settings).activation == "softmax"
    assert choices.card_of(34, "file", replace(settings, activation="sigmoid")).activation == "sigmoid"
    (tmp_path / "resnet34.json").write_text('{"activation": "softmax"}')
    assert choices.card_of(34, "file", replace(settings, activation="sigmoid")).activation == "softmax"


def test_a_grey_network_has_its_photos_made_grey(tmp_path):
    state = own(tmp_path / "x.pth")
    torch.save(state | {"conv1.weight": state["conv1.weight"][:, :1].clone()}, tmp_path / "resnet18.pth")
    settings = Settings(weights_dir=tmp_path)
    transform = choices.card_of(18, "file", settings).transform
    assert (transform.grey, len({*transform.mean})) == (True, 1)
    mine = {"resize": 64, "crop": 64, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.25] * 3}
    (tmp_path / "resnet18.json").write_text(json.dumps({"transform": mine}))
    assert choices.card_of(18, "file", settings).transform.grey
    (tmp_path / "resnet18.json").write_text(json.dumps({"transform": mine | {"mean": [0.4, 0.5, 0.6]}}))
    with pytest.raises(WeightsMismatch, match="grey"):
        choices.card_of(18, "file", settings)


def test_a_name_that_is_no_text_is_refused_in_text(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff.pth")
    path.write_bytes(b"PK")
    with pytest.raises(WeightsCorrupt, match="rename") as caught:
        choices.card_of(18, path)
    assert json.dumps(caught.value.details, ensure_ascii=False).encode("utf-8")


def test_in_a_folder_safetensors_come_before_pth(tmp_path):
    own(tmp_path / "resnet18.pth", classes=2)
    assert choices.find(18, "file", Settings(weights_dir=tmp_path)).name == "resnet18.pth"
    own(tmp_path / "resnet18.safetensors", classes=3)
    assert choices.find(18, "file", Settings(weights_dir=tmp_path)).name == "resnet18.safetensors"


def test_a_named_file_serves_the_depth_it_holds_and_comes_before_the_folder(tmp_path):
    state = own(tmp_path / "mine" / "best.ckpt", depth=34)
    own(tmp_path / "resnet34.pth", depth=34, classes=2)
    own(tmp_path / "resnet18.pth", classes=2)
    settings = Settings(weights_file=tmp_path / "mine" / "best.ckpt", weights_dir=tmp_path)
    network = choices.load(34, settings=settings)
    assert torch.equal(network.fc.weight, state["fc.weight"])
    assert choices.find(18, "auto", settings) == tmp_path / "resnet18.pth"
    assert [c.name for c in choices.choices(101, settings)] == [c.name for c in choices.choices(101)]


def test_a_card_beside_a_file_names_its_classes_and_its_transform(tmp_path):
    own(tmp_path / "resnet18.safetensors")
    transform = {"resize": 96, "crop": 64, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.25] * 3}
    card = {"classes": ["cat", "dog", "newt"], "transform": transform, "temperature": 2.5, "top1": 0.9}
    (tmp_path / "resnet18.json").write_text(json.dumps(card))
    settings = Settings(weights_dir=tmp_path)
    found = choices.load(18, settings=settings).card
    assert found == choices.card_of(18, "file", settings)
    assert [c.label for c in found.classes] == ["cat", "dog", "newt"]
    assert (found.transform.resize, found.transform.mean, found.temperature) == (96, (0.5,) * 3, 2.5)
    assert (found.title, found.top1) == ("resnet18.safetensors, 3 classes", 0.9)
    assert choices.choices(18, settings)[0].composed == ("classes", "resnet18.safetensors")
    (tmp_path / "resnet18.json").write_text(json.dumps({**card, "title": "my three, 3 classes"}))
    row = choices.choices(18, settings)[0]
    assert (row.title, row.composed) == ("my three, 3 classes", None)
    assert choices.choices(18)[0].composed is None


def test_a_whole_card_of_other_weights_names_the_file_still(tmp_path):
    (tmp_path / "resnet18.safetensors").write_bytes(BUNDLED.read_bytes())
    (tmp_path / "resnet18.json").write_text(card_to_json(choices.card_of(18, "tiny-imagenet")))
    card = choices.load(18, settings=Settings(weights_dir=tmp_path)).card
    assert (card.name, len(card.classes)) == ("file", 200)


@pytest.mark.parametrize(
    ("card", "kind", "words"),
    [
        ({"classes": ["cat"]}, WeightsMismatch, "3 classes.*describes ResNet-18 with 1 "),
        ({"depth": 50}, WeightsMismatch, "holds ResNet-18.*describes ResNet-50"),
        ({"sha256": "0" * 64}, WeightsCorrupt, "SHA-256 begins with.*not 00000000"),
        ({"size_bytes": 5}, WeightsCorrupt, "the card resnet18.json says 5"),
        ({"clases": ["cat"]}, WeightsCorrupt, "clases is no field"),
    ],
)
def test_a_card_that_does_not_fit_its_file_is_refused(card, kind, words, tmp_path):
    own(tmp_path / "resnet18.safetensors")
    (tmp_path / "resnet18.json").write_text(json.dumps(card))
    with pytest.raises(kind, match=words):
        choices.load(18, settings=Settings(weights_dir=tmp_path))


def test_a_file_named_for_another_depth_than_it_holds_is_refused(tmp_path):
    own(tmp_path / "resnet34.pth", depth=18)
    settings = Settings(weights_dir=tmp_path)
    with pytest.raises(WeightsMismatch, match=r"resnet34\.pth.*ResNet-18, not ResNet-34"):
        choices.load(34, settings=settings)
    row = choices.choices(34, settings)[0]
    assert (row.name, row.available, row.title) == ("file", False, "resnet34.pth (can't be used)")
    assert row.composed == ("unusable", "resnet34.pth")


def test_what_the_settings_name_and_is_not_there_is_not_passed_over(tmp_path):
    for settings, words in (
        (Settings(weights_file=tmp_path / "no.pth"), "RESNET_DEMO_WEIGHTS_FILE names a file"),
        (Settings(weights_dir=tmp_path / "no"), "RESNET_DEMO_WEIGHTS_DIR names a folder"),
    ):
        with pytest.raises(WeightsUnavailable, match=words):
            choices.load(18, settings=settings)
        row = choices.choices(18, settings)[0]
        assert (row.available, row.composed) == (False, ("missing", ""))
        assert choices.resolve(18, "tiny-imagenet", settings) == "tiny-imagenet"


def test_a_named_file_that_is_damaged_is_not_passed_over(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(b"PK\x03\x04 and no more")
    settings = Settings(weights_file=path)
    with pytest.raises(WeightsCorrupt, match=r"mine\.pth"):
        choices.resolve(18, "auto", settings)
    assert choices.choices(18, settings)[0].title == "mine.pth (can't be used)"
