"""The script writes each network's patches once, and anew for other photos or weights."""

import shutil

import pytest
from PIL import Image

from resnet_demo.studies.patches import patches_file, read_patches
from resnet_demo.weights import choices
from tests.rooms import ROOT
from training import patches

BUNDLED = ROOT / "assets" / "weights" / "resnet18-tiny-imagenet.safetensors"


@pytest.fixture
def weights(tmp_path):
    for file in (BUNDLED, BUNDLED.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    return tmp_path / BUNDLED.name


def photos(folder, *colours):
    for colour in colours:
        Image.new("RGB", (160, 160), colour).save(folder / f"{colour}.webp", lossless=True)
    return sorted(folder.glob("*.webp"))


def test_a_file_of_its_weights_and_photos_is_left_as_it_is(weights, tmp_path):
    file = patches.make(weights, photos(tmp_path, "red", "blue"))
    assert file == patches_file(weights)
    before = file.stat().st_mtime_ns
    assert patches.make(weights, photos(tmp_path, "red", "blue")).stat().st_mtime_ns == before
    network = choices.load(18, "tiny-imagenet")
    assert read_patches(file.read_bytes(), file.name, network, network.card).photos == ("blue.webp", "red.webp")
    patches.make(weights, photos(tmp_path, "red", "blue", "green"))
    assert len(read_patches(file.read_bytes(), file.name, network, network.card).photos) == 3


def test_all_bundled_depths_are_done_by_one_command():
    assert [each.name[:8] for each in patches.bundled()] == ["resnet18", "resnet34", "resnet50"]
    assert len(patches.collection()) >= 250
