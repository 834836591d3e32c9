"""``compare``, ``blocks``, ``ledger``, ``architecture``: their numbers are those of the engine and of torchvision."""

from __future__ import annotations

import json
import os
import re
from dataclasses import astuple

import numpy as np
import pytest
import torchvision.models

from resnet_demo import Engine, Settings
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.page.examples import collection_told
from resnet_demo.results import Atlas, Failed, Ledger, LesionBoard, Occlusion, ResidualProfile
from resnet_demo.results.json import from_json
from resnet_demo.studies.filters import first_filters
from resnet_demo.studies.tuning import tuning
from resnet_demo.weights import choices
from tests.cli.conftest import EXAMPLES

COFFEE = EXAMPLES / "coffee.png"
BLOCKS = [f"layer{stage}.{block}" for stage in (1, 2, 3, 4) for block in (0, 1)]


def test_depths_stand_side_by_side(run, own_file):
    said = run("compare", COFFEE, "--depths", "18,34", "--weights", own_file, "--top-k", "2")
    lines = said.out.splitlines()
    assert said.code == 0 and lines[0] == str(COFFEE)
    assert lines[1].split() == ["ResNet-18", "ResNet-34"]
    assert lines[2].split() == ["weights", "tiny-imagenet", "file"]
    assert "espresso" in lines[3] and "class " in lines[3]
    assert "The networks know no class in common" in said.out
    assert "of the layer4 maps, which explain different classes." in said.out


def test_how_a_compared_photo_was_read_is_said_and_what_two_photos_agree_in(run, own_file, endless):
    said = run("compare", endless, COFFEE, "--depths", "18,34", "--weights", own_file)
    assert said.err.splitlines() == [f"{endless}: The file lacks its end mark; every pixel was there."]
    assert said.out.count("Maps of two different photos reach 0.34 ± 0.20.") == 2


def test_a_comparison_as_json_is_the_engines(run, own_file):
    said = run("compare", COFFEE, "--depths", "34,18", "--weights", own_file, "--json")
    found = from_json(json.loads(said.out))
    fresh = Engine(settings=Settings(weights_file=own_file)).compare(COFFEE, [34, 18])
    for ours, theirs in zip(found.answers, fresh.answers, strict=True):
        assert ours.analysis.predictions == theirs.analysis.predictions
        assert np.array_equal(ours.analysis.stages["layer4"].cam, theirs.analysis.stages["layer4"].cam)
    assert found.pairs == fresh.pairs and found.shared_classes == 0


def test_a_comparison_can_be_kept_as_a_picture(run, own_file, surroundings, broken):
    said = run("compare", COFFEE, broken, "--depths", "18,34", "--weights", own_file, "--out", "o", "--json")
    assert said.code == 1 and "broken.png" in said.err
    assert os.listdir(surroundings / "o") == ["coffee"]
    assert sorted(os.listdir(surroundings / "o" / "coffee")) == ["comparison.json", "layer4.png"]
    assert isinstance(from_json(json.loads(said.out.splitlines()[1])), Failed)


def test_a_class_that_one_of_the_networks_knows_is_explained_there(run, own_file):
    said = run("compare", COFFEE, "--depths", "34,18", "--weights", own_file, "--class", "koala", "--json")
    assert said.code == 0 and from_json(json.loads(said.out)).answers[1].analysis.target.label == "koala"
    nobody = run("compare", COFFEE, "--depths", "34,18", "--weights", own_file, "--class", "unicorn")
    assert nobody.code == 2 and "“unicorn” is none of them" in nobody.err


def test_weights_that_are_not_here_leave_3(run):
    said = run("compare", COFFEE, "--depths", "101,18", "--weights", "imagenet1k-v1")
    assert said.code == 3 and "ResNet-101" in said.err and said.out == ""


def test_every_block_has_a_line(run, broken):
    said = run("blocks", COFFEE, broken)
    lines = said.out.splitlines()
    assert lines[0] == "ResNet-18, Bundled, 200 classes: coffee.png"
    assert [line.split()[0] for line in lines[2:10]] == BLOCKS
    assert [line.split()[1] for line in lines[2:10]] == ["identity", "identity", *["projection", "identity"] * 3]
    assert said.code == 1 and "broken.png" in said.err


