"""The viewer alone, on a plain page with a made payload."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from resnet_demo.results import Analysis
from resnet_demo.viewer import VIEWER_DIR
from resnet_demo.viewer.payload import analysis_payload, feature_maps_payload
from resnet_demo.viewer.tokens import tokens_css
from tests.browser.driving import watch
from tests.browser.viewer.mounted import Open

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>viewer</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>TOKENS</style><link rel="stylesheet" href="/viewer.css"><style>body { margin: 0 } main { padding: 16px }</style>
<main><div id="stages"></div><div id="channels"></div></main></html>""".replace("TOKENS", tokens_css())
MOUNT = """async ({payload, features, language, state, offered}) => {
  const json = async (name) => (await fetch('/' + name)).json();
  const colours = await json('colour_maps.json');
  const texts = await json(`texts.${language}.json`);
  window.told = [];
  const tell = (names) => Object.fromEntries(names.map((name) => [name, (value) => told.push([name, value])]));
  const stages = await import('/stage_viewer.js');
  const on = tell(offered);
  window.stageViewer = stages.mount(document.getElementById('stages'), {payload, texts, colours, state, on});
  if (features) {
    const channels = await import('/channel_browser.js');
    window.channelBrowser = channels.mount(document.getElementById('channels'), {
      payload: features, texts, colours, on: tell(['stage', 'rank', 'more', 'open']),
    });
  }
  await new Promise((done) => requestAnimationFrame(done));
  while (payload && stageViewer.read().id === null) await new Promise((done) => setTimeout(done, 10));
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server of the viewer's folder and one page, on the loopback."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(VIEWER_DIR)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page with both mounted. Fails afterwards if the console had an error or a request went elsewhere."""
    contexts, watched = [], []

    def open_page(
        analysis: Analysis | None = None,
        *,
        width: int = 1200,
        language: str = "en",
        state: dict[str, Any] | None = None,
        offered: tuple[str, ...] = ("target", "contrast", "widen", "state"),
        features: str | None = None,
    ) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < 600))
        page = contexts[-1].new_page()
        watched.append(watch(page, address))
        page.goto(address)
        page.evaluate(
            MOUNT,
            {
                "payload": None if analysis is None else analysis_payload(analysis),
                "features": feature_maps_payload(analysis, features) if analysis and features else None,
                "language": language,
                "state": {"tools": True, "more": True, **(state or {})},
                "offered": list(offered),
            },
        )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [error for seen in watched for error in seen.errors] == []
    assert [request for seen in watched for request in seen.outside] == []
