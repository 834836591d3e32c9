"""File formats of weights: from the bytes of a .safetensors or .pth file to what was saved in it, or a clear refusal.

Nothing in a file is ever run. Files are read, never mapped: one that is rewritten meanwhile would end the process.
"""

from __future__ import annotations

import json
import pickle
import re
import struct
import threading
import zipfile
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from resnet_demo.errors import WeightsCorrupt, WeightsUnavailable
from resnet_demo.weights.integrity import is_lfs_pointer, is_web_page

LONGEST_HEADER = 25_000_000  # bytes of a safetensors file's table of contents
MOST_CLASSES_BESIDE = 200  # classes of Python objects beside the weights

_OTHERS = {
    b"\x89HDF": "Keras (HDF5)",
    b"GGUF": "GGUF",
    b"\x93NUMPY": "NumPy",
    b"\x1f\x8b": "gzip",
}
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_UNKNOWN = re.compile(r"GLOBAL (\S+) was not an allowed global")  # torch.load names what it does not know
_OBJECTS = re.compile("unsupported (global|class)|unrecognized function|can only (build|create|set|append)", re.I)
_unpickling = threading.Lock()


class Beside(list):
    """Stands for any Python object that a training script saved beside its weights. It takes whatever it is made of
    and does nothing; the class it stands for is not even imported."""

    def __init__(self, *_: Any) -> None:
        super().__init__()

    def __setstate__(self, _: Any) -> None:
        pass

    def __hash__(self) -> int:  # type: ignore[override]  # such an object may be the key of a dictionary
        return id(self)


class _BesideMapping:
    """The same for kinds of dictionary, which the unpickler fills: a plain one."""

    def __new__(cls, *_: Any) -> Any:
        return {}


def check_kind(path: Path) -> bytes:
    """The file's first bytes. Raises ``WeightsCorrupt`` for none, an LFS pointer's, a web page's, and for formats that
    are known and not read."""
    if (name := path.name.encode(errors="replace").decode()) != path.name:
        raise WeightsCorrupt("weights-name-no-text", file=name)
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise unreadable(path, error) from error
    if not start:
        raise WeightsCorrupt("weights-empty", file=path.name)
    if is_lfs_pointer(start):
        raise WeightsCorrupt("weights-lfs-pointer", file=path.name)
    if is_web_page(start):
        raise WeightsCorrupt("weights-web-page", file=path.name)
    if path.suffix == ".onnx" or re.match(rb"\x08[\x03-\x0f]\x12.(pytorch|.{0,8}onnx|tf2onnx|skl2onnx)", start):
        raise WeightsCorrupt("weights-other-kind", file=path.name, kind="ONNX")
    for sign, kind in _OTHERS.items():
        if start.startswith(sign):
            raise WeightsCorrupt("weights-other-kind", file=path.name, kind=kind)
    return start


def unreadable(path: Path, error: OSError) -> WeightsUnavailable:
    """That the system does not give the file, and why."""
    return WeightsUnavailable("weights-unreadable", file=path.name, cause=error.strerror or error)


def read(path: Path, *, values: bool) -> Any:
    """What was saved in the file, its tensors on the CPU; without ``values`` on the meta device, their shapes alone.

    Raises ``WeightsUnavailable`` for a file that can't be read and ``WeightsCorrupt`` for one that is damaged, of
    another kind, or larger unpacked than it is. Python objects beside tensors are ``Beside``.
    """
    start = check_kind(path)
    try:
        if start[8:9] == b"{":
            return safetensors.torch.load(path.read_bytes()) if values else _shapes_of_safetensors(path)
        return _read_pickle(path, start.startswith(b"PK"), values)
    except OSError as error:
        raise unreadable(path, error) from error
    except safetensors.SafetensorError as error:
        raise WeightsCorrupt("weights-not-safetensors", file=path.name, cause=error) from error


# safetensors


def _shapes_of_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """From the table of contents at the file's beginning: its length in eight bytes, then JSON."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > LONGEST_HEADER:
                raise ValueError(f"its table of contents has {length:,} bytes")
            table = json.loads(file.read(length))
        table.pop("__metadata__", None)
        end = 8 + length + max((entry["data_offsets"][1] for entry in table.values()), default=0)
        if end != path.stat().st_size:
            raise ValueError(f"it has {path.stat().st_size:,} bytes, not {end:,}")
        return {
            key: torch.empty(entry["shape"], dtype=_DTYPES[entry["dtype"]], device="meta")
            for key, entry in table.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, RecursionError) as error:
        raise WeightsCorrupt("weights-not-safetensors", file=path.name, cause=error) from error


# PyTorch's pickles


def _read_pickle(path: Path, zipped: bool, values: bool) -> Any:
    """``zipped`` as PyTorch has saved since 1.6; older files are one pickle after another."""
    if zipped:
        _check_zip(path)
    try:
        return _load(path, zipped, values)
    except OSError:
        raise
    except Exception as error:
        # How torch.load fails depends on where the bytes stop making sense; the cause stays with the error.
        if isinstance(error, pickle.UnpicklingError) and (_OBJECTS.search(str(error)) or "is blocked" in str(error)):
            raise WeightsCorrupt("weights-objects", file=path.name) from error
        if zipped and _holds_quantised(path):
            raise WeightsCorrupt("weights-quantised", file=path.name) from error
        raise WeightsCorrupt("weights-cut-short" if zipped else "weights-no-known-format", file=path.name) from error


def _check_zip(path: Path) -> None:
    """Raise ``WeightsCorrupt`` for an archive that is no state dict's, or that unpacks to more than its own size:
    PyTorch stores, it does not compress."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise WeightsCorrupt("weights-cut-short", file=path.name) from error
    names = [part.filename for part in parts]
    if any(name.endswith("/archive_format") for name in names):
        raise WeightsCorrupt("weights-other-kind", file=path.name, kind="torch.export (.pt2)")
    if any("/code/" in name or name.endswith("/constants.pkl") for name in names):
        raise WeightsCorrupt("weights-other-kind", file=path.name, kind="TorchScript")
    if any(name.endswith(".npy") for name in names):
        raise WeightsCorrupt("weights-other-kind", file=path.name, kind="NumPy")
    if (unpacked := sum(part.file_size for part in parts)) > path.stat().st_size:
        raise WeightsCorrupt("weights-zip-larger", file=path.name, bytes=f"{unpacked:,}")


def _holds_quantised(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        pickles = [part for part in archive.infolist() if part.filename.endswith("/data.pkl")]
        return any(b"_rebuild_qtensor" in archive.read(part) for part in pickles)


def _load(path: Path, zipped: bool, values: bool) -> Any:
    """By ``torch.load``'s own unpickler for weights. What it does not know is replaced by ``Beside`` and read again."""
    unknown: set[str] = set()
    while True:
        stand_ins: list[Any] = [(_BesideMapping if name.lower().endswith("dict") else Beside, name) for name in unknown]
        try:
            # The list of classes to accept is the process's, so one thread at a time changes it.
            with _unpickling, torch.serialization.safe_globals(stand_ins):
                # For the shapes alone nothing of the values is read or touched, so the file may be mapped.
                return torch.load(
                    path,
                    map_location="cpu" if values else "meta",
                    weights_only=True,
                    mmap=zipped and not values,
                )
        except pickle.UnpicklingError as error:
            found = _UNKNOWN.search(str(error))
            if found is None or found[1] in unknown or len(unknown) > MOST_CLASSES_BESIDE:
                raise
            unknown |= {found[1], f"builtins.{found[1]}"}  # the message leaves "builtins" out
