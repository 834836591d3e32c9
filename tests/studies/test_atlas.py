"""Profiles made by hand, read back, and refused where they belong to other weights."""

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.results import STAGES
from resnet_demo.studies.atlas import atlas, profiles_file, read_profiles, selectivity
from resnet_demo.weights import choices
from resnet_demo.weights.integrity import sha256_of
from tests.rooms import ROOT
from tests.studies.networks import card, random_network

WIDTHS = dict(zip(STAGES, (64, 64, 128, 256, 512), strict=True))


def written(classes=3, sha256="a" * 64, **changed):
    """A file of profiles: of channel c and class k of each stage (c + 7 k) % 256, times a hundredth."""
    arrays = {}
    for stage, width in WIDTHS.items():
        arrays[stage] = ((np.arange(width)[:, None] + 7 * np.arange(classes)) % 256).astype(np.uint8)
        arrays[f"{stage}.scale"] = np.full(width, 0.01, np.float32)
    return save(arrays | changed, {"weights_sha256": sha256, "measured_on": "made photos"})


def test_the_five_best_classes_and_their_means_by_loops():
    found = atlas(random_network(classes=8), card(8, sha256="a" * 64), read_profiles(written(8), "made"))
    for stage, channel in (("stem", 0), ("layer2", 100), ("layer4", 255), ("layer4", 511)):
        told = found.channel(stage, channel)
        means = sorted(((channel + 7 * k) % 256 / 100, -k) for k in range(8))[::-1][:5]
        assert [(each.mean, each.index) for each in told.best] == [(pytest.approx(m), -k) for m, k in means]
        values = [(channel + 7 * k) % 256 for k in range(8)]
        rest = (sum(values) - max(values)) / 7
        assert told.selectivity == pytest.approx((max(values) - rest) / (max(values) + rest))
        assert told.measured_on == "made photos" and (told.filter is None) == (stage != "stem")


def test_selectivity_by_hand():
    profiles = np.array([[0, 0, 9], [3, 3, 3], [0, 0, 0], [3, 1, 1]], np.uint8)
    np.testing.assert_allclose(selectivity(profiles), [1, 0, 0, 0.5])


def test_without_profiles_there_are_the_filters_alone():
    found = atlas(random_network(), card(), None)
    assert found.stages == {} and found.widths == WIDTHS
    told = found.channel("layer3", 117)
    assert (told.best, told.kind, told.selectivity, told.filter) == ((), None, None, None)


def test_a_channel_is_named_by_what_its_best_classes_share_and_not_at_all_where_it_is_silent():
    network = choices.load(18, "tiny-imagenet")
    wnids = [each.wnid for each in network.card.classes]
    dogs = [wnids.index(w) for w in ("n02085620", "n02094433", "n02099601", "n02099712", "n02106662")]
    profile = np.zeros((512, 200), np.uint8)
    profile[0, dogs] = [9, 8, 7, 6, 5]
    profile[1, [0, 60, 100, 150, 199]] = 9
    data = written(200, sha256="", layer4=profile)
    kinds = atlas(network, network.card, read_profiles(data, "made")).stages["layer4"].kinds
    assert kinds[:3] == ("dog", None, None)


@pytest.mark.parametrize("data", [written(4), written(sha256="b" * 64)], ids=["classes", "hash"])
def test_profiles_of_other_weights_are_refused(data):
    with pytest.raises(WeightsMismatch, match="are of other weights"):
        atlas(random_network(), card(sha256="a" * 64), read_profiles(data, "made"))


@pytest.mark.parametrize(
    "data",
    [
        b"no safetensors",
        save({"stem": np.zeros((64, 3), np.uint8)}),
        written(stem=np.zeros((64, 3), np.float32)),
        written(**{"stem.scale": np.zeros(63, np.float32)}),
    ],
)
def test_a_damaged_file_is_named(data):
    with pytest.raises(WeightsCorrupt, match="made.safetensors can't be read"):
        read_profiles(data, "made.safetensors")


def test_bundled_profiles_are_of_the_weights_beside_them():
    for weights in (ROOT / "assets" / "weights").glob("resnet*-tiny-imagenet.safetensors"):
        file = profiles_file(weights)
        if file.is_file():
            assert read_profiles(file.read_bytes(), file.name).weights_sha256 == sha256_of(weights)


def test_the_network_is_left_as_it_was():
    network = random_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    atlas(network, card(), read_profiles(written(), "made"))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
