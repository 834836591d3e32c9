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


def anchors(page: str) -> set[str]:
    """What a heading can be linked by, as GitHub makes it: small letters, spaces to hyphens, most marks left out."""
    headings = re.findall(r"^#+ (.*)", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_lists_every_setting_as_the_code_has_it():
    remedy = "print it anew: python -c 'from resnet_demo.settings import settings_table as t; print(t())'"
    assert settings_table() in text_of("README.md"), remedy


def test_the_chinese_readme_lists_the_same_settings_with_the_same_defaults():
    def rows(text: str) -> list[tuple[str, str]]:
        return re.findall(r"^\| (`RESNET_DEMO_\w+`) \| (.*?) ?\| ", text, re.M)

    assert rows(text_of("README.zh-CN.md")) == rows(settings_table())


def test_both_readmes_give_the_same_commands_and_the_same_code():
    english, chinese = READMES
    assert commands(english) == commands(chinese)
    without_comments = [[re.sub(r"\s*#.*", "", block) for block in blocks(page, "python")] for page in READMES]
    assert without_comments[0] == without_comments[1]
    sections = [len(re.findall(r"^## ", prose(page), re.M)) for page in READMES]
    assert sections[0] == sections[1]


@pytest.mark.parametrize("page", READMES)
def test_make_knows_every_target_that_a_readme_names(page):
    inline = [shlex.split(code)[1] for code in re.findall(r"`(make [^`]+)`", prose(page))]
    named = {words[1] for words in commands(page) if words[0] == "make"} | set(inline)
    assert {"run", "test"} <= named
    assert named <= make_targets()


def test_the_command_line_takes_every_command_and_option_that_the_readme_names():
    seen = set()
    for words in commands("README.md"):
        if words[1:3] != ["-m", "resnet_demo"]:
            continue
        subcommand, *rest = words[3:]
        seen.add(subcommand)
        for option in (word for word in rest if word.startswith("--")):
            assert option in help_of(subcommand).replace(",", " ").split(), f"{subcommand} has no {option}"
    assert seen == set(re.findall(r"^    ([a-z]+)(?: |$)", help_of(), re.M))


def test_the_files_that_the_commands_name_exist():
    for words in commands("README.md"):
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


def test_the_readme_quotes_the_sizes_of_torchvisions_downloads():
    mebibytes = [
        weights.meta["_file_size"]
        for depth in (18, 34, 50, 101, 152)
        for weights in get_model_weights(f"resnet{depth}")
    ]
    smallest, largest = (round(size * 2**20 / 1e6) for size in (min(mebibytes), max(mebibytes)))
    assert f"({smallest} to {largest} MB)" in text_of("README.md")
    assert f"（{smallest} 至 {largest} MB）" in text_of("README.zh-CN.md")


def test_the_readme_names_every_bundled_network():
    files = (ROOT / "assets/weights").glob("resnet*-tiny-imagenet.safetensors")
    bundled = sorted(int(path.stem[6:].split("-")[0]) for path in files)
    for page in READMES:
        row = re.search(r"^\| `tiny-imagenet` \| ([^|]*) \|", text_of(page), re.M)
        assert row and [int(depth) for depth in re.findall(r"\d+", row[1])] == bundled


def test_the_readme_quotes_how_often_the_bundled_networks_are_right():
    cards = {depth: json.loads(text_of(f"assets/weights/resnet{depth}-tiny-imagenet.json")) for depth in (18, 34, 50)}
    for page in READMES:
        said = re.findall(r"(\d+\.\d) %", text_of(page).split("seshuad/IMagenet")[1].split("##")[0])
        assert said == [f"{100 * card['top1']:.1f}" for card in cards.values()]


def test_the_changelog_begins_with_this_version():
    headings = re.findall(r"^## (\S+)", text_of("CHANGELOG.md"), re.M)
    assert headings[0] == __version__
