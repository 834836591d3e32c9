"""Images of channels as the script makes them: each where the picture says, and made once."""

import io
from contextlib import nullcontext as nothing

import numpy as np
import pytest
from PIL import Image

from resnet_demo.network.units import width_of
from resnet_demo.studies.activation_maximisation import excite_channel
from tests.studies.networks import TRANSFORM, random_network
from training import channel_images


def test_ten_channels_made_alone_are_those_of_the_whole_stage(tmp_path):
    network = random_network()
    images = channel_images.stage_images(network, "layer1", TRANSFORM, tmp_path, side=16, steps=2, part=24)
    assert images.shape == (width_of(network, "layer1"), 16, 16, 3)
    for channel in (0, 1, 15, 16, 23, 24, 31, 47, 48, 63):
        alone = excite_channel(network, "layer1", channel, TRANSFORM, size=16, steps=2).image
        assert np.abs(images[channel].astype(int) - alone).max() <= 2


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
            channel_images.stage_images(network, "stem", TRANSFORM, tmp_path, side=8, steps=1, part=32)
    assert [each[0] for each in asked] == [0, 32, 32] and len(list(tmp_path.iterdir())) == 2


def test_images_lie_row_by_row_in_the_picture():
    colours = np.array([[r, g, 96] for r in (40, 200) for g in (40, 120, 200)][:5], np.uint8)
    images = colours[:, None, None].repeat(32, 1).repeat(32, 2)
    picture = np.asarray(Image.open(io.BytesIO(channel_images.sheet(images, columns=3))).convert("RGB"))
    assert picture.shape == (64, 96, 3)
    for place, colour in enumerate(colours):
        row, column = divmod(place, 3)
        assert np.abs(picture[32 * row + 16, 32 * column + 16].astype(int) - colour).max() < 8
    assert picture[48, 80].max() < 16
