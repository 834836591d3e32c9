"""A run's state on disk: whole or not at all, so that a process that ends while writing loses nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from resnet_demo.errors import InputError


def save(state: dict[str, Any], file: Path) -> None:
    """Writes beside ``file``, then renames over it."""
    partial = file.with_name(file.name + ".partial")
    with partial.open("wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)


def load(file: Path) -> dict[str, Any]:
    """What ``save`` wrote: tensors and plain values, no code. Raises ``InputError`` where there is none."""
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError("training-checkpoint-missing", file=file) from error
