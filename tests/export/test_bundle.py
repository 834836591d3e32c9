"""The zip of everything: what is in it, under which names, and that nothing is left of one that failed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from resnet_demo.errors import InputError
from resnet_demo.export import figure_png, overlay_png, write_bundle
from resnet_demo.export.arrays import npz_file
from resnet_demo.export.bundle import files_of, fill_bundle
from resnet_demo.export.files import FORMATS
from resnet_demo.results import KINDS, Failed
from resnet_demo.results.json import from_json
from tests.made_answers import made_analysis

BROKEN = Failed("coffee.png", InputError("photo-empty", name="coffee.png"))
SMALL = {"stages": ("layer3", "layer4")}


def bundled(*answers, **look) -> zipfile.ZipFile:
    file = io.BytesIO()
    fill_bundle(file, answers, **look)
    return zipfile.ZipFile(file)


def test_each_photo_has_a_folder_with_its_pictures_tables_and_json():
    names = set(bundled(made_analysis(**SMALL)).namelist())
    assert names == {
        "coffee/result.json",
        "coffee/figure.png",
        "coffee/overlay-layer3.png",
        "coffee/overlay-layer4.png",
        "coffee/feature-maps-layer3.png",
        "coffee/feature-maps-layer4.png",
        "coffee/labels.csv",
        "coffee/stages.csv",
        "summary.csv",
        "report.html",
    }


def test_only_the_formats_asked_for_are_made():
    analysis = made_analysis(**SMALL)
    every = {name for name, _ in files_of(analysis, formats=FORMATS)}
    assert {name.rsplit(".")[1] for name in every} == set(FORMATS)
    for form in FORMATS:
        assert {name for name, _ in files_of(analysis, formats=[form])} == {n for n in every if n.endswith(form)}
    assert list(files_of(BROKEN, formats=["npz"])) == []


def test_the_arrays_are_those_of_the_analysis():
    analysis = made_analysis()
    found = np.load(io.BytesIO(npz_file(analysis)))
    assert np.array_equal(found["view"], analysis.view) and found["box"].tolist() == [5, 0, 85, 80]
    assert found["labels/index"].tolist() == [0, 1, 2] and found["labels/probability"].tolist() == [0.75, 0.2, 0.05]
    for name, stage in analysis.stages.items():
        for kind in KINDS:
            assert found[f"{name}/{kind}"].dtype == np.float32
            assert np.array_equal(found[f"{name}/{kind}"], stage.cams[kind])
        shown = found[f"{name}/activations"]
        assert shown.dtype == np.float32 and shown.shape == stage.maps.shape
        for channel, values in zip(found[f"{name}/channels"], shown, strict=True):
            assert values.max() == pytest.approx(stage.peaks[channel], rel=2**-11)
            total = found[f"{name}/weights"][channel] * values.sum()
            assert total == pytest.approx(found[f"{name}/evidence"][channel], rel=1e-2, abs=1e-6)


def test_without_the_view_there_are_arrays_all_the_same():
    assert "view" not in np.load(io.BytesIO(npz_file(replace(made_analysis(), view=None))))


def test_photos_of_the_same_name_are_numbered_and_a_failed_one_keeps_its_place():
    bundle = bundled(made_analysis(**SMALL), BROKEN, made_analysis("../../coffee.webp", **SMALL))
    folders = {name.split("/")[0] for name in bundle.namelist() if "/" in name}
    assert folders == {"coffee", "coffee-2", "coffee-3"}
    assert (
        from_json(json.loads(bundle.read("coffee-2/result.json"))).error.message
        == "coffee.png is empty. Please choose another file."
    )
    assert [name for name in bundle.namelist() if name.startswith("coffee-2/")] == ["coffee-2/result.json"]
    assert bundle.read("summary.csv").decode("utf-8-sig").splitlines()[2].endswith(str(BROKEN.error))


def test_no_name_in_the_zip_leads_out_of_it():
    bundle = bundled(made_analysis("/etc/passwd", **SMALL), made_analysis(r"..\..\boot.ini", **SMALL))
    for name in bundle.namelist():
        assert not name.startswith("/") and ".." not in name.split("/") and "\\" not in name


def test_pictures_are_drawn_as_they_were_looked_at():
    analysis = made_analysis(**SMALL)
    bundle = bundled(analysis, kind="layercam", signed=True)
    assert bundle.read("coffee/figure.png") == figure_png(analysis, kind="layercam", signed=True)
    assert bundle.read("coffee/overlay-layer4.png") == overlay_png(analysis, "layer4", kind="layercam", signed=True)


def test_the_json_holds_the_whole_answer():
    analysis = made_analysis(**SMALL)
    back = from_json(json.loads(bundled(analysis).read("coffee/result.json")))
    assert back.stages["layer3"].maps.tobytes() == analysis.stages["layer3"].maps.tobytes()
    assert back.predictions == analysis.predictions


def test_an_analysis_without_feature_maps_has_no_sheet_of_them():
    assert not [name for name, _ in files_of(made_analysis(channels=0)) if name.startswith("feature-maps")]


def test_the_same_answers_give_the_same_bytes(tmp_path):
    for name in ("a.zip", "b.zip"):
        write_bundle(tmp_path / name, [made_analysis(**SMALL), BROKEN])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_nothing_is_left_of_a_zip_that_failed(tmp_path):
    def answers():
        yield made_analysis(**SMALL)
        yield replace(made_analysis(**SMALL), view=None)

    with pytest.raises(InputError, match="holds no picture"):
        write_bundle(tmp_path / "a.zip", answers())
    assert os.listdir(tmp_path) == []