def test_the_maps_inside_blocks_come_along_in_the_kind_asked_for(run):
    found = from_json(json.loads(run("blocks", COFFEE, "--kind", "hirescam").out))
    ((*maps,),) = found.maps
    assert [each.name for each in maps] == BLOCKS
    stage = Engine(settings=Settings()).analyze(COFFEE, channels=0).stages["layer3"]
    # A stage's map is that of its last block's output.
    np.testing.assert_allclose(maps[5].output, stage.cams["hirescam"], atol=1e-5 * np.abs(stage.cams["hirescam"]).max())
    ((*both,),) = from_json(json.loads(run("blocks", COFFEE, "--kind", "hirescam", "--kind", "grad-cam").out)).maps
    assert [each.kind for each in both] == ["hirescam"] * 8 + ["grad-cam"] * 8
    np.testing.assert_allclose(both[13].output, stage.cam, atol=1e-5 * np.abs(stage.cam).max())


def test_blocks_as_json_are_the_laboratorys(run):
    found = from_json(json.loads(run("blocks", COFFEE, EXAMPLES / "koala.webp", "--json", "--class", "espresso").out))
    laboratory = Laboratory(Engine(settings=Settings()))
    profile = laboratory.run(ResidualProfile, [COFFEE, EXAMPLES / "koala.webp"], 18).blocks
    assert [block.name for block in found.profile] == BLOCKS
    for ours, theirs in zip(found.profile, profile, strict=True):
        assert np.array_equal(ours.ratios, theirs.ratios) and np.array_equal(ours.zeros, theirs.zeros)
    board = laboratory.run(LesionBoard, COFFEE, 18, target="espresso")
    assert [lesion.probability_change for lesion in found.lesions[0].lesions] == [
        pytest.approx(lesion.probability_change, abs=1e-6) for lesion in board.lesions
    ]
    assert found.photos == ("coffee.png", "koala.webp") and found.network.depth == 18


def test_a_ledger_adds_up_to_the_logit_that_explain_tells(run, broken):
    words = (COFFEE, "--class", "espresso", "--json")
    (ledger, failed) = map(json.loads, run("ledger", broken, *words).out.splitlines()[::-1])
    (explained,) = map(json.loads, run("explain", *words, "--channels", "0").out.splitlines())
    logit = next(p["logit"] for p in explained["predictions"] if p["label"] == "espresso")
    assert ledger["logit"] == pytest.approx(logit, abs=1e-4) and ledger["photo"] == "coffee.png"
    assert sum(each["value"] for each in ledger["contributions"]) == pytest.approx(logit, abs=1e-4)
    assert sum(ledger["stages"].values()) == pytest.approx(logit, abs=1e-4)
    assert [each["name"] for each in ledger["contributions"] if each["part"] == "branch"] == BLOCKS
    assert isinstance(from_json(failed), Failed) and isinstance(from_json(ledger), Ledger)


def test_a_ledger_of_several_photos_ends_with_their_mean_and_spread(run):
    said = run("ledger", COFFEE, EXAMPLES / "koala.webp", "--contrast", "tabby")
    lines = said.out.splitlines()
    assert said.code == 0 and lines[0].startswith(f"{COFFEE}: logit of espresso rather than tabby ")
    assert [line.split()[0] for line in lines[-6:]] == ["stem", "layer1", "layer2", "layer3", "layer4", "fc"]
    assert lines[-8] == "2 photos, each for its own class:"


def test_an_occlusion_is_the_laboratorys_in_words_and_as_json(run):
    words = ("occlude", COFFEE, "--places", "3", "--fill", "blur", "--class", "espresso")
    document = json.loads(run(*words, "--json").out)
    found = Laboratory(Engine(settings=Settings())).run(Occlusion, COFFEE, 18, target="espresso", fill="blur", places=3)
    np.testing.assert_allclose(from_json(document).logits, found.logits, atol=1e-5)
    assert document["photo"] == "coffee.png"
    lines = run(*words).out.splitlines()
    told = [[float(word.replace("−", "-")) for word in line.split()] for line in lines[1:4]]
    np.testing.assert_allclose(told, found.drops, atol=0.0051)
    assert "espresso" in lines[0] and lines[4].startswith("most in row ")


