"""Which network answers: a file of one's own, what is on this machine, what was fetched by its own command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import torch

from resnet_demo.network.resnet import resnet
from resnet_demo.weights import sources
from tests.cli.conftest import EXAMPLES
from tests.mirror import Mirror
from tests.publishing import published_as
from tests.randomised import randomise

COFFEE = EXAMPLES / "coffee.png"
LINES = ("--format", "jsonl", "--top-k", "3")


@pytest.fixture
def mirror(monkeypatch):
    server = Mirror()
    monkeypatch.setenv("RESNET_DEMO_WEIGHTS_URL", server.url)
    yield server
    server.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A ResNet-34 of four classes, as torchvision would publish it."""
    path = tmp_path_factory.mktemp("small") / "resnet34-small.pth"
    torch.save(randomise(resnet(34, 4), seed=4).state_dict(), path)
    return path


@pytest.fixture
def published(small, mirror, monkeypatch) -> str:
    """In place of torchvision's ResNet-34 and the bundled: the small one, on the mirror. Returns its file's name."""
    record = published_as(small)
    monkeypatch.setattr("resnet_demo.weights.registry.published", lambda depth: (record,) if depth == 34 else ())
    monkeypatch.setattr(sources, "bundled", lambda depth: [])
    mirror.put(f"/{small.name}", small.read_bytes())
    return small.name


@pytest.mark.parametrize("weights", ["auto", "imagenet1k-v1"])
@pytest.mark.parametrize(
    "words",
    [
        ["explain", "--html"],
        ["classify", "--format", "csv"],
        ["blocks"],
        ["ledger"],
        ["occlude"],
        ["compare", "--depths", "34,50", "--out", "o"],
    ],
)
def test_nothing_is_fetched_unasked(run, published, mirror, surroundings, words, weights):
    depth = [] if words[0] == "compare" else ["--depth", "34"]
    said = run(*words, COFFEE, *depth, "--weights", weights)
    assert (said.code, said.out, mirror.requests, list(surroundings.iterdir())) == (3, "", [], [])
    assert "nothing is downloaded unasked" in said.err


def test_what_the_refusal_says_fetches_the_weights_with_its_progress_on_standard_error(run, published, mirror):
    refused = run("classify", COFFEE, "--depth", "34", *LINES)
    program, *words = shlex.split(refused.err.split("`")[1])
    assert program == "resnet-demo"
    fetched = run(*words)
    assert fetched.code == 0 and "100 % of 85 MB" in fetched.err
    assert re.match(r"Downloading ResNet-34 imagenet1k-v1 \(85 MB\)\n", fetched.err)
    said = run("classify", COFFEE, "--depth", "34", *LINES)
    assert said.code == 0 and "Downloading" not in said.err
    assert {p["label"] for p in json.loads(said.out)["predictions"]} <= {f"kind {i}" for i in range(4)}
    assert mirror.requests == [f"/{published}"]


def test_offline_nothing_is_fetched_even_when_asked(run, published, mirror):
    said = run("weights", "download", "--depth", "34", "--offline")
    assert said.code == 3 and mirror.requests == [] and "--offline" in said.err


def test_a_download_that_fails_leaves_3_and_says_what_to_do(run, published, mirror):
    mirror.answers.clear()
    said = run("weights", "download", "--depth", "34")
    assert said.code == 3 and "404" in said.err and "put there by hand" in said.err


def test_the_weights_command_fetches_what_it_is_told_to(run, published, mirror):
    said = run("weights", "download", "--depth", "34")
    assert said.code == 0 and said.out == "" and "its hash checked: " in said.err and published in said.err
    assert run("weights", "download", "--depth", "34", "--quiet").err == ""
    assert mirror.requests == [f"/{published}"]


@pytest.mark.parametrize("option", ["--weights", "--weights-file"])
def test_a_file_of_ones_own_brings_its_depth(run, own_file, option):
    said = run("classify", COFFEE, option, own_file, *LINES)
    assert said.code == 0
    assert {p["label"] for p in json.loads(said.out)["predictions"]} == {"class 0", "class 1", "class 2"}


def test_another_depth_than_the_files_is_refused(run, own_file):
    said = run("classify", COFFEE, "--weights", own_file, "--depth", "50")
    assert said.code == 2 and "mine.safetensors holds a ResNet-34, not a ResNet-50" in said.err


