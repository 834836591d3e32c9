"""A photo that takes its decoder long: it ends when nobody waits for it, and the server never waits for it itself."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from resnet_demo.photos.decoder_process import SECONDS
from tests.hostile.attacks import tiles
from tests.hostile.peak import children, seconds
from tests.page.visiting import Visitor, asked, photo
from tests.serving import Server, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what a decoder takes")


class Decoding:
    """A visitor's run whose photo is being decoded, told in a thread."""

    def __init__(self, server: Server) -> None:
        self.server, self.visitor = server, Visitor(server.url, "long")
        before = children(server.process.pid)
        sent = {"run": 1, "depth": 18, "weights": None, "photos": [asked(path=self.visitor.upload(tiles()))]}
        used = {process: seconds(process) for process in before}
        self.visitor.begin("desk", "run", sent)
        self.messages: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

        def at_work(process: int) -> bool:
            try:
                return seconds(process) > used[process] + 0.5
            except OSError:
                return True  # and ended already, on a machine that had little time for it

        while not (busy := [process for process in before if at_work(process)]):
            time.sleep(0.05)
        (self.process,) = busy

    def _hear(self) -> None:
        with contextlib.suppress(httpx.HTTPError, RuntimeError):  # who has left hears no more
            self.messages = self.visitor.told()

    def last(self) -> dict[str, Any]:
        self._thread.join(60)
        return self.messages[-1]["output"]["data"][0]

    def wait_until_ended(self) -> None:
        """Until its process is gone. It was ended from outside if it took less time than any photo may."""
        used = 0.0
        while self.process in children(self.server.process.pid):
            try:
                used = max(used, seconds(self.process))
            except OSError:
                break
            time.sleep(0.05)
        assert used < SECONDS, "it came to its own end"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("decoding")) as running:
        yield running


def test_stop_ends_it_and_the_next_photo_is_explained(server: Server) -> None:
    long = Decoding(server)
    long.visitor.stop("desk")
    long.wait_until_ended()
    assert long.last()["done"]
    assert long.visitor.explain(photo(1))["photos"]["a"].get("error") is None
    long.visitor.leave()


def test_it_ends_when_its_visitor_leaves(server: Server) -> None:
    long = Decoding(server)
    long.visitor.leave()
    long.wait_until_ended()


def test_it_ends_at_the_deadline_of_its_request(tmp_path: Path) -> None:
    with served(tmp_path, request_seconds=2) as server:
        long = Decoding(server)
        assert long.last()["error"]["code"] == "too-slow"
        long.wait_until_ended()
        long.visitor.leave()


def test_a_server_that_is_told_to_end_does_not_wait_for_it(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        long = Decoding(server)
        server.process.send_signal(signal.SIGTERM)
        assert long.last()["error"]["code"] == "server-stopping"
        assert server.process.wait(timeout=60) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(long.process, 0)
        assert "Traceback" not in server.log.read_text()
