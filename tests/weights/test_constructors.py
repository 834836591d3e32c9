"""The constructors, as people in this field are used to them."""

import pytest
import torch
import torchvision.models

from resnet_demo.errors import InputError, WeightsUnavailable
from resnet_demo.results import DEPTHS
from resnet_demo.settings import Settings
from resnet_demo.weights import constructors
from tests.weights.own import own


@pytest.mark.parametrize("depth", DEPTHS)
def test_constructors_give_fresh_networks_of_any_number_of_classes(depth):
    with torch.device("meta"):
        network = getattr(constructors, f"resnet{depth}")(num_classes=10)
        expected = getattr(torchvision.models, f"resnet{depth}")(num_classes=10)
    shapes = {key: value.shape for key, value in expected.state_dict().items()}
    assert {key: value.shape for key, value in network.state_dict().items()} == shapes
    assert network.training
    assert network.card is None


def test_a_fresh_network_has_a_thousand_classes_unless_told_otherwise():
    assert constructors.resnet18().fc.out_features == 1000


def test_pretrained_is_imagenet_v1_with_its_card(mirror, record, small, capfd):
    mirror.put(f"/{record.file.name}", small)
    network = constructors.resnet18(pretrained=True, settings=Settings(weights_url=mirror.url))
    assert network.card == record.card
    assert not network.training
    assert all(p.requires_grad for p in network.parameters())
    out, err = capfd.readouterr()
    assert out == ""
    assert record.file.name in err


def test_pretrained_without_a_way_to_the_weights_is_unavailable_and_not_the_bundled_ones(mirror, record):
    with pytest.raises(WeightsUnavailable):
        constructors.resnet18(pretrained=True, settings=Settings(weights_url=mirror.url))
    assert constructors.resnet18(weights="tiny-imagenet").card.name == "tiny-imagenet"


def test_progress_may_be_a_function_or_nothing(mirror, record, small, capfd, cache):
    mirror.put(f"/{record.file.name}", small)
    seen = []
    settings = Settings(weights_url=mirror.url)
    constructors.resnet18(pretrained=True, progress=seen.append, settings=settings)
    (cache / record.file.name).unlink()
    constructors.resnet18(pretrained=True, progress=False, settings=settings)
    assert seen
    assert capfd.readouterr() == ("", "")


def test_arguments_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="one of them"):
        constructors.resnet18(pretrained=True, weights="tiny-imagenet")
    with pytest.raises(InputError, match="num_classes is 10.*200 classes"):
        constructors.resnet18(weights="tiny-imagenet", num_classes=10)
    assert constructors.resnet18(weights="tiny-imagenet", num_classes=200).fc.out_features == 200


def test_constructors_follow_the_environment(monkeypatch, tmp_path):
    own(tmp_path / "resnet18.pth", classes=6)
    monkeypatch.setenv("RESNET_DEMO_WEIGHTS_DIR", str(tmp_path))
    assert constructors.resnet18(weights="auto").fc.out_features == 6
