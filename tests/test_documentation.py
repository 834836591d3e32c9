"""The documentation says what is so: settings, files, commands, links and figures in it are those of the project."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from torchvision.models import get_model_weights

from resnet_demo import __version__
from resnet_demo.settings import settings_table

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
PAIRS = [READMES] + [(f"docs/{path.name}", f"docs/zh/{path.name}") for path in sorted(ROOT.glob("docs/zh/*.md"))]
"""The English and the Chinese page of the same."""

PAGES = [
    str(path.relative_to(ROOT))
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("assets/**/*.md")])
]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.M | re.S)


def prose(page: str) -> str:
    return re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)


ENGLISH = [page for page in PAGES if page not in {chinese for _, chinese in PAIRS}]


def commands(page: str) -> list[list[str]]:
    return [shlex.split(line) for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]


def make_targets() -> set[str]:
    phony = re.search(r"^\.PHONY:(.*)", text_of("Makefile"), re.M)
    assert phony
    return set(phony[1].split())


@cache
def help_of(*subcommand: str) -> str:
    asked = [sys.executable, "-m", "resnet_demo", *subcommand, "--help"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def documented(page: str) -> list[str]:
    """The full names that a page takes from docstrings, in its order: of a module those of its members alone."""
    found = re.findall(r"^::: (\S+)(?:\n    options:(?:\n {6}.*)*\n {6}members: \[(.*)\])?", prose(page), re.M)
    return [each for name, of_it in found for each in ([f"{name}.{m}" for m in of_it.split(", ")] if of_it else [name])]


def anchors(page: str) -> set[str]:
    """What a place of a page can be linked by: a heading as GitHub makes it (small letters, spaces to hyphens, most
    marks left out), and on the site what is taken from a docstring by its full name."""
    headings = re.findall(r"^#+ (.*)", prose(page), re.M)
    return {*documented(page), *(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings)}


def test_the_settings_are_listed_as_the_code_has_them():
    remedy = "print it anew: python -c 'from resnet_demo.settings import settings_table as t; print(t())'"
    assert settings_table() in text_of("docs/settings.md"), remedy


def test_the_chinese_page_lists_the_same_settings_with_the_same_defaults():
    def rows(text: str) -> list[tuple[str, str]]:
        return re.findall(r"^\| (`RESNET_DEMO_\w+`) \| (.*?) ?\| ", text, re.M)

    assert rows(text_of("docs/zh/settings.md")) == rows(settings_table())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_both_languages_give_the_same_commands_the_same_code_and_the_same_parts(pair):
    english, chinese = pair
    assert commands(english) == commands(chinese)
    for language in ("python", "py", "nginx", "json"):
        without_comments = [[re.sub(r"\s*#.*", "", block) for block in blocks(page, language)] for page in pair]
        assert without_comments[0] == without_comments[1]
    parts = [re.findall(r"^(#+|-|\|) ", prose(page), re.M) for page in pair]
    assert parts[0] == parts[1]


def test_every_page_is_there_in_both_languages():
    assert {path.name for path in ROOT.glob("docs/*.md")} == {path.name for path in ROOT.glob("docs/zh/*.md")}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_both_languages_name_the_same_papers_and_a_chinese_page_leads_to_chinese_ones(pair):
    papers = [
        set(re.findall(r"\((https://(?:arxiv|doi|distill)\.(?:[^\s()]|\([^\s()]*\))+)\)", text_of(page)))
        for page in pair
    ]
    assert papers[0] == papers[1]
    _, chinese = pair
    for target in re.findall(r"\]\(([^()\s#]+)", text_of(chinese)):
        there = ((ROOT / chinese).parent / target).resolve()
        english = there.parent == ROOT / "docs" and there.suffix == ".md"
        assert not english or target == "../reference.md", f"{chinese} links to {target}"


def test_the_chinese_reference_has_every_name_in_its_place_and_leads_to_its_docstring():
    linked = re.findall(r"^\[.*", text_of("docs/zh/reference.md"), re.M)
    led = [each for line in linked for each in re.findall(r"\[`(\w+)`\]\(\.\./reference\.md#([\w.]+)\)", line)]
    assert [name for _, name in led] == documented("docs/reference.md")
    assert all(name.split(".")[-1] == shown for shown, name in led)


@pytest.mark.parametrize("page", PAGES)
def test_make_knows_every_target_that_a_page_names(page):
    inline = [shlex.split(code)[1] for code in re.findall(r"`(make [^`]+)`", prose(page))]
    named = {words[1] for words in commands(page) if words[0] == "make"} | set(inline)
    assert ({"run", "test", "docs"} if page in READMES else set()) <= named
    assert named <= make_targets()


def test_the_command_line_takes_every_command_and_option_that_is_shown():
    shown = [words for page in ENGLISH for words in commands(page)]
    shown += [
        words for page in ENGLISH for words in map(shlex.split, re.findall(r"`(resnet-demo [^`]+)`", prose(page)))
    ]
    seen = set()
    for words in shown:
        if words[0] != "resnet-demo" and words[1:3] != ["-m", "resnet_demo"]:
            continue
        subcommand, *rest = words[1 if words[0] == "resnet-demo" else 3 :]
        seen.add(subcommand)
        named = (subcommand, rest[0]) if subcommand == "weights" else (subcommand,)
        for option in (word for word in rest if word.startswith("--")):
            assert option in help_of(*named).replace(",", " ").split(), f"{' '.join(named)} has no {option}"
    assert seen == set(re.findall(r"^    ([a-z]+)(?: |$)", help_of(), re.M))


def test_the_files_that_the_commands_name_exist():
    for words in [words for page in ENGLISH for words in commands(page)]:
        for word in words[1:]:
            if re.fullmatch(r"(\w+/)+[\w.-]+|[\w.-]+\.(py|txt)", word) and not word.startswith(".venv"):
                assert (ROOT / word).exists(), word


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_a_page_names_exist(page):
    for name in re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:md|toml))`", prose(page)):
        if name.split("/")[0] in {path.name for path in ROOT.iterdir()}:
            assert (ROOT / name).exists(), f"{page} names {name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page):
    for target in re.findall(r"\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            assert re.match(r"https?://[\w.-]+\.\w+(/|$)", target), f"{page} links to {target}"
            continue
        path, _, anchor = target.partition("#")
        there = (ROOT / page).parent / path if path else ROOT / page
        assert there.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(str(there.resolve().relative_to(ROOT))), f"{page} links to {target}"


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for block in blocks("README.md", "python"):
        exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("espresso")
    assert [line.split()[0] for line in printed.splitlines()[5:]] == ["stem", "layer1", "layer2", "layer3", "layer4"]


@pytest.mark.parametrize("page", [page for page in ENGLISH if page != "README.md" and blocks(page, "python")])
def test_the_python_of_a_page_runs(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    for block in blocks(page, "python"):
        exec(compile(block, page, "exec"), {})
    assert re.search(r"espresso|koala\.webp koala", capsys.readouterr().out)


def test_the_quoted_sizes_are_those_of_torchvisions_downloads():
    mebibytes = [
        weights.meta["_file_size"]
        for depth in (18, 34, 50, 101, 152)
        for weights in get_model_weights(f"resnet{depth}")
    ]
    smallest, largest = (round(size * 2**20 / 1e6) for size in (min(mebibytes), max(mebibytes)))
    assert f"({smallest} to {largest} MB)" in text_of("docs/weights.md")
    assert f"（{smallest} 至 {largest} MB）" in text_of("docs/zh/weights.md")


def test_every_bundled_network_is_named():
    files = (ROOT / "assets/weights").glob("resnet*-tiny-imagenet.safetensors")
    bundled = sorted(int(path.stem[6:].split("-")[0]) for path in files)
    for page in ("docs/weights.md", "docs/zh/weights.md"):
        row = re.search(r"^\| `tiny-imagenet` \| ([^|]*) \|", text_of(page), re.M)
        assert row and [int(depth) for depth in re.findall(r"\d+", row[1])] == bundled


def test_the_pages_quote_how_often_the_bundled_networks_are_right():
    cards = {depth: json.loads(text_of(f"assets/weights/resnet{depth}-tiny-imagenet.json")) for depth in (18, 34, 50)}
    logs = [text_of(f"assets/weights/resnet{depth}-tiny-imagenet.jsonl").splitlines() for depth in cards]
    elsewhere = [json.loads(log[-1])["top1"] for log in logs]  # on sharp photos, which training has nothing of
    for page in (*READMES, "docs/weights.md", "docs/zh/weights.md"):
        said = re.findall(r"(\d+\.\d) %", text_of(page))
        assert said == [f"{100 * share:.1f}" for share in (*(card["top1"] for card in cards.values()), *elsewhere)]


def test_the_pages_tell_how_many_photos_a_thousand_classes_name():
    card = json.loads(text_of("assets/weights/resnet34-imagenet-1k-distilled.json"))
    first, five = round(1000 * card["top1"]), round(1000 * card["top5"])
    for page in ("docs/weights.md", "docs/zh/weights.md"):
        told = re.search(r"^`imagenet-1k-distilled`.*?\n\n", text_of(page), re.S | re.M)
        assert told and {str(first), str(five)} <= {*re.findall(r"\d+", told[0])}


def test_the_changelog_begins_with_this_version():
    headings = re.findall(r"^## (\S+)", text_of("CHANGELOG.md"), re.M)
    assert headings[0] == __version__
