"""The folder of a run, whatever is trained in it: begun once or gone on with, its log a line of JSON after another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from resnet_demo.errors import InputError
from training.allocator import keep_freed_memory


def begin(out: Path, threads: int, resume: bool) -> None:
    """Makes the folder, and has this process run on so many threads.

    Raises ``InputError`` where another run has left its checkpoint there and is not to be gone on with.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()
    out.mkdir(parents=True, exist_ok=True)
    if not resume and (out / "checkpoint.pt").exists():
        raise InputError("training-out", folder=out)


def log(out: Path, line: dict[str, Any]) -> str:
    """Appends a line to ``log.jsonl`` and returns it as text."""
    text = json.dumps(line)
    with (out / "log.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(text + "\n")
    return text
