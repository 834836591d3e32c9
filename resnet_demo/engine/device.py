"""Where networks run, in what arithmetic, and with how many threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from resnet_demo.errors import SettingsError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(name: str) -> torch.device:
    """``auto`` takes CUDA, then Apple's MPS, then the CPU; ``cuda:1`` is one of several.

    Raises ``SettingsError`` for a device that is not here."""
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, found in here.items() if found)
    kind, _, number = name.partition(":")
    beyond = number and not (kind == "cuda" and number.isdigit() and int(number) < torch.cuda.device_count())
    if not here.get(kind, False) or beyond:
        found = ", ".join(device for device, present in here.items() if present)
        raise SettingsError("device-missing", given=name, found=found)
    return torch.device(name)


def choose_precision(name: str) -> torch.dtype:
    """The arithmetic by name. Raises ``SettingsError`` for a name that is none of ``PRECISIONS``."""
    if name not in PRECISIONS:
        raise SettingsError("choice-unknown", what="precision", given=name, accepted=", ".join(PRECISIONS))
    return PRECISIONS[name]


def describe(device: torch.device) -> str:
    """What people call the device: "CPU", or the name of the graphics card."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


@contextmanager
def ordinary(device: torch.device) -> Iterator[None]:
    """PyTorch as a program finds it that has switched nothing: gradients are recorded and not by ``inference_mode``,
    nothing is cast by ``autocast``, new tensors are float32 on the CPU. What the caller had is there again after.

    All of these belong to a thread but the default dtype, which is changed for the whole process meanwhile.
    """
    dtype, elsewhere = torch.get_default_dtype(), torch.get_default_device().type != "cpu"
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in {"cpu", device.type}:
            stack.enter_context(torch.autocast(kind, enabled=False))
        if elsewhere:
            stack.enter_context(torch.device("cpu"))
        if dtype != torch.float32:
            torch.set_default_dtype(torch.float32)
            stack.callback(torch.set_default_dtype, dtype)
        yield


def onto_device(tensor: Tensor, device: torch.device, dtype: torch.dtype | None = None) -> Tensor:
    """``tensor``, which lies in ordinary memory, on the device; a graphics card fetches it while the work goes on."""
    if device.type == "cuda":
        tensor = tensor.pin_memory()
    return tensor.to(device, dtype, non_blocking=True)


def off_device(tree: Any, device: torch.device) -> Any:
    """Lists and dictionaries of tensors as the same of numpy arrays, with one wait for the device and no more."""
    copies = _each(tree, lambda tensor: tensor.to("cpu", non_blocking=True))
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
    return _each(copies, Tensor.numpy)


def _each(tree: Any, change: Callable[[Tensor], Any]) -> Any:
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, dict):
        return {name: _each(part, change) for name, part in tree.items()}
    return [_each(part, change) for part in tree]


CGROUP = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(quota: Path = CGROUP) -> int:
    """How many cores' worth of time this process may use: a container often sees more of them than it is given."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        limit, period = quota.read_text().split()
        return max(1, min(cores, int(limit) // int(period)))
    except (OSError, ValueError):  # no such limit: "max", or another system
        return cores