def test_a_damaged_file_of_ones_own_leaves_3(run, tmp_path, own_file):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(own_file.read_bytes()[:-1000])
    said = run("classify", COFFEE, "--weights", damaged)
    assert said.code == 3 and "damaged.safetensors" in said.err


def test_the_list_says_what_is_here(run):
    lines = run("weights", "--depth", "18").out.splitlines()
    assert re.match(r" *18 +imagenet1k-v1 +to download +47 MB +1,000 +69\.8 % ", lines[1])
    assert re.match(r" *18 +tiny-imagenet +here, auto takes it +\d+ MB +200 ", lines[2])


def test_the_list_offers_no_downloads_offline(run):
    assert "to download" not in run("weights", "--offline").out


def test_the_list_as_json_has_every_choice_of_every_depth(run):
    rows = json.loads(run("weights", "--json").out)
    assert {row["depth"] for row in rows} == {18, 34, 50, 101, 152}
    assert sum(row["name"] == "imagenet1k-v2" for row in rows) == 3
    bundled = [(row["depth"], row["available"]) for row in rows if row["name"] == "tiny-imagenet"]
    assert bundled == [(18, True), (34, True), (50, True)]


def test_verify_reads_what_is_here(run):
    said = run("weights", "verify")
    assert said.code == 0 and said.out.startswith("ResNet-18 tiny-imagenet: whole and usable (")


def test_verify_finds_a_damaged_file(run, published, mirror, tmp_path):
    run("weights", "download", "--depth", "34")
    file = tmp_path / "torch" / "hub" / "checkpoints" / published
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    said = run("weights", "verify", "--depth", "34")
    assert said.code == 3 and said.out == "" and "SHA-256" in said.err


def test_weights_check_says_what_a_file_holds_and_what_was_unwrapped(run, tmp_path):
    state = randomise(resnet(18, 3)).state_dict()
    held = {"state_dict": {f"model.{k}": v for k, v in state.items()} | {"criterion.weight": torch.ones(3)}}
    torch.save(held | {"classes": ["cat", "dog", "newt"]}, tmp_path / "best.ckpt")
    said = run("weights", "check", tmp_path / "best.ckpt")
    assert said.code == 0
    assert re.search(r"ResNet-18, 11,178,051 parameters, usable", said.out)  # torchvision's 11,689,512, 997 rows less
    assert 'taken: the entries under "state_dict.model."' in said.out
    assert "left out: state_dict.criterion.weight" in said.out
    assert "classes: cat, dog, newt\n" in said.out


def test_weights_check_of_a_folder_says_what_it_passes_over(run, tmp_path):
    torch.save(randomise(resnet(18, 3)).state_dict(), tmp_path / "resnet18.pt")
    (tmp_path / "best.ckpt").write_bytes(b"PK\x03\x04 and no more")
    said = run("weights", "check", tmp_path)
    assert said.code == 0 and "best.ckpt: passed over" in said.out and "resnet18.pt\n" in said.out
    said = run("weights", "check", tmp_path / "best.ckpt")
    assert said.code == 3 and "best.ckpt" in said.err


def test_the_list_says_which_files_of_the_folder_are_passed_over(run, tmp_path, monkeypatch):
    (tmp_path / "best.ckpt").write_bytes(b"PK\x03\x04 and no more")
    monkeypatch.setenv("RESNET_DEMO_WEIGHTS_DIR", str(tmp_path))
    said = run("weights")
    assert said.code == 0 and "best.ckpt: passed over" in said.err


def test_weights_check_without_a_file_asks_for_one(run):
    assert run("weights", "check").code == 2


def test_two_files_of_one_depth_are_compared(run, tmp_path):
    for seed, name in enumerate(("before.pth", "after.pth")):
        torch.save(randomise(resnet(18, 3), seed=seed).state_dict(), tmp_path / name)
    files = [part for name in ("before.pth", "after.pth") for part in ("--weights-file", tmp_path / name)]
    said = run("compare", COFFEE, *files)
    assert said.code == 0 and "before.pth" in said.out and "after.pth" in said.out
    assert run("compare", COFFEE, *files[:2]).code == 2
