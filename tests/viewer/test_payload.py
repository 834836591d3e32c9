"""What crosses from Python to the browser, read back the way the browser reads it: base64, little-endian, row-major."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from resnet_demo.results import (
    KINDS,
    Analysis,
    Box,
    ClassInfo,
    NetworkInfo,
    PhotoInfo,
    Prediction,
    ReceptiveField,
    StageMaps,
    StageStats,
)
from resnet_demo.viewer.payload import PHOTO_SIDE, analysis_id, analysis_payload, feature_maps_payload
from tests.made_answers import made_ledger

SHAPES = {
    "stem": (64, 56, 56),
    "layer1": (256, 56, 56),
    "layer2": (512, 28, 28),
    "layer3": (1024, 14, 14),
    "layer4": (2048, 7, 7),
}
"""The stages of ResNet-50 for a view of 224 pixels."""


def stage(name: str, shown: int = 16, first_rank: int = 0) -> StageMaps:
    channels, height, width = SHAPES[name]
    random = np.random.default_rng(channels)
    evidence = random.normal(size=channels).astype(np.float32)
    ranking = np.argsort(-evidence, kind="stable").astype(np.int32)
    return StageMaps(
        name=name,
        shape=SHAPES[name],
        cams={kind: random.normal(size=(height, width)).astype(np.float32) for kind in KINDS},
        agreement=dict.fromkeys(KINDS[1:], 0.5) | {"layercam": None},
        weights=random.normal(size=channels).astype(np.float32),
        evidence=evidence,
        means=random.random(channels).astype(np.float32),
        peaks=random.random(channels).astype(np.float32),
        peak_cells=random.integers(0, height * width, channels, dtype=np.int32),
        ranking=ranking,
        first_rank=first_rank,
        channel_ids=ranking[first_rank : first_rank + shown],
        maps=random.random((shown, height, width)).astype(np.float16),
        scales=random.random(shown).astype(np.float32),
        receptive_field=ReceptiveField(11, 4, -5),
        stats=StageStats(0.0, 5.0, 0.25, 0.5),
    )


def photograph(height: int, width: int) -> np.ndarray:
    """Broad shapes under fine grain: about as hard to compress as a photo."""
    random = np.random.default_rng(3)
    coarse = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8)).resize((width, height), Image.BICUBIC)
    return np.clip(np.asarray(coarse) + random.normal(0, 5, (height, width, 3)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis(
        photo=PhotoInfo("</script><b>cat.jpg", 3000, 2000, photograph(683, 1024)),
        view=photograph(224, 224),
        box=Box(500.0, 0.0, 2500.0, 2000.0),
        network=NetworkInfo(
            50,
            "imagenet1k-v1",
            "ImageNet V1",
            1000,
            "Bottleneck",
            (3, 4, 6, 3),
            25_557_032,
            4_089_184_256,
            (224, 224),
            0.76130,
            0.92862,
            "ImageNet validation",
            1.0,
        ),
        predictions=(
            Prediction(281, "n02123045", "tabby", 0.75, 9.5, 0.75),
            Prediction(282, None, "tiger cat", 0.2, 8.0, 0.2),
        ),
        target=ClassInfo(281, "n02123045", "tabby"),
        contrast=None,
        ranked_by="evidence",
        stages={name: stage(name) for name in SHAPES},
        timings={"pass": np.float64(0.25)},
        device="CPU",
        precision="float32",
    )


def image_of(url: str, kind: str) -> Image.Image:
    head, data = url.split(",", 1)
    assert head == f"data:image/{kind};base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_the_maps_are_the_engines_to_the_bit(analysis):
    for sent in analysis_payload(analysis)["stages"]:
        made = analysis.stages[sent["name"]]
        assert list(sent["cams"]) == list(KINDS)
        for kind, text in sent["cams"].items():
            read = np.frombuffer(base64.b64decode(text), "<f4").reshape(sent["rows"], sent["columns"])
            np.testing.assert_array_equal(read, made.cams[kind])


def test_maps_of_other_memory_layouts_are_sent_row_by_row(analysis):
    made = analysis.stages["layer4"]
    turned = np.asfortranarray(made.cam.astype(">f4"))
    stages = {"layer4": replace(made, cams={"grad-cam": turned})}
    (sent,) = analysis_payload(replace(analysis, stages=stages))["stages"]
    read = np.frombuffer(base64.b64decode(sent["cams"]["grad-cam"]), "<f4").reshape(7, 7)
    np.testing.assert_array_equal(read, made.cam)


def test_the_view_is_exact_and_the_photo_small(analysis):
    payload = analysis_payload(analysis)
    np.testing.assert_array_equal(np.asarray(image_of(payload["view"]["src"], "png")), analysis.view)
    photo = image_of(payload["photo"]["src"], "jpeg")
    assert max(photo.size) == PHOTO_SIDE
    assert photo.size[0] / photo.size[1] == pytest.approx(3000 / 2000, rel=0.01)
    assert (payload["photo"]["width"], payload["photo"]["height"]) == (3000, 2000)


def test_both_payloads_are_json_that_every_reader_takes(analysis):
    for payload in (analysis_payload(analysis), feature_maps_payload(analysis, "layer4")):
        assert json.loads(json.dumps(payload, allow_nan=False)) == payload


def test_a_request_to_resnet_50_stays_small(analysis):
    assert len(json.dumps(analysis_payload(analysis))) < 420_000
    for name in SHAPES:
        assert len(json.dumps(feature_maps_payload(analysis, name))) < 420_000


def test_feature_maps_come_back_as_the_activations(analysis):
    sent = feature_maps_payload(analysis, "layer3")
    made = analysis.stages["layer3"]
    halves = np.frombuffer(base64.b64decode(sent["maps"]), "<f2").reshape(16, 14, 14)
    np.testing.assert_array_equal(halves, made.maps)
    np.testing.assert_array_equal(np.float32(sent["scales"]), made.scales)
    assert sent["ids"] == made.channel_ids.tolist()


def test_each_channel_carries_its_own_numbers(analysis):
    sent = feature_maps_payload(analysis, "layer2")
    made = analysis.stages["layer2"]
    for i, channel in enumerate(sent["ids"]):
        assert sent["weights"][i] == made.weights[channel]
        assert sent["evidence"][i] == made.evidence[channel]
        assert sent["means"][i] == made.means[channel]


def test_the_totals_are_those_of_all_channels_not_of_the_ones_sent(analysis):
    totals = feature_maps_payload(analysis, "layer4")["totals"]
    every = [float(e) for e in analysis.stages["layer4"].evidence]
    assert totals["for"] == pytest.approx(sum(e for e in every if e > 0), rel=1e-9)
    assert totals["against"] == pytest.approx(sum(e for e in every if e < 0), rel=1e-9)


def test_a_later_page_has_the_same_id_and_the_next_ranks(analysis):
    first = feature_maps_payload(analysis, "layer4")
    later = replace(analysis, stages={**analysis.stages, "layer4": stage("layer4", first_rank=16)})
    second = feature_maps_payload(later, "layer4")
    assert (second["id"], second["first_rank"]) == (first["id"], 16)
    assert not set(first["ids"]) & set(second["ids"])


def test_another_question_has_another_id(analysis):
    other = ClassInfo(282, None, "tiger cat")
    questions = [
        analysis,
        replace(analysis, target=other),
        replace(analysis, contrast=other),
        replace(analysis, view=analysis.view[::-1]),
        replace(analysis, photo=replace(analysis.photo, name="other.jpg")),
        replace(analysis, network=replace(analysis.network, depth=101)),
    ]
    assert len({analysis_id(question) for question in questions}) == len(questions)


def test_a_stage_that_was_not_asked_for_has_no_channels(analysis):
    with pytest.raises(KeyError):
        feature_maps_payload(replace(analysis, stages={}), "stem")


def test_results_read_back_without_pictures_can_still_be_shown(analysis):
    bare = replace(analysis, view=None, photo=replace(analysis.photo, preview=None))
    payload = analysis_payload(bare)
    assert payload["photo"]["src"] is None
    assert payload["view"] == {"width": 224, "height": 224, "src": None}


def test_a_class_that_is_explained_has_its_probability_and_rank_wherever_it_stands(analysis):
    everything = tuple(Prediction(i, None, f"class {i}", 0.5 / 2**i, -i, 0.1) for i in range(10))
    asked = replace(
        analysis,
        predictions=everything[:5],
        target=ClassInfo(7, None, "class 7"),
        contrast=ClassInfo(2, None, "class 2"),
    )
    (further,) = analysis_payload(asked, everything)["further"]
    assert (further["index"], further["rank"], further["probability"]) == (7, 8, 0.5 / 2**7)
    assert analysis_payload(asked)["further"] == [], "nothing is said where it is not known"


def test_a_contrast_with_its_ledger_is_split_by_stage(analysis):
    ledger, plain = made_ledger(), replace(analysis, contrast=None)
    split = analysis_payload(replace(plain, contrast=ClassInfo(1, None, "cup"), ledger=ledger))["split"]
    assert sum(each["value"] for each in split) == pytest.approx(ledger.logit)
    assert [each["name"] for each in split] == list(ledger.stages)
    assert analysis_payload(replace(plain, ledger=ledger))["split"] is None
    assert analysis_payload(replace(plain, contrast=ClassInfo(1, None, "cup")))["split"] is None
