"""A weights file becomes one of the five networks, whole, or is refused with what it is instead."""

import argparse
import os
import pickle
import re
import struct

import pytest
import torch
import torchvision.models
from safetensors.torch import save_file
from torch import nn

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.network.resnet import resnet
from resnet_demo.results import DEPTHS
from resnet_demo.weights import checkpoints
from resnet_demo.weights.checkpoints import Outline, load_network
from tests.randomised import randomise

CLASSES = 3


@pytest.fixture(scope="module")
def state():
    """torchvision's ResNet-18 of three classes, every value random."""
    return randomise(torchvision.models.resnet18(num_classes=CLASSES)).state_dict()


def _load(path, depth=18, classes=CLASSES):
    return load_network(path, depth, classes)


def _assert_holds(network, state, **tolerances):
    loaded = network.state_dict()
    for key, value in state.items():
        if not key.endswith("num_batches_tracked"):
            torch.testing.assert_close(loaded[key], value.float(), msg=key, **tolerances or {"rtol": 0, "atol": 0})


def _refused(kind, path, *words):
    with pytest.raises(kind) as caught:
        _load(path)
    for word in (path.name, *words):
        assert word in str(caught.value)
    return caught.value


# What is understood


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_outline_tells_depth_and_classes_of_all_five(depth, tmp_path):
    with torch.device("meta"):
        network = getattr(torchvision.models, f"resnet{depth}")(num_classes=CLASSES)
    # One number a tensor, expanded to its shape: a file with the right names and shapes that is quick to make.
    torch.save({k: torch.zeros(()).expand(v.shape) for k, v in network.state_dict().items()}, tmp_path / "a.pth")
    found = checkpoints.outline(tmp_path / "a.pth")
    assert found == Outline(depth, CLASSES)
    assert found.parameters == sum(p.numel() for p in network.parameters())


def _safetensors(state, path):
    save_file(state, path)


def _zip(state, path):
    torch.save(state, path)


def _before_1_6(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("save", [_safetensors, _zip, _before_1_6])
def test_a_file_is_known_by_its_content_whatever_its_name(state, tmp_path, save):
    path = tmp_path / "weights.bin"
    save(state, path)
    network = _load(path)
    _assert_holds(network, state)
    assert checkpoints.outline(path) == Outline(18, CLASSES)
    assert not network.training
    assert {p.dtype for p in network.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: {"state_dict": s, "epoch": 90},
        lambda s: {"model": s, "args": argparse.Namespace(lr=0.5, data="imagenet"), "optimizer": {"state": {}}},
        lambda s: {"state_dict": {"model": s}},
        lambda s: {f"module.{k}": v for k, v in s.items()},
        lambda s: {"state_dict": {f"model.{k}": v for k, v in s.items()}},
        lambda s: {"model": {f"module._orig_mod.{k}": v for k, v in s.items()}},
    ],
    ids=["state_dict", "torchvision's reference", "both", "DataParallel", "Lightning", "compiled"],
)
def test_what_training_code_puts_around_a_state_dict_is_taken_off(state, tmp_path, wrap):
    torch.save(wrap(state), tmp_path / "a.pth")
    _assert_holds(_load(tmp_path / "a.pth"), state)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_values_of_any_floating_type_become_float32(state, tmp_path, dtype):
    stored = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
    save_file(stored, tmp_path / "a.safetensors")
    network = _load(tmp_path / "a.safetensors")
    _assert_holds(network, stored)
    assert {p.dtype for p in network.parameters()} == {torch.float32}


def test_batch_counters_may_be_missing(state, tmp_path):
    save_file({k: v for k, v in state.items() if "num_batches" not in k}, tmp_path / "a.safetensors")
    _assert_holds(_load(tmp_path / "a.safetensors"), state)


def test_eight_bits_a_weight_are_decoded_with_one_scale_an_output_channel(state, tmp_path):
    stored, expected = {}, {}
    draw = torch.Generator().manual_seed(5)
    for key, value in state.items():
        if value.ndim >= 2:
            stored[key] = torch.randint(-127, 128, value.shape, generator=draw).to(torch.int8)
            stored[f"{key}.scale"] = torch.rand(len(value), generator=draw) + 0.001
            rows = [w.double() * s.item() for w, s in zip(stored[key], stored[f"{key}.scale"], strict=True)]
            expected[key] = torch.stack(rows).float()
        else:
            stored[key] = expected[key] = value
    save_file(stored, tmp_path / "a.safetensors")
    assert checkpoints.outline(tmp_path / "a.safetensors") == Outline(18, CLASSES)
    _assert_holds(_load(tmp_path / "a.safetensors"), expected, rtol=1e-6, atol=0)


