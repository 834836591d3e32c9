"""The laboratory finds what a person names, and hands the studies the engine's own network and view."""

import threading

import numpy as np
import pytest

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.engine.turns import Waiting
from resnet_demo.errors import Cancelled, InputError
from resnet_demo.results import AnalysisRequest
from resnet_demo.settings import Settings


@pytest.fixture(scope="module")
def laboratory():
    return Laboratory(Engine(device="cpu", settings=Settings()))


@pytest.fixture(scope="module")
def photo():
    return np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)


def test_before_a_lesion_the_network_answers_as_it_does_for_the_engine(laboratory, photo):
    answer = laboratory.engine.analyze(photo, target="espresso")
    board = laboratory.single_lesions(photo, 18, target="espresso")
    assert board.target == answer.target.index
    assert [p.label for p in board.clean.predictions] == [p.label for p in answer.predictions]
    for ours, theirs in zip(board.clean.predictions, answer.predictions, strict=True):
        assert ours.probability == pytest.approx(theirs.probability, abs=1e-4)


def test_the_output_map_of_a_stages_last_block_is_the_engines_map_of_the_stage(laboratory, photo):
    cam = laboratory.engine.analyze(photo, target="tabby").stages["layer3"].cam
    maps = laboratory.block_maps(photo, 18, target="tabby", block="layer3.1")
    np.testing.assert_allclose(maps.output, cam, rtol=0, atol=1e-4 * np.abs(cam).max())


def test_all_blocks_are_cut_where_none_are_named(laboratory, photo):
    assert len(laboratory.lesion_set(photo, 18).blocks) == 8
    assert laboratory.lesion_set(photo, 18, blocks=["layer2.1"]).blocks == ("layer2.1",)


@pytest.mark.parametrize(
    "ask",
    [
        lambda lab, photo: lab.block_maps(photo, 18, block="layer4.7"),
        lambda lab, photo: lab.lesion_set(photo, 18, blocks=["layer4.1", "stem"]),
        lambda lab, photo: lab.ablate_channels(photo, 18, stage="layer9", channels_cut=[0]),
        lambda lab, photo: lab.ablate_channels(photo, 18, stage="layer4", channels_cut=[512]),
        lambda lab, photo: lab.excite_channel(18, stage="stem", channel=64),
        lambda lab, photo: lab.effective_field(photo, 18, stage="layer4", row=99, column=0),
        lambda lab, photo: lab.single_lesions(photo, 18, target="no such class"),
        lambda lab, photo: lab.single_lesions(b"no photo", 18),
        lambda lab, photo: lab.faithfulness(photo, 18, stages=("layer5",)),
        lambda lab, photo: lab.randomisation(photo, 18, stages=("layer5",)),
    ],
)
def test_what_the_network_does_not_have_is_named(laboratory, photo, ask):
    with pytest.raises(InputError):
        ask(laboratory, photo)


def test_the_faithfulness_curves_start_from_the_engines_probability(laboratory, photo):
    answer = laboratory.engine.analyze(photo)
    found = laboratory.faithfulness(photo, 18, stages=("layer4",), steps=4)
    assert found.target == answer.target.index
    assert found.probability == pytest.approx(answer.predictions[0].probability, abs=1e-4)
    assert found.stages["layer4"].map.deletion[0] == pytest.approx(found.probability, abs=1e-4)


def test_the_randomisation_check_starts_from_the_engines_map_and_repeats(laboratory, photo):
    cam = laboratory.engine.analyze(photo).stages["layer4"].cam
    found, again = (laboratory.randomisation(photo, 18, stages=("layer4",), draws=1) for _ in range(2))
    np.testing.assert_allclose(found.maps["layer4"], cam, rtol=0, atol=1e-4 * np.abs(cam).max())
    np.testing.assert_array_equal(found.correlations["layer4"], again.correlations["layer4"])


def test_the_randomisation_check_leaves_the_engines_network_as_it_was(laboratory, photo):
    before = laboratory.engine.analyze(photo)
    laboratory.randomisation(photo, 18, stages=("layer4",), draws=1)
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

    laboratory.single_lesions(photo, 18, progress=progress, waiting=Waiting(visitor="one"))
    order.append("study")
    other.join(30)
    assert order == ["first step", "photo", "study"]


def test_a_study_stops_when_asked_and_the_device_is_free_again(laboratory, photo):
    steps = []
    with pytest.raises(Cancelled):
        laboratory.excite_channel(
            18, stage="layer1", channel=3, progress=steps.append, waiting=Waiting(stop=lambda: len(steps) >= 2)
        )
    assert 2 <= len(steps) < 10
    assert len(laboratory.residual_profile([photo], 18)) == 8


def test_the_architecture_of_a_depth_needs_no_weights_loaded(laboratory):
    described = laboratory.architecture(152, "imagenet1k-v1")
    assert (152, "imagenet1k-v1") not in laboratory.engine.loaded()
    assert described.multiply_adds == laboratory.engine.network_info(152, "imagenet1k-v1").multiply_adds
