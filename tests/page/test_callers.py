"""Whoever calls the API and leaves before the answer has their work stopped."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.page.visiting import photo

SERVES = """
import sys, time
from pathlib import Path
from resnet_demo.engine.engine import Engine
from resnet_demo.errors import Cancelled
from resnet_demo.page.server import launch
from resnet_demo.settings import Settings

run = Engine.run

def endless(engine, request, waiting=None):
    if waiting is None:  # the server itself, for its first page
        return run(engine, request)
    print("begun", flush=True)
    until = time.monotonic() + 60
    try:
        while time.monotonic() < until:
            waiting.check()
            time.sleep(0.05)
    except Cancelled as error:
        print(error.code, flush=True)
        raise
    print("nobody stopped it", flush=True)

served = launch(Settings(port=0, temp_dir=Path(sys.argv[1]), downloads="deny", request_seconds=600, mcp=True))
served.room.engine_later.get()
Engine.run = endless
print(served.url, flush=True)
sys.stdin.read()
served.close()
"""


def tool_called(url: httpx.URL) -> socket.socket:
    """A connection on which the answer of a tool is waited for."""
    arguments = {"photo": base64.b64encode(photo(1)).decode()}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "analyze", "arguments": arguments}}
    headers = {"Accept": "application/json, text/event-stream"}
    request = httpx.Request("POST", url.join("/gradio_api/mcp/"), json=sent, headers=headers)
    lines = [f"{request.method} {request.url.path} HTTP/1.1", *(f"{k}: {v}" for k, v in request.headers.items())]
    connection = socket.create_connection((url.host, url.port))
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.read())
    return connection


@pytest.mark.parametrize("way", ["a call", "the queue", "a tool"])
def test_the_work_of_an_api_caller_who_disconnects_is_stopped(tmp_path: Path, way: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVES, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    said = (line.strip() for line in process.stdout)
    try:
        url = next(line for line in said if line.startswith("http"))
        with httpx.Client(base_url=url, timeout=60) as http:
            path = http.post("/gradio_api/upload", files={"files": ("a.png", photo(1))}).json()[0]
            file = {"path": path, "orig_name": "a.png", "meta": {"_type": "gradio.FileData"}}
            data = [file, 18, "auto"]
            if way == "a call":
                called = http.post("/gradio_api/call/analyze", json={"data": data}).json()["event_id"]
                listening = http.stream("GET", f"/gradio_api/call/analyze/{called}")
            elif way == "a tool":
                listening = tool_called(httpx.URL(url))
            else:  # as gradio_client asks
                number = next(e["id"] for e in http.get("/config").json()["dependencies"] if e["api_name"] == "analyze")
                body = {"data": data, "fn_index": number, "session_hash": "leaving"}
                assert http.post("/gradio_api/queue/join", json=body).status_code == 200
                listening = http.stream("GET", "/gradio_api/queue/data", params={"session_hash": "leaving"})
            with listening:
                assert next(said) == "begun"
        assert next(said) == "stopped"
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()
