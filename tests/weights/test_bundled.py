"""The weights that come with the program: what their cards say, whole, and right about what they were trained for."""

import hashlib
import json

import numpy as np
import pytest
import torch
import torchvision.models
from PIL import Image
from safetensors.torch import load_file, save_file

from resnet_demo.assets import assets_dir
from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.settings import Settings
from resnet_demo.studies.readout import probes_file, read_probes
from resnet_demo.weights import checkpoints, choices

FOLDER = assets_dir() / "weights"
FILES = {int(path.stem[6:].split("-")[0]): path for path in sorted(FOLDER.glob("resnet*-tiny-imagenet.safetensors"))}
"""By depth."""

THOUSAND = {int(path.stem[6:].split("-")[0]): path for path in sorted(FOLDER.glob("resnet*-distilled.safetensors"))}
"""Last layers of ImageNet's classes, by depth."""


def _load(depth):
    return choices.load(depth, "tiny-imagenet", settings=Settings())


def test_together_they_are_small_enough_to_be_cloned():
    assert sum(path.stat().st_size for path in (*FILES.values(), *THOUSAND.values())) <= 75e6


@pytest.mark.parametrize("depth", FILES)
def test_each_has_probes_that_were_trained_on_it(depth):
    file = probes_file(FILES[depth])
    probes = read_probes(file.read_bytes(), file.name)
    assert probes.weights_sha256 == hashlib.sha256(FILES[depth].read_bytes()).hexdigest()
    assert all(probe.top1 > 1 / 200 for probe in probes.stages.values()), "no better than guessing"


def test_the_probes_add_little_to_them():
    assert sum(probes_file(path).stat().st_size for path in FILES.values()) < 1.5e6


@pytest.mark.parametrize("depth", FILES)
def test_they_are_what_their_card_says(depth):
    card = choices.card_of(depth, "tiny-imagenet")
    assert hashlib.sha256(FILES[depth].read_bytes()).hexdigest() == card.sha256
    assert FILES[depth].stat().st_size == card.size_bytes
    network = _load(depth)
    assert network.card == card
    assert sum(p.numel() for p in network.parameters()) == card.parameters
    assert network.fc.out_features == len(card.classes)
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert {p.dtype for p in network.parameters()} == {torch.float32}


def _stored(depth):
    """All of a network's entries, from its own file and from those that have the rest."""
    rest = json.loads(FILES[depth].with_suffix(".json").read_text(encoding="utf-8")).get("rest_of")
    own = load_file(FILES[depth])
    below = _stored(rest) if rest else {}
    return {name: value for name, value in below.items() if name.removesuffix(".scale") not in own} | own


@pytest.mark.parametrize("depth", FILES)
def test_they_answer_as_torchvisions_network_with_the_same_file(depth):
    theirs = getattr(torchvision.models, f"resnet{depth}")(num_classes=200)
    stored = _stored(depth)
    state = {k: v.float() for k, v in stored.items() if not k.endswith(".scale")}
    for key in state:
        if f"{key}.scale" in stored:  # 8 bits a weight, one factor an output channel
            state[key] *= stored[f"{key}.scale"].reshape(-1, *[1] * (state[key].ndim - 1))
    missing, extra = theirs.load_state_dict(state, strict=False)
    assert not extra
    assert all(key.endswith("num_batches_tracked") for key in missing)
    view = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(_load(depth)(view), theirs.eval()(view))


