"""Results written as JSON and read back: nothing is lost, and what is no result is refused by name."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import struct
from collections.abc import Mapping

import numpy as np
import pytest
from PIL import Image

from resnet_demo import errors, results
from resnet_demo.errors import InputError
from resnet_demo.results import Classification, Failed, ReceptiveField
from resnet_demo.results.comparison import compare
from resnet_demo.results.json import TYPES, from_json, to_json
from tests.made_answers import CLASSES, made_analysis, predictions


def through_text(result, **options):
    """Written as strict JSON and read back."""
    return from_json(json.loads(json.dumps(to_json(result, **options), allow_nan=False)))


def same(a, b) -> bool:
    """Equal to the bit: types, names, array types and bytes."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return type(b) is tuple and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("maps", ["base64", "lists"])
def test_an_analysis_comes_back_to_the_bit(maps):
    analysis = made_analysis(contrast=CLASSES[1])
    assert same(through_text(analysis, maps=maps), analysis)


@pytest.mark.parametrize("maps", ["base64", "lists"])
def test_an_analysis_without_feature_maps_keeps_the_shape_of_none(maps):
    analysis = made_analysis(channels=0, stages=("layer3",))
    back = through_text(analysis, maps=maps)
    assert back.stages["layer3"].maps.shape == (0, 4, 4)
    assert same(back, analysis)


def test_maps_of_layers_come_back_to_the_bit_and_a_document_without_them_has_none():
    cam = np.array([[1.5, -2.0], [0.0, 3.0]], np.float32)
    analysis = dataclasses.replace(made_analysis(), layers={"layer3.1.conv2": {"hirescam": cam}})
    assert same(through_text(analysis), analysis)
    written = to_json(analysis)
    del written["layers"]
    assert from_json(written).layers == {}


def test_an_array_is_its_own_little_endian_bytes_in_row_order():
    maps = made_analysis().stages["layer4"]
    written = to_json(made_analysis())["stages"]["layer4"]["cams"]["grad-cam"]
    assert (written["dtype"], written["shape"]) == ("float32", [2, 2])
    assert struct.unpack("<4f", base64.b64decode(written["base64"])) == tuple(maps.cam.ravel().tolist())


@pytest.mark.parametrize("peak", [1e-6, 1.0, 1e6])
def test_maps_in_half_the_bytes_are_within_a_thousandth_of_their_largest_value(peak):
    analysis = made_analysis()
    layer4 = analysis.stages["layer4"]
    cams = {kind: (cam * np.float32(peak)).astype(np.float32) for kind, cam in layer4.cams.items()}
    analysis = dataclasses.replace(analysis, stages={"layer4": dataclasses.replace(layer4, cams=cams)})
    written = to_json(analysis, maps="float16")["stages"]["layer4"]["cams"]["grad-cam"]
    numbers = struct.unpack("<4e", base64.b64decode(written["base64"]))
    cam = cams["grad-cam"]
    assert (written["dtype"], written["shape"]) == ("float16", [2, 2])
    assert max(map(abs, numbers)) == 1 and written["scale"] == pytest.approx(float(np.abs(cam).max()))
    back = through_text(analysis, maps="float16").stages["layer4"].cams
    for kind, cam in cams.items():
        assert back[kind].dtype == np.float32
        assert np.abs(back[kind] - cam).max() <= 2**-11 * np.abs(cam).max()
    assert same(through_text(analysis, maps="float16").predictions, analysis.predictions)


def test_lists_are_nested_as_the_array_is():
    maps = made_analysis().stages["layer3"]
    values = to_json(made_analysis(), maps="lists")["stages"]["layer3"]["maps"]["values"]
    assert [len(values), len(values[0]), len(values[0][0])] == [4, 4, 4]
    assert values[2][1][3] == float(maps.maps[2, 1, 3])


def test_pictures_are_png_files_that_any_program_reads():
    analysis = made_analysis()
    written = to_json(analysis)
    for pixels, document in ((analysis.view, written["view"]), (analysis.photo.preview, written["photo"]["preview"])):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(document["png"])))), pixels)


def test_without_images_pictures_are_null_and_all_else_is_there():
    analysis = made_analysis()
    written = to_json(analysis, images=False)
    assert written["view"] is None and written["photo"]["preview"] is None
    photo = dataclasses.replace(analysis.photo, preview=None)
    assert same(from_json(written), dataclasses.replace(analysis, view=None, photo=photo))


@pytest.mark.parametrize("maps", ["base64", "lists"])
def test_values_that_are_not_finite_survive_strict_json(maps):
    values = np.array([1.5, np.nan, np.inf, -np.inf], np.float32)
    profile = results.BlockProfile("layer1.0", "layer1", False, values, values[::-1].copy(), values)
    study = results.Blocks(made_analysis().network, ("a.png",), (profile,), ())
    assert same(through_text(study, maps=maps), study)
    whole = Classification("a.png", (dataclasses.replace(predictions(1, 1, 1)[0], logit=-math.inf),))
    assert through_text(whole) == whole


def test_target_and_contrast_carry_their_wordnet_ids():
    written = to_json(made_analysis(contrast=CLASSES[2]))
    assert written["target"] == {"index": 0, "wnid": "n07920052", "label": "espresso"}
    assert written["contrast"]["wnid"] == "n02124075"


def test_a_classification_is_the_fields_of_its_dataclass():
    assert to_json(Classification("a.png", predictions(0.75, 0.2, 0.05)[:1])) == {
        "schema": "resnet-demo/1",
        "type": "classification",
        "name": "a.png",
        "predictions": [
            {
                "index": 0,
                "wnid": "n07920052",
                "label": "espresso",
                "probability": 0.75,
                "logit": math.log(0.75),
                "untempered": 0.75,
            }
        ],
        "notes": [],
    }


