"""The tools for language models, called by the protocol's own client."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from resnet_demo import Engine, Settings
from resnet_demo.assets import assets_dir
from resnet_demo.export.overlays import overlay_png
from tests.page.running import run
from tests.serving import Server, served

COFFEE = assets_dir() / "examples" / "coffee.png"
PHOTO = base64.b64encode(COFFEE.read_bytes()).decode()


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("tools"), mcp=1) as running:
        yield running


def asked(server: Server, ask: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def session() -> Any:
        async with (
            streamable_http_client(f"{server.url}gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            return await ask(client)

    return run(session())


def call(server: Server, name: str, **arguments: Any) -> types.CallToolResult:
    return asked(server, lambda client: client.call_tool(name, arguments))


def text_of(answer: types.CallToolResult) -> str:
    assert isinstance(answer.content[0], types.TextContent)
    return answer.content[0].text


def test_a_client_lists_four_tools_that_say_what_they_take(tools: Server) -> None:
    listed = asked(tools, lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == ["analyze", "classify", "compare", "blocks"]
    assert [tool.inputSchema["required"] for tool in listed] == [["photo"], ["photos"], ["photo"], ["photo"]]
    assert all(tool.description and len(tool.inputSchema["properties"]) > 2 for tool in listed)


def test_analyze_answers_in_two_kilobytes_what_the_engine_says_and_the_maps_as_pictures(tools: Server) -> None:
    answer = call(tools, "analyze", photo=PHOTO, target="espresso", contrast="CD player", pictures=["stem", "layer4"])
    engine = Engine(device="cpu", settings=Settings(downloads="deny"))
    expected = engine.analyze(COFFEE, target="espresso", contrast="CD player", channels=0)
    told = json.loads(text_of(answer))
    assert not answer.isError and len(text_of(answer).encode()) < 2_500
    assert [row["label"] for row in told["predictions"]] == [p.label for p in expected.predictions]
    assert (told["explained"], told["rather_than"]) == ("espresso", "CD player")
    maps = expected.stages["layer4"]
    row, column = np.unravel_index(maps.cam.argmax(), maps.cam.shape)
    left, top, right, bottom = told["stages"]["layer4"]["strongest"]
    across = (expected.box.right - expected.box.left) / maps.cam.shape[1]
    assert (right - left, left) == pytest.approx((across, expected.box.left + column * across), abs=1)
    assert top < bottom and told["stages"]["layer4"]["most"] == pytest.approx(float(maps.cam.max()), rel=1e-3)
    for stage, picture in zip(("stem", "layer4"), answer.content[1:], strict=True):
        assert isinstance(picture, types.ImageContent) and picture.mimeType == "image/png"
        drawn, known = (
            np.asarray(Image.open(io.BytesIO(data)), int)
            for data in (base64.b64decode(picture.data), overlay_png(expected, stage))
        )
        assert np.abs(drawn - known).max() <= 2


def test_classify_names_each_photo_in_its_place(tools: Server) -> None:
    rows = json.loads(text_of(call(tools, "classify", photos=[PHOTO, "bm90ZXM=", f"data:image/png;base64,{PHOTO}"])))
    assert [row["predictions"][0]["label"] for row in (rows[0], rows[2])] == ["espresso"] * 2
    assert rows[1]["error"].startswith("photo 2 is not a photo")


def test_compare_takes_the_depths_that_are_here_and_blocks_tells_of_every_block(tools: Server) -> None:
    answer = call(tools, "compare", photo=PHOTO)
    assert [each["depth"] for each in json.loads(text_of(answer))["answers"]] == [18, 34, 50]
    told = json.loads(text_of(call(tools, "blocks", photo=PHOTO)))
    assert told["class"] == "espresso" and len(told["blocks"]) == 8
    assert len(text_of(answer)) < 2_500 and len(json.dumps(told)) < 2_500


def test_a_photo_of_twenty_megabytes_is_answered(tools: Server) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2_560, 2_600, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG", compress_level=0)
    assert 19_900_000 < len(out.getvalue()) < 20_000_000
    answer = call(tools, "classify", photos=[base64.b64encode(out.getvalue()).decode()], top_k=1)
    assert len(json.loads(text_of(answer))[0]["predictions"]) == 1


@pytest.mark.parametrize(
    ("tool", "wrong", "words"),
    [
        ("analyze", {"photo": "not base64!"}, "The photo is no base64"),
        ("analyze", {"photo": base64.b64encode(b"milk and eggs").decode()}, "not a photo"),
        ("analyze", {"photo": None}, "There is no photo"),
        ("analyze", {"depth": 20}, "There is no ResNet-20"),
        ("analyze", {"depth": "deep"}, "depth is “deep”"),
        ("analyze", {"target": "unicorn"}, "“unicorn” is none of them"),
        ("analyze", {"pictures": ["layer9"]}, "pictures is “layer9”"),
        ("analyze", {"weights": "../../etc/passwd"}, "There are no weights called"),
        ("analyze", {"size": 3}, "An argument's name is “size”"),
        ("analyze", {"photo": "/etc/passwd"}, "photo is not a photo"),
        ("compare", {"depths": [18]}, "at least two different networks"),
        ("paint", {}, "The tool's name is “paint”"),
    ],
)
def test_what_is_wrong_is_a_tools_error_in_words(tools: Server, tool: str, wrong: dict[str, Any], words: str) -> None:
    answer = call(tools, tool, **{"photo": PHOTO, **wrong})
    assert answer.isError and words in text_of(answer)


def test_no_address_is_fetched_for_a_tool(tools: Server) -> None:
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

    listener = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        answer = call(tools, "analyze", photo=f"http://127.0.0.1:{listener.server_port}/secret.png")
    finally:
        listener.shutdown()
    assert answer.isError and "fetches no addresses" in text_of(answer) and calls == []


def test_an_upload_may_be_named_by_the_path_that_it_was_given(tools: Server) -> None:
    with COFFEE.open("rb") as file:
        path = httpx.post(f"{tools.url}gradio_api/upload", files={"files": ("coffee.png", file)}).json()[0]
    assert not call(tools, "analyze", photo=path).isError
    gone = call(tools, "analyze", photo=str(Path(path).with_name("other.png")))
    assert gone.isError and "no longer kept" in text_of(gone)


def test_there_is_nothing_to_read_and_no_tool_where_none_is_offered(tools: Server, server: Server) -> None:
    assert httpx.get(f"{tools.url}gradio_api/mcp/").status_code == 405
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx.post(f"{server.url}gradio_api/mcp/", json=ping).status_code == 404
