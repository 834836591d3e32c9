"""Peak memory and time of one pass in a process of its own: the whole job, by the network that is made to be run and by
the one that is drawn, and the plain forward.

The peak counts from the process's memory once the model is loaded and freed heap has been handed back, as glibc would
otherwise hide in it what a pass takes. Linux only: the kernel counts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import analysed, machine, photos, random_weights
from resnet_demo.engine.allocator import give_back
from resnet_demo.engine.engine import Engine
from resnet_demo.settings import Settings

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
WHOLE, DRAWN, PLAIN = "whole", "drawn", "plain"


def megabytes(field: str) -> float:
    """``VmRSS`` or ``VmHWM`` of this process, in MB (10^6 bytes)."""
    for line in STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(field)


def alone(what: str, depth: int, batch: int, size: int, threads: int, rounds: int) -> dict[str, float]:
    """``{"seconds", "megabytes"}`` of ``WHOLE``, ``DRAWN`` or ``PLAIN``, measured in a fresh process; 0 ``threads`` are
    as many as it takes by itself."""
    command = [sys.executable, "-m", "benchmarks.memory", what, *map(str, (depth, batch, size, threads, rounds))]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def child(what: str, depth: int, batch: int, size: int, threads: int, rounds: int) -> dict[str, float]:
    """Measure here. The first pass gives the peak, ``rounds`` more the median of the seconds."""
    new = photos()
    if threads:
        torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as name:
        model = random_weights(depth, Path(name), size)
        if what != PLAIN:
            del model
            engine: Any = Engine("cpu", "float32", Settings(weights_dir=Path(name), threads=threads))
            if what == DRAWN:
                engine.network = engine.drawn
            engine.network(depth)
            given = [list(islice(new, batch)) for _ in range(rounds + 1)]
        else:
            x = torch.rand(batch, 3, size, size)

        def work(round_: int) -> None:
            if what != PLAIN:
                analysed(engine, depth, given[round_])
            else:
                with torch.inference_mode():
                    model(x)

        give_back()
        CLEAR.write_text("5")  # the peak begins anew
        before = megabytes("VmRSS")
        work(0)
        peak, seconds = megabytes("VmHWM") - before, []
        for round_ in range(1, rounds + 1):
            began = time.perf_counter()
            work(round_)
            seconds.append(time.perf_counter() - began)
    return {"seconds": statistics.median(seconds), "megabytes": peak}


def main(options: Namespace) -> None:
    """Compare both at ResNet-152, the processes alternating, and write the section ``Memory``."""
    found: dict[str, list[float]] = {WHOLE: [], PLAIN: []}
    for _ in range(min(options.rounds, 3)):
        for what, peaks in found.items():
            peaks.append(alone(what, 152, 1, 224, 0, 1)["megabytes"])
    whole, plain = (statistics.median(found[what]) for what in (WHOLE, PLAIN))
    rows = [
        [what, f"{statistics.median(peaks):.0f} MB", f"{min(peaks):.0f} to {max(peaks):.0f}"]
        for what, peaks in found.items()
    ]
    lines = [
        f"`python -m benchmarks memory --rounds {options.rounds}`. {machine()}.",
        "What one pass takes at its peak beyond the loaded network: ResNet-152, one photo, a fresh process each, the "
        f"first pass. The whole job takes {whole / plain:.2f} times the plain forward; the bound is 3.5.",
        "",
        table(["ResNet-152, one photo", "median", "range"], rows),
    ]
    write_section("Memory", "\n".join(lines))
    write_numbers("memory", found)


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], *map(int, sys.argv[2:]))))