@pytest.mark.parametrize("kind", [errors.InputError, errors.WeightsCorrupt, errors.DeviceOutOfMemory, errors.Busy])
def test_an_error_comes_back_as_what_it_was(kind):
    failed = through_text(Failed("a\udcff.jpg", kind("photo-empty", name="a.jpg", limit_mb=20, size=None)))
    assert failed.name == "a\udcff.jpg"
    assert type(failed.error) is kind and str(failed.error) == "a.jpg is empty. Please choose another file."
    assert failed.error.code == "photo-empty" and failed.error.details == {
        "name": "a.jpg",
        "limit_mb": 20,
        "size": None,
    }


def test_a_comparison_comes_back_to_the_bit():
    comparison = compare([made_analysis(), made_analysis(seed=1, predictions=predictions(0.1, 0.6, 0.3))])
    assert same(through_text(comparison), comparison)


def test_what_follows_from_the_fields_is_written_for_those_who_ask():
    values = np.array([0.5, np.nan, 1.5], np.float32)
    profile = results.ResidualProfile((results.BlockProfile("layer1.0", "layer1", False, values, values, values[:1]),))
    assert "ratio" not in to_json(profile)["blocks"][0]
    written = to_json(profile, derived=True)
    assert (written["blocks"][0]["ratio"], written["blocks"][0]["zero_share"]) == (1.0, 0.5)
    assert same(from_json(json.loads(json.dumps(written, allow_nan=False))), profile)
    curve = results.Curve(values[:1], values[:1], 0.5, 0.25)
    tested = results.StageFaithfulness(curve, (curve, curve), False)
    document = to_json(results.Faithfulness(0, values[:1], {"layer4": tested}, curve, 1, 0, 0, 9.6), derived=True)
    assert document["stages"]["layer4"]["shuffled"]["deletion"] == document["centre"]["deletion"]


def test_a_randomisations_mean_leaves_out_the_draws_without_a_correlation():
    correlations = {"stem": np.array([[0.5, np.nan, np.nan], [1.0, 0.25, np.nan]], np.float32)}
    assert results.Randomisation(0, ("fc",), {}, {}, correlations).mean_correlations == {"stem": (0.75, 0.25, None)}


def test_a_type_is_the_name_of_its_dataclass():
    assert {"analysis", "lesion-board", "blocks", "paper-table", "block-maps", "effective-field"} < set(TYPES)


def test_findings_keyed_by_depth_come_back_with_numbers_for_keys():
    row = results.TableRow("layer1", "conv2_x", 56, None, {18: results.TableCell(((3, 64), (3, 64)), 2)})
    table = results.PaperTable((row,), {18: 1.8e9}, {18: 1_814_073_344}, {18: 11_689_512})
    assert same(through_text(table), table)


def test_an_effective_field_comes_back_to_the_bit():
    sway = np.arange(6, dtype=np.float32).reshape(2, 3)
    field = results.EffectiveField(sway, ReceptiveField(11, 4, -3), results.ViewBox(0, 1, 2, 3), None, None)
    assert same(through_text(field), field)


def test_fields_of_a_later_version_are_passed_over():
    document = to_json(Classification("a.png", predictions(0.75, 0.2, 0.05)))
    assert from_json(document | {"added_later": 1}) == from_json(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "resnet-demo/2"}, "its schema is “resnet-demo/2”"),
        ({"schema": None}, "it names no schema"),
        ({"type": "banana"}, "its type is “banana”"),
        ({"name": 3}, "expected a text, found 3 @ $.name"),
        ({"predictions": [{"index": 0}]}, "missing @ $.predictions[0].wnid"),
        (
            {"predictions": [{"index": 0.5, "wnid": None, "label": "a", "probability": 1, "logit": 1}]},
            "expected a whole number, found 0.5 @ $.predictions[0].index",
        ),
        (
            {"predictions": [{"index": 0, "wnid": None, "label": "a", "probability": "high", "logit": 1}]},
            "expected a number, found 'high' @ $.predictions[0].probability",
        ),
    ],
)
def test_what_is_no_result_is_refused_by_its_place(change, said):
    document = to_json(Classification("a.png", predictions(0.75, 0.2, 0.05))) | change
    with pytest.raises(InputError) as refused:
        from_json(document)
    assert said in str(refused.value) and refused.value.code.startswith("json-")


@pytest.mark.parametrize("document", [None, [], "text", {}])
def test_a_document_of_another_kind_is_refused(document):
    with pytest.raises(InputError, match="names no schema"):
        from_json(document)


@pytest.mark.parametrize(
    "array",
    [
        {"dtype": "float32", "shape": [2, 2], "base64": base64.b64encode(b"\0" * 12).decode()},
        {"dtype": "float32", "shape": [2, 2], "base64": "not base64"},
        {"dtype": "object", "shape": [1], "values": [1]},
        {"dtype": "float32", "shape": [2, 2], "values": [[1, 2], [3]]},
        {"dtype": "float32", "shape": [2, 2]},
        {"png": base64.b64encode(b"GIF89a").decode()},
        [1, 2],
    ],
)
def test_a_damaged_array_is_refused_by_its_place(array):
    document = to_json(made_analysis(stages=("layer4",)))
    document["stages"]["layer4"]["weights"] = array
    with pytest.raises(InputError, match=r"\$\.stages\['layer4'\]\.weights"):
        from_json(document)


def test_only_results_are_written():
    with pytest.raises(TypeError, match="int is no result; results are Analysis"):
        to_json(3)
