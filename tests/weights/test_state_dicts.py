"""However a training script saved a network, it is found; what the file holds besides is left out, and said."""

import collections
import pathlib
import re

import numpy as np
import pytest
import torch
import torchvision.models
from torch import nn

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.weights.checkpoints import load_network, outline
from resnet_demo.weights.state_dicts import labels_of
from tests.randomised import randomise
from tests.weights.own import view

CLASSES = 3


@pytest.fixture(scope="module")
def theirs():
    return randomise(torchvision.models.resnet18(num_classes=CLASSES)).eval()


@pytest.fixture(scope="module")
def state(theirs):
    return theirs.state_dict()


def prefixed(prefix, state):
    return {prefix + key: value for key, value in state.items()}


def body(state):
    return {key: value for key, value in state.items() if not key.startswith("fc.")}


def loaded(held, path):
    """What is found in the file, and its network."""
    torch.save(held, path)
    found = outline(path)
    return found, load_network(path, found.depth, found.classes)


def assert_answers_alike(network, theirs, x=None):
    x = view() if x is None else x
    with torch.inference_mode():
        torch.testing.assert_close(network(x), theirs(x))


WRAPPED = {
    "PyTorch's tutorial": lambda s: {"epoch": 3, "model_state_dict": s, "optimizer_state_dict": {}, "loss": 0.3},
    "a net in parallel": lambda s: {"net": prefixed("module.", s), "acc": 95.2, "epoch": 3},
    "Lightning, net": lambda s: {"state_dict": prefixed("net.", s)},
    "Lightning, backbone": lambda s: {"state_dict": prefixed("backbone.", s)},
    "Lightning, resnet": lambda s: {"state_dict": prefixed("resnet.", s)},
    "Lightning, encoder": lambda s: {"state_dict": prefixed("encoder.", s)},
    "Lightning with a loss": lambda s: {
        "state_dict": prefixed("model.", s) | {"criterion.pos_weight": torch.tensor(3.2)}
    },
    "an average of torch.optim": lambda s: prefixed("module.", s) | {"n_averaged": torch.tensor(5)},
    "a NumPy number": lambda s: {"state_dict": s, "best_acc": np.float64(0.9)},
    "a defaultdict": lambda s: {"state_dict": s, "log": collections.defaultdict(list, loss=[0.1])},
    "paths": lambda s: {"weights": s, "data": pathlib.Path("/data"), "best": pathlib.PurePosixPath("a.pth")},
    "parts compiled": lambda s: {re.sub("^layer1.", "layer1._orig_mod.", k): v for k, v in s.items()},
    "OpenMMLab": lambda s: {
        "meta": {},
        "state_dict": prefixed("backbone.", body(s)) | {f"head.fc.{k}": s[f"fc.{k}"] for k in ("weight", "bias")},
    },
    "numbered": lambda s: {
        re.sub("^layer([1-4])", lambda m: str(int(m[1]) + 3), k)
        .replace("fc.", "9.")
        .replace("conv1", "0", 1 if k.startswith("conv1") else 0)
        .replace("bn1", "1", 1 if k.startswith("bn1") else 0): v
        for k, v in s.items()
    },
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_a_network_is_found_in_whatever_was_saved_around_it(wrap, state, theirs, tmp_path):
    assert_answers_alike(loaded(wrap(state), tmp_path / "a.pth")[1], theirs)


def test_what_was_unwrapped_and_left_out_is_said(state, tmp_path):
    found, _ = loaded(WRAPPED["Lightning with a loss"](state), tmp_path / "a.pth")
    assert found.notes == ('taken: the entries under "state_dict.model."', "left out: state_dict.criterion.pos_weight")
    assert loaded(state, tmp_path / "b.pth")[0].notes == ()


def test_an_average_of_weights_is_taken_before_the_weights_themselves(state, theirs, tmp_path):
    other = randomise(torchvision.models.resnet18(num_classes=CLASSES), seed=9).state_dict()
    for held in ({"model": other, "ema": state}, {"state_dict": other, "state_dict_ema": prefixed("module.", state)}):
        found, network = loaded(held, tmp_path / "a.pth")
        assert_answers_alike(network, theirs)
        assert any("ema" in note for note in found.notes if note.startswith("taken"))
        assert any(note.startswith("left out: the network under") for note in found.notes)


def test_an_average_without_statistics_is_no_network(state, theirs, tmp_path):
    parameters = {key: value + 1 for key, value in state.items() if "running" not in key and "num_" not in key}
    assert_answers_alike(loaded({"ema": parameters, "model": state}, tmp_path / "a.pth")[1], theirs)


def test_of_two_encoders_the_one_that_is_trained_is_taken(state, theirs, tmp_path):
    other = randomise(torchvision.models.resnet18(num_classes=CLASSES), seed=9).state_dict()
    held = {"state_dict": prefixed("module.encoder_k.", other) | prefixed("module.encoder_q.", state)}
    assert_answers_alike(loaded(held, tmp_path / "a.pth")[1], theirs)


# Classifiers


def with_head(theirs, head):
    network = torchvision.models.resnet18(num_classes=CLASSES)
    network.load_state_dict(theirs.state_dict())
    network.fc = head
    return network.eval()


@pytest.mark.parametrize(
    "head",
    [
        lambda: nn.Sequential(nn.Dropout(), nn.Linear(512, 4)),
        lambda: nn.Sequential(nn.Linear(512, 16), nn.ReLU(), nn.Linear(16, 4)),
        lambda: nn.Sequential(nn.Dropout(), nn.Linear(512, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 4)),
        lambda: nn.Linear(512, 4, bias=False),
        lambda: nn.Linear(512, 1),
    ],
    ids=["dropout", "two layers", "two layers and dropout", "no bias", "one output"],
)
def test_classifiers_of_linear_layers_answer_as_they_were_trained(head, theirs, tmp_path):
    network = with_head(theirs, head())
    found, mine = loaded(network.state_dict(), tmp_path / "a.pth")
    assert found.parameters == sum(p.numel() for p in mine.parameters())
    assert_answers_alike(mine, network)


@pytest.mark.parametrize("name", ["classifier", "head", "last_linear", "classifier.1"])
def test_a_classifier_beside_the_network_is_found_by_its_name(name, state, theirs, tmp_path):
    head = {f"{name}.weight": state["fc.weight"], f"{name}.bias": state["fc.bias"]}
    assert_answers_alike(loaded(prefixed("backbone.", body(state)) | head, tmp_path / "a.pth")[1], theirs)


def test_a_network_without_a_classifier_answers_with_the_mean_of_each_channel_of_layer4(state, theirs, tmp_path):
    found, network = loaded(body(state), tmp_path / "a.pth")
    assert (found.classes, found.head) == (512, False)
    assert found.parameters == sum(v.numel() for k, v in theirs.named_parameters() if not k.startswith("fc"))
    with torch.inference_mode():
        pooled = network.forward_stages(view()).stages["layer4"].mean((2, 3))
        torch.testing.assert_close(network(view()), pooled)
        torch.testing.assert_close(theirs.fc(pooled), theirs(view()))


def test_a_projection_head_with_batch_norms_is_left_out_and_said(state, tmp_path):
    head = nn.Sequential(nn.Linear(512, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 8)).state_dict()
    found, _ = loaded(body(state) | prefixed("fc.", head), tmp_path / "a.pth")
    assert not found.head
    assert any("not linear alone" in note for note in found.notes)


# Other networks of the same kind


def test_a_grey_network_answers_for_a_grey_photo_as_it_does_for_the_one_channel(tmp_path):
    network = torchvision.models.resnet18(num_classes=CLASSES)
    network.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    network = randomise(network).eval()
    found, mine = loaded(network.state_dict(), tmp_path / "a.pth")
    assert found.grey
    assert found.parameters == sum(p.numel() for p in network.parameters())
    with torch.inference_mode():
        torch.testing.assert_close(mine(view()[:, :1].expand(-1, 3, -1, -1)), network(view()[:, :1]))


def as_hugging_face(key):
    """The key in ResNetForImageClassification of a key of torchvision's."""
    key = re.sub(r"^conv1\.", "resnet.embedder.embedder.convolution.", key)
    key = re.sub(r"^bn1\.", "resnet.embedder.embedder.normalization.", key)
    block = re.match(r"layer(\d)\.(\d+)\.(.*)", key)
    if block:
        inner = (
            block[3].replace("downsample.0", "shortcut.convolution").replace("downsample.1", "shortcut.normalization")
        )
        inner = re.sub(r"^conv(\d)", lambda m: f"layer.{int(m[1]) - 1}.convolution", inner)
        inner = re.sub(r"^bn(\d)", lambda m: f"layer.{int(m[1]) - 1}.normalization", inner)
        return f"resnet.encoder.stages.{int(block[1]) - 1}.layers.{block[2]}.{inner}"
    return key.replace("fc.", "classifier.1.")


@pytest.mark.parametrize("depth", [18, 50])
def test_hugging_faces_names_are_understood(depth, tmp_path):
    network = randomise(getattr(torchvision.models, f"resnet{depth}")(num_classes=CLASSES)).eval()
    renamed = {as_hugging_face(key): value for key, value in network.state_dict().items()}
    assert "resnet.encoder.stages.0.layers.1.layer.1.normalization.running_var" in renamed
    assert_answers_alike(loaded(renamed, tmp_path / "a.bin")[1], network)


def test_the_stem_of_a_cifar_network_is_refused_by_name(state, tmp_path):
    torch.save(state | {"conv1.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "a.pth")
    with pytest.raises(WeightsMismatch, match="CIFAR"):
        outline(tmp_path / "a.pth")


def test_a_last_layer_of_a_hundred_million_classes_is_refused(state, tmp_path):
    torch.save(state | {"fc.weight": torch.zeros(()).expand(10**8, 512)}, tmp_path / "a.pth")
    with pytest.raises(WeightsMismatch, match="100,000,000 outputs"):
        outline(tmp_path / "a.pth")


def test_a_shape_that_no_values_stand_behind_is_refused(state, tmp_path):
    head = {"fc.weight": torch.zeros(()).expand(90_000, 512), "fc.bias": torch.zeros(90_000)}
    torch.save(state | head, tmp_path / "a.pth")
    with pytest.raises(WeightsCorrupt, match="fewer values than its shape says"):
        load_network(tmp_path / "a.pth", 18, 90_000)


# Names of the classes


@pytest.mark.parametrize(
    "beside",
    [
        {"class_to_idx": {"newt": 2, "cat": 0, "dog": 1}},
        {"classes": ["cat", "dog", "newt"]},
        {"hyper_parameters": {"idx_to_class": {0: "cat", 1: "dog", 2: "newt"}}},
        {"meta": {"CLASSES": ("cat", "dog", "newt")}},
    ],
)
def test_names_of_classes_in_the_file_are_found(beside, state, tmp_path):
    assert loaded({"state_dict": state} | beside, tmp_path / "a.pth")[0].labels == ("cat", "dog", "newt")


def test_names_of_another_number_of_classes_are_left_alone(state, tmp_path):
    assert loaded({"state_dict": state, "classes": ["cat", "dog"]}, tmp_path / "a.pth")[0].labels is None


@pytest.mark.parametrize("value", [None, 3, "cat", [], ["cat", 1], {"cat": 1}, {"cat": 0, "dog": 2}, {"0": 1}, [" "]])
def test_what_are_no_names_of_classes(value):
    assert labels_of(value) is None


# What is never run


def test_objects_beside_the_weights_are_passed_over_and_never_made(state, theirs, tmp_path):
    class Trap:
        def __reduce__(self):
            return exec, (f"open({str(tmp_path / 'trapped')!r}, 'w')",)

    class Config(dict):
        pass

    Config.__module__, Config.__qualname__ = "omegaconf.dictconfig", "Config"
    held = {"state_dict": state, "trap": Trap(), "callbacks": {collections.UserList: {"best": 1}}}
    assert_answers_alike(loaded(held, tmp_path / "a.pth")[1], theirs)
    assert not (tmp_path / "trapped").exists()


def test_a_whole_network_is_refused_with_what_to_save_instead(theirs, tmp_path):
    for name, held in (("a.pth", theirs), ("b.pth", {"model": theirs})):
        torch.save(held, tmp_path / name)
        with pytest.raises(WeightsCorrupt, match=r"state_dict\(\)") as caught:
            outline(tmp_path / name)
        assert caught.value.code == "weights-objects"
