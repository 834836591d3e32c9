"""The viewer as one text: it says what the modules say, wherever it stands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.inline import inline_script, json_for_script, resources, style_sheet

MODULES = sorted(path.name for path in VIEWER_DIR.glob("*.js"))
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


def node(script: str) -> str:
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", MODULES)
def test_modules_keep_to_the_style_that_can_be_put_into_one_text(name):
    source = (VIEWER_DIR / name).read_text(encoding="utf-8")
    imports = re.findall(r"^import\b[^;]*;", source, re.MULTILINE)
    for statement in imports:
        assert re.fullmatch(r'import (\{[^}]*\}|\* as \w+) from "\./[\w./-]+";', statement), statement
    for line in re.findall(r"^export\b.*", source, re.MULTILINE):
        assert re.match(r"export (async )?(function|class|const|let) \w+", line), line
    code = re.sub(r"^import\b[^;]*;\n", "", source, flags=re.MULTILINE)
    assert not re.search(r"\bimport\s*\(|\bimport\.meta|^[ \t]+export\b|\bawait import\b", code, re.MULTILINE)


@needs_node
def test_the_one_text_runs_as_script_module_and_body_of_a_function():
    script = inline_script()
    asked = "Object.entries(resnetViewer).map(([name, mount]) => `${name} ${typeof mount}`).join()"
    expected = "mountStageViewer function,mountChannelBrowser function,mountLedger function,mountOcclusion function"
    assert node(f"{script}console.log({asked});") == expected
    assert node(f"console.log(new Function({json.dumps(script + 'return ' + asked)})());") == expected
    text = json.dumps(script + f"export const seen = {asked};")
    address = f"'data:text/javascript;base64,' + Buffer.from({text}).toString('base64')"
    assert node(f"import({address}).then((module) => console.log(module.seen));") == expected


@needs_node
def test_functions_in_the_one_text_answer_as_those_of_the_modules():
    # The text hides its modules; the table inside it is opened here to compare them one by one.
    opened = inline_script().replace("return { mountStageViewer", "return { from, mountStageViewer")
    asked = (
        'const a = {cell: resnetViewer.from("geometry.js").cellAt({x: 0.5, y: 0.9}, 7, 7),'
        ' scale: resnetViewer.from("scale.js").scaleOf({min: -2, max: 1}, {signed: true, shared: false}, []),'
        ' text: resnetViewer.from("numbers.js").formatValue(-0.0123)};'
        "console.log(JSON.stringify(a));"
    )
    assert json.loads(node(opened + asked)) == {
        "cell": {"row": 6, "column": 3},
        "scale": {"low": -2, "high": 2},
        "text": "−0.0123",
    }


def test_every_module_is_in_the_one_text_once():
    script = inline_script()
    for name in MODULES:
        assert script.count(f'"{name}": (from) => {{') == 1, name


def test_nothing_in_it_ends_a_script_element():
    assert "</script" not in inline_script().lower()
    assert "</style" not in style_sheet().lower()
    assert json_for_script({"name": "</script><!--"}) == '{"name": "\\u003c/script>\\u003c!--"}'
    assert json.loads(json_for_script({"name": "</script>"})) == {"name": "</script>"}


def test_a_number_that_json_lacks_is_refused():
    with pytest.raises(ValueError):
        json_for_script(float("nan"))


def test_both_languages_and_all_colours_are_at_hand():
    english, chinese = resources("en"), resources("zh")
    assert english["texts"].keys() == chinese["texts"].keys()
    assert english["colours"] == chinese["colours"]
    with pytest.raises(FileNotFoundError):
        resources("xx")


def test_no_module_writes_markup_or_asks_the_network():
    for name in MODULES:
        source = (VIEWER_DIR / name).read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "fetch(",
            "XMLHttpRequest",
            "eval(",
        ):
            assert word not in source, f"{name} uses {word}"


def test_the_style_sheet_stays_inside_the_viewer():
    sheet = re.sub(r"/\*.*?\*/", "", (VIEWER_DIR / "viewer.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    sheet = re.sub(r"@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", sheet)
    sheet = re.sub(r"@media[^{]*\{", "", sheet)
    for selectors in re.findall(r"([^{}]+)\{", re.sub(r"\([^()]*\)", "", sheet)):
        for selector in selectors.split(","):
            assert re.match(r"\.rv\b", selector.strip()), selector


def test_the_library_of_templates_is_the_published_one_with_its_licence():
    folder = VIEWER_DIR / "lit-html"
    assert "BSD 3-Clause" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert '.push("3.3.3")' in (folder / "lit-html.js").read_text(encoding="utf-8")
    for script in folder.glob("*.js"):
        assert "SPDX-License-Identifier: BSD-3-Clause" in script.read_text(encoding="utf-8")
