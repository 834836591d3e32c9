"""The lines of Python that make the figure again: run as they stand, they make it."""

from __future__ import annotations

import ast
import io
import os

import numpy as np
import pytest
from PIL import Image

from resnet_demo import Engine, Settings
from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError
from resnet_demo.export import figure_png, python_snippet
from resnet_demo.results import AnalysisRequest

COFFEE = assets_dir() / "examples" / "coffee.png"


def test_the_lines_make_the_figure_on_the_screen(tmp_path, monkeypatch):
    for variable in [name for name in os.environ if name.startswith("RESNET_DEMO_")]:
        monkeypatch.delenv(variable)
    request = AnalysisRequest(
        COFFEE, weights="tiny-imagenet", target="n07920052", contrast="potter's wheel", stages=("layer3", "layer4")
    )
    look = {"kind": "layercam", "signed": True, "opacity": 0.5}
    monkeypatch.chdir(tmp_path)
    exec(python_snippet(request, **look), {})
    expected = Image.open(io.BytesIO(figure_png(Engine(settings=Settings()).run(request), **look)))
    assert np.array_equal(np.asarray(Image.open("coffee-stages.png")), np.asarray(expected))


def test_only_what_differs_from_the_default_is_said():
    assert python_snippet(AnalysisRequest("cat.jpg", depth=50)) == (
        "from resnet_demo import Engine\n"
        "from resnet_demo.export import figure\n"
        "\n"
        "answer = Engine().analyze('cat.jpg', depth=50, weights='auto')\n"
        "figure(answer).save('cat-stages.png')\n"
    )


@pytest.mark.parametrize(("name", "said"), [('it\'s "me" \\n.png', 'it\'s "me" \\n.png'), (None, "photo.jpg")])
def test_a_photo_without_a_path_stands_under_its_name(name, said):
    calls = [
        node
        for node in ast.walk(ast.parse(python_snippet(AnalysisRequest(b"...", name=name))))
        if isinstance(node, ast.Call)
    ]
    (analyze,) = [call for call in calls if getattr(call.func, "attr", "") == "analyze"]
    assert ast.literal_eval(analyze.args[0]) == said


def test_a_look_that_there_is_not_is_refused():
    with pytest.raises(InputError):
        python_snippet(AnalysisRequest("cat.jpg"), kind="gradcam")
