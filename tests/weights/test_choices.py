"""Which weights serve a depth, and which of them are here."""

import pytest
import torchvision.models

from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError, WeightsUnavailable
from resnet_demo.results import DEPTHS
from resnet_demo.settings import Settings
from resnet_demo.weights import choices, constructors, registry, sources
from tests.weights.own import own as make_own

BUNDLED = assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors"


@pytest.mark.parametrize("depth", DEPTHS)
def test_published_records_say_what_torchvision_says(depth):
    entries = torchvision.models.get_model_weights(f"resnet{depth}")
    records = registry.published(depth)
    assert [r.name for r in records] == [e.name.lower().replace("_", "-") for e in entries]
    assert [r.name for r in records] == ["imagenet1k-v1", "imagenet1k-v2"][: 1 if depth < 50 else 2]
    for card, entry in zip(records, entries, strict=True):
        assert card.source == entry.url
        assert entry.url.endswith(f"{card.sha256[:8]}.pth")
        assert len(card.sha256) == (8 if (depth, card.name) == (152, "imagenet1k-v2") else 64)
        assert card.size_bytes / 2**20 == pytest.approx(entry.meta["_file_size"], abs=1e-5)
        assert [c.label for c in card.classes] == entry.meta["categories"]
        assert card.parameters == entry.meta["num_params"]
        assert 100 * card.top1 == pytest.approx(entry.meta["_metrics"]["ImageNet-1K"]["acc@1"])
        assert 100 * card.top5 == pytest.approx(entry.meta["_metrics"]["ImageNet-1K"]["acc@5"])
        preset = entry.transforms()
        assert [card.transform.crop] == preset.crop_size
        assert [card.transform.resize] == preset.resize_size
        assert (list(card.transform.mean), list(card.transform.std)) == (preset.mean, preset.std)
        assert card.transform.interpolation == preset.interpolation.value
        assert card.depth == depth
        assert card.temperature == 1


def test_choices_are_listed_in_the_order_of_auto():
    def listed(depth):
        return [(c.name, c.available, c.downloadable) for c in choices.choices(depth)]

    v1, v2, bundled = ("imagenet1k-v1", False, True), ("imagenet1k-v2", False, True), ("tiny-imagenet", True, False)
    assert listed(18) == [v1, bundled]
    assert listed(152)[:2] == [v1, v2]


def test_choices_say_how_large_and_how_good_each_is():
    v1, bundled = choices.choices(18)
    # The size of resnet18-f37072fd.pth as its server announces it; the registry rounds to a thousandth of a MiB.
    assert v1.size_bytes == pytest.approx(46_830_571, abs=525)
    assert (v1.top1, v1.classes) == (pytest.approx(0.69758), 1000)
    assert bundled.size_bytes == BUNDLED.stat().st_size
    assert bundled.classes == 200


def test_downloads_that_are_switched_off_are_not_offered():
    assert not any(c.downloadable for c in choices.choices(50, Settings(downloads="deny")))


def test_auto_takes_own_files_then_v1_then_v2_then_the_bundled(cache, tmp_path):
    """Whether a file is there decides; its values are looked at when it is loaded."""
    assert choices.resolve(18, "auto") == "tiny-imagenet"
    cache.mkdir(parents=True)
    v1, v2 = sources.published(50)
    (cache / v2.file.name).touch()
    assert choices.resolve(50, "auto") == "imagenet1k-v2"
    (cache / v1.file.name).touch()
    assert choices.resolve(50, "auto") == "imagenet1k-v1"
    (cache / sources.published(18)[0].file.name).touch()
    assert choices.resolve(18, "auto") == "imagenet1k-v1"
    own = Settings(weights_dir=tmp_path)
    assert choices.resolve(50, "auto", own) == "imagenet1k-v1"
    make_own(tmp_path / "resnet50.pth", depth=50)
    assert choices.resolve(50, "auto", own) == "file"
    assert choices.resolve(50, "imagenet1k-v2", own) == "imagenet1k-v2"
    assert choices.find(50, "imagenet1k-v2", own) == cache / v2.file.name


def test_where_nothing_serves_a_depth_the_error_names_size_cause_folder_and_the_bundled_choice(cache):
    with pytest.raises(WeightsUnavailable) as caught:
        choices.load(101)
    message = str(caught.value)
    for word in ("imagenet1k-v1", "ResNet-101", "178.8 MB", "unasked", "weights download --depth 101"):
        assert word in message
    for word in (str(cache), "resnet101-63fe2227.pth", "RESNET_DEMO_WEIGHTS_DIR", "resnet101.safetensors"):
        assert word in message
    assert "tiny-imagenet" in message
    details = caught.value.details
    assert (details["depth"], details["weights"], details["size_mb"]) == (101, "imagenet1k-v1", 178.8)
    assert "18" in details["bundled"].split(", ")
    assert caught.value.code == "weights-not-here"


def test_where_downloads_are_switched_off_the_error_says_so_and_names_the_way_out():
    deny = Settings(downloads="deny")
    for call in (
        lambda: choices.load(101, settings=deny),
        lambda: choices.load(101, settings=deny, allow_download=True),
        lambda: choices.download(101, settings=deny),
        lambda: constructors.resnet101(pretrained=True, settings=deny),
    ):
        with pytest.raises(WeightsUnavailable, match="RESNET_DEMO_DOWNLOADS=deny.*RESNET_DEMO_WEIGHTS_DIR") as caught:
            call()
        assert caught.value.code == "weights-denied"


def test_named_weights_that_are_not_here_are_not_replaced_by_others():
    with pytest.raises(WeightsUnavailable, match="imagenet1k-v1 for ResNet-18"):
        choices.load(18, "imagenet1k-v1")


@pytest.mark.parametrize(("depth", "name"), [(18, "imagenet1k-v2"), (152, "tiny-imagenet"), (18, "file")])
def test_a_choice_that_a_depth_has_not_is_refused_with_those_it_has(depth, name):
    with pytest.raises(WeightsUnavailable, match=f"ResNet-{depth} has no weights {name}.*imagenet1k-v1"):
        choices.resolve(depth, name)


def test_unknown_names_and_depths_are_refused_with_those_there_are():
    with pytest.raises(InputError, match="“imagenet”.*imagenet1k-v1.*tiny-imagenet"):
        choices.load(18, "imagenet")
    for call in (choices.choices, choices.load, choices.card_of, choices.download):
        with pytest.raises(InputError, match="ResNet-20.*18, 34"):
            call(20)


def test_bundled_weights_are_found_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert choices.load(18, "auto").card.name == "tiny-imagenet"


def test_downloads_go_where_torch_hub_looks_for_them(tmp_path, monkeypatch):
    place = tmp_path / "another"
    monkeypatch.setenv("TORCH_HOME", str(place))
    assert choices.find(18, "imagenet1k-v1") == place / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
