"""The pictures with words in them: the figure of an analysis, of a comparison, and the sheets of feature maps."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from resnet_demo.errors import InputError
from resnet_demo.export import figure, figure_png, sheet, sheet_png, typeface
from resnet_demo.export.compared import agreement, comparison_figure
from resnet_demo.export.figures import BAR, GAP, MARGIN, TILE, about, headline
from resnet_demo.export.look import Look, scale_of
from resnet_demo.export.overlays import paint
from resnet_demo.export.sheets import CAPTION, CELL
from resnet_demo.export.sheets import GAP as SHEET_GAP
from resnet_demo.export.typeface import can_draw, fit, label_of, length, wrapped, write
from resnet_demo.results import STAGES, ClassInfo
from resnet_demo.results.comparison import compare
from resnet_demo.viewer import VIEWER_DIR
from tests.made_answers import CLASSES, made_analysis, predictions, with_cam

TOP = MARGIN + 100
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")


def viridis(index: int) -> tuple[int, ...]:
    table = json.loads((VIEWER_DIR / "colour_maps.json").read_text(encoding="utf-8"))["viridis"]
    return tuple(bytes.fromhex(table[6 * index : 6 * index + 6]))


def tile_of(page: Image.Image, place: int) -> np.ndarray:
    left = MARGIN + place * (TILE + GAP)
    return np.asarray(page.crop((left, TOP, left + TILE, TOP + TILE)))[2:-2, 2:-2]  # without the edge


def test_the_figure_shows_the_view_and_then_each_stage_over_it():
    analysis = made_analysis()
    page = figure(analysis, opacity=1, smooth=False)
    assert page.width == 2 * MARGIN + 6 * TILE + 5 * GAP
    view = Image.fromarray(analysis.view).resize((TILE, TILE), Image.Resampling.BICUBIC)
    assert np.array_equal(tile_of(page, 0), np.asarray(view)[2:-2, 2:-2])
    look = Look(opacity=1, smooth=False)
    for place, stage in enumerate(STAGES, start=1):
        cam = analysis.stages[stage].cam
        expected = np.asarray(paint(view, cam, look, scale_of(cam, look, [])))
        assert np.array_equal(tile_of(page, place), expected[2:-2, 2:-2])


def test_the_figure_has_a_tile_for_each_stage_that_was_asked_for():
    assert figure(made_analysis(stages=("layer3", "layer4"))).width == 2 * MARGIN + 3 * TILE + 2 * GAP


def test_below_each_map_lies_its_whole_colour_bar():
    page = figure(with_cam(made_analysis(), "layer4", [[1, 0], [0, 0]]))
    left, middle = MARGIN + 5 * (TILE + GAP), TOP + TILE + 14 + BAR // 2
    assert page.getpixel((left, middle)) == viridis(0)
    assert page.getpixel((left + TILE - 1, middle)) == viridis(255)


def test_a_map_without_evidence_has_words_in_place_of_a_bar():
    page = figure(with_cam(made_analysis(), "layer4", [[-1, 0], [0, -2]]))
    left, middle = MARGIN + 5 * (TILE + GAP), TOP + TILE + 14 + BAR // 2
    row = [page.getpixel((x, middle)) for x in range(left, left + TILE)]
    assert viridis(0) not in row and len({*row}) > 1


def test_the_figure_says_what_it_is_of():
    analysis = made_analysis(contrast=CLASSES[1])
    assert headline(analysis, Look()) == "Grad-CAM for espresso rather than tabby"
    assert (
        headline(made_analysis(), Look(kind="layercam", signed=True))
        == "LayerCAM for espresso, evidence for and against"
    )
    assert [part.strip() for part in about(analysis).split("·")] == [
        "coffee.png",
        "ResNet-18, Bundled",
        "espresso 75.0 %",
    ]


NOBODYS = "\ue5a7"  # for private use: no font has it


def test_a_name_that_can_not_be_drawn_is_left_out():
    assert can_draw("Ärger über naïve Ω−1 × 10⁻⁵.png") and not can_draw(f"{NOBODYS}.png")
    assert figure_png(made_analysis(f"{NOBODYS}.png")) == figure_png(made_analysis(f"{2 * NOBODYS}.png"))
    assert figure_png(made_analysis("a.png")) != figure_png(made_analysis("b.png"))


def test_a_label_that_can_not_be_drawn_gives_way_to_the_classes_number():
    assert label_of(ClassInfo(4, "n07920052", "espresso")) == "espresso"
    assert label_of(ClassInfo(4, "n07920052", NOBODYS)) == "n07920052"
    assert label_of(ClassInfo(4, None, NOBODYS)) == "class 4"
    assert headline(made_analysis(target=ClassInfo(4, None, NOBODYS)), Look()) == "Grad-CAM for class 4"


@pytest.fixture
def other_fonts(monkeypatch):
    """Sets the families that stand in for what DejaVu lacks."""

    def families(*names: str) -> None:
        monkeypatch.setattr(typeface, "HAN", names)
        typeface._faces.cache_clear()
        typeface._face_of.cache_clear()

    yield families
    monkeypatch.undo()
    typeface._faces.cache_clear()
    typeface._face_of.cache_clear()


def test_what_the_typeface_lacks_is_drawn_in_an_installed_font(other_fonts):
    script = "ℊ"  # in STIX, which matplotlib carries too, and not in DejaVu
    other_fonts()
    assert not can_draw(script)
    other_fonts("no such family", "STIXGeneral")
    assert can_draw(f"a{script}b")
    stix = ImageFont.truetype(str(FONTS / "STIXGeneral.ttf"), 40, layout_engine=ImageFont.Layout.BASIC)
    dejavu = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), 40, layout_engine=ImageFont.Layout.BASIC)
    found, expected = Image.new("L", (200, 100)), Image.new("L", (200, 100))
    write(found, 10, 60, f"a{script}b", 40, "white", "ls")
    draw, place = ImageDraw.Draw(expected), 10.0
    for character, font in (("a", dejavu), (script, stix), ("b", dejavu)):
        draw.text((place, 60), character, "white", font, anchor="ls")
        place += font.getlength(character)
    assert np.array_equal(np.asarray(found), np.asarray(expected))
    assert length(f"a{script}b", 40) == place - 10


@pytest.mark.parametrize("anchor", ["la", "ra", "ls", "rs"])
def test_a_line_stands_where_pillow_would_put_it(anchor):
    found, expected = Image.new("L", (200, 100)), Image.new("L", (200, 100))
    write(found, 100, 50, "Ågy 12", 16, "white", anchor)
    font = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), 16, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(expected).text((100, 50), "Ågy 12", "white", font, anchor=anchor)
    assert np.array_equal(np.asarray(found), np.asarray(expected))


def test_the_same_analysis_gives_the_same_bytes():
    assert figure_png(made_analysis()) == figure_png(made_analysis())
    assert sheet_png(made_analysis(), "layer1") == sheet_png(made_analysis(), "layer1")


def test_pictures_drawn_in_several_threads_are_those_drawn_alone():
    answers = [made_analysis(f"{name}.png", stages=("layer4",)) for name in ("Ärger", "猫", "x" * 300, "Ω−1")]
    alone = [figure_png(answer) for answer in answers]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(figure_png, answers)) == alone


def test_matplotlib_is_imported_for_a_picture_and_not_before():
    code = "import sys, resnet_demo.export, resnet_demo.cli.run; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_long_line_ends_in_an_ellipsis_and_fits():
    text = fit("a" * 500, 20, 300)
    assert text.endswith("…") and length(text, 20) <= 300
    assert fit("short", 20, 300) == "short"


def test_a_long_sentence_is_broken_between_words():
    text = "How far the networks agree, in one sentence " + "w" * 200
    lines = wrapped(text, 20, 200)
    assert " ".join(lines[:-1]) == "How far the networks agree, in one sentence" and lines[-1].endswith("…")
    assert all(length(line, 20) <= 200 for line in lines) and len(lines) > 3


def test_a_sheet_shows_the_channels_in_the_order_of_their_ranks():
    analysis = made_analysis()
    page, maps = sheet(analysis, "layer4"), analysis.stages["layer4"]
    for place in range(4):
        left, top = MARGIN + place * (CELL + SHEET_GAP), MARGIN + 124
        found = np.asarray(page.crop((left, top, left + CELL, top + CELL)))
        values = maps.maps[place].astype(np.float64)
        for row, column in np.ndindex(2, 2):
            cell = found[CELL // 4 + row * CELL // 2, CELL // 4 + column * CELL // 2]
            strongest = max(values.max(), 1e-12)
            assert tuple(cell) == viridis(
                int(np.floor(np.floor(values[row, column] / strongest * 1023 + 0.5) / 1023 * 255 + 0.5))
            )


def test_a_sheet_grows_by_a_line_for_every_row_of_channels():
    one, two = (sheet(made_analysis(channels=channels), "layer3") for channels in (4, 5))
    assert two.width == one.width and two.height - one.height == CELL + CAPTION + SHEET_GAP


def test_a_sheet_needs_feature_maps():
    with pytest.raises(InputError, match="holds no feature maps of “layer3”"):
        sheet(made_analysis(channels=0), "layer3")
    with pytest.raises(InputError, match="holds no feature maps of “layer9”"):
        sheet(made_analysis(), "layer9")


def test_a_picture_needs_the_view():
    with pytest.raises(InputError, match="holds no picture"):
        figure(replace(made_analysis(), view=None))


def both(**changes):
    network = replace(made_analysis().network, depth=50)
    return compare([made_analysis(), made_analysis(seed=1, network=network, **changes)])


def test_a_comparison_has_a_tile_a_network():
    page = comparison_figure(both(), opacity=1, smooth=False)
    assert page.width == 2 * MARGIN + 2 * TILE + GAP
    for place, answer in enumerate(both().answers):  # the heading takes one line, as in the other figure
        analysis = answer.analysis
        view = Image.fromarray(analysis.view).resize((TILE, TILE), Image.Resampling.BICUBIC)
        look, cam = Look(opacity=1, smooth=False), analysis.stages["layer4"].cam
        expected = np.asarray(paint(view, cam, look, scale_of(cam, look, [])))
        assert np.array_equal(tile_of(page, place), expected[2:-2, 2:-2])


def test_a_comparison_needs_the_stage_in_every_answer():
    with pytest.raises(InputError, match="Not every answer has a map of “layer4”"):
        comparison_figure(both(stages=("stem",)))


def test_a_comparison_says_how_far_the_networks_agree():
    assert agreement(both()) == "Both put the same label first."
    assert agreement(both(predictions=predictions(0.1, 0.6, 0.3))) == "They put different labels first."
    others = tuple(ClassInfo(c.index, f"{c.wnid}0", c.label) for c in CLASSES)
    assert agreement(both(predictions=predictions(0.1, 0.6, 0.3, classes=others))).startswith(
        "The networks know no class in common"
    )
    some = (CLASSES[0], *others[1:])
    said = agreement(both(predictions=predictions(0.1, 0.6, 0.3, classes=some)))
    assert said == "Both put the same label first, compared over the 1 class that both know."


def test_pictures_are_png_files():
    for data in (figure_png(made_analysis()), sheet_png(made_analysis(), "stem")):
        assert Image.open(io.BytesIO(data)).format == "PNG"
