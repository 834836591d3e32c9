"""The page in a frame of another site, as a Space's own page shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import answered, png, upload, watch


@pytest.fixture
def other_site(server: str) -> Iterator[str]:
    """The address of a page, on another site, whose frame holds the page."""
    body = f'<!doctype html><title>Space</title><iframe src="{server}" width="1200" height="900"></iframe>'.encode()

    class Outer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Outer) as outer:
        threading.Thread(target=outer.serve_forever, daemon=True).start()
        yield f"http://localhost:{outer.server_port}/"
        outer.shutdown()


def test_a_photo_is_explained_in_a_frame_of_another_site(browser: Browser, server: str, other_site: str) -> None:
    page = browser.new_page()
    seen = watch(page, server)
    page.goto(other_site)
    page.wait_for_function("frames.length === 1")
    (frame,) = page.main_frame.child_frames
    # As soon as it can be: what is chosen while the page still begins is kept.
    frame.wait_for_selector("#rd-picker input[type=file]", state="attached")
    upload(frame, ("framed.png", png(1)))
    assert answered(frame, photo="framed.png")["answer"]
    assert [error for error in seen.errors if "favicon" not in error] == []
    page.close()
