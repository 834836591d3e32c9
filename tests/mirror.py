"""A server of files on 127.0.0.1 that can fail in every way a download meets."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """Serves what ``put`` put there; ``requests`` lists the paths that were asked for, ``url`` is its base address.

    Answers that hang do so until the mirror is closed or ``go_on`` is set.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[str] = []
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                with contextlib.suppress(ConnectionError):
                    mirror.answers.get(self.path, _missing)(self)
                self.close_connection = True

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()

    def put(
        self, path: str, body: bytes, *, content_type: str = "application/octet-stream", length: int | None = -1
    ) -> None:
        """Serve ``body``; announce its length, another one, or (None) none at all."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            _head(request, len(body) if length == -1 else length, content_type)
            request.wfile.write(body)

        self.answers[path] = answer

    def put_slow(self, path: str, body: bytes, sent: int, *, seconds: float = 0) -> None:
        """Serve the first ``sent`` bytes, and the rest when ``go_on`` is set; ``hanging`` is set meanwhile.

        The first part is spread over ``seconds``.
        """
        piece = -(-sent // 20)

        def answer(request: BaseHTTPRequestHandler) -> None:
            _head(request, len(body))
            for start in range(0, sent, piece):
                request.wfile.write(body[start : min(start + piece, sent)])
                request.wfile.flush()
                time.sleep(seconds / 20)
            self.hanging.set()
            self.go_on.wait(30)
            request.wfile.write(body[sent:])

        self.answers[path] = answer

    def put_silence(self, path: str) -> None:
        """Accept the request and say nothing."""

        def answer(_: BaseHTTPRequestHandler) -> None:
            self.hanging.set()
            self.go_on.wait(30)

        self.answers[path] = answer

    def put_endless(self, path: str, chunk: bytes) -> None:
        """Send ``chunk`` again and again, without ever saying how long it will be."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            _head(request, None)
            while not self.go_on.is_set():
                request.wfile.write(chunk)

        self.answers[path] = answer

    def put_gzipped(self, path: str, body: bytes) -> None:
        """Serve ``body`` compressed, whether or not that was accepted."""
        packed = gzip.compress(body)

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Encoding", "gzip")
            request.send_header("Connection", "close")
            request.send_header("Content-Length", str(len(packed)))
            request.end_headers()
            request.wfile.write(packed)

        self.answers[path] = answer

    def redirect(self, path: str, to: str) -> None:
        """Send whoever asks for ``path`` to ``to``."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", to)
            request.send_header("Connection", "close")
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.answers[path] = answer


def _head(request: BaseHTTPRequestHandler, length: int | None, content_type: str = "application/octet-stream") -> None:
    request.send_response(200)
    request.send_header("Content-Type", content_type)
    if length is not None:
        request.send_header("Content-Length", str(length))
    request.send_header("Connection", "close")
    request.end_headers()


def _missing(request: BaseHTTPRequestHandler) -> None:
    request.send_error(404)
