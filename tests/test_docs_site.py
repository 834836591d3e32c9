"""The documentation as a site: built strictly, whole, true to the code, and with nothing from elsewhere."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import resnet_demo
from hatch_build import standing_alone
from resnet_demo import __version__
from scripts.docs_pages import as_of_site
from tests.test_project import PROJECT, ROOT

NOBODY = "http://127.0.0.1:9"
"""A proxy that is not there: who asks a network for anything fails."""


def build(config: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    proxies = {"HTTP_PROXY": NOBODY, "HTTPS_PROXY": NOBODY, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(folder)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **proxies}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


class Loads(HTMLParser):
    """What a browser would fetch for a page without being asked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.found.append(given.get("src") or "")
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href") or "")


def test_every_page_is_there_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]
    written = {str(page.relative_to(ROOT / "docs").with_suffix(".html")) for page in (ROOT / "docs").rglob("*.md")}
    assert written < {str(page.relative_to(site)) for page in pages}
    for page in pages:
        for address in filter(None, Loads(page.read_text(encoding="utf-8")).found):
            assert not re.match(r"(https?:)?//", address), f"{page.name} loads {address}"
            assert (page.parent / re.split(r"[?#]", address)[0]).exists(), f"{page.name} loads {address}"


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/start.md").write_text("# Start\n\n[gone](gone.md) and [no such part](#nowhere)\n")
    lines = [f"INHERIT: {ROOT / 'mkdocs.yml'}", "hooks: []", "plugins: []", "nav: [start.md]", "docs_dir: docs"]
    (tmp_path / "mkdocs.yml").write_text("\n".join(lines) + "\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    assert "gone.md" in done.stderr and "#nowhere" in done.stderr and done.stderr.count("WARNING") == 2


def test_the_reference_has_every_public_name_with_all_its_parameters(site: Path) -> None:
    text = (site / "reference.html").read_text(encoding="utf-8")
    anchors = set(re.findall(r'<h\d id="resnet_demo\.([\w.]+)"', text))
    for name in set(resnet_demo.__all__) - {"__version__"}:
        assert any(anchor.split(".")[-1] == name for anchor in anchors), name
    shown = re.sub(r"<[^>]+>", "", text)
    for called, name in (
        (resnet_demo.Engine.analyze, "analyze"),
        (resnet_demo.explain, "explain"),
        (resnet_demo.resnet18, "resnet18"),
        (resnet_demo.AnalysisRequest, "AnalysisRequest"),
    ):
        (signature,) = re.findall(rf"^{name}\((.*?)^\)", shown, re.M | re.S)
        for parameter in set(inspect.signature(called).parameters) - {"self"}:
            assert re.search(rf"^    {parameter}: ", signature, re.M), f"{name} has {parameter}"


def test_the_cards_name_the_files_that_are_here(site: Path) -> None:
    networks = list(ROOT.glob("assets/weights/resnet*-tiny-imagenet.safetensors"))
    assert len(networks) == 3
    for page in ("cards.html", "zh/cards.html"):
        text = (site / page).read_text(encoding="utf-8")
        for path in networks:
            assert hashlib.sha256(path.read_bytes()).hexdigest() in text


def test_every_paper_of_the_page_is_in_the_page_on_its_panels() -> None:
    words = (ROOT / "resnet_demo/page/static/words.js").read_text(encoding="utf-8").split("const PAPERS = {")[1]
    papers = re.findall(r'"(https://[^"]+)"', words.split("};")[0])
    told = (ROOT / "docs/panels.md").read_text(encoding="utf-8")
    assert len(papers) > 20
    assert [paper for paper in papers if paper not in told] == []


def test_the_notebook_runs_from_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "docs/notebooks/first-look.ipynb"
    monkeypatch.chdir(path.parent)
    book = json.loads(path.read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 5 and not any(cell.get("outputs") for cell in book["cells"])
    names: dict[str, object] = {}
    for cell in code:
        exec(compile(cell, path.name, "exec"), names)
    analysis, maps = names["analysis"], names["maps"]
    assert isinstance(analysis, resnet_demo.Analysis) and analysis.predictions[0].label == "espresso"
    assert isinstance(maps, dict) and maps["0"].shape == (1, 30, 30)


def test_a_link_leads_to_the_same_page_on_the_site() -> None:
    text = "[a](docs/weights.md#x) ![b](docs/rooms.svg) [c](SECURITY.md) [LICENSE](LICENSE) [d](#e) [f](https://g.h/)"
    assert as_of_site(text, "README.md", "index.md") == (
        "[a](weights.md#x) ![b](rooms.svg) [c](security.md) `LICENSE` [d](#e) [f](https://g.h/)"
    )
    assert as_of_site("[a](../README.md) [b](../deploy/nginx.conf)", "docs/scale.md", "scale.md") == (
        "[a](index.md) b (`deploy/nginx.conf`)"
    )
    assert as_of_site("[a](docs/rooms.svg)", "README.zh-CN.md", "zh/index.md") == "[a](../rooms.svg)"


# What a package index and a code host are told


def test_a_description_stands_alone() -> None:
    text = "---\nsdk: gradio\n---\n\n# T\n\n![p](docs/p.png)\n\n[w](docs/w.md) [x](https://x.y/)\n"
    assert standing_alone(text) == "# T\n\nw [x](https://x.y/)\n"
    assert standing_alone(text, "https://h.org/f/") == (
        "# T\n\n![p](https://h.org/f/docs/p.png)\n\n[w](https://h.org/f/docs/w.md) [x](https://x.y/)\n"
    )


def test_the_wheel_is_described_without_anything_that_lies_beside_it(unpacked: Path) -> None:
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    description = metadata.read_text(encoding="utf-8").split("\n\n", 1)[1]
    assert description.startswith("# ResNet stages") and "## Start" in description
    assert [link for link in re.findall(r"\]\(([^)]*)\)", description) if not link.startswith("https://")] == []


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (__version__, PROJECT["license"])
    assert citation["abstract"] == PROJECT["description"]
    assert [each["name"] for each in citation["authors"]] == [each["name"] for each in PROJECT["authors"]]
    assert {"cff-version", "message", "title"} <= citation.keys()


@pytest.mark.parametrize("path", sorted(ROOT.glob(".github/ISSUE_TEMPLATE/[!c]*.yml")), ids=lambda path: path.stem)
def test_the_forms_for_issues_ask_for_something(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() >= {"name", "description", "body"}
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert asked and len({part["id"] for part in asked}) == len(asked)
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part["validations"]["required"] for part in asked)