@pytest.mark.parametrize("depth", FILES)
def test_a_photo_of_one_of_their_classes_is_known(depth):
    """A coffee cup on a saucer, seen from above: "espresso" is the only class of the 200 that it can be."""
    network = _load(depth)
    transform = network.card.transform
    image = Image.open(assets_dir() / "examples" / "coffee.png").convert("RGB")
    scale = transform.resize / min(image.size)
    image = image.resize([round(n * scale) for n in image.size], Image.Resampling.BICUBIC)
    left, top = ((n - transform.crop) // 2 for n in image.size)
    pixels = np.asarray(image.crop((left, top, left + transform.crop, top + transform.crop))) / 255
    view = torch.from_numpy((pixels - transform.mean) / transform.std).float().permute(2, 0, 1)[None]
    with torch.inference_mode():
        best = network(view)[0].topk(5).indices.tolist()
    assert "espresso" in [network.card.classes[index].label for index in best]


@pytest.mark.parametrize("depth", THOUSAND)
def test_a_thousand_classes_are_a_last_layer_on_the_stages_of_two_hundred(depth):
    card = choices.card_of(depth, "imagenet-1k-distilled")
    assert (card.rest_of, len(card.classes)) == (depth, 1000)
    assert hashlib.sha256(THOUSAND[depth].read_bytes()).hexdigest() == card.sha256
    assert THOUSAND[depth].stat().st_size == card.size_bytes
    network, below = choices.load(depth, "imagenet-1k-distilled"), _load(depth)
    assert network.card == card and sum(p.numel() for p in network.parameters()) == card.parameters
    assert not network.training and not any(p.requires_grad for p in network.parameters())
    stored = load_file(THOUSAND[depth])
    assert torch.equal(network.fc.weight, stored.pop("fc.weight").float())
    assert torch.equal(network.fc.bias, stored.pop("fc.bias")) and not stored
    for (name, value), other in zip(network.state_dict().items(), below.state_dict().values(), strict=True):
        assert name.startswith("fc.") or torch.equal(value, other), name


@pytest.mark.parametrize("depth", THOUSAND)
def test_nobody_gets_a_thousand_classes_unasked(depth):
    names = [choice.name for choice in choices.choices(depth) if choice.available]
    assert names.index("tiny-imagenet") < names.index("imagenet-1k-distilled")
    assert choices.resolve(depth, "imagenet-1k-distilled") == "imagenet-1k-distilled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"fc.weight": (1000, 511), "fc.bias": (1000,)},  # of a network that has fewer channels
        {"fc.weight": (999, 512), "fc.bias": (999,)},  # of other classes than the card's
        {"fc.weight": (1000, 512), "fc.bias": (1000,), "layer4.2.conv1.weight": (512, 512, 3, 3)},  # half a block
    ],
)
def test_what_does_not_fit_the_rest_is_refused(tmp_path, wrong):
    file = tmp_path / "other.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in wrong.items()}, file)
    with pytest.raises(WeightsMismatch):
        checkpoints.load_network(file, 18, 1000, base=_load(18))


def test_a_card_of_ones_own_can_name_the_rest_of_no_depth_but_the_five(tmp_path):
    file = tmp_path / "own.safetensors"
    file.write_bytes(FILES[18].read_bytes())
    told = json.loads(FILES[18].with_suffix(".json").read_text(encoding="utf-8")) | {"name": "file"}
    file.with_suffix(".json").write_text(json.dumps(told | {"rest_of": 20}), encoding="utf-8")
    with pytest.raises(WeightsCorrupt) as caught:
        choices.load(18, file)
    assert caught.value.code == "card-field-invalid"
    file.with_suffix(".json").write_text(json.dumps(told | {"rest_of": 18}), encoding="utf-8")
    network = choices.load(18, file)  # the file holds everything: nothing is taken from the bundled one
    assert torch.equal(network.fc.weight, _load(18).fc.weight)


def _bundle(folder, monkeypatch, content):
    """Have the program find ``content`` in place of the bundled ResNet-18."""
    file = FILES[18]
    (folder / "weights").mkdir(parents=True)
    (folder / "weights" / file.name).write_bytes(content)
    (folder / "weights" / file.with_suffix(".json").name).write_bytes(file.with_suffix(".json").read_bytes())
    monkeypatch.setattr("resnet_demo.weights.sources.assets_dir", lambda: folder)


def test_one_with_another_hash_is_corrupt(tmp_path, monkeypatch):
    content = bytearray(FILES[18].read_bytes())
    content[-1] ^= 1
    _bundle(tmp_path, monkeypatch, bytes(content))
    with pytest.raises(WeightsCorrupt, match="SHA-256.*install") as caught:
        _load(18)
    assert caught.value.code == "weights-hash"


def test_a_pointer_of_git_lfs_in_its_place_is_named_as_such(tmp_path, monkeypatch):
    _bundle(tmp_path, monkeypatch, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 22586416\n")
    with pytest.raises(WeightsCorrupt, match="Git LFS pointer.*git lfs pull"):
        _load(18)