def test_a_loaded_network_owes_nothing_to_the_file(state, tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(state, path)
    network = _load(path)
    with path.open("r+b") as file:
        file.seek(20_000)
        file.write(b"\xff" * 1_000_000)
    _assert_holds(network, state)


def test_loading_draws_no_random_numbers(state, tmp_path):
    torch.save(state, tmp_path / "a.pth")
    before = torch.random.get_rng_state()
    _load(tmp_path / "a.pth")
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_outline_is_read_anew_when_the_file_changes(tmp_path):
    path = tmp_path / "a.safetensors"
    for classes in (2, 4):
        save_file(resnet(18, classes).state_dict(), path)
        assert checkpoints.outline(path).classes == classes


# What is for another network


def test_another_depth_or_number_of_classes_than_wanted_is_refused(state, tmp_path):
    torch.save(state, tmp_path / "a.pth")
    for depth, classes in ((34, CLASSES), (18, 1000)):
        with pytest.raises(WeightsMismatch, match=f"holds ResNet-18 with 3 classes, not ResNet-{depth} with {classes}"):
            _load(tmp_path / "a.pth", depth, classes)


def _without(state, key):
    return {k: v for k, v in state.items() if k != key}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: _without(s, "layer3.1.bn2.bias"), ("missing: layer3.1.bn2.bias", "ResNet-18")),
        (lambda s: s | {"layer1.0.se.fc.weight": torch.zeros(1)}, ("not part of it: layer1.0.se.fc.weight",)),
        (lambda s: s | {"conv1.weight": torch.zeros(64, 4, 7, 7)}, ("conv1.weight", "(64, 4, 7, 7)", "(64, 3, 7, 7)")),
        (lambda s: {k: v for k, v in s.items() if not k.startswith("layer2.1")}, ("2, 1, 2, 2 blocks", "BasicBlock")),
        (lambda s: _without(s, "fc.weight"), ("fc.weight",)),
        (lambda s: s | {"fc.weight": torch.zeros(3)}, ("fc.weight has the shape (3,)",)),
        (lambda _: {"embeddings.weight": torch.zeros(3)}, ("no conv1.weight", "embeddings.weight")),
        (
            lambda s: s | {"layer1.0.conv1.weight.scale": torch.zeros(64)},
            ("not part of it: layer1.0.conv1.weight.scale",),
        ),
    ],
)
def test_missing_extra_and_wrongly_shaped_entries_are_named(state, tmp_path, change, words):
    torch.save(change(state), tmp_path / "a.pth")
    _refused(WeightsMismatch, tmp_path / "a.pth", *words)


def test_timms_variants_with_another_stem_are_refused_as_such(state, tmp_path):
    # Names as in timm's resnet18d: three convolutions in the stem, an average pool before each projection.
    names = {"conv1.weight": "conv1.0.weight"}
    renamed = {names.get(k, k.replace("downsample.1", "downsample.2")): v for k, v in state.items()}
    torch.save(renamed, tmp_path / "resnet18d.pth")
    _refused(WeightsMismatch, tmp_path / "resnet18d.pth", "stem", "resnet50d")


def test_torchvisions_wide_and_grouped_relatives_are_refused(tmp_path):
    for name in ("wide_resnet50_2", "resnext50_32x4d"):
        with torch.device("meta"):
            network = getattr(torchvision.models, name)(num_classes=CLASSES)
        torch.save({k: torch.zeros(()).expand(v.shape) for k, v in network.state_dict().items()}, tmp_path / name)
        _refused(WeightsMismatch, tmp_path / name, "ResNet-50", "layer1.0.conv")


# What is damaged, or no weights file


@pytest.mark.parametrize("save", [_safetensors, _zip, _before_1_6])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_corrupt(state, tmp_path, save, part):
    path = tmp_path / "a.pth"
    save(state, path)
    os.truncate(path, int(path.stat().st_size * part))
    _refused(WeightsCorrupt, path)


@pytest.mark.parametrize(
    "content",
    [
        b"a text file named .pth\n" * 20,
        bytes(1000),
        b"\x80\x02}q\x00",
        b"PK\x03\x04" + bytes(500),
        b"\x89PNG\r\n\x1a\n" * 9,
    ]
    + [struct.pack("<Q", 2**60) + b"{}" + bytes(64)],
)
def test_any_other_file_is_corrupt(tmp_path, content):
    (tmp_path / "a.pth").write_bytes(content)
    _refused(WeightsCorrupt, tmp_path / "a.pth")


