"""Profiles made by hand, read back, and refused where they belong to other weights."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import save

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.results import STAGES
from resnet_demo.studies.atlas import atlas, profiles_file, read_profiles, read_sheets, selectivity, sheets_file
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


def drawn(sha256="a" * 64, told=8, **changed):
    """A file of images: a stage's channels, 16 a row, each plain and as bright as its number."""
    arrays = {}
    for stage, width in WIDTHS.items():
        grey = np.arange(width, dtype=np.uint8).reshape(-1, 16).repeat(8, 0).repeat(8, 1)
        out = io.BytesIO()
        Image.fromarray(grey).convert("RGB").save(out, "WEBP", lossless=True)
        arrays[stage] = np.frombuffer(out.getvalue(), np.uint8)
    return save(arrays | changed, {"weights_sha256": sha256, "side": str(told), "columns": "16"})


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
        written(**{f"{stage}.null": np.zeros(width, np.float64) for stage, width in WIDTHS.items()}),
        written(**{"stem.null": np.zeros(64, np.float32)}),
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


def test_images_of_channels_are_told_of_and_those_of_other_weights_refused():
    found = atlas(random_network(), card(sha256="a" * 64), None, read_sheets(drawn(), "made"))
    assert (found.image_side, found.image_columns) == (8, 16)
    assert {stage: found.image_channels[stage].tolist() for stage in STAGES} == {
        stage: list(range(width)) for stage, width in WIDTHS.items()
    }
    some = drawn(**{"layer3.channels": np.array([5, 200], np.int32)})
    found = atlas(random_network(), card(sha256="a" * 64), None, read_sheets(some, "made"))
    assert found.image_channels["layer3"].tolist() == [5, 200] and len(found.image_channels["layer4"]) == 512
    without = atlas(random_network(), card(), None)
    assert without.image_side is None and without.image_channels == {}
    with pytest.raises(WeightsMismatch, match="images of channels beside .* are of other weights"):
        atlas(random_network(), card(sha256="b" * 64), None, read_sheets(drawn(), "made"))


@pytest.mark.parametrize(
    "data",
    [
        b"no safetensors",
        save({"stem": np.zeros(3, np.uint8)}),
        drawn(told=0),
        drawn(**{"layer1.channels": np.zeros(3)}),
        drawn(**{"layer1.channels": np.zeros((3, 1), np.int32)}),
    ],
)
def test_a_damaged_file_of_images_is_named(data):
    with pytest.raises(WeightsCorrupt, match="made.safetensors can't be read"):
        read_sheets(data, "made.safetensors")


IMAGED = [file.stem.removesuffix("-channels") for file in (ROOT / "assets" / "weights").glob("*-channels.safetensors")]


@pytest.mark.parametrize("weights", sorted(IMAGED))
def test_bundled_images_excite_their_channels_more_than_the_photos_and_other_images_do(weights):
    depth, _, name = weights.removeprefix("resnet").partition("-")
    network = choices.load(int(depth), name)
    file = sheets_file(ROOT / "assets" / "weights" / f"{weights}.safetensors")
    sheets = read_sheets(file.read_bytes(), file.name)
    assert sheets.weights_sha256 == sha256_of(file.with_name(f"{weights}.safetensors"))
    imaged = atlas(network, network.card, None, sheets).image_channels
    examples = [each for each in (ROOT / "assets" / "examples").iterdir() if each.suffix in (".webp", ".png", ".jpg")]
    views = [prepare(read_photo(example).pixels, network.card.transform).tensor for example in examples]
    mean, std = (torch.tensor(v)[:, None, None] for v in (network.card.transform.mean, network.card.transform.std))
    for stage, places in (("layer1", (3, 40)), ("layer2", (0, 100)), ("layer3", (17, 200)), ("layer4", (5, 120))):
        picture = np.asarray(Image.open(io.BytesIO(sheets.pictures[stage])).convert("RGB"))
        made = []
        for place in range(len(imaged[stage])):
            top, left = (sheets.side * at for at in divmod(place, sheets.columns))
            cell = picture[top : top + sheets.side, left : left + sheets.side]
            made.append((torch.from_numpy(cell.copy()).permute(2, 0, 1) / 255 - mean) / std)

        def excited(x, stage=stage):
            return network.forward_stages(x).stages[stage].mean((2, 3))[:, imaged[stage]]

        own = torch.cat([excited(part) for part in torch.stack(made).split(32)])
        assert (own.diagonal() > excited(torch.stack(views)).amax(0)).all(), stage
        for place, other in (places, places[::-1]):
            assert own[place, place] > own[other, place]


def test_the_network_is_left_as_it_was():
    network = random_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    atlas(network, card(), read_profiles(written(), "made"))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
