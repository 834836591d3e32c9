"""The engine as programs of this field call it: their switches, their names and their types."""

from __future__ import annotations

import html
import io
import re
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights, ResNet50_Weights

from resnet_demo import AnalysisRequest, Engine, InputError, Settings, to_json
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.export import figure
from resnet_demo.photos.preprocess import prepare
from resnet_demo.results import Failed, ResidualProfile
from resnet_demo.weights.sources import source_of

COFFEE = assets_dir() / "examples" / "coffee.png"
OFFLINE = Settings(downloads="deny")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", settings=OFFLINE)


@contextmanager
def default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


SWITCHED = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "another default dtype": default_dtype,
    "another default device": lambda: torch.device("meta"),
}


@pytest.mark.parametrize("switched", SWITCHED)
def test_whatever_the_program_has_switched_the_answer_is_the_same_to_the_bit(engine, switched):
    expected, labels = engine.analyze(COFFEE), [p.label for p in engine.analyze(COFFEE).predictions]
    others = Engine(device="cpu", settings=OFFLINE)  # whose network is loaded under the switch, and used after it
    with SWITCHED[switched]():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype()
        answers = [others.analyze(COFFEE)]
        (classified,) = others.classify([COFFEE])
        profile = Laboratory(others).run(ResidualProfile, COFFEE, 18)
        assert before == (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_dtype())
    answers.append(others.analyze(COFFEE))
    for answer in answers:
        for name, stage in expected.stages.items():
            np.testing.assert_array_equal(answer.stages[name].cam, stage.cam)
    assert [p.label for p in classified.predictions] == labels
    assert to_json(profile) == to_json(Laboratory(engine).run(ResidualProfile, COFFEE, 18))


def test_every_kind_of_photo_gets_the_answer_of_its_file(engine):
    expected = engine.analyze(COFFEE)
    image = Image.open(COFFEE).convert("RGB")
    photos = [image, io.BytesIO(COFFEE.read_bytes()), np.asarray(image), torch.from_numpy(np.array(image) / 255)]
    for answer in (*engine.analyze_many(photos), *map(engine.analyze, photos)):
        np.testing.assert_array_equal(answer.stages["layer4"].cam, expected.stages["layer4"].cam)
    for answer in engine.classify(photos):
        assert [p.label for p in answer.predictions] == [p.label for p in expected.predictions]
        logits = [p.logit for p in expected.predictions]
        assert [p.logit for p in answer.predictions] == pytest.approx(logits, rel=1e-5)  # a batch rounds otherwise


def test_photos_and_requests_may_stand_in_one_list_and_one_photo_alone_is_a_list_of_one(engine):
    asked = [str(COFFEE), AnalysisRequest(COFFEE, target="koala", stages="layer4"), 7]
    first, second, third = engine.analyze_many(asked, stages=["layer3"], channels=0, batch_size=np.int64(2))
    assert (list(first.stages), list(second.stages)) == (["layer3"], ["layer4"])
    assert second.target.label == "koala"
    assert isinstance(third, Failed) and third.error.code == "photo-type-unsupported"
    assert [answer.name for answer in engine.classify(str(COFFEE))] == ["coffee.png"]
    assert len(list(engine.analyze_many(COFFEE, stages="stem", channels=0))) == 1


def test_a_file_object_is_read_once_for_all_that_compare_it(engine):
    class Once(io.BytesIO):
        reads = 0

        def read(self, *size):
            Once.reads += 1
            return super().read(*size)

    assert len(engine.compare(Once(COFFEE.read_bytes()), ["18", 34]).answers) == 2
    assert Once.reads == 1


def test_a_depth_may_be_text_and_a_stage_stand_alone(engine):
    answer = engine.analyze(COFFEE, depth="18", stages="layer4", top_k=np.int32(2))
    assert answer.network.depth == 18 and list(answer.stages) == ["layer4"] and len(answer.predictions) == 2


@pytest.mark.parametrize(
    ("depth", "name", "meant"),
    [
        (50, "IMAGENET1K_V2", "imagenet1k-v2"),
        (50, "DEFAULT", "imagenet1k-v2"),
        (18, "DEFAULT", "imagenet1k-v1"),
        (50, ResNet50_Weights.DEFAULT, "imagenet1k-v2"),
        (50, ResNet50_Weights.IMAGENET1K_V1, "imagenet1k-v1"),
        ("18", "ResNet18_Weights.IMAGENET1K_V1", "imagenet1k-v1"),
    ],
)
def test_torchvisions_names_of_weights_mean_what_they_say(depth, name, meant):
    assert source_of(depth, name, OFFLINE).name == meant


def test_weights_of_another_depth_are_refused_by_name(engine):
    with pytest.raises(InputError, match="ResNet18_Weights.IMAGENET1K_V1 are not for a ResNet-50"):
        engine.network_info(50, ResNet18_Weights.DEFAULT)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"depth": 18.5}, "depth-unknown"),
        ({"depth": None}, "depth-unknown"),
        ({"stages": 4}, "stage-unknown"),
        ({"stages": ["layer9"]}, "stage-unknown"),
        ({"target": [1, 2]}, "class-unknown"),
        ({"target": 1.5}, "class-unknown"),
        ({"top_k": "5"}, "number-too-small"),
        ({"weights": None}, "weights-unknown"),
        ({"photo": None}, "photo-type-unsupported"),
    ],
)
def test_what_can_not_be_used_is_a_value_error_that_says_so(engine, change, code):
    with pytest.raises(ValueError) as told:
        engine.analyze(**{"photo": COFFEE, **change})
    assert isinstance(told.value, InputError) and told.value.code == code


def test_a_device_may_be_pytorchs_own():
    assert Engine(device=torch.device("cpu"), settings=OFFLINE).device.type == "cpu"


def test_an_analysis_shows_itself_in_a_notebook_and_asks_nobody_for_anything(engine):
    answer = engine.analyze(COFFEE, stages="layer4", channels=2)
    (frame,) = re.findall(r'^<iframe srcdoc="([^"]*)"', answer._repr_html_())
    page = html.unescape(frame)
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>") and "coffee.png" in page
    assert replace(answer, view=None)._repr_html_() is None
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)


def test_an_analysis_is_a_figure_and_a_dictionary(engine):
    answer = engine.analyze(COFFEE, stages="layer4", channels=2)
    assert np.array_equal(np.asarray(answer.figure(kind="layercam")), np.asarray(figure(answer, kind="layercam")))
    assert answer.to_dict(maps="lists") == to_json(answer, maps="lists")
    (classified,) = engine.classify(COFFEE)
    assert classified.to_dict() == to_json(classified)


@pytest.mark.parametrize("change", [{}, {"grey": True}, {"soften": 100}, {"interpolation": "bicubic"}])
def test_a_cards_transforms_give_what_the_network_is_given(engine, change):
    card = engine.network(18).card
    card = replace(card, transform=replace(card.transform, **change))
    photo = Image.open(COFFEE).convert("RGB")
    expected = prepare(np.asarray(photo), card.transform).tensor
    torch.testing.assert_close(card.transforms()(photo), expected, rtol=0, atol=1e-6)


def test_the_hub_finds_the_networks_in_a_clone():
    network = torch.hub.load(str(assets_dir().parent), "resnet18", source="local", weights="tiny-imagenet")
    assert network.card.name == "tiny-imagenet" and network.fc.out_features == 200