def test_a_pointer_of_git_lfs_is_named_as_such(tmp_path):
    pointer = tmp_path / "a.safetensors"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 22586416\n")
    assert _refused(WeightsCorrupt, pointer, "Git LFS pointer", "git lfs pull").code == "weights-lfs-pointer"


def test_a_web_page_is_named_as_such(tmp_path):
    (tmp_path / "a.pth").write_text("\n<!doctype html>\n<title>404</title>")
    assert _refused(WeightsCorrupt, tmp_path / "a.pth", "web page").code == "weights-web-page"


def test_a_safetensors_file_that_begins_with_the_byte_of_an_angle_bracket_is_no_web_page(state, tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(state, path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    padding = (ord("<") - length) % 256  # the header may end in spaces
    header = content[8 : 8 + length] + b" " * padding
    path.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + length :])
    assert path.read_bytes().startswith(b"<")
    _assert_holds(_load(path), state)


def test_python_objects_in_a_file_are_refused_and_never_run(state, tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "trapped"),)

    for name, content in (("dict", state | {"trap": Trap()}), ("network", nn.Sequential(nn.Linear(1, 1)))):
        torch.save(content, tmp_path / name)
        error = _refused(WeightsCorrupt, tmp_path / name, "Python objects", "state_dict()")
        assert error.code == "weights-objects"
    (tmp_path / "plain").write_bytes(pickle.dumps(Trap(), protocol=2))
    _refused(WeightsCorrupt, tmp_path / "plain")
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize("content", [torch.zeros(3), {}, [1, 2], {"epoch": 3}, {"state_dict": {"fc.weight": 1}}])
def test_a_file_without_a_state_dict_is_corrupt(tmp_path, content):
    torch.save(content, tmp_path / "a.pth")
    _refused(WeightsCorrupt, tmp_path / "a.pth", "state dict")


@pytest.mark.filterwarnings("ignore:Validating sparse tensor")
def test_tensors_that_are_not_plain_are_corrupt(state, tmp_path):
    torch.save(state | {"fc.weight": state["fc.weight"].to_sparse()}, tmp_path / "a.pth")
    _refused(WeightsCorrupt, tmp_path / "a.pth", "fc.weight", "plain")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["layer4.1.conv2.weight", "bn1.running_mean", "fc.bias"])
def test_values_that_are_not_finite_are_corrupt(state, tmp_path, key, value):
    spoilt = state[key].clone()
    spoilt.view(-1)[-1] = value
    save_file(state | {key: spoilt}, tmp_path / "a.safetensors")
    assert _refused(WeightsCorrupt, tmp_path / "a.safetensors", key).code == "weights-not-finite"


def test_negative_variances_are_corrupt(state, tmp_path):
    save_file(state | {"bn1.running_var": -state["bn1.running_var"]}, tmp_path / "a.safetensors")
    _refused(WeightsCorrupt, tmp_path / "a.safetensors", "bn1.running_var", "negative")


@pytest.mark.parametrize("scale", [None, torch.ones(5), torch.ones(64, 1), torch.ones(64, dtype=torch.int32)])
def test_eight_bits_without_a_scale_for_each_channel_are_corrupt(state, tmp_path, scale):
    key = "conv1.weight"
    stored = state | {key: torch.ones_like(state[key], dtype=torch.int8)}
    save_file(stored if scale is None else stored | {f"{key}.scale": scale}, tmp_path / "a.safetensors")
    _refused(WeightsCorrupt, tmp_path / "a.safetensors", "conv1.weight.scale")


def test_whole_numbers_in_place_of_weights_are_corrupt(state, tmp_path):
    save_file(state | {"fc.bias": torch.ones(CLASSES, dtype=torch.int64)}, tmp_path / "a.safetensors")
    _refused(WeightsCorrupt, tmp_path / "a.safetensors", "fc.bias", "int64")


def test_a_file_that_is_not_there_is_unavailable(tmp_path):
    _refused(WeightsUnavailable, tmp_path / "none.pth", "No such file")
    with pytest.raises(WeightsUnavailable, match=re.escape("none.pth")):
        checkpoints.outline(tmp_path / "none.pth")
    _refused(WeightsUnavailable, tmp_path, "directory")
