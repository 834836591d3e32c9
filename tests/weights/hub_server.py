"""A stand-in for the Hugging Face Hub on this machine: what its library asks of it to describe and fetch a model."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGE = (".safetensors", ".bin")


@dataclass
class Hub:
    """``models`` are versions of repositories, the last one "main": files by name. ``asked`` is what was asked for,
    "METHOD path", in order."""

    url: str = ""
    models: dict[str, list[dict[str, bytes]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def commit(self, repository: str, place: int = -1) -> str:
        """The commit of a version."""
        version = self.models[repository].index(self.models[repository][place])
        return hashlib.sha1(f"{repository} {version}".encode()).hexdigest()

    def version(self, repository: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        for place, files in enumerate(self.models.get(repository, [])):
            commit = self.commit(repository, place)
            if revision == commit or (revision == "main" and place == len(self.models[repository]) - 1):
                return commit, files
        return None


def described(repository: str, commit: str, files: dict[str, bytes]) -> bytes:
    siblings = []
    for name, content in files.items():
        sibling = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
        if name.endswith(LARGE):
            sibling["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        siblings.append(sibling)
    about = {"_id": "1", "id": repository, "modelId": repository, "sha": commit, "siblings": siblings}
    return json.dumps({**about, "private": False, "gated": False, "disabled": False, "tags": []}).encode()


@contextmanager
def standing_in() -> Iterator[Hub]:
    """The stand-in while it is served."""
    hub = Hub()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.asked.append(f"{self.command} {self.path}")
            status, headers, body = self.answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def answer(self) -> tuple[int, dict[str, str], bytes]:
            path = self.path.split("?")[0]
            if found := re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)(?:/revision/([\w.-]+))?", path):
                version = hub.version(found[1], found[2] or "main")
                if version is not None:
                    return 200, {"Content-Type": "application/json"}, described(found[1], *version)
                code = "RevisionNotFound" if found[1] in hub.models else "RepoNotFound"
                return 404, {"X-Error-Code": code}, b"{}"
            if found := re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/(.+)", path):
                version = hub.version(found[1], found[2])
                if version is not None and found[3] in version[1]:
                    content = version[1][found[3]]
                    digest = hashlib.sha256 if found[3].endswith(LARGE) else hashlib.sha1
                    headers = {"X-Repo-Commit": version[0], "ETag": f'"{digest(content).hexdigest()}"'}
                    return 200, headers, content
                return 404, {"X-Error-Code": "EntryNotFound"}, b""
            return 404, {}, b""

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
