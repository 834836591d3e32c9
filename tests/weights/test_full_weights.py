"""A full 1,000-class file of every depth, in torchvision's format, answers as torchvision's own model does."""

import json

import numpy as np
import pytest
import torch
import torchvision
from captum.attr import LayerGradCam
from PIL import Image

from resnet_demo.assets import assets_dir
from resnet_demo.cli import main
from resnet_demo.engine.engine import Engine
from resnet_demo.results import DEPTHS
from resnet_demo.settings import Settings

PHOTO = assets_dir() / "examples" / "coffee.png"


def published(depth: int) -> torch.nn.Module:
    """torchvision's network with random weights, its batch norms calibrated on noise so that values stay finite."""
    state = torch.random.get_rng_state()
    torch.manual_seed(depth)
    network = getattr(torchvision.models, f"resnet{depth}")(weights=None).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the plain mean over all batches seen
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(4, 3, 64, 64))
    torch.random.set_rng_state(state)
    return network.eval()


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_file_in_torchvisions_format_answers_as_torchvisions_model(depth, tmp_path, capsys):
    network = published(depth)
    torch.save(network.state_dict(), tmp_path / f"resnet{depth}.pth")
    preset = getattr(torchvision.models, f"ResNet{depth}_Weights").IMAGENET1K_V1.transforms()
    x = preset(Image.open(PHOTO).convert("RGB"))[None]
    with torch.no_grad():
        logits = network(x)[0]
    top = logits.topk(5)  # of the logits: where one class has all the probability, the others' may be equal
    probabilities = logits.softmax(0)[top.indices]
    labels = getattr(torchvision.models, f"ResNet{depth}_Weights").IMAGENET1K_V1.meta["categories"]

    engine = Engine(device="cpu", settings=Settings(weights_dir=tmp_path))
    (classified,) = engine.classify([PHOTO], depth=depth)
    explained = engine.analyze(PHOTO, depth=depth, stages=("layer4",))
    for predictions in (classified.predictions, explained.predictions):
        assert [p.label for p in predictions] == [labels[i] for i in top.indices]
        # Two layouts of memory round differently: what counts as the same answer is within 1e-4.
        np.testing.assert_allclose([p.probability for p in predictions], probabilities, rtol=0, atol=1e-4)
    theirs = LayerGradCam(network, network.layer4).attribute(x, int(top.indices[0]))[0, 0].detach().numpy()
    np.testing.assert_allclose(explained.stages["layer4"].cam, theirs, rtol=0, atol=1e-3 * np.abs(theirs).max())

    if depth == 18:  # the command line says the same
        weights = ["--weights", str(tmp_path / "resnet18.pth"), "--depth", "18", "--device", "cpu"]
        assert main(["classify", str(PHOTO), "--format", "jsonl", *weights]) == 0
        line = json.loads(capsys.readouterr().out)
        assert [p["label"] for p in line["predictions"]] == [labels[i] for i in top.indices]
