"""Patches found once more by torchvision's network, its transforms and receptive fields worked out by hand."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save
from torchvision import models, transforms

from resnet_demo.errors import Cancelled, WeightsCorrupt, WeightsMismatch
from resnet_demo.photos.preprocess import prepare
from resnet_demo.results import STAGES, ViewBox
from resnet_demo.studies.patches import BEST, patches_file, read_patches, seen_of_square, stored, strongest_patches
from resnet_demo.weights import choices
from resnet_demo.weights.cards import Transform
from resnet_demo.weights.integrity import sha256_of
from tests.rooms import ROOT
from tests.studies.networks import card, random_network, random_views
from training.patches import photos_sha256

WEIGHTS = ROOT / "assets" / "weights"
PHOTOS = sorted((ROOT / "assets" / "photos").glob("*.webp"))
BUNDLED = sorted(each for each in WEIGHTS.glob("resnet*-tiny-imagenet.safetensors"))


def fields_by_hand():
    """Size, step and start of ResNet-18's cells, by stage, from its kernels, strides and paddings in order."""
    size, step, start, found = 1, 1, 0, {}
    layers = {"stem": [(7, 2, 3), (3, 2, 1)], "layer1": [(3, 1, 1)] * 4}
    layers |= {stage: [(3, 2, 1)] + [(3, 1, 1)] * 3 for stage in ("layer2", "layer3", "layer4")}
    for stage, of in layers.items():
        for kernel, stride, padding in of:
            size, start, step = size + (kernel - 1) * step, start - padding * step, step * stride
        found[stage] = (size, step, start)
    return found


def test_the_bundled_patches_of_ten_channels_by_torchvision():
    ours = choices.load(18, "tiny-imagenet")
    theirs = models.resnet18(num_classes=200).eval()
    theirs.load_state_dict(ours.state_dict(), strict=False)
    told = ours.card.transform
    seen = transforms.Compose(
        [
            transforms.Resize(told.resize, transforms.InterpolationMode(told.interpolation)),
            transforms.CenterCrop(told.crop),
            transforms.ToTensor(),
            transforms.Normalize(told.mean, told.std),
        ]
    )
    stem = torch.nn.Sequential(theirs.conv1, theirs.bn1, theirs.relu, theirs.maxpool)
    channels = {"stem": (0, 12), "layer1": (3, 40), "layer2": (20, 100), "layer3": (117, 255), "layer4": (40, 511)}
    values: dict[str, list[torch.Tensor]] = {stage: [] for stage in channels}
    with torch.inference_mode():
        for x in torch.stack([seen(Image.open(photo).convert("RGB")) for photo in PHOTOS]).split(16):
            for stage in STAGES:
                x = stem(x) if stage == "stem" else getattr(theirs, stage)(x)
                values[stage].extend(x[:, list(channels[stage])])
    file = patches_file(WEIGHTS / "resnet18-tiny-imagenet.safetensors")
    found = read_patches(file.read_bytes(), file.name, ours, ours.card)
    for stage, pair in channels.items():
        size, step, start = fields_by_hand()[stage]
        for place, channel in enumerate(pair):
            maps = {photo.name: each[place] for photo, each in zip(PHOTOS, values[stage], strict=True)}
            best = sorted((float(each.max()) for each in maps.values()), reverse=True)
            patches = found.of(stage, channel)
            assert len({patch.photo for patch in patches}) == len(patches) == BEST
            np.testing.assert_allclose([patch.value for patch in patches], best[:BEST], rtol=1e-3)
            for patch in patches:
                own = maps[patch.photo]
                assert float(own[patch.row, patch.column]) == pytest.approx(patch.value, rel=1e-3)
                assert float(own.max()) == pytest.approx(patch.value, rel=1e-3)
                assert patch.relative == pytest.approx(patch.value / best[0], rel=1e-3)
                top, left = start + step * patch.row, start + step * patch.column
                assert patch.box == ViewBox(
                    max(top, 0), max(left, 0), min(top + size, told.crop), min(left + size, told.crop)
                )


