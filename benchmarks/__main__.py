"""``python -m benchmarks [NAME ...] [--rounds 5] [--data FOLDER]``: what is measured, all of it or by name.

Each writes its own section of ``RESULTS.md`` and its own part of ``results.json``. Needs ``requirements-bench.txt``.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

NAMES = ("speed", "frozen", "memory", "folders", "startup", "growth", "lesions", "batches")
BY_NAME = ("gpu", "atlas")
"""Of those only what is named is measured: they need what few machines have, a graphics card or a browser."""


def main() -> None:
    """Measure what the command line names, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join((*NAMES, *BY_NAME))}; all by default, but for {', '.join(BY_NAME)}",
    )
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--data", type=Path, help="folder with validation photos anywhere below it (folders)")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"), help="of gpu (default: %(default)s)")
    parser.add_argument("--small", action="store_true", help="as little as tries the script (gpu)")
    parser.add_argument(
        "--out", type=Path, help="folder for RESULTS.md and results.json (gpu, atlas; default: benchmarks/)"
    )
    options = parser.parse_args()
    if unknown := set(options.names) - {*NAMES, *BY_NAME}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join((*NAMES, *BY_NAME))}")
    for name in options.names or NAMES:
        began = time.perf_counter()
        print(f"{name} ...", flush=True)
        import_module(f"benchmarks.{name}").main(options)
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