@pytest.mark.parametrize("depth", [18, 50])
def test_the_architecture_has_torchvisions_number_of_parameters(run, depth):
    said = run("architecture", "--depth", depth)
    weights = torchvision.models.get_model_weights(f"resnet{depth}").DEFAULT
    assert f"{weights.meta['num_params']:,} parameters" in said.out.splitlines()[-1]
    found = from_json(json.loads(run("architecture", "--depth", depth, "--json").out))
    assert found.parameters == weights.meta["num_params"]
    assert found.multiply_adds / 1e9 == pytest.approx(weights.meta["_ops"], rel=0.02)


def test_the_tuning_as_a_table_and_as_json_are_the_same_shares(run, monkeypatch):
    monkeypatch.setitem(tuning.__kwdefaults__, "side", 32)  # smaller pictures, and the same way
    table = run("stimuli", "--depth", 18).out.splitlines()
    found = from_json(json.loads(run("stimuli", "--depth", 18, "--json").out))
    assert table[0] == "ResNet-18, tiny-imagenet" and table[1].split()[2:] == list(found.stages)
    for line in table[2:12]:
        name, *shares = line.split(maxsplit=1)[0], *re.findall(r"([\d.]+) %", line)
        both = [(each.shares[name], each.null_shares.get(name)) for each in found.stages.values()]
        expected = [share for each in both for share in each if share is not None]
        assert [float(share) for share in shares] == [pytest.approx(100 * share, abs=0.06) for share in expected]
    assert [line.split(maxsplit=1)[0] for line in table[2:12]] == list(next(iter(found.stages.values())).indices)


def test_a_channel_is_told_as_text_and_as_json(run):
    kernel = first_filters(choices.load(18, "tiny-imagenet")).of(4)
    said = run("channel", "stem.4", "--depth", 18).out
    assert said.startswith("stem.4") and f"{kernel.orientation:.0f} degrees" in said
    found = from_json(json.loads(run("channel", "stem.4", "--depth", 18, "--json").out))
    assert astuple(found.filter) == pytest.approx(astuple(kernel), rel=1e-4)
    assert (found.stage, found.channel) == ("stem", 4)
    assert run("channel", "layer3.117").out.startswith("layer3.117")


def test_a_channels_patches_are_told_and_found_where_weights_come_without(run, own_file):
    found = from_json(json.loads(run("channel", "layer4.40", "--json").out)).patches
    stored = Laboratory(Engine(settings=Settings())).run(Atlas, None, 18).patches
    assert found == stored.of("layer4", 40) and len(found) == 9
    said = run("channel", "layer4.40").out.splitlines()[-9:]
    assert [line.split("  ")[0] for line in said] == [collection_told()[each.photo]["title"]["en"] for each in found]
    assert "patches" not in run("channel", "layer4.3", "--weights", own_file).out
    looked_for = from_json(json.loads(run("channel", "layer4.3", "--weights", own_file, "--patches", "--json").out))
    assert 0 < len(looked_for.patches) <= 9 and looked_for.patches[0].relative == 1


@pytest.mark.parametrize("name", ["layer9.1", "layer3", "layer3.x", "stem.64"])
def test_a_channel_that_there_is_not_is_wrong_usage(run, name):
    assert run("channel", name).code == 2


def test_the_view_and_the_classes_are_those_of_the_weights_or_as_asked_for(run):
    bundled = from_json(json.loads(run("architecture", "--weights", "tiny-imagenet", "--json").out))
    card = json.loads((assets_dir() / "weights" / "resnet18-tiny-imagenet.json").read_text(encoding="utf-8"))
    assert bundled.view_size == (card["transform"]["crop"],) * 2 and bundled.units[-1].output_shape == (200, 1, 1)
    assert from_json(json.loads(run("architecture", "--view", "96", "--json").out)).view_size == (96, 96)
