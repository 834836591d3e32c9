"""Files that are something else are named as what they are; no file takes more than its size, or the process."""

import struct
import subprocess
import sys
import zipfile

import pytest
import torch
import torchvision.models
from safetensors.torch import save_file

from resnet_demo.errors import WeightsCorrupt
from resnet_demo.network.resnet import resnet
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, choices, formats
from resnet_demo.weights.checkpoints import load_network, outline


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_torchscript_program_is_named(tmp_path):
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(str(tmp_path / "a.pt"))
    refused(tmp_path / "a.pt", "TorchScript")


def test_an_exported_program_is_named(tmp_path):
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),)), tmp_path / "a.pt2")
    refused(tmp_path / "a.pt2", r"torch\.export")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_quantised_network_is_named(tmp_path):
    state = torchvision.models.resnet18(num_classes=3).state_dict()
    state["fc.weight"] = torch.quantize_per_tensor(state["fc.weight"], 0.1, 0, torch.qint8)
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(WeightsCorrupt, match="quantised"):
        outline(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("name", "start", "kind"),
    [
        ("a.onnx", b"\x08\x07\x12\x07pytorch\x1a", "ONNX"),
        ("a.pth", b"\x08\x08\x12\x07pytorch\x1a", "ONNX"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "Keras"),
        ("a.gguf", b"GGUF\x03", "GGUF"),
        ("a.npy", b"\x93NUMPY\x01", "NumPy"),
        ("a.pth", b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_other_formats_are_named_by_their_beginning(name, start, kind, tmp_path):
    (tmp_path / name).write_bytes(start + bytes(200))
    refused(tmp_path / name, kind)


def refused(path, kind):
    with pytest.raises(WeightsCorrupt, match=kind) as caught:
        outline(path)
    assert caught.value.code == "weights-other-kind"


def test_a_zip_that_unpacks_to_more_than_its_size_is_refused_before_it_is_unpacked(tmp_path):
    torch.save(resnet(18, 3).state_dict(), tmp_path / "plain.pth")
    with zipfile.ZipFile(tmp_path / "plain.pth") as plain, zipfile.ZipFile(tmp_path / "a.pth", "w") as bomb:
        for part in plain.infolist():
            content = plain.read(part)
            bomb.writestr(part.filename, bytes(len(content)), zipfile.ZIP_DEFLATED)
    with pytest.raises(WeightsCorrupt, match="unpacks to"):
        outline(tmp_path / "a.pth")


@pytest.mark.parametrize("change", [lambda n: 2**40, lambda n: n - 1, lambda n: n + 8])
def test_a_table_of_contents_of_another_length_is_refused(change, tmp_path):
    path = tmp_path / "a.safetensors"
    save_file(resnet(18, 3).state_dict(), path)
    content = path.read_bytes()
    path.write_bytes(struct.pack("<Q", change(struct.unpack("<Q", content[:8])[0])) + content[8:])
    for read in (outline, lambda path: load_network(path, 18, 3)):
        with pytest.raises(WeightsCorrupt):
            read(path)


@pytest.mark.parametrize("values", [True, False])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_that_is_cut_while_it_is_read_does_not_end_the_process(values, suffix, tmp_path):
    """In a process of its own, which a mapped file would end by a signal."""
    path = tmp_path / f"a{suffix}"
    state = resnet(18, 3).state_dict()
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    program = (
        "import os, sys, torch\n"
        "from pathlib import Path\n"
        "from resnet_demo.weights import formats\n"
        f"held = formats.read(Path(sys.argv[1]), values={values})\n"
        "os.truncate(sys.argv[1], 0)\n"
        f"print(sum(float(v.sum()) for v in held.values()) if {values} else held['fc.weight'].shape)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_file_that_changes_while_it_is_loaded_is_refused(tmp_path, monkeypatch):
    torch.save(resnet(18, 3).state_dict(), tmp_path / "resnet18.pth")
    load = checkpoints.load_network

    def loading(path, *args):
        network = load(path, *args)
        torch.save(resnet(18, 3).state_dict() | {"more": torch.zeros(1)}, path)
        return network

    monkeypatch.setattr(checkpoints, "load_network", loading)
    with pytest.raises(WeightsCorrupt, match="changed while it was read"):
        choices.load(18, "file", settings=Settings(weights_dir=tmp_path))


def test_the_shapes_of_a_file_are_those_of_its_values(tmp_path):
    state = torchvision.models.resnet18(num_classes=3).state_dict()
    torch.save(state, tmp_path / "a.pth")
    save_file(state, tmp_path / "a.safetensors")
    for name in ("a.pth", "a.safetensors"):
        shapes = formats.read(tmp_path / name, values=False)
        assert {k: (v.shape, v.dtype) for k, v in shapes.items()} == {k: (v.shape, v.dtype) for k, v in state.items()}
