"""How long until the first page, against a bare script that imports the same libraries and serves an empty page."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from argparse import Namespace

import httpx

from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import machine, share

BARE = """import os, torch, torchvision, captum, gradio
with gradio.Blocks(analytics_enabled=False) as demo:
    pass
demo.launch(server_name="127.0.0.1", server_port=int(os.environ["RESNET_DEMO_PORT"]), quiet=True)
"""
WORK = {"bare": ["-c", BARE], "page": ["app.py"]}
LONGEST = 300.0


def started(arguments: list[str], addresses: list[str]) -> list[float]:
    """Seconds from the start of a Python process until each of its ``addresses`` first answers 200, in their order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RESNET_DEMO_", "GRADIO_"))}
    environment |= {"RESNET_DEMO_PORT": str(port), "RESNET_DEMO_DOWNLOADS": "deny"}
    environment |= {"RESNET_DEMO_HOST": "127.0.0.1", "GRADIO_ANALYTICS_ENABLED": "False"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=LONGEST) as client:
            return [_until_it_answers(client, address, process, began) for address in addresses]
    finally:
        process.terminate()
        process.wait(60)


def _until_it_answers(client: httpx.Client, address: str, process: subprocess.Popen, began: float) -> float:
    while time.perf_counter() - began < LONGEST:
        if process.poll() is not None:
            raise RuntimeError(f"the process ended with {process.returncode} before it answered")
        try:
            if client.get(address).status_code == 200:
                return time.perf_counter() - began
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise TimeoutError(address)


def main(options: Namespace) -> None:
    """Start both in turn, the first start of each not counted, and write the section ``Start-up``."""
    first: dict[str, list[float]] = {"bare": [], "page": []}
    ready = []
    for round_ in range(options.rounds + 1):
        (bare,) = started(WORK["bare"], ["/"])
        page, network = started(WORK["page"], ["/", "/readyz"])
        if round_:
            first["bare"].append(bare)
            first["page"].append(page)
            ready.append(network)
    rows = [
        [what, f"{statistics.median(seconds):.2f} s", share(seconds, first["bare"])]
        for what, seconds in (
            ("a bare script's empty page", first["bare"]),
            ("our first page", first["page"]),
            ("our network is loaded (`/readyz`)", ready),
        )
    ]
    text = (
        f"`python -m benchmarks startup --rounds {options.rounds}`. {machine()}. From the start of the process to the "
        "first answer; processes in turn. The bare script imports torch, torchvision, captum and gradio and serves an "
        "empty page. The bound for our first page is 1.15.\n\n"
    )
    write_section("Start-up", text + table(["", "median", "against the bare script"], rows))
    write_numbers("startup", first | {"ready": ready})
