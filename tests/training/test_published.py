"""A published graph becomes a network under our names: on a small made file of the published one's form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import BasicBlock, Plan, ResNet
from training import published
from training.augment import normalised

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

SIDE = 64
CHANNELS = (64, 128, 256, 512)
MADE_PLAN = Plan(BasicBlock, (1, 2, 1, 1))


class Made:
    """A graph under construction, its numbers drawn from a seed."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list = []
        self.values: dict[str, np.ndarray] = {}

    def _value(self, array: np.ndarray) -> str:
        name = f"Parameter{len(self.values)}"
        self.values[name] = array.astype(np.float32)
        return name

    def add(self, kind: str, inputs: list[str], **attributes) -> str:
        name = f"{kind}{len(self.nodes)}_Output_0"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolution(self, x: str, out: int, into: int, kernel: int, stride: int, pads: list[int]) -> str:
        scale = (2 / (into * kernel**2)) ** 0.5
        weight = self._value(self.random.normal(0, scale, (out, into, kernel, kernel)))
        y = self.add("Conv", [x, weight], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads)
        gamma, beta = self.random.uniform(0.5, 1.5, out), self.random.normal(0, 0.1, out)
        mean, variance = self.random.normal(0, 0.1, out), self.random.uniform(0.5, 1.5, out)
        return self.add("BatchNormalization", [y, *map(self._value, (gamma, beta, mean, variance))], epsilon=1e-5)

    def save(self, file: Path) -> Path:
        graph = helper.make_graph(
            self.nodes,
            "made",
            [helper.make_tensor_value_info("Input", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(self.nodes[-1].output[0], TensorProto.FLOAT, None)],
            [numpy_helper.from_array(value, name) for name, value in self.values.items()],
        )
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 8)], ir_version=3), file)
        return file


def made_network(file: Path) -> Path:
    """Basic blocks, paddings shorter after than before where they stride, the projection first in its block."""
    graph = Made()
    x = graph.add("Relu", [graph.convolution("Input", 64, 3, 7, 2, [3, 3, 2, 2])])
    x = graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0])
    into = 64
    for stage, (count, channels) in enumerate(zip(MADE_PLAN.blocks, CHANNELS, strict=True)):
        for block in range(count):
            stride = 2 if stage and not block else 1
            beside = graph.convolution(x, channels, into, 1, 2, [0] * 4) if stride == 2 else x
            pads = [1, 1, 0, 0] if stride == 2 else [1] * 4
            y = graph.add("Relu", [graph.convolution(x, channels, into, 3, stride, pads)])
            y = graph.convolution(y, channels, channels, 3, 1, [1] * 4)
            x = graph.add("Relu", [graph.add("Add", [y, beside])])
            into = channels
    graph.add("GlobalAveragePool", [x])
    return graph.save(file)


def made_preprocess(file: Path, mean_bgr: tuple[float, float, float] = (104.0, 117.0, 124.0)) -> Path:
    """RGB to BGR, less a mean picture that is the same everywhere."""
    graph = Made()
    graph.values["MeanImage"] = np.broadcast_to(
        np.array(mean_bgr, np.float32)[None, :, None, None], (1, 3, SIDE, SIDE)
    ).copy()
    graph.nodes.append(helper.make_node("Split", ["Input"], ["R", "G", "B"], axis=1, split=[1, 1, 1]))
    bgr = graph.add("Concat", ["B", "G", "R"], axis=1)
    graph.add("Sub", [bgr, "MeanImage"])
    return graph.save(file)


def pooled(network: ResNet, x: torch.Tensor) -> torch.Tensor:
    return network.forward_stages(x).stages["layer4"].mean((2, 3))


def run(file: Path, x: np.ndarray) -> np.ndarray:
    session = pytest.importorskip("onnxruntime").InferenceSession(str(file))
    return session.run(None, {"Input": x})[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("published")
    return made_network(folder / "network.onnx"), made_preprocess(folder / "preprocess.onnx")


def test_a_published_network_answers_as_its_own_graphs_do(files: tuple[Path, Path]) -> None:
    network = published.as_network(published.read(*files, MADE_PLAN), 5, MADE_PLAN)
    # Grey at the border, where the two differ in what is padded: zeros of the one are not quite the other's.
    photo = torch.full((1, 3, SIDE, SIDE), 120, dtype=torch.uint8)
    photo[:, :, 16:48, 16:48] = torch.randint(0, 256, (1, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    expected = run(files[0], run(files[1], photo.float().numpy())).reshape(1, -1)
    with torch.inference_mode():
        found = pooled(network, normalised(photo)).numpy()
    assert np.abs(found - expected).max() < 0.01 * np.abs(expected).max()


def test_its_parameters_have_the_names_of_every_checkpoint(files: tuple[Path, Path]) -> None:
    weights = published.read(*files, MADE_PLAN)
    own = ResNet(MADE_PLAN, 1).state_dict()
    assert weights.keys() == {n for n in own if not n.startswith("fc.") and not n.endswith("num_batches_tracked")}
    assert all(weights[name].shape == own[name].shape for name in weights)


def test_a_last_layer_still_to_be_fitted_answers_nothing(files: tuple[Path, Path]) -> None:
    network = published.as_network(published.read(*files, MADE_PLAN), 5, MADE_PLAN)
    with torch.inference_mode():
        assert not network(torch.randn(1, 3, SIDE, SIDE)).any()


def test_the_first_convolution_sees_normalised_rgb_as_it_saw_bgr() -> None:
    generator = torch.Generator().manual_seed(2)
    kernel = torch.randn(64, 3, 7, 7, generator=generator)
    weights = {"conv1.weight": kernel, "bn1.running_mean": torch.zeros(64)}
    mean = torch.tensor([120.0, 115.0, 105.0])
    found = published.for_normalised_rgb(weights, mean)
    photo = torch.randint(0, 256, (1, 3, 7, 7), generator=generator, dtype=torch.uint8)
    before = ((photo.float() - mean.view(1, 3, 1, 1)).flip(1) * kernel).sum((1, 2, 3))
    after = (normalised(photo) * found["conv1.weight"]).sum((1, 2, 3)) - found["bn1.running_mean"]
    torch.testing.assert_close(after, before, rtol=1e-4, atol=0.05)


def test_a_graph_of_another_form_is_refused(tmp_path: Path, files: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="in one of graph and plan alone"):
        published.read(*files)
    with pytest.raises(InputError, match="mean pictures"):
        published.read(files[0], files[0], MADE_PLAN)
    with pytest.raises(InputError, match="absent.onnx"):
        published.read(tmp_path / "absent.onnx", files[1])
