"""The server that ``benchmarks.soak`` loads: the page as ``app.py`` serves it, which tells of itself when asked.

It prints its address as a line of JSON, then one more of its state for every line that it reads, until there are none.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import torch

from resnet_demo.page.server import Served, launch
from resnet_demo.settings import Settings

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def state(served: Served) -> dict[str, Any]:
    """What could be left over, counted over everything alive in this process, wherever it is held."""
    gc.collect()
    alive = gc.get_objects()
    modules = [each for each in alive if isinstance(each, torch.nn.Module)]
    tensors = [each for each in alive if isinstance(each, torch.Tensor)]
    engine, visitors = served.room.engine, served.room.visitors
    return {
        "hooks": sum(len(getattr(module, name)) for module in modules for name in HOOKS),
        "graphs": sum(tensor.grad_fn is not None for tensor in tensors),
        "loaded": [f"ResNet-{depth} {name}" for depth, name in engine.loaded()],
        "waiting": engine.turns.waiting,
        "visitors": len(visitors._visitors),
        "results": len(visitors._kept),
        "threads": threading.active_count(),
        "files": ages(served.room.uploads.folder),
    }


def ages(folder: Path) -> list[float]:
    """Seconds since each file below ``folder`` was written."""
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                found.append(time.time() - path.stat().st_mtime)
        except OSError:
            continue  # swept while we looked
    return found


def main() -> None:
    """Serve until standard input ends."""
    served = launch(Settings.from_environment())
    served.room.engine_later.get()
    print(json.dumps({"url": served.url}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(state(served)), flush=True)
    served.close()


if __name__ == "__main__":
    main()
