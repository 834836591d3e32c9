"""A page below a path of another server's, whatever the proxy between does with that path."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from resnet_demo.page.sub_path import SubPath, address_of, own_path
from tests.page.running import run
from tests.serving import Server, served


def seen(path: str, root_path: str = "", header: bytes | None = None) -> tuple[str, str, str]:
    """What the application behind is told: the path, its root, and the page's own path."""
    told = []

    async def app(scope, receive, send):
        told.append((scope["path"], scope["root_path"], own_path(scope)))

    headers = [] if header is None else [(b"x-forwarded-prefix", header)]
    scope = {"type": "http", "path": path, "root_path": "", "headers": headers}
    run(SubPath(app, root_path)(scope, None, None))
    return told[0]


@pytest.mark.parametrize("path", ["/ui/config.json", "/resnet/ui/config.json"])
def test_stripped_or_not_a_request_reaches_the_pages_own_path(path):
    expected = ("/resnet/ui/config.json", "/resnet", "/ui/config.json")
    assert seen(path, "/resnet") == seen(path, "/resnet/") == expected
    assert seen(path, header=b"/resnet") == expected
    assert seen(path, "/other", header=b"/resnet") == expected, "the proxy knows better"


def test_the_root_itself_is_the_page():
    assert seen("/resnet", "/resnet")[2] == seen("/resnet/", "/resnet")[2] == seen("/", "/resnet")[2] == "/"


def test_a_path_that_only_begins_alike_is_not_below_it():
    assert seen("/resnets/ui", "/resnet")[2] == "/resnets/ui"


@pytest.mark.parametrize("header", [b"", b"/", b"//evil.example", b"/a b", b"http://evil.example", b'/"><script>'])
def test_what_is_no_plain_path_is_not_heard(header):
    assert seen("/ui/config.json", header=header) == ("/ui/config.json", "", "/ui/config.json")


@pytest.mark.parametrize(
    ("headers", "root_path", "address"),
    [
        ({"host": "127.0.0.1:7860"}, "", "http://127.0.0.1:7860/"),
        ({"host": "[::1]:80"}, "/resnet", "http://[::1]:80/resnet/"),
        (
            {"host": "backend:80", "x-forwarded-host": "example.org", "x-forwarded-proto": "https, http"},
            "/resnet",
            "https://example.org/resnet/",
        ),
        ({"host": 'a"><script>'}, "", None),
        ({"host": "example.org/other"}, "", None),
        ({"host": "example.org", "x-forwarded-proto": "javascript"}, "", None),
        ({}, "", None),
    ],
)
def test_the_address_is_the_visitors_and_a_host_with_anything_else_in_it_is_none(headers, root_path, address):
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert address_of({"type": "http", "root_path": root_path, "headers": raw}) == address


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("sub-path"), root_path="/resnet") as running:
        yield running


@pytest.mark.parametrize("path", ["healthz", "ui/config.json", "ui/page/static/page.js", "config", "gradio_api/info"])
def test_every_kind_of_route_answers_below_the_path_and_without_it(server: Server, path: str):
    plain = httpx.get(server.url + path)
    below = httpx.get(f"{server.url}resnet/{path}")
    assert plain.status_code == below.status_code == 200
    assert plain.content == below.content


def test_the_page_says_where_it_lies(server: Server):
    asked = {"x-forwarded-host": "example.org", "x-forwarded-proto": "https"}
    assert httpx.get(f"{server.url}resnet/config", headers=asked).json()["root"] == "https://example.org/resnet"


def test_the_guard_looks_behind_the_path(server: Server):
    assert httpx.get(f"{server.url}resnet/gradio_api/file=/etc/passwd").status_code == 404
    assert httpx.post(f"{server.url}resnet/gradio_api/reload", json={}).status_code == 404
