from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from resnet_demo.weights import checkpoints
from training import storage
from training.initial import fresh


def test_8_bits_come_back_within_half_a_step_of_each_output_channel(tmp_path: Path) -> None:
    network = fresh(18, 7, seed=0).eval()
    file = tmp_path / "w.safetensors"
    storage.write(storage.in_8_bits(network.state_dict()), file)
    back = checkpoints.load_network(file, 18, 7).state_dict()
    for name, value in network.state_dict().items():
        if value.ndim > 1:
            step = value.abs().amax(tuple(range(1, value.ndim)), keepdim=True) / 127
            assert bool(((back[name] - value).abs() <= step * 0.5001).all()), name
        else:
            assert torch.equal(back[name], value), name


def test_the_largest_weight_of_each_channel_comes_back_exactly() -> None:
    stored = storage.in_8_bits({"w": torch.tensor([[0.5, -1.27], [0.1, 0.02]])})
    assert stored["w"].tolist() == [[50, -127], [127, 25]]
    assert torch.allclose(stored["w.scale"], torch.tensor([0.01, 0.1 / 127]))


def test_a_channel_of_zeros_stays_zero() -> None:
    stored = storage.in_8_bits({"w": torch.zeros(2, 3)})
    assert not stored["w"].any()
    assert bool((stored["w.scale"] > 0).all())


def test_16_bits_come_back_as_float16_rounds_them(tmp_path: Path) -> None:
    network = fresh(18, 7, seed=0).eval()
    file = tmp_path / "w.safetensors"
    storage.write(storage.in_16_bits(network.state_dict()), file)
    assert not any(name.endswith("num_batches_tracked") for name in load_file(file))
    back = checkpoints.load_network(file, 18, 7).state_dict()
    assert torch.equal(back["fc.weight"], network.fc.weight.half().float())
    assert torch.equal(back["bn1.running_var"], network.bn1.running_var)


def test_mixed_keeps_1x1_kernels_and_the_last_layer_in_16_bits(tmp_path: Path) -> None:
    network = fresh(50, 7, seed=0).eval()
    file = tmp_path / "w.safetensors"
    storage.write(storage.in_8_and_16_bits(network.state_dict()), file)
    stored, back = load_file(file), checkpoints.load_network(file, 50, 7).state_dict()
    for name, value in network.state_dict().items():
        if name in ("conv1.weight", "layer1.0.conv2.weight", "layer4.2.conv2.weight"):
            assert stored[name].dtype == torch.int8
        elif value.ndim > 1 and "conv2" not in name:
            assert stored[name].dtype == torch.float16
            assert torch.equal(back[name], value.half().float()), name
