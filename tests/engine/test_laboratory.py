"""The laboratory finds what a person names, and hands the studies the engine's own network and view."""

import threading

import numpy as np
import pytest

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.laboratory import STUDIES, Laboratory
from resnet_demo.engine.turns import Waiting
from resnet_demo.errors import Cancelled, InputError
from resnet_demo.results import (
    STAGES,
    AnalysisRequest,
    BlockMaps,
    CellActivations,
    ChannelAblation,
    ChannelImage,
    EffectiveField,
    Faithfulness,
    Lesion,
    LesionBoard,
    Patches,
    Randomisation,
    Readout,
    ResidualProfile,
    Tuning,
)
from resnet_demo.settings import Settings


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory(Engine(device="cpu", settings=Settings()))


@pytest.fixture(scope="module")
def photo():
    return np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)


def test_before_a_lesion_the_network_answers_as_it_does_for_the_engine(laboratory, photo):
    answer = laboratory.engine.analyze(photo, target="espresso")
    board = laboratory.run(LesionBoard, photo, 18, target="espresso")
    assert board.target == answer.target.index
    assert [p.label for p in board.clean.predictions] == [p.label for p in answer.predictions]
    for ours, theirs in zip(board.clean.predictions, answer.predictions, strict=True):
        assert ours.probability == pytest.approx(theirs.probability, abs=1e-4)


def test_the_output_map_of_a_stages_last_block_is_the_engines_map_of_the_stage(laboratory, photo):
    cam = laboratory.engine.analyze(photo, target="tabby").stages["layer3"].cam
    maps = laboratory.run(BlockMaps, photo, 18, target="tabby", block="layer3.1")
    np.testing.assert_allclose(maps.output, cam, rtol=0, atol=1e-4 * np.abs(cam).max())


def test_all_blocks_are_cut_where_none_are_named(laboratory, photo):
    assert len(laboratory.run(Lesion, photo, 18).blocks) == 8
    assert laboratory.run(Lesion, photo, 18, blocks=["layer2.1"]).blocks == ("layer2.1",)


@pytest.mark.parametrize(
    ("finding", "question"),
    [
        (BlockMaps, {"block": "layer4.7"}),
        (Lesion, {"blocks": ["layer4.1", "stem"]}),
        (ChannelAblation, {"stage": "layer9", "channels": [0]}),
        (ChannelAblation, {"stage": "layer4", "channels": [512]}),
        (ChannelImage, {"stage": "stem", "channel": 64}),
        (EffectiveField, {"stage": "layer4", "row": 99, "column": 0}),
        (CellActivations, {"stage": "layer4", "row": 0, "column": 99}),
        (LesionBoard, {"target": "no such class"}),
        (Faithfulness, {"stages": ("layer5",)}),
        (Randomisation, {"stages": ("layer5",)}),
    ],
)
def test_what_the_network_does_not_have_is_named(laboratory, photo, finding, question):
    with pytest.raises(InputError):
        laboratory.run(finding, photo, 18, **question)


def test_what_is_no_photo_is_refused(laboratory):
    with pytest.raises(InputError):
        laboratory.run(LesionBoard, b"no photo", 18)


QUESTIONS = {
    BlockMaps: {"block": "layer2.0"},
    CellActivations: {"stage": "layer3", "row": 0, "column": 0},
    ChannelAblation: {"stage": "layer2", "channels": [0]},
    ChannelImage: {"stage": "layer1", "channel": 0, "steps": 1},
    EffectiveField: {"stage": "layer3", "row": 0, "column": 0},
    Faithfulness: {"stages": ("layer4",), "steps": 1},
    Patches: {"files": ["a photo.png"]},
    Randomisation: {"stages": ("layer4",), "draws": 1},
    Tuning: {"side": 16},
}


@pytest.mark.parametrize("finding", STUDIES, ids=lambda finding: finding.__name__)
def test_every_study_makes_the_finding_that_it_is_asked_for_by(laboratory, photo, finding):
    shown = [photo] * 6 if finding is Tuning else photo
    assert type(laboratory.run(finding, shown, 18, **QUESTIONS.get(finding, {}))) is finding


