"""``explain``: the files of each photo, JSON for other programs, and nothing where nothing was asked for."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re

import numpy as np
import pytest
import torchvision
from captum.attr import LayerGradCam
from PIL import Image, ImageChops, ImageOps

from resnet_demo import Engine, Settings
from resnet_demo.export import figure_png
from resnet_demo.results import Failed
from resnet_demo.results.json import from_json
from tests.cli.conftest import EXAMPLES

COFFEE, PANDA = EXAMPLES / "coffee.png", EXAMPLES / "red-panda.webp"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(settings=Settings())


def test_each_photo_gets_a_folder_and_all_of_them_a_table_and_a_report(run, surroundings, broken):
    said = run("explain", COFFEE, broken, PANDA, "--html")
    assert said.code == 1
    assert [line.split()[-1] for line in said.out.splitlines()] == ["espresso", "panda"]
    assert any(line.startswith(f"{broken}: broken.png is") for line in said.err.splitlines())
    assert said.err.splitlines()[-1] == "Written to explained"
    out = surroundings / "explained"
    assert sorted(os.listdir(out)) == [
        "broken",
        "coffee",
        "errors.jsonl",
        "red-panda",
        "report.html",
        "run.json",
        "summary.csv",
    ]
    assert os.listdir(out / "broken") == ["result.json"]
    stages = ("layer1", "layer2", "layer3", "layer4", "stem")
    pictures = [f"{what}-{stage}.png" for what in ("feature-maps", "overlay") for stage in stages]
    assert sorted(os.listdir(out / "coffee")) == sorted(
        ["figure.png", "labels.csv", "result.json", "stages.csv", *pictures]
    )
    rows = list(csv.DictReader(io.StringIO((out / "summary.csv").read_text(encoding="utf-8-sig"))))
    assert [row["label"] for row in rows] == ["espresso", "", "lesser panda"]
    report = (out / "report.html").read_text(encoding="utf-8")
    assert report.count('class="rv photo"') == report.count('class="found-ledger"') == 2
    assert report.endswith("</html>\n")


def test_the_files_hold_what_the_engine_says(run, surroundings, engine):
    said = run(
        "explain", COFFEE, "--out", "o", "--stages", "layer3,layer4", "--class", "n01882714", "--contrast", "espresso"
    )
    assert said.code == 0
    saved = from_json(json.loads((surroundings / "o" / "coffee" / "result.json").read_text(encoding="utf-8")))
    fresh = engine.analyze(COFFEE, target="n01882714", contrast="espresso", stages=("layer3", "layer4"))
    assert (saved.target, saved.contrast) == (fresh.target, fresh.contrast)
    assert saved.predictions == fresh.predictions
    for stage in ("layer3", "layer4"):
        assert np.array_equal(saved.stages[stage].cam, fresh.stages[stage].cam)
        assert np.array_equal(saved.stages[stage].maps, fresh.stages[stage].maps)
    assert (surroundings / "o" / "coffee" / "figure.png").read_bytes() == figure_png(fresh)


def test_pictures_are_drawn_as_asked_for(run, surroundings, engine):
    look = ["--kind", "layercam", "--signed", "--opacity", "0.5", "--cells", "--one-scale", "--colour-map", "magma"]
    run("explain", COFFEE, "--out", "o", "--stages", "layer4", *look)
    fresh = engine.analyze(COFFEE, stages=("layer4",))
    expected = figure_png(
        fresh, kind="layercam", signed=True, opacity=0.5, smooth=False, shared=True, colour_map="magma"
    )
    assert (surroundings / "o" / "coffee" / "figure.png").read_bytes() == expected


def test_overlays_are_drawn_on_the_whole_photo_where_that_is_asked_for(run, surroundings, engine):
    run("explain", PANDA, "--out", "o", "--stages", "layer4", "--format", "png", "--size", "original", "--cells")
    found = Image.open(surroundings / "o" / "red-panda" / "overlay-layer4.png")
    photo = ImageOps.exif_transpose(Image.open(PANDA)).convert("RGB")
    fresh = engine.analyze(PANDA, stages=("layer4",))
    assert found.size == photo.size
    changed = ImageChops.difference(found, photo).getbbox()
    inside = (math.ceil(fresh.box.left), math.ceil(fresh.box.top), int(fresh.box.right), int(fresh.box.bottom))
    assert changed == inside and inside != (0, 0, *photo.size)
    assert not (surroundings / "o" / "red-panda" / "result.json").exists()


def test_the_arrays_of_a_photo_are_written_for_numpy(run, surroundings, engine):
    run("explain", COFFEE, "--out", "o", "--format", "npz", "--channels", "512")
    assert os.listdir(surroundings / "o" / "coffee") == ["arrays.npz"]
    found, fresh = np.load(surroundings / "o" / "coffee" / "arrays.npz"), engine.analyze(COFFEE, channels=512)
    for name, stage in fresh.stages.items():
        assert np.array_equal(found[f"{name}/grad-cam"], stage.cam)
        assert found[f"{name}/activations"].shape == stage.shape
        # Grad-CAM is the sum of the activations, each with its weight.
        weights = found[f"{name}/weights"][found[f"{name}/channels"]]
        summed = np.tensordot(weights, found[f"{name}/activations"], 1)
        assert np.abs(summed - stage.cam).max() < 2e-3 * np.abs(stage.cam).max()


def test_each_of_several_classes_has_maps_of_its_own(run, surroundings, engine, broken):
    words = ["--class", "espresso", "--class", "lesser panda", "--class", "n07920052", "--stages", "layer4"]
    said = run("explain", PANDA, broken, COFFEE, "--out", "o", "--format", "json", "--html", *words)
    assert said.code == 1 and [line.split()[-1] for line in said.out.splitlines()] == ["panda", "espresso"]
    assert said.err.count("broken.png is") == 1
    out = surroundings / "o"
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.json")) == [
        "broken/result.json",
        *(
            f"{photo}/{label}/result.json"
            for photo in ("coffee", "red-panda")
            for label in ("espresso", "lesser panda")
        ),
        "run.json",
    ]
    for photo in (COFFEE, PANDA):
        for label in ("espresso", "lesser panda"):
            saved = from_json(json.loads((out / photo.stem / label / "result.json").read_text(encoding="utf-8")))
            alone = engine.analyze(photo, target=label, stages="layer4").stages["layer4"].cam
            assert saved.target.label == label
            np.testing.assert_allclose(saved.stages["layer4"].cam, alone, atol=1e-4 * np.abs(alone).max())
    rows = list(csv.DictReader(io.StringIO((out / "summary.csv").read_text(encoding="utf-8-sig"))))
    assert [row["file"] for row in rows] == ["red-panda.webp", "broken.png", "coffee.png"]
    assert (out / "report.html").read_text(encoding="utf-8").count('class="rv photo"') == 4


def test_one_of_several_classes_that_there_is_not_is_refused_before_any_work(run, surroundings):
    said = run("explain", COFFEE, "--class", "koala", "--class", "unicorn")
    assert said.code == 2 and "unicorn" in said.err and os.listdir(surroundings) == []


def test_how_a_photo_was_read_is_said_where_that_is_not_plain(run, surroundings):
    whole = Image.open(COFFEE).convert("RGB")
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG")
    (surroundings / "endless.jpg").write_bytes(buffer.getvalue()[:-2])
    said = run("explain", "endless.jpg", COFFEE, "--out", "o", "--stages", "layer4", "--format", "json")
    assert said.err.count("lacks its end mark") == 1 and "endless.jpg: The file lacks its end mark" in said.err
    assert "end mark" not in run("explain", "endless.jpg", "--out", "o", "--quiet").err


def test_the_map_of_any_layer_is_captums_of_torchvisions_network(run, surroundings, engine):
    words = ["--class", "espresso", "--contrast", "koala", "--stages", "layer3", "--format", "json,npz,png"]
    said = run("explain", COFFEE, "--out", "o", "--layer", "layer3.1.conv2", "--layer", "layer3.1", *words)
    assert said.code == 0
    theirs = torchvision.models.resnet18(num_classes=200).eval()
    theirs.load_state_dict(engine.drawn(18).module.state_dict())
    theirs.layer3[1].relu.inplace = False
    card = engine.network(18).card
    x = card.transforms()(Image.open(COFFEE).convert("RGB"))[None].requires_grad_()
    index = {c.label: c.index for c in card.classes}
    maps = LayerGradCam(theirs, theirs.layer3[1].conv2)
    espresso, koala = (maps.attribute(x, index[label])[0, 0].detach().numpy() for label in ("espresso", "koala"))
    saved = from_json(json.loads((surroundings / "o" / "coffee" / "result.json").read_text(encoding="utf-8")))
    found = saved.layers["layer3.1.conv2"]["grad-cam"]
    np.testing.assert_allclose(found, espresso - koala, atol=1e-4 * np.abs(found).max())
    stage = saved.stages["layer3"].cam  # a stage's map is that of its last block
    np.testing.assert_allclose(saved.layers["layer3.1"]["grad-cam"], stage, atol=1e-4 * np.abs(stage).max())
    arrays = np.load(surroundings / "o" / "coffee" / "arrays.npz")
    assert np.array_equal(arrays["layer3.1.conv2/grad-cam"], found)
    overlays = [name for name in os.listdir(surroundings / "o" / "coffee") if name.startswith("overlay-")]
    assert sorted(overlays) == ["overlay-layer3.1.conv2.png", "overlay-layer3.1.png", "overlay-layer3.png"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layer", "layer3.1.conv3"], "near to it are layer3.1.conv2"),
        (["--layer", "fc"], "puts out (1, 200), no grid"),
        (["--layer", "layer3.1.conv2", "--kind", "layercam"], "grad-cam, hirescam"),
    ],
)
def test_a_layer_that_has_no_such_map_is_refused(run, surroundings, words, said):
    found = run("explain", COFFEE, *words)
    assert found.code == 2 and said in found.err and os.listdir(surroundings) == []


def test_an_unknown_format_is_refused(run):
    said = run("explain", COFFEE, "--format", "png,tiff")
    assert said.code == 2 and "'tiff' is none of json, png, csv, npz" in said.err


def test_an_uneven_colour_map_is_drawn_with_a_word_why_not(run, surroundings, engine):
    words = ["explain", COFFEE, "--out", "o", "--stages", "layer4", "--format", "png"]
    said = run(*words, "--colour-map", "jet")
    assert said.code == 0 and "jet is not even" in said.err.splitlines()[0]
    expected = figure_png(engine.analyze(COFFEE, stages=("layer4",)), colour_map="jet")
    assert (surroundings / "o" / "coffee" / "figure.png").read_bytes() == expected
    for others in (["--colour-map", "magma"], ["--colour-map", "turbo", "--signed"], ["--colour-map", "jet", "-q"]):
        assert "not even" not in run(*words, *others).err


@pytest.mark.parametrize("maps", ["base64", "lists"])
def test_json_goes_to_standard_output_alone_and_no_file_is_written(run, surroundings, engine, broken, maps):
    words = ["--stages", "layer4", "--channels", "2", "--maps", maps, "--top-k", "3", "--ranked-by", "activation"]
    said = run("explain", COFFEE, broken, "--json", *words)
    first, second = [from_json(json.loads(line)) for line in said.out.splitlines()]
    fresh = engine.analyze(COFFEE, stages=("layer4",), channels=2, top_k=3, ranked_by="activation")
    assert first.predictions == fresh.predictions and np.array_equal(first.view, fresh.view)
    assert np.array_equal(first.stages["layer4"].maps, fresh.stages["layer4"].maps)
    assert isinstance(second, Failed) and said.code == 1
    assert os.listdir(surroundings) == []


def test_another_run_replaces_the_files_of_the_last(run, surroundings):
    for words in (["--class", "koala"], []):
        run("explain", COFFEE, "--out", "o", "--stages", "layer4", "--channels", "0", *words)
    saved = json.loads((surroundings / "o" / "coffee" / "result.json").read_text(encoding="utf-8"))
    assert saved["target"]["label"] == "espresso" and sorted(os.listdir(surroundings / "o")) == [
        "coffee",
        "run.json",
        "summary.csv",
    ]


def test_photos_of_one_name_get_folders_of_their_own(run, surroundings, folder):
    said = run("explain", folder / "below" / "c.png", folder / "below" / "c.png", "--out", "o", "--stages", "layer4")
    assert said.code == 0 and sorted(os.listdir(surroundings / "o")) == ["c", "c-2", "run.json", "summary.csv"]


def test_a_folder_that_can_not_be_written_leaves_2(run, surroundings):
    (surroundings / "o").write_text("in the way")
    said = run("explain", COFFEE, "--out", "o", "--stages", "layer4")
    assert said.code == 2 and "can't be written" in said.err and (surroundings / "o").read_text() == "in the way"


def test_a_class_that_is_its_own_contrast_is_refused(run, surroundings):
    said = run("explain", COFFEE, "--class", "espresso", "--contrast", "n07920052", "--json")
    assert said.code == 2 and "nothing to tell apart" in said.err and said.out == ""


def test_a_run_is_gone_on_with_and_what_is_done_is_not_done_again(run, surroundings, folder, broken):
    out = surroundings / "o"
    words = ["--out", "o", "--stages", "layer4", "--channels", "2", "--html"]
    assert run("explain", COFFEE, broken, *words).code == 1
    made = {path: path.stat().st_mtime_ns for path in (out / "coffee").iterdir()}
    first = (out / "report.html").read_text(encoding="utf-8")
    section = first[first.index('<section class="rv photo"') : first.index("</section>", first.index("rv photo"))]
    # Killed while it wrote the next row, and while a file was being made.
    with (out / "summary.csv").open("ab") as summary:
        summary.write(b"red-panda.webp,lesser pan")
    (out / "red-panda").mkdir()
    broken.write_bytes(PANDA.read_bytes())
    said = run("explain", COFFEE, broken, folder / "a.PNG", COFFEE, *words, "--resume")
    assert said.code == 0 and [line.split()[0] for line in said.out.splitlines()] == [
        "broken.png",
        "a.PNG",
        "coffee.png",
    ]
    assert {path: path.stat().st_mtime_ns for path in (out / "coffee").iterdir()} == made
    rows = list(csv.DictReader(io.StringIO((out / "summary.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["path"], row["folder"]) for row in rows] == [
        (str(COFFEE), "coffee"),
        (str(broken), "broken"),
        (str(folder / "a.PNG"), "a"),
        (str(COFFEE), "coffee-2"),
    ]
    report = (out / "report.html").read_text(encoding="utf-8")
    assert section in report and re.findall(r'<section class="rv photo" id="photo-(\d)">', report) == list("1234")
    assert re.findall(r'<th scope="row"><a href="#photo-(\d)">([\w.]+)', report) == [
        ("1", "coffee.png"),
        ("2", "broken.png"),
        ("3", "a.PNG"),
        ("4", "coffee.png"),
    ]
    assert not (out / "errors.jsonl").exists()
    other = run("explain", COFFEE, "--out", "o", "--stages", "layer3", "--resume")
    assert other.code == 2 and "stages ['layer4'], now ['layer3']" in other.err
    assert run("explain", COFFEE, "--json", "--resume").code == 2


def test_without_images_there_are_none_in_files_or_json(run, surroundings):
    said = run("explain", COFFEE, "--out", "o", "--stages", "layer4", "--no-images")
    assert said.code == 0 and sorted(os.listdir(surroundings / "o" / "coffee")) == [
        "labels.csv",
        "result.json",
        "stages.csv",
    ]
    saved = from_json(json.loads((surroundings / "o" / "coffee" / "result.json").read_text(encoding="utf-8")))
    assert saved.view is None and saved.photo.preview is None and saved.stages["layer4"].cam.shape == (7, 7)
