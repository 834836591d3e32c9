"""Published weights: fetched only with leave, kept only whole."""

import os

import pytest
import torch

from resnet_demo.errors import Cancelled, InputError, WeightsCorrupt, WeightsUnavailable
from resnet_demo.network.resnet import resnet
from resnet_demo.settings import Settings
from resnet_demo.weights import choices, integrity
from tests.randomised import randomise
from tests.weights.own import view


def test_a_download_ends_in_a_network_that_loads(mirror, record, small, cache):
    mirror.put(f"/models/{record.file.name}", small)
    settings = Settings(weights_url=f"{mirror.url}/models/")
    seen = []
    network = choices.load(18, "imagenet1k-v1", settings=settings, progress=seen.append, allow_download=True)
    assert (cache / record.file.name).read_bytes() == small
    assert seen[-1].done == seen[-1].total == len(small)
    assert network.card == record.card
    with torch.inference_mode():
        expected = randomise(resnet(18, 4), seed=4)(view())
        torch.testing.assert_close(network(view()), expected)
    assert choices.resolve(18, "auto") == "imagenet1k-v1"
    assert choices.choices(18)[0].size_bytes == len(small)
    choices.load(18, "imagenet1k-v1", settings=settings, allow_download=True)
    assert len(mirror.requests) == 1


def test_nothing_is_fetched_unasked(mirror, record, small):
    mirror.put(f"/{record.file.name}", small)
    with pytest.raises(WeightsUnavailable):
        choices.load(18, "imagenet1k-v1", settings=Settings(weights_url=mirror.url))
    assert mirror.requests == []


def test_auto_downloads_v1_only_where_nothing_is_here(mirror, record, small):
    mirror.put(f"/{record.file.name}", small)
    settings = Settings(weights_url=mirror.url)
    assert choices.load(18, settings=settings, allow_download=True).card.name == "tiny-imagenet"
    assert mirror.requests == []
    with pytest.raises(WeightsUnavailable, match="404"):
        choices.load(101, settings=settings, allow_download=True)
    assert mirror.requests == [f"/resnet101-{record.file.sha256[:8]}.pth"]


def test_a_failed_download_names_size_cause_folder_and_the_bundled_choice(mirror, record, cache):
    with pytest.raises(WeightsUnavailable) as caught:
        choices.download(18, settings=Settings(weights_url=mirror.url))
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
        choices.download(18, settings=Settings(weights_url=mirror.url))
    assert not (cache / record.file.name).exists()


def test_a_download_can_be_stopped(mirror, record, small, cache):
    mirror.put(f"/{record.file.name}", small)
    with pytest.raises(Cancelled):
        choices.download(18, settings=Settings(weights_url=mirror.url), stop=lambda: True)
    assert [p.suffix for p in cache.iterdir()] == [".lock"]


def test_a_cached_file_is_hashed_before_it_is_loaded_and_a_download_replaces_it(mirror, record, small, cache):
    cache.mkdir(parents=True)
    (cache / record.file.name).write_bytes(small[:-1] + b"?")
    with pytest.raises(WeightsCorrupt, match="SHA-256.*weights download --depth 18") as caught:
        choices.load(18, "imagenet1k-v1")
    assert caught.value.code == "weights-hash"
    mirror.put(f"/{record.file.name}", small)
    choices.download(18, "imagenet1k-v1", settings=Settings(weights_url=mirror.url))
    choices.load(18, "imagenet1k-v1")


def test_a_file_that_is_here_needs_no_leave_to_download(record, small, cache):
    cache.mkdir(parents=True)
    (cache / record.file.name).write_bytes(small)
    assert choices.download(18, settings=Settings(downloads="deny")) == cache / record.file.name


def test_only_published_weights_are_downloaded(tmp_path):
    with pytest.raises(InputError, match="tiny-imagenet"):
        choices.download(18, "tiny-imagenet")


def test_verify_hashes_anew_what_was_found_right_before(record, small, cache):
    cache.mkdir(parents=True)
    path = cache / record.file.name
    path.write_bytes(small)
    assert choices.verify(18, "imagenet1k-v1") == path
    before = path.stat()
    path.write_bytes(small[:-1] + b"?")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as bits rot on a disk: nothing else tells
    assert integrity.matches(path, record.file.sha256)
    with pytest.raises(WeightsCorrupt, match="SHA-256"):
        choices.verify(18, "imagenet1k-v1")
    with pytest.raises(WeightsUnavailable):
        choices.verify(34, "imagenet1k-v1")
