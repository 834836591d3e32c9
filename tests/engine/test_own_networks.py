"""Networks that people bring along answer through the engine as they do in torchvision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision.models
from PIL import Image
from torch import nn

from resnet_demo import Engine, Settings
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.results import BlockMaps, Randomisation
from tests.randomised import randomise

PHOTO = np.random.default_rng(7).integers(0, 256, (256, 256, 3), dtype=np.uint8)


def served(network: nn.Module, folder: Path, activation: str = "auto") -> Engine:
    """An engine whose ResNet-18 is this network."""
    torch.save(network.state_dict(), folder / "resnet18.pt")
    return Engine(device="cpu", settings=Settings(weights_dir=folder, downloads="deny", activation=activation))


def theirs(head: nn.Module) -> nn.Module:
    network = torchvision.models.resnet18()
    network.fc = head
    return randomise(network, seed=3).eval()


def seen(view: np.ndarray) -> torch.Tensor:
    """What torchvision makes of a view."""
    normalise = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return normalise(torch.from_numpy(view.copy()).permute(2, 0, 1) / 255)[None]


def test_a_classifier_of_two_layers_answers_and_is_explained(tmp_path):
    network = theirs(nn.Sequential(nn.Dropout(), nn.Linear(512, 16), nn.ReLU(), nn.Linear(16, 3)))
    engine = served(network, tmp_path)
    answer = engine.analyze(PHOTO, depth=18, target=1)
    with torch.inference_mode():
        expected = network(seen(answer.view))[0]
    assert [p.logit for p in sorted(answer.predictions, key=lambda p: p.index)] == pytest.approx(
        expected.tolist(), rel=1e-3, abs=1e-3
    )
    assert all(np.isfinite(stage.cam).all() and stage.cam.any() for stage in answer.stages.values())
    assert Laboratory(engine).run(Randomisation, PHOTO, 18, stages=("layer4",), draws=1) is not None


def test_a_path_names_the_weights_of_one_request(tmp_path):
    served(theirs(nn.Linear(512, 3)), tmp_path)
    engine = Engine(device="cpu", settings=Settings(downloads="deny"))
    answer = engine.analyze(PHOTO, depth=18, weights=tmp_path / "resnet18.pt")
    assert answer.network.title == "resnet18.pt, 3 classes without names"
    assert engine.analyze(PHOTO, depth=18).network.weights == "tiny-imagenet"


def test_one_output_has_the_probability_of_its_sigmoid(tmp_path):
    network = theirs(nn.Linear(512, 1))
    answer = served(network, tmp_path).analyze(PHOTO, depth=18)
    with torch.inference_mode():
        expected = torch.sigmoid(network(seen(answer.view)))[0]
    assert [p.probability for p in answer.predictions] == pytest.approx(expected.tolist(), abs=1e-4)


def test_several_labels_at_once_do_not_share_their_probability(tmp_path):
    network = theirs(nn.Linear(512, 3))
    answer = served(network, tmp_path, activation="sigmoid").analyze(PHOTO, depth=18)
    with torch.inference_mode():
        expected = torch.sigmoid(network(seen(answer.view)))[0].sort(descending=True).values
    assert [p.probability for p in answer.predictions] == pytest.approx(expected.tolist(), abs=1e-4)


def test_without_a_classifier_a_channels_evidence_is_its_own_map(tmp_path):
    """The output is the mean of the channel, and its gradient the same everywhere: Grad-CAM is the map, by a factor."""
    answer = served(theirs(nn.Identity()), tmp_path).analyze(PHOTO, depth=18, channels=512, top_k=512)
    assert sum(p.probability for p in answer.predictions) == pytest.approx(1, abs=1e-4)
    best, stage = answer.predictions[0], answer.stages["layer4"]
    assert best.label == f"channel {best.index} of layer4"
    (place,) = np.flatnonzero(stage.channel_ids == best.index)
    channel = stage.maps[place].astype(np.float32) * stage.scales[place]
    np.testing.assert_allclose(stage.cam * stage.cam.size, channel, rtol=1e-2, atol=1e-2 * channel.max())
    assert best.logit == pytest.approx(channel.mean(), rel=1e-2)
    found = Laboratory(Engine(settings=Settings(weights_dir=tmp_path))).run(BlockMaps, PHOTO, 18, block="layer4.1")
    assert found is not None


def test_a_grey_network_sees_grey(tmp_path):
    network = torchvision.models.resnet18(num_classes=3)
    network.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    network = randomise(network, seed=3).eval()
    answer = served(network, tmp_path).analyze(PHOTO, depth=18)
    grey = np.asarray(Image.fromarray(PHOTO).convert("L"))[16:240, 16:240]
    np.testing.assert_array_equal(answer.view, np.repeat(grey[:, :, None], 3, axis=2))
    with torch.inference_mode():
        expected = network((torch.from_numpy(grey.copy())[None, None] / 255 - 0.449) / 0.226)[0].sort(descending=True)
    assert [p.logit for p in answer.predictions] == pytest.approx(expected.values.tolist(), rel=1e-3, abs=1e-3)
