"""Which weights serve a depth, which of them are here, and that what is loaded is what its card says."""

import hashlib
import json
import os
from dataclasses import replace

import pytest
import torch
import torchvision.models
from safetensors.torch import save_file

from resnet_demo import integrity, registry, weights
from resnet_demo.assets import assets_dir
from resnet_demo.cards import card_to_json
from resnet_demo.download import RemoteFile
from resnet_demo.errors import Cancelled, InputError, WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.imagenet import imagenet_classes
from resnet_demo.model import resnet
from resnet_demo.registry import Published
from resnet_demo.results import DEPTHS, ClassInfo
from resnet_demo.settings import Settings
from tests.mirror import Mirror
from tests.randomised import randomise

BUNDLED = assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """torch hub's folder of checkpoints, empty, and no settings or proxies from outside."""
    for variable in list(os.environ):
        if variable.startswith("RESNET_DEMO_") or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def mirror():
    server = Mirror()
    yield server
    server.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The bytes of a ResNet-18 of four classes, as torchvision would publish it."""
    path = tmp_path_factory.mktemp("small") / "small.pth"
    torch.save(randomise(resnet(18, 4), seed=4).state_dict(), path)
    return path.read_bytes()


@pytest.fixture
def record(small, monkeypatch):
    """In place of torchvision's registry: one record for each depth, of the small network."""
    digest = hashlib.sha256(small).hexdigest()
    classes = tuple(ClassInfo(i, None, f"kind {i}") for i in range(4))
    records = {}
    for depth in DEPTHS:
        real = registry.published(depth)[0]
        file = RemoteFile(f"https://weights.invalid/resnet{depth}-{digest[:8]}.pth", digest[:8], len(small))
        card = replace(real.card, classes=classes, sha256=digest[:8], size_bytes=len(small), source=file.url)
        records[depth] = Published(file, card)
    monkeypatch.setattr(registry, "published", lambda depth: (records[depth],))
    return records[18]