@pytest.mark.parametrize("photos", [[], None, ["a.png", "b.png"]])
def test_a_study_of_one_photo_takes_no_other_number(laboratory, photos):
    with pytest.raises(ValueError, match="single_lesions is about one photo"):
        laboratory.run(LesionBoard, photos, 18)


def test_a_photo_is_not_read_for_a_study_of_the_weights_alone(laboratory):
    assert laboratory.run(ChannelImage, b"no photo", 18, stage="stem", channel=1, steps=1).channel == 1


def test_the_faithfulness_curves_start_from_the_engines_probability(laboratory, photo):
    answer = laboratory.engine.analyze(photo)
    found = laboratory.run(Faithfulness, photo, 18, stages=("layer4",), steps=4)
    assert found.target == answer.target.index
    assert found.probability == pytest.approx(answer.predictions[0].untempered, abs=1e-4)
    assert found.stages["layer4"].map.deletion[0] == pytest.approx(found.probability, abs=1e-4)


def test_the_randomisation_check_starts_from_the_engines_map_and_repeats(laboratory, photo):
    cam = laboratory.engine.analyze(photo).stages["layer4"].cam
    found, again = (laboratory.run(Randomisation, photo, 18, stages=("layer4",), draws=1) for _ in range(2))
    np.testing.assert_allclose(found.maps["layer4"], cam, rtol=0, atol=1e-4 * np.abs(cam).max())
    np.testing.assert_array_equal(found.correlations["layer4"], again.correlations["layer4"])


def test_the_randomisation_check_leaves_the_engines_network_as_it_was(laboratory, photo):
    before = laboratory.engine.analyze(photo)
    laboratory.run(Randomisation, photo, 18, stages=("layer4",), draws=1)
    np.testing.assert_array_equal(laboratory.engine.analyze(photo).stages["stem"].cam, before.stages["stem"].cam)


def test_a_study_lets_a_photo_that_waits_go_between_its_steps(laboratory, photo):
    order, engine = [], laboratory.engine

    def analyse():
        engine.run(AnalysisRequest(photo), Waiting(visitor="other"))
        order.append("photo")

    other = threading.Thread(target=analyse)

    def progress(made):
        if not order:
            order.append("first step")
            other.start()
            while engine.turns.waiting < 1:
                pass

    laboratory.run(LesionBoard, photo, 18, progress=progress, waiting=Waiting(visitor="one"))
    order.append("study")
    other.join(30)
    assert order == ["first step", "photo", "study"]


def test_a_study_stops_when_asked_and_the_device_is_free_again(laboratory, photo):
    steps = []
    with pytest.raises(Cancelled):
        laboratory.run(
            ChannelImage,
            None,
            18,
            stage="layer1",
            channel=3,
            progress=steps.append,
            waiting=Waiting(stop=lambda: len(steps) >= 2),
        )
    assert 2 <= len(steps) < 10
    assert len(laboratory.run(ResidualProfile, photo, 18).blocks) == 8


def test_the_architecture_of_a_depth_needs_no_weights_loaded(laboratory):
    described = laboratory.architecture(152, "imagenet1k-v1")
    assert (152, "imagenet1k-v1") not in laboratory.engine.loaded()
    assert described.multiply_adds == laboratory.engine.network_info(152, "imagenet1k-v1").multiply_adds


def test_the_probes_tell_the_same_from_an_answers_mean_activations_as_from_a_pass_of_their_own(laboratory, photo):
    answer = laboratory.engine.analyze(photo)
    told = laboratory.told_by_stage(answer)
    found = laboratory.run(Readout, photo, 18, target=answer.target.index)
    assert told.keys() == found.stages.keys() == set(STAGES)
    for stage, expected in found.stages.items():
        assert told[stage].predictions[0].label == expected.predictions[0].label
        assert told[stage].probability == pytest.approx(expected.probability, abs=1e-3)
