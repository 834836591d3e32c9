"""Starting and stopping: what a supervisor of processes relies on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
import torch

from tests.serving import ROOT, served


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly_with_a_page_open_and_takes_the_uploads(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as server:
        uploaded = httpx.post(f"{server.url}gradio_api/upload", files={"files": ("a.png", b"x" * 100)}).json()[0]
        assert Path(uploaded).exists()

        def open_page() -> None:
            try:
                with httpx.stream("GET", f"{server.url}gradio_api/heartbeat/abc", timeout=30) as stream:
                    for _ in stream.iter_bytes():
                        pass
            except httpx.HTTPError:
                pass

        page = threading.Thread(target=open_page, daemon=True)
        page.start()
        server.process.send_signal(number)
        assert server.process.wait(timeout=30) == 0
        assert not Path(uploaded).exists()
        assert list(server.uploads.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("RESNET_DEMO_PORT", "many", "RESNET_DEMO_PORT"),
        ("RESNET_DEMO_DEVICE", "cuda", "cuda"),
    ],
)
def test_a_setting_that_can_not_be_used_ends_the_start_in_words(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    if value == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has one")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RESNET_DEMO_")}
    environment |= {"RESNET_DEMO_PORT": "0", variable: value, "RESNET_DEMO_TEMP_DIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 2
    assert said in ended.stderr and "Traceback" not in ended.stderr


def test_a_port_that_another_program_has_is_named_with_our_own_options(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RESNET_DEMO_")}
        environment |= {"RESNET_DEMO_PORT": str(port), "RESNET_DEMO_TEMP_DIR": str(tmp_path)}
        ended = subprocess.run(
            [sys.executable, str(ROOT / "app.py")], env=environment, capture_output=True, text=True, timeout=120
        )
    assert ended.returncode == 2
    assert f"127.0.0.1 port {port}: Address already in use" in ended.stderr and "--port" in ended.stderr


def test_an_address_of_ipv6_and_proxies_in_the_surroundings_keep_no_page_from_being_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with served(tmp_path, host="::1") as server:
        assert httpx.get(f"{server.url}readyz", trust_env=False).text == "ready"
