"""Which networks stay in memory: within a budget, the least recently used dropped, none of them twice."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from resnet_demo.engine import allocator
from resnet_demo.engine.loaded import LoadedNetworks
from resnet_demo.network.resnet import resnet
from resnet_demo.settings import Settings
from resnet_demo.weights import choices

PARAMETERS = {18: 11_181_642, 34: 21_289_802, 50: 23_528_522}
"""Of networks for ten classes: torchvision's numbers for a thousand, less 990 rows of the last layer and biases."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for depth in PARAMETERS:
        save_file(resnet(depth, 10).state_dict(), folder / f"resnet{depth}.safetensors")
    return folder


def networks(folder: Path, megabytes: int) -> LoadedNetworks:
    return LoadedNetworks(
        torch.device("cpu"), torch.float32, Settings(weights_dir=folder, model_memory_mb=megabytes, downloads="deny")
    )


def depths(loaded: LoadedNetworks) -> list[int]:
    return [depth for depth, _ in loaded.keys()]  # noqa: SIM118  no mapping


def counted_loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    load, counted = choices.load_source, []

    def counting(source, *args, **kwargs):
        counted.append(source.depth)
        return load(source, *args, **kwargs)

    monkeypatch.setattr(choices, "load_source", counting)
    return counted


def bytes_of_tensors() -> int:
    """Of all tensors that are alive, each storage once. oneDNN's packed weights have none, so their numbers count."""
    gc.collect()
    found = {}
    for each in gc.get_objects():
        if type(each) in (torch.Tensor, torch.nn.Parameter) and each.device.type == "cpu":
            if each.layout is torch._mkldnn:
                found[id(each)] = each.numel() * each.element_size()
            else:
                storage = each.untyped_storage()
                found[storage.data_ptr()] = storage.nbytes()
    return sum(found.values())


@pytest.mark.parametrize("depth", PARAMETERS)
def test_a_network_that_answers_keeps_its_weights_for_each_direction_and_no_more(folder, depth):
    """Laid out for the way forward and for the way back, a convolution that strides once for both; the network as it is
    drawn comes beside it when a study asks."""
    before, loaded = bytes_of_tensors(), networks(folder, 1000)
    once = 4 * PARAMETERS[depth]
    answering = loaded.get(depth, "auto")
    assert 1.7 * once < bytes_of_tensors() - before < 2.05 * once
    studied = loaded.drawn(depth, "auto")
    assert 2.7 * once < bytes_of_tensors() - before < 3.05 * once
    assert answering.size + studied.size == pytest.approx(bytes_of_tensors() - before, rel=1e-3)
    assert loaded.keys() == [(depth, "file")]


def test_studies_give_way_to_answers_within_the_budget(folder):
    loaded = networks(folder, 400)  # made to be run, 34 takes 165 and 50 takes 176 megabytes
    loaded.get(34, "auto")
    drawn = weakref.ref(loaded.drawn(34, "auto"))  # 85
    loaded.get(34, "auto")
    loaded.get(50, "auto")
    gc.collect()
    assert drawn() is None
    assert depths(loaded) == [34, 50]


def test_beyond_the_budget_the_least_recently_used_goes_first(folder):
    loaded = networks(folder, 370)  # 18 takes 84, 34 takes 165, 50 takes 176 megabytes
    for depth in (18, 34, 18, 50):
        loaded.get(depth, "auto")
    assert depths(loaded) == [18, 50]
    loaded.get(18, "auto")
    loaded.get(34, "auto")
    assert depths(loaded) == [18, 34]


def test_the_newest_is_kept_however_small_the_budget(folder):
    loaded = networks(folder, 1)
    for depth in (18, 34):
        loaded.get(depth, "auto")
        assert depths(loaded) == [depth]


def test_a_network_that_was_dropped_and_is_still_in_use_is_not_loaded_a_second_time(folder, monkeypatch):
    counted, loaded = counted_loads(monkeypatch), networks(folder, 1)
    held = loaded.get(18, "auto")
    loaded.get(34, "auto")
    assert depths(loaded) == [34]
    assert loaded.get(18, "auto") is held
    assert counted == [18, 34]
    del held
    loaded.get(34, "auto")
    assert counted == [18, 34, 34], "what nobody uses is gone from memory"


def test_the_memory_of_a_dropped_network_is_given_back_when_its_last_user_is_done(folder, monkeypatch):
    loaded = networks(folder, 1)
    held = loaded.get(18, "auto")
    loaded.get(34, "auto")
    given_back: list[bool] = []
    monkeypatch.setattr(allocator, "give_back", lambda: given_back.append(True))
    loaded.get(34, "auto")
    assert not given_back
    del held
    gc.collect()
    loaded.get(34, "auto")
    loaded.get(34, "auto")
    assert given_back == [True]


def test_threads_that_want_the_same_network_at_once_get_one(folder, monkeypatch):
    counted, loaded = counted_loads(monkeypatch), networks(folder, 1000)
    found = []
    threads = [threading.Thread(target=lambda: found.append(loaded.get(18, "auto"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [18] and len(found) == 6 and len(set(map(id, found))) == 1


def test_weights_that_were_replaced_are_loaded_anew_and_the_ones_before_let_go(tmp_path):
    path = tmp_path / "resnet18.safetensors"
    save_file(resnet(18, 3).state_dict(), path)
    loaded = networks(tmp_path, 1000)
    before = loaded.drawn(18, "file")
    assert loaded.drawn(18, "file") is before
    replaced = resnet(18, 3).state_dict()
    save_file(replaced, tmp_path / "new")
    (tmp_path / "new").replace(path)
    after = loaded.drawn(18, "file")
    assert torch.equal(after.module.fc.weight, replaced["fc.weight"])
    assert loaded.keys() == [(18, "file")]


def test_a_card_that_was_changed_is_taken_with_its_weights(tmp_path):
    save_file(resnet(18, 3).state_dict(), tmp_path / "resnet18.safetensors")
    loaded = networks(tmp_path, 1000)
    assert loaded.get(18, "file").card.classes[0].label == "class 0"
    (tmp_path / "resnet18.json").write_text('{"classes": ["cat", "dog", "newt"]}')
    assert loaded.get(18, "file").card.classes[0].label == "cat"
