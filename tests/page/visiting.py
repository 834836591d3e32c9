"""A visitor of a served page, through raw HTTP: what the page sends, and what it is told."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
from typing import Any

import httpx
import numpy as np
from PIL import Image


def photo(seed: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A PNG of noise, another one for each seed."""
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


class Visitor:
    """An open page with a session of its own, until ``leave``."""

    def __init__(self, url: str, session: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=120)
        self.session, self.url = session, url
        self._config = self.http.get("/config").json()
        self._page = httpx.Client(base_url=url, timeout=None)
        self._open = self._page.stream("GET", f"/gradio_api/heartbeat/{session}")
        self._open.__enter__()
        self._listens: socket.socket | None = None

    def leave(self) -> None:
        """Close the page and whatever it still listens to."""
        if self._listens is not None:
            # Closed alone, a socket that another thread reads from stays open until something comes.
            with contextlib.suppress(OSError):
                self._listens.shutdown(socket.SHUT_RDWR)
        self._page.close()
        self.http.close()

    def event(self, component: str, name: str) -> int:
        """The number of an event of the page's own components."""
        ids = [each["id"] for each in self._config["components"] if each["props"].get("elem_id") == f"rd-{component}"]
        return next(
            each["id"]
            for each in self._config["dependencies"]
            if any(target[0] in ids and target[1] == name for target in each["targets"])
        )

    def upload(self, data: bytes, name: str = "photo.png") -> str:
        answer = self.http.post("/gradio_api/upload", files={"files": (name, data)})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def begin(self, component: str, name: str, sent: Any) -> None:
        """Put an event into the queue; ``told`` says what becomes of it."""
        body = {"data": [sent], "fn_index": self.event(component, name), "session_hash": self.session}
        answer = self.http.post("/gradio_api/queue/join", json=body)
        assert answer.status_code == 200, answer.text

    def told(self, seen: threading.Event | None = None) -> list[dict[str, Any]]:
        """Gradio's messages until the last one. ``seen`` is set as soon as there is one that the work sent."""
        messages = []
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            self._listens = stream.extensions["network_stream"].get_extra_info("socket")
            for line in stream.iter_lines():
                if not line.startswith("data:"):
                    continue
                messages.append(json.loads(line[5:]))
                if seen is not None and messages[-1]["msg"] == "process_generating":
                    seen.set()
                if messages[-1]["msg"] in ("process_completed", "close_stream", "unexpected_error"):
                    break
        return messages

    def run(self, photos: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        """The last message of a run, as the page receives it."""
        self.begin("desk", "run", {"run": 1, "depth": 18, "weights": None, "photos": photos, **fields})
        return self.told()[-1]["output"]["data"][0]

    def explain(self, data: bytes) -> dict[str, Any]:
        """The last message of a run of one photo."""
        return self.run([asked(path=self.upload(data))])

    def stop(self, component: str) -> None:
        body = {"data": [], "fn_index": self.event(component, "stop"), "session_hash": self.session}
        answer = self.http.post("/gradio_api/run/predict", json=body)
        assert answer.status_code == 200, answer.text


def asked(key: str = "a", **fields: Any) -> dict[str, Any]:
    """A photo of a run."""
    return {"key": key, "name": "x.png", "path": None, "example": None, "target": None, "contrast": None, **fields}
