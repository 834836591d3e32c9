"""Where networks run, in what arithmetic, and with how many threads."""

from __future__ import annotations

import torch

from resnet_demo.errors import SettingsError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(name: str) -> torch.device:
    """``auto`` takes CUDA, then Apple's MPS, then the CPU. Raises ``SettingsError`` for a device that is not here."""
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, found in here.items() if found)
    if not here.get(name, False):
        found = ", ".join(device for device, present in here.items() if present)
        raise SettingsError(
            f"The device {name!r} is not on this machine; found here: {found}.",
            code="device-missing",
            name=name,
            found=found,
        )
    return torch.device(name)


def choose_precision(name: str) -> torch.dtype:
    """The arithmetic by name. Raises ``SettingsError`` for a name that is none of ``PRECISIONS``."""
    if name not in PRECISIONS:
        raise SettingsError(
            f"There is no precision {name!r}; it is one of {', '.join(PRECISIONS)}.",
            code="precision-unknown",
            name=name,
        )
    return PRECISIONS[name]


def describe(device: torch.device) -> str:
    """What people call the device: "CPU", or the name of the graphics card."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