def _own(path, depth=18, classes=3, seed=0):
    """Save a random network as somebody's own file; return its state dict."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = randomise(resnet(depth, classes), seed).state_dict()
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    return state


def _view(size=64, seed=0):
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


# torchvision's registry


@pytest.mark.parametrize("depth", DEPTHS)
def test_published_records_say_what_torchvision_says(depth):
    entries = torchvision.models.get_model_weights(f"resnet{depth}")
    records = registry.published(depth)
    assert [r.card.name for r in records] == [e.name.lower().replace("_", "-") for e in entries]
    assert [r.card.name for r in records] == ["imagenet1k-v1", "imagenet1k-v2"][: 1 if depth < 50 else 2]
    for record, entry in zip(records, entries, strict=True):
        card = record.card
        assert record.file.url == entry.url
        assert entry.url.endswith(f"{record.file.sha256}.pth")
        assert len(record.file.sha256) == 8
        assert record.file.size_bytes / 2**20 == pytest.approx(entry.meta["_file_size"], abs=1e-5)
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


# Choices and auto


def test_choices_are_listed_in_the_order_of_auto():
    def listed(depth):
        return [(c.name, c.available, c.downloadable) for c in weights.choices(depth)]

    v1, v2, bundled = ("imagenet1k-v1", False, True), ("imagenet1k-v2", False, True), ("tiny-imagenet", True, False)
    assert listed(18) == [v1, bundled]
    assert listed(152)[:2] == [v1, v2]


def test_choices_say_how_large_and_how_good_each_is():
    v1, bundled = weights.choices(18)
    # The size of resnet18-f37072fd.pth as its server announces it; the registry rounds to a thousandth of a MiB.
    assert v1.size_bytes == pytest.approx(46_830_571, abs=525)
    assert (v1.top1, v1.classes) == (pytest.approx(0.69758), 1000)
    assert bundled.size_bytes == BUNDLED.stat().st_size
    assert bundled.classes == 200


def test_downloads_that_are_switched_off_are_not_offered():
    assert not any(c.downloadable for c in weights.choices(50, Settings(downloads="deny")))


def test_auto_takes_own_files_then_v1_then_v2_then_the_bundled(cache, tmp_path):
    """Whether a file is there decides; what is in it is looked at when it is loaded."""
    assert weights.resolve(18, "auto") == "tiny-imagenet"
    cache.mkdir(parents=True)
    v1, v2 = registry.published(50)
    (cache / v2.file.name).touch()
    assert weights.resolve(50, "auto") == "imagenet1k-v2"
    (cache / v1.file.name).touch()
    assert weights.resolve(50, "auto") == "imagenet1k-v1"
    (cache / registry.published(18)[0].file.name).touch()
    assert weights.resolve(18, "auto") == "imagenet1k-v1"
    own = Settings(weights_dir=tmp_path)
    assert weights.resolve(50, "auto", own) == "imagenet1k-v1"
    (tmp_path / "resnet50.pth").touch()
    assert weights.resolve(50, "auto", own) == "file"
    assert weights.resolve(50, "imagenet1k-v2", own) == "imagenet1k-v2"
    assert weights.find(50, "imagenet1k-v2", own) == cache / v2.file.name


def test_where_nothing_serves_a_depth_the_error_names_size_cause_folder_and_the_bundled_choice(cache):
    with pytest.raises(WeightsUnavailable) as caught:
        weights.load(101)
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
        lambda: weights.load(101, settings=deny),
        lambda: weights.load(101, settings=deny, allow_download=True),
        lambda: weights.download(101, settings=deny),
        lambda: weights.resnet101(pretrained=True, settings=deny),
    ):
        with pytest.raises(WeightsUnavailable, match="RESNET_DEMO_DOWNLOADS=deny.*RESNET_DEMO_WEIGHTS_DIR") as caught:
            call()
        assert caught.value.code == "weights-denied"


def test_named_weights_that_are_not_here_are_not_replaced_by_others():
    with pytest.raises(WeightsUnavailable, match="imagenet1k-v1 for ResNet-18"):
        weights.load(18, "imagenet1k-v1")


@pytest.mark.parametrize(("depth", "name"), [(18, "imagenet1k-v2"), (152, "tiny-imagenet"), (18, "file")])
def test_a_choice_that_a_depth_has_not_is_refused_with_those_it_has(depth, name):
    with pytest.raises(WeightsUnavailable, match=f"ResNet-{depth} has no weights {name}.*imagenet1k-v1"):
        weights.resolve(depth, name)


def test_unknown_names_and_depths_are_refused_with_those_there_are():
    with pytest.raises(InputError, match="'imagenet'.*imagenet1k-v1.*tiny-imagenet"):
        weights.load(18, "imagenet")
    for call in (weights.choices, weights.load, weights.card_of, weights.download):
        with pytest.raises(InputError, match="ResNet-20.*18, 34"):
            call(20)


# Files of one's own


@pytest.mark.parametrize("depth", (18, 50))
def test_a_state_dict_in_torchvisions_format_answers_as_torchvisions_network_does(depth, tmp_path):
    theirs = randomise(getattr(torchvision.models, f"resnet{depth}")(), seed=depth)
    torch.save(theirs.state_dict(), tmp_path / f"resnet{depth}.pth")
    network = weights.load(depth, settings=Settings(weights_dir=tmp_path))
    with torch.inference_mode():
        expected, logits = theirs(_view()), network.module(_view())
    assert expected.isfinite().all()
    torch.testing.assert_close(logits, expected)
    card = network.card
    assert card.classes == imagenet_classes()
    assert card.transform == registry.published(depth)[0].card.transform
    assert card.parameters == registry.published(depth)[0].card.parameters
    assert "taken for ImageNet" in card.title
    assert (card.name, card.depth, card.top1) == ("file", depth, None)


def test_other_numbers_of_outputs_are_classes_without_names_and_the_title_says_so(tmp_path):
    _own(tmp_path / "resnet18.safetensors")
    settings = Settings(weights_dir=tmp_path)
    expected = tuple(ClassInfo(i, None, f"class {i}") for i in range(3))
    assert weights.load(18, settings=settings).card.classes == expected
    row = weights.choices(18, settings)[0]
    assert (row.name, row.available, row.classes) == ("file", True, 3)
    assert row.title == "resnet18.safetensors, 3 classes without names"
    assert row.size_bytes == (tmp_path / "resnet18.safetensors").stat().st_size


def test_in_a_folder_safetensors_come_before_pth(tmp_path):
    _own(tmp_path / "resnet18.pth", classes=2)
    assert weights.find(18, "file", Settings(weights_dir=tmp_path)).name == "resnet18.pth"
    _own(tmp_path / "resnet18.safetensors", classes=3)
    assert weights.find(18, "file", Settings(weights_dir=tmp_path)).name == "resnet18.safetensors"


def test_a_named_file_serves_the_depth_it_holds_and_comes_before_the_folder(tmp_path):
    state = _own(tmp_path / "mine" / "best.ckpt", depth=34)
    _own(tmp_path / "resnet34.pth", depth=34, classes=2)
    _own(tmp_path / "resnet18.pth", classes=2)
    settings = Settings(weights_file=tmp_path / "mine" / "best.ckpt", weights_dir=tmp_path)
    network = weights.load(34, settings=settings)
    assert torch.equal(network.module.fc.weight, state["fc.weight"])
    assert weights.find(18, "auto", settings) == tmp_path / "resnet18.pth"
    assert [c.name for c in weights.choices(101, settings)] == [c.name for c in weights.choices(101)]


def test_a_card_beside_a_file_names_its_classes_and_its_transform(tmp_path):
    _own(tmp_path / "resnet18.safetensors")
    transform = {"resize": 96, "crop": 64, "interpolation": "bicubic", "mean": [0.5] * 3, "std": [0.25] * 3}
    card = {"classes": ["cat", "dog", "newt"], "transform": transform, "temperature": 2.5, "top1": 0.9}
    (tmp_path / "resnet18.json").write_text(json.dumps(card))
    settings = Settings(weights_dir=tmp_path)
    found = weights.load(18, settings=settings).card
    assert found == weights.card_of(18, "file", settings)
    assert [c.label for c in found.classes] == ["cat", "dog", "newt"]
    assert (found.transform.resize, found.transform.mean, found.temperature) == (96, (0.5,) * 3, 2.5)
    assert (found.title, found.top1) == ("resnet18.safetensors, 3 classes", 0.9)


def test_a_whole_card_of_other_weights_names_the_file_still(tmp_path):
    (tmp_path / "resnet18.safetensors").write_bytes(BUNDLED.read_bytes())
    (tmp_path / "resnet18.json").write_text(card_to_json(weights.card_of(18, "tiny-imagenet")))
    card = weights.load(18, settings=Settings(weights_dir=tmp_path)).card
    assert (card.name, len(card.classes)) == ("file", 200)


@pytest.mark.parametrize(
    ("card", "kind", "words"),
    [
        ({"classes": ["cat"]}, WeightsMismatch, "3 classes.*describes ResNet-18 with 1 "),
        ({"depth": 50}, WeightsMismatch, "holds ResNet-18.*describes ResNet-50"),
        ({"sha256": "0" * 64}, WeightsCorrupt, "SHA-256 begins with.*not 00000000"),
        ({"size_bytes": 5}, WeightsCorrupt, "its card resnet18.json says 5"),
        ({"clases": ["cat"]}, WeightsCorrupt, "clases is no field"),
    ],
)
def test_a_card_that_does_not_fit_its_file_is_refused(card, kind, words, tmp_path):
    _own(tmp_path / "resnet18.safetensors")
    (tmp_path / "resnet18.json").write_text(json.dumps(card))
    with pytest.raises(kind, match=words):
        weights.load(18, settings=Settings(weights_dir=tmp_path))


def test_a_file_named_for_another_depth_than_it_holds_is_refused(tmp_path):
    _own(tmp_path / "resnet34.pth", depth=18)
    settings = Settings(weights_dir=tmp_path)
    with pytest.raises(WeightsMismatch, match=r"resnet34\.pth.*ResNet-18, not ResNet-34"):
        weights.load(34, settings=settings)
    row = weights.choices(34, settings)[0]
    assert (row.name, row.available, row.title) == ("file", False, "resnet34.pth (can't be used)")


def test_what_the_settings_name_and_is_not_there_is_not_passed_over(tmp_path):
    for settings, words in (
        (Settings(weights_file=tmp_path / "no.pth"), "RESNET_DEMO_WEIGHTS_FILE names a file"),
        (Settings(weights_dir=tmp_path / "no"), "RESNET_DEMO_WEIGHTS_DIR names a folder"),
    ):
        with pytest.raises(WeightsUnavailable, match=words):
            weights.load(18, settings=settings)
        assert not weights.choices(18, settings)[0].available
        assert weights.resolve(18, "tiny-imagenet", settings) == "tiny-imagenet"


def test_a_named_file_that_is_damaged_is_not_passed_over(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(b"PK\x03\x04 and no more")
    settings = Settings(weights_file=path)
    with pytest.raises(WeightsCorrupt, match=r"mine\.pth"):
        weights.resolve(18, "auto", settings)
    assert weights.choices(18, settings)[0].title == "mine.pth (can't be used)"


# Downloads


def test_a_download_ends_in_a_network_that_loads(mirror, record, small, cache):
    mirror.put(f"/models/{record.file.name}", small)
    settings = Settings(weights_url=f"{mirror.url}/models/")
    seen = []
    network = weights.load(18, "imagenet1k-v1", settings=settings, progress=seen.append, allow_download=True)
    assert (cache / record.file.name).read_bytes() == small
    assert seen[-1].done == seen[-1].total == len(small)
    assert network.card == record.card
    with torch.inference_mode():
        expected = randomise(resnet(18, 4), seed=4)(_view())
        torch.testing.assert_close(network.module(_view()), expected)
    assert weights.resolve(18, "auto") == "imagenet1k-v1"
    assert weights.choices(18)[0].size_bytes == len(small)
    weights.load(18, "imagenet1k-v1", settings=settings, allow_download=True)
    assert len(mirror.requests) == 1


def test_nothing_is_fetched_unasked(mirror, record, small):
    mirror.put(f"/{record.file.name}", small)
    with pytest.raises(WeightsUnavailable):
        weights.load(18, "imagenet1k-v1", settings=Settings(weights_url=mirror.url))
    assert mirror.requests == []


def test_auto_downloads_v1_only_where_nothing_is_here(mirror, record, small):
    mirror.put(f"/{record.file.name}", small)
    settings = Settings(weights_url=mirror.url)
    assert weights.load(18, settings=settings, allow_download=True).card.name == "tiny-imagenet"
    assert mirror.requests == []
    with pytest.raises(WeightsUnavailable, match="404"):
        weights.load(101, settings=settings, allow_download=True)
    assert mirror.requests == [f"/resnet101-{record.file.sha256}.pth"]


def test_a_failed_download_names_size_cause_folder_and_the_bundled_choice(mirror, record, cache):
    with pytest.raises(WeightsUnavailable) as caught:
        weights.download(18, settings=Settings(weights_url=mirror.url))
    for word in (
        "imagenet1k-v1",
        "ResNet-18",
        f"{record.file.size_bytes / 1e6:.1f} MB",
        "404",
        str(cache),
        "tiny-imagenet",
    ):
        assert word in str(caught.value)
    assert caught.value.code == "download-status"
    assert caught.value.details["status"] == "404 Not Found"
    assert caught.value.details["weights"] == "imagenet1k-v1"
    assert caught.value.details["size_mb"] == pytest.approx(record.file.size_bytes / 1e6, abs=0.05)


def test_another_file_than_was_published_is_not_kept(mirror, record, small, cache):
    mirror.put(f"/{record.file.name}", small[:-1] + b"?")
    with pytest.raises(WeightsCorrupt, match="SHA-256"):
        weights.download(18, settings=Settings(weights_url=mirror.url))
    assert not (cache / record.file.name).exists()


def test_a_download_can_be_stopped(mirror, record, small, cache):
    mirror.put(f"/{record.file.name}", small)
    with pytest.raises(Cancelled):
        weights.download(18, settings=Settings(weights_url=mirror.url), stop=lambda: True)
    assert [p.suffix for p in cache.iterdir()] == [".lock"]


def test_a_cached_file_is_hashed_before_it_is_loaded_and_a_download_replaces_it(mirror, record, small, cache):
    cache.mkdir(parents=True)
    (cache / record.file.name).write_bytes(small[:-1] + b"?")
    with pytest.raises(WeightsCorrupt, match="SHA-256.*weights download --depth 18") as caught:
        weights.load(18, "imagenet1k-v1")
    assert caught.value.code == "weights-hash"
    mirror.put(f"/{record.file.name}", small)
    weights.download(18, "imagenet1k-v1", settings=Settings(weights_url=mirror.url))
    weights.load(18, "imagenet1k-v1")


def test_a_file_that_is_here_needs_no_leave_to_download(record, small, cache):
    cache.mkdir(parents=True)
    (cache / record.file.name).write_bytes(small)
    assert weights.download(18, settings=Settings(downloads="deny")) == cache / record.file.name


def test_only_published_weights_are_downloaded(tmp_path):
    with pytest.raises(InputError, match="tiny-imagenet"):
        weights.download(18, "tiny-imagenet")


def test_verify_hashes_anew_what_was_found_right_before(record, small, cache):
    cache.mkdir(parents=True)
    path = cache / record.file.name
    path.write_bytes(small)
    assert weights.verify(18, "imagenet1k-v1") == path
    before = path.stat()
    path.write_bytes(small[:-1] + b"?")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as bits rot on a disk: nothing else tells
    assert integrity.matches(path, record.file.sha256)
    with pytest.raises(WeightsCorrupt, match="SHA-256"):
        weights.verify(18, "imagenet1k-v1")
    with pytest.raises(WeightsUnavailable):
        weights.verify(34, "imagenet1k-v1")


# As people in this field are used to


@pytest.mark.parametrize("depth", DEPTHS)
def test_constructors_give_fresh_networks_of_any_number_of_classes(depth):
    with torch.device("meta"):
        network = getattr(weights, f"resnet{depth}")(num_classes=10)
        expected = getattr(torchvision.models, f"resnet{depth}")(num_classes=10)
    shapes = {key: value.shape for key, value in expected.state_dict().items()}
    assert {key: value.shape for key, value in network.state_dict().items()} == shapes
    assert network.training
    assert network.card is None


def test_a_fresh_network_has_a_thousand_classes_unless_told_otherwise():
    assert weights.resnet18().fc.out_features == 1000


def test_pretrained_is_imagenet_v1_with_its_card(mirror, record, small, capfd):
    mirror.put(f"/{record.file.name}", small)
    network = weights.resnet18(pretrained=True, settings=Settings(weights_url=mirror.url))
    assert network.card == record.card
    assert not network.training
    assert all(p.requires_grad for p in network.parameters())
    out, err = capfd.readouterr()
    assert out == ""
    assert record.file.name in err


def test_pretrained_without_a_way_to_the_weights_is_unavailable_and_not_the_bundled_ones(mirror, record):
    with pytest.raises(WeightsUnavailable):
        weights.resnet18(pretrained=True, settings=Settings(weights_url=mirror.url))
    assert weights.resnet18(weights="tiny-imagenet").card.name == "tiny-imagenet"


def test_progress_may_be_a_function_or_nothing(mirror, record, small, capfd, cache):
    mirror.put(f"/{record.file.name}", small)
    seen = []
    settings = Settings(weights_url=mirror.url)
    weights.resnet18(pretrained=True, progress=seen.append, settings=settings)
    (cache / record.file.name).unlink()
    weights.resnet18(pretrained=True, progress=False, settings=settings)
    assert seen
    assert capfd.readouterr() == ("", "")


def test_arguments_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="one of them"):
        weights.resnet18(pretrained=True, weights="tiny-imagenet")
    with pytest.raises(InputError, match="num_classes is 10.*200 classes"):
        weights.resnet18(weights="tiny-imagenet", num_classes=10)
    assert weights.resnet18(weights="tiny-imagenet", num_classes=200).fc.out_features == 200


def test_constructors_follow_the_environment(monkeypatch, tmp_path):
    _own(tmp_path / "resnet18.pth", classes=6)
    monkeypatch.setenv("RESNET_DEMO_WEIGHTS_DIR", str(tmp_path))
    assert weights.resnet18(weights="auto").fc.out_features == 6


# From anywhere


def test_bundled_weights_are_found_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert weights.load(18, "auto").card.name == "tiny-imagenet"


def test_downloads_go_where_torch_hub_looks_for_them(tmp_path, monkeypatch):
    place = tmp_path / "another"
    monkeypatch.setenv("TORCH_HOME", str(place))
    assert weights.find(18, "imagenet1k-v1") == place / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