def test_photos_that_do_not_excite_a_channel_give_no_patch():
    network, views = random_network(), random_views(4, 32, 32)
    with torch.no_grad():
        network.layer4[0].bn2.weight[7] = 0
        network.layer4[0].bn2.bias[7] = -100  # whatever the shortcut brings
    files = ["a", "b", "c", "d"]
    found = strongest_patches(network, views, card(), files, batch_size=3)
    assert found.of("layer4", 7) == () and (found.stages["layer4"].photos[7] == -1).all()
    activation = network.forward_stages(views).stages["layer2"]
    for channel in range(10):
        patches = found.of("layer2", channel)
        largest = {name: float(each[channel].max()) for name, each in zip(files, activation, strict=True)}
        assert [patch.photo for patch in patches] == sorted(
            (name for name in files if largest[name] > 0), key=lambda name: -largest[name]
        )
        for patch in patches:
            assert patch.value == pytest.approx(largest[patch.photo], rel=1e-4)


@pytest.mark.parametrize(("resize", "crop"), [(192, 192), (256, 224), (36, 33), (32, 36), (33, 36)])
def test_where_the_view_lies_in_a_square_photo_is_where_preparing_it_puts_it(resize, crop):
    transform = Transform(resize, crop, "bilinear", (0.5,) * 3, (0.25,) * 3)
    box = prepare(np.zeros((160, 160, 3), np.uint8), transform).box
    seen = seen_of_square(transform)
    for side in ("left", "top", "right", "bottom"):
        assert getattr(seen, side) == pytest.approx(getattr(box, side) / 160)


def written(network, sha256="a" * 64, **changed):
    arrays, about = stored(strongest_patches(network, random_views(3, 32, 32), card(), ["a", "b", "c"]))
    return save(arrays | changed, about | {"weights_sha256": sha256})


def test_what_is_stored_comes_back():
    network = random_network()
    found = strongest_patches(network, random_views(3, 32, 32), card(), ["a", "b", "c"])
    again = read_patches(written(network), "made", network, card(sha256="a" * 64))
    assert (again.photos, again.view_size, again.seen) == (found.photos, 32, found.seen)
    for stage, width in zip(STAGES, (64, 64, 128, 256, 512), strict=True):
        for channel in (0, width - 1):
            assert again.of(stage, channel) == found.of(stage, channel)


def test_patches_of_other_weights_are_refused():
    network = random_network()
    with pytest.raises(WeightsMismatch, match="patches beside .* are of other weights"):
        read_patches(written(network), "made", network, card(sha256="b" * 64))
    data = written(network, **{f"layer4.{part}": np.zeros((8, 3), np.int16) for part in ("photos", "cells", "values")})
    with pytest.raises(WeightsMismatch, match="of other weights"):
        read_patches(data, "made", network, card())


@pytest.mark.parametrize(
    "changed",
    [
        {"stem.photos": np.full((64, 3), 3, np.int16)},
        {"stem.cells": np.full((64, 3), 64, np.int16)},
        {"stem.values": np.zeros((64, 2), np.float32)},
        {"stem.grid": np.zeros(3, np.int16)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_damaged_file_is_named(changed):
    network = random_network()
    with pytest.raises(WeightsCorrupt, match="made.safetensors can't be read"):
        read_patches(written(network, **changed), "made.safetensors", network, card())
    with pytest.raises(WeightsCorrupt, match="made.safetensors can't be read"):
        read_patches(b"no safetensors", "made.safetensors", network, card())


def test_it_stops_when_asked():
    with pytest.raises(Cancelled):
        strongest_patches(random_network(), random_views(3, 32, 32), card(), ["a", "b", "c"], stop=lambda: True)


@pytest.mark.parametrize("weights", BUNDLED, ids=lambda weights: weights.stem)
def test_bundled_patches_are_of_the_weights_beside_them_and_of_the_photos(weights):
    data = patches_file(weights).read_bytes()
    about = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    assert about["weights_sha256"] == sha256_of(weights), "find them anew: python -m training.patches"
    assert about["photos_sha256"] == photos_sha256(PHOTOS), "find them anew: python -m training.patches"
    assert json.loads(about["photos"]) == [photo.name for photo in PHOTOS]
