"""Class profiles as the script measures them: against means taken photo by photo, and gone on with where it stopped."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from resnet_demo.photos.preprocess import prepare
from resnet_demo.results import STAGES
from resnet_demo.studies.atlas import read_profiles
from resnet_demo.studies.randomisation import untrained
from tests.studies.networks import card, random_network
from training import atlas
from training.data import Photos


@pytest.fixture
def photos():
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (120, 3, 32, 32), generator=draw, dtype=torch.uint8)
    return Photos(pixels, torch.arange(120) * 7 % 3, ("a", "b", "c"), "made")


def test_the_profiles_of_ten_channels_photo_by_photo(photos, tmp_path):
    network = random_network()
    sums = atlas.class_sums(network, card(), photos, tmp_path / "kept.safetensors")
    for stage in STAGES:
        means = torch.zeros(3, 10)
        for pixels, label in zip(photos.pixels, photos.labels, strict=True):
            x = prepare(pixels.permute(1, 2, 0).numpy(), card().transform).tensor[None]
            means[label] += network.forward_stages(x).stages[stage][0, :10].mean((1, 2)) / 40
        torch.testing.assert_close(sums[stage][:10].float() / 40, means.T, rtol=1e-4, atol=1e-5)


def test_what_was_seen_is_not_seen_again(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "PART", 50)
    kept, seen = tmp_path / "cache" / "kept.safetensors", []
    pooled = atlas.pooled_stages

    def counted(network, of, part, bfloat16):
        seen.append(len(part))
        if len(seen) == 2:
            raise KeyboardInterrupt
        return pooled(network, of, part, bfloat16)

    monkeypatch.setattr(atlas, "pooled_stages", counted)
    network = random_network()
    with pytest.raises(KeyboardInterrupt):
        atlas.class_sums(network, card(), photos, kept)
    again = atlas.class_sums(network, card(), photos, kept)
    assert seen == [50, 50, 50, 20] and int(load_file(kept)["done"]) == 120
    whole = atlas.class_sums(network, card(), photos, tmp_path / "other.safetensors")
    for stage in STAGES:
        torch.testing.assert_close(again[stage], whole[stage])


def test_bfloat16_is_as_near_as_its_eight_digits(photos, tmp_path):
    network = random_network()
    exact, rough = (
        atlas.class_sums(network, card(), photos, tmp_path / f"{half}.safetensors", half) for half in (False, True)
    )
    for stage in STAGES:
        apart = (exact[stage] - rough[stage]).abs().max() / exact[stage].abs().max()
        assert 0 < apart < 0.01, stage


def test_8_bits_are_within_half_a_step_of_the_mean_and_silence_stays_silent():
    means = torch.rand(5, 200, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    means[2] = 0
    stored, scale = atlas.in_8_bits(means)
    assert stored.dtype == torch.uint8 and (stored[2] == 0).all() and scale[2] == 0
    assert (stored[[0, 1, 3, 4]].amax(1) == 255).all()
    assert ((stored * scale[:, None] - means).abs() <= scale[:, None] / 2 + 1e-6).all()


def test_the_null_is_of_random_weights_on_the_same_photos(tmp_path, monkeypatch):
    network = random_network(classes=3)
    network.card = card()
    photos = torch.randint(0, 256, (30, 3, 32, 32), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    photos = Photos(photos, torch.arange(30) % 3, tuple(f"class {k}" for k in range(3)), "made")
    weights = tmp_path / "made.safetensors"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(atlas, "network_of", lambda _: network)
    monkeypatch.setattr(atlas, "load_split", lambda *_: photos)
    file = atlas.make(tmp_path, weights, tmp_path / "cache")
    found = read_profiles(file.read_bytes(), file.name)
    null = untrained(network, 0)
    for stage in STAGES:
        means = torch.zeros(3, 10)
        for pixels, label in zip(photos.pixels, photos.labels, strict=True):
            x = prepare(pixels.permute(1, 2, 0).numpy(), card().transform).tensor[None]
            means[label] += null.forward_stages(x).stages[stage][0, :10].mean((1, 2)) / 10
        most = means.max(0).values
        others = (means.sum(0) - most) / 2
        by_hand = torch.where(most > 0, (most - others) / (most + others), 0)  # a silent channel selects nothing
        np.testing.assert_allclose(found.null[stage][:10], by_hand, atol=1e-4)
