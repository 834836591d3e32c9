"""Images of channels as the script makes them: each where the picture says, and made once."""

import io
from contextlib import nullcontext as nothing

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save

from resnet_demo.errors import InputError, WeightsMismatch
from resnet_demo.studies.activation_maximisation import excite_channel
from resnet_demo.studies.atlas import profiles_file
from resnet_demo.weights.integrity import sha256_of
from tests.studies.networks import TRANSFORM, random_network
from tests.studies.test_atlas import WIDTHS
from training import channel_images


def test_ten_channels_made_alone_are_those_of_the_whole_stage(tmp_path):
    network = random_network()
    channels = [*range(0, 64, 3), 1, 47]
    images = channel_images.stage_images(network, "layer1", channels, TRANSFORM, tmp_path, side=16, steps=2, part=10)
    assert images.shape == (len(channels), 16, 16, 3)
    for place in (0, 1, 8, 9, 10, 11, 20, 21, 22, 23):
        alone = excite_channel(network, "layer1", channels[place], TRANSFORM, size=16, steps=2).image
        assert np.abs(images[place].astype(int) - alone).max() <= 2


def test_what_was_made_is_not_made_again(tmp_path, monkeypatch):
    network, asked = random_network(), []
    excite = channel_images.excite_channels

    def counted(network, stage, channels, *arguments, **options):
        asked.append(list(channels))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return excite(network, stage, channels, *arguments, **options)

    monkeypatch.setattr(channel_images, "excite_channels", counted)
    for expected in (KeyboardInterrupt, None):
        with pytest.raises(expected) if expected else nothing():
            channel_images.stage_images(network, "stem", range(64), TRANSFORM, tmp_path, side=8, steps=1, part=32)
    assert [each[0] for each in asked] == [0, 32, 32] and len(list(tmp_path.iterdir())) == 64
    channel_images.stage_images(network, "stem", [3, 60], TRANSFORM, tmp_path, side=8, steps=1, part=32)
    assert len(asked) == 3


def test_the_most_selective_channels_are_those_of_the_profiles_beside_the_weights(tmp_path):
    weights = tmp_path / "made.safetensors"
    weights.write_bytes(b"any")
    with pytest.raises(InputError, match="made.safetensors has no class profiles beside it"):
        channel_images.most_selective(weights, "layer1", 2)
    profiles = {stage: np.full((width, 3), 100, np.uint8) for stage, width in WIDTHS.items()}
    # (a - b) / (a + b) of the best class's mean and the others' mean: 1, 0.5, 0.6 and 0 for all that are alike.
    profiles["layer1"][[40, 7, 12, 20]] = [(0, 90, 0), (90, 30, 30), (160, 60, 20), (0, 0, 200)]
    scales = {f"{stage}.scale": np.ones(width, np.float32) for stage, width in WIDTHS.items()}
    scales["layer1.scale"][20] = 0.004  # at most 0.8, where the stage's mean is 100
    told = {"weights_sha256": sha256_of(weights)}
    profiles_file(weights).write_bytes(save({**profiles, **scales}, told))
    assert channel_images.most_selective(weights, "layer1", 2) == [12, 40]
    assert channel_images.most_selective(weights, "layer1", 3) == [7, 12, 40]
    profiles_file(weights).write_bytes(save({**profiles, **scales}, {"weights_sha256": "0" * 64}))
    with pytest.raises(WeightsMismatch):
        channel_images.most_selective(weights, "layer1", 2)


def test_an_image_that_excites_its_channel_less_than_a_photo_is_told():
    """A made image of one colour against photos that are one plainer and one stronger picture of the same."""
    network = random_network()
    images = np.full((2, 32, 32, 3), 128, np.uint8)
    images[1, 8:24, 8:24] = 255
    channels = [5, 9]
    mean, std = (torch.tensor(values)[:, None, None] for values in (TRANSFORM.mean, TRANSFORM.std))
    views = (torch.from_numpy(images).permute(0, 3, 1, 2) / 255 - mean) / std
    own = network.forward_stages(views).stages["layer1"].mean((2, 3))
    for photos in (views[:1], views[1:], views):
        best = network.forward_stages(photos).stages["layer1"].mean((2, 3)).amax(0)
        found = channel_images.more_than_photos(network, "layer1", channels, images, TRANSFORM, photos)
        assert found == [bool(own[row, channel] > best[channel]) for row, channel in enumerate(channels)]
    assert channel_images.more_than_photos(network, "layer1", channels, images, TRANSFORM, views) == [False] * 2


def test_images_lie_row_by_row_in_the_picture():
    colours = np.array([[r, g, 96] for r in (40, 200) for g in (40, 120, 200)][:5], np.uint8)
    images = colours[:, None, None].repeat(32, 1).repeat(32, 2)
    picture = np.asarray(Image.open(io.BytesIO(channel_images.sheet(images, columns=3))).convert("RGB"))
    assert picture.shape == (64, 96, 3)
    for place, colour in enumerate(colours):
        row, column = divmod(place, 3)
        assert np.abs(picture[32 * row + 16, 32 * column + 16].astype(int) - colour).max() < 8
    assert picture[48, 80].max() < 16
    again = channel_images.images_of(channel_images.sheet(images, columns=3), 5, columns=3)
    assert again.shape == images.shape and np.abs(again[:, 16, 16].astype(int) - colours).max() < 8
