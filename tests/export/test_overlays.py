"""A map over the view: the viewer's colours and strength, and nothing painted where there is nothing to say."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.export import overlay, overlay_png
from resnet_demo.export.look import Look, Scale, scale_of
from resnet_demo.export.overlays import SIDE, opacities, paint, resample
from resnet_demo.results import Box
from resnet_demo.viewer import VIEWER_DIR
from tests.made_answers import made_analysis, with_cam

MODULE = import_module("resnet_demo.export.overlays")  # the package has the function under that name
TABLES = json.loads((VIEWER_DIR / "colour_maps.json").read_text(encoding="utf-8"))


def colour(name: str, index: int) -> tuple[int, ...]:
    return tuple(bytes.fromhex(TABLES[name][6 * index : 6 * index + 6]))


def drawn(cam, stage="layer4", **look) -> np.ndarray:
    return np.asarray(overlay(with_cam(made_analysis(), stage, cam), stage, **look))


def plain_view() -> np.ndarray:
    view = Image.fromarray(made_analysis().view)
    return np.asarray(view.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("name", ["viridis", "magma", "cividis", "turbo", "jet"])
def test_at_full_opacity_cells_have_the_exact_colours_of_the_map(name):
    picture = drawn([[0, 1], [0.5, -3]], colour_map=name, opacity=1, smooth=False)
    at = {
        corner: tuple(picture[y, x])
        for corner, (y, x) in {"a": (0, 0), "b": (0, -1), "c": (-1, 0), "d": (-1, -1)}.items()
    }
    assert at["a"] == at["d"] == colour(name, 0)
    assert at["b"] == colour(name, 255)
    assert at["c"] == colour(name, 128)  # 0.5 x 255 rounded, as the viewer rounds


def test_a_layers_map_is_drawn_as_a_stages():
    cam = np.array([[0, 1], [0.5, -3]], np.float32)
    analysis = replace(made_analysis(), layers={"layer4.0.conv1": {"grad-cam": cam}})
    assert np.array_equal(np.asarray(overlay(analysis, "layer4.0.conv1")), drawn(cam))


def test_a_signed_map_has_zero_in_the_middle_and_equal_ends():
    picture = drawn([[2, -2], [0, 1]], signed=True, opacity=1, smooth=False)
    assert tuple(picture[0, 0]) == colour("blue-white-red", 255)
    assert tuple(picture[0, -1]) == colour("blue-white-red", 0)
    assert tuple(picture[-1, 0]) in (colour("blue-white-red", 127), colour("blue-white-red", 128))
    assert tuple(picture[-1, -1]) == colour("blue-white-red", 191)


def test_each_cell_covers_its_quarter_of_the_view():
    picture = drawn([[1, 0], [0, 0]], opacity=1, smooth=False)
    bright = (picture == colour("viridis", 255)).all(axis=2)
    assert bright[: SIDE // 2, : SIDE // 2].all() and bright.sum() == (SIDE // 2) ** 2


PHOTO = made_analysis().photo.preview  # 90 x 80 pixels, of which the network saw those from 5 to 85 across


@pytest.mark.parametrize("band", [MODULE.BAND, 100])
def test_on_the_photo_each_cell_covers_its_part_of_what_the_network_saw(monkeypatch, band):
    monkeypatch.setattr(MODULE, "BAND", band)
    picture = drawn([[1, 0], [0, 0.5]], photo=PHOTO, opacity=1, smooth=False)
    assert picture.shape == PHOTO.shape
    expected = PHOTO.copy()
    expected[:, 5:85] = colour("viridis", 0)
    expected[:40, 5:45] = colour("viridis", 255)
    expected[40:, 45:85] = colour("viridis", 128)
    assert np.array_equal(picture, expected)


def test_on_the_photo_a_map_is_smooth_between_the_centres_of_its_cells(monkeypatch):
    monkeypatch.setattr(MODULE, "BAND", 7 * 80)
    cam = np.random.default_rng(3).random((4, 4))
    picture = drawn(cam, photo=PHOTO, opacity=1)
    centres = np.arange(4) * 20 + 10.0
    across = np.array([np.interp(np.arange(80) + 0.5, centres, row) for row in cam])
    values = np.array([np.interp(np.arange(80) + 0.5, centres, column) for column in across.T]).T
    table = np.array([colour("viridis", index) for index in range(256)])
    index = np.rint(255 * values / cam.max()).astype(int)
    allowed = np.stack([table[np.clip(index + off, 0, 255)] for off in (-1, 0, 1)])  # a scale has 1,024 steps
    assert (allowed == picture[:, 5:85]).all(axis=-1).any(axis=0).all()
    assert np.array_equal(picture[:, :5], PHOTO[:, :5]) and np.array_equal(picture[:, 85:], PHOTO[:, 85:])


def test_only_pixels_that_lie_wholly_in_the_box_are_painted():
    analysis = replace(with_cam(made_analysis(), "layer4", [[1]]), box=Box(-3.0, 10.4, 60.6, 74.0))
    picture = np.asarray(overlay(analysis, "layer4", PHOTO, opacity=1))
    expected = PHOTO.copy()
    expected[11:74, :60] = colour("viridis", 255)
    assert np.array_equal(picture, expected)


def test_a_box_thinner_than_a_pixel_leaves_the_photo_as_it_is():
    analysis = replace(with_cam(made_analysis(), "layer4", [[1]]), box=Box(10.2, 0.0, 10.9, 80.0))
    assert np.array_equal(np.asarray(overlay(analysis, "layer4", PHOTO)), PHOTO)


def test_without_opacity_the_view_stays_as_it_is():
    assert np.array_equal(drawn([[1, 0], [0, 0]], opacity=0), plain_view())


@pytest.mark.parametrize("cam", [[[-1, -2], [-3, 0]], [[0, 0], [0, 0]]], ids=["against", "empty"])
def test_a_map_without_evidence_for_the_class_is_not_stretched(cam):
    assert np.array_equal(drawn(cam, opacity=1), plain_view())


def test_evidence_against_the_class_is_drawn_when_asked_for():
    assert not np.array_equal(drawn([[-1, -2], [-3, 0]], signed=True), plain_view())


def test_what_is_no_number_is_left_out():
    picture = drawn([[np.nan, 1], [0, 0]], opacity=1, smooth=False)
    assert np.array_equal(picture[: SIDE // 2, : SIDE // 2], plain_view()[: SIDE // 2, : SIDE // 2])
    assert tuple(picture[0, -1]) == colour("viridis", 255)


def test_a_threshold_hides_weak_places():
    picture = drawn([[1, 0.4], [0.6, 0]], opacity=1, smooth=False, threshold=0.5)
    assert tuple(picture[0, 0]) == colour("viridis", 255) and tuple(picture[-1, 0]) == colour("viridis", 153)
    half = SIDE // 2
    assert np.array_equal(picture[:half, half:], plain_view()[:half, half:])


def test_with_one_scale_a_weak_stage_looks_weak():
    analysis = with_cam(with_cam(made_analysis(stages=("layer3", "layer4")), "layer3", [[4, 0]]), "layer4", [[1, 0]])
    own = np.asarray(overlay(analysis, "layer4", opacity=1, smooth=False))
    shared = np.asarray(overlay(analysis, "layer4", opacity=1, smooth=False, shared=True))
    assert tuple(own[0, 0]) == colour("viridis", 255)
    assert tuple(shared[0, 0]) == colour("viridis", 64)


def test_the_shared_scale_is_that_of_the_strongest():
    weak, strong = np.array([[1.0, -9.0]]), np.array([[4.0, -2.0]])
    assert scale_of(weak, Look(shared=True), [weak, strong]) == Scale(0, 4)
    assert scale_of(weak, Look(shared=True, signed=True), [weak, strong]) == Scale(-9, 9)
    assert scale_of(strong, Look(), [weak, strong]) == Scale(0, 4)


def test_smooth_maps_go_straight_from_centre_to_centre():
    # Four pixels over two cells lie at -1/4, 1/4, 3/4 and 5/4 between the centres; beyond them the value holds.
    assert resample(np.array([[0, 8]], np.float32), (4, 1), smooth=True).tolist() == [[0, 2, 6, 8]]


def test_weak_evidence_fades_less_the_further_opacity_goes():
    # At 0.08, half of what fades, the smooth step 3 s^2 - 2 s^3 is one half.
    assert opacities(np.array([0.08, 0.16, 1.0]), 0.7) == pytest.approx([0.7 * (0.5 + 0.5 * 0.7**4), 0.7, 0.7])
    assert opacities(np.array([0.0, 0.08]), 1.0).tolist() == [1, 1]


@pytest.mark.parametrize(
    "look", [{}, {"signed": True}, {"opacity": 0.3, "threshold": 0.2}, {"smooth": False, "colour_map": "magma"}]
)
def test_the_picture_is_the_one_that_the_viewer_paints(look):
    if shutil.which("node") is None:
        pytest.skip("no Node.js on this machine")
    chosen, cam, view = (
        Look(**look),
        np.random.default_rng(5).normal(size=(4, 4)),
        Image.new("RGB", (64, 64), (200, 120, 40)),
    )
    scale = scale_of(cam.astype(np.float32), chosen, [])
    ours = np.asarray(paint(view, cam.astype(np.float32), chosen, scale), np.float64)
    given = {
        "cam": cam.ravel().tolist(),
        "smooth": chosen.smooth,
        "colours": TABLES[chosen.colours],
        "look": {"opacity": chosen.opacity, "signed": chosen.signed},
        "scale": {"low": scale.low, "high": scale.high},
        "threshold": chosen.threshold,
    }
    script = f"""
        import {{ resample, lookupOf, paint }} from {json.dumps((VIEWER_DIR / "raster.js").as_uri())};
        import {{ coloursOf }} from {json.dumps((VIEWER_DIR / "colour.js").as_uri())};
        const given = {json.dumps(given)};
        const cam = Float32Array.from(given.cam);
        const values = given.smooth ? resample(cam, 4, 4, 64, 64) : cam;
        const words = new Uint32Array(values.length);
        const lookup = lookupOf(coloursOf(given.colours), given.look);
        paint(values, words, {{ ...given, lookup }});
        console.log(JSON.stringify([...new Uint8Array(words.buffer)]));
    """
    made = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    side = 64 if chosen.smooth else 4
    painted = np.array(json.loads(made.stdout), np.float64).reshape(side, side, 4)
    painted = painted.repeat(64 // side, axis=0).repeat(64 // side, axis=1)
    alpha = painted[..., 3:] / 255
    theirs = painted[..., :3] * alpha + np.array([200, 120, 40]) * (1 - alpha)
    # A browser keeps opacity in 255 steps; at a threshold or between two colours rounding may fall the other way.
    assert np.quantile(np.abs(ours - theirs), 0.999) <= 2


def test_an_overlay_is_a_png_of_twice_the_usual_view():
    picture = Image.open(io.BytesIO(overlay_png(made_analysis(), "layer2", kind="layercam")))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (SIDE, SIDE))


def test_another_kind_draws_another_map():
    analysis = made_analysis()
    assert overlay_png(analysis, "layer2", kind="layercam") != overlay_png(analysis, "layer2")


def test_a_stage_that_was_not_analysed_is_named():
    with pytest.raises(InputError, match="has no stage “layer4”; it has stem, layer1"):
        overlay(made_analysis(stages=("stem", "layer1")), "layer4")


def test_a_result_without_the_view_says_so():
    with pytest.raises(InputError, match="coffee.png holds no picture of what the network saw"):
        overlay(replace(made_analysis(), view=None), "layer4")


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"kind": "gradcam"}, "kind is “gradcam”; it must be one of grad-cam, "),
        ({"colour_map": "hot"}, "colour_map is “hot”; it must be one of viridis, magma, cividis, turbo, jet"),
        ({"opacity": 1.5}, "opacity is “1.5”; it must be a number from 0 to 1"),
        ({"threshold": float("nan")}, "threshold is “nan”; it must be a number from 0 to 1"),
    ],
)
def test_a_look_that_there_is_not_is_refused(look, said):
    with pytest.raises(InputError, match=said):
        overlay(made_analysis(), "layer4", **look)
