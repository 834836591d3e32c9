"""Who is let in: people by Gradio's form, programs by a token, and nobody else but those who ask after health."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from resnet_demo.errors import SettingsError
from resnet_demo.errors.catalogue import sentence
from resnet_demo.page.admission import Refused
from resnet_demo.page.entrance import ATTEMPTS, WITHIN, Entrance, accounts
from tests.page.visiting import Visitor, photo
from tests.serving import ROOT, Server, served

TOKEN = "one-long-token-of-thirty-characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
COFFEE = ROOT / "assets/examples/coffee.png"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
SPOKEN = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page that people sign in to, with a token for programs."""
    folder = tmp_path_factory.mktemp("closed")
    people = folder / "people.txt"
    people.write_text("ada:count, less\n\ngrace: hopper:1 \n")
    with served(folder, auth=people, api_token=TOKEN, mcp=1, metrics=1) as running:
        yield running


@pytest.fixture(scope="module")
def tokened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page that is open to all, with a token for the API."""
    with served(tmp_path_factory.mktemp("tokened"), api_token=TOKEN, mcp=1) as running:
        yield running


def at(server: Server, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=headers, timeout=120)


def sign_in(server: Server, name: str, password: str) -> httpx.Client:
    http = at(server)
    http.post("/login", data={"username": name, "password": password})
    return http


def classified(http: httpx.Client) -> str:
    """The first label of the coffee, by an upload and a call."""
    (path,) = http.post("/gradio_api/upload", files={"files": ("c.png", COFFEE.read_bytes())}).json()
    sent = {"photos": [{"path": path, "meta": {"_type": "gradio.FileData"}}], "depth": 18}
    asked = http.post("/gradio_api/call/v2/classify", json=sent)
    told = http.get(f"/gradio_api/call/v2/classify/{asked.json()['event_id']}").text
    (answer,) = re.findall(r"^event: complete\ndata: (.*)$", told, re.M)
    return json.loads(answer)[0][0]["predictions"][0]["label"]


# Where people sign in


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "ui/networks.json", None),
        ("GET", "ui/config.json", None),
        ("GET", "ui/results/any", None),
        ("GET", "metrics", None),
        ("GET", "config", None),
        ("GET", "gradio_api/info", None),
        ("GET", "gradio_api/openapi.json", None),
        ("GET", "gradio_api/heartbeat/visitor", None),
        ("POST", "gradio_api/upload", None),
        ("POST", "gradio_api/queue/join", {"fn_index": 1, "data": [], "session_hash": "a"}),
        ("POST", "gradio_api/call/v2/classify", {"photos": []}),
        ("POST", "gradio_api/mcp/", LIST),
    ],
)
def test_a_stranger_is_refused_everywhere(closed: Server, method: str, path: str, sent: Any) -> None:
    for cookie in ("", "access-token-unsecure-x=guess"):
        answer = at(closed, Cookie=cookie).request(method, f"/{path}", json=sent)
        assert answer.status_code == 401
    if path != "config":  # Gradio's own words
        assert answer.json() == {"error": sentence("sign-in-needed", {})}
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_stranger_sees_a_form_and_nothing_of_the_page(closed: Server) -> None:
    http = at(closed)
    page = http.get("/").text
    assert '"auth_required":true' in page and "ResNet stages" in page
    assert "rd-outline" not in page and '"components":[]' in page
    for path in ("healthz", "readyz"):
        assert http.get(f"/{path}").status_code == 200
    asset = re.findall(r'src="\./(assets/[^"]+\.js)"', page)[0]
    assert http.get(f"/{asset}").status_code == 200


def test_who_signs_in_uses_the_page_until_they_sign_out(closed: Server) -> None:
    wrong = sign_in(closed, "ada", "hopper:1")
    assert not wrong.cookies and wrong.get("/ui/networks.json").status_code == 401
    for name, password in (("ada", "count, less"), ("grace", "hopper:1")):
        http = sign_in(closed, name, password)
        assert "rd-outline" in http.get("/").text
        assert http.get("/ui/networks.json").status_code == 200
    assert classified(http) == "espresso"
    elsewhere, another = sign_in(closed, "grace", "hopper:1"), sign_in(closed, "ada", "count, less")
    http.get("/logout")
    assert [each.get("/ui/networks.json").status_code for each in (http, elsewhere, another)] == [401, 401, 200]


def test_the_page_is_told_whether_people_sign_in(closed: Server, tokened: Server) -> None:
    assert sign_in(closed, "ada", "count, less").get("/ui/config.json").json()["accounts"] is True
    assert at(tokened).get("/ui/config.json").json()["accounts"] is False


def test_the_token_opens_what_signing_in_does(closed: Server) -> None:
    http = at(closed, **BEARER)
    assert http.get("/ui/networks.json").status_code == http.get("/metrics").status_code == 200
    assert classified(http) == "espresso"
    assert http.post("/gradio_api/mcp/", json=LIST, headers=SPOKEN).status_code == 200


def test_another_token_opens_nothing(closed: Server, tokened: Server) -> None:
    for server in (closed, tokened):
        for token in (TOKEN[:-1], TOKEN + "x", "x"):
            answer = at(server, Authorization=f"Bearer {token}").post("/gradio_api/call/v2/classify", json={})
            assert (answer.status_code, answer.json()["error"]) == (401, sentence("token-wrong", {}))


def test_gradio_client_is_let_in_by_either(closed: Server) -> None:
    for client in (
        Client(closed.url, auth=("grace", "hopper:1"), verbose=False),
        Client(closed.url, headers=BEARER, verbose=False),
    ):
        answer = client.predict(photos=[handle_file(COFFEE)], depth=18, top_k=1, api_name="/classify")
        assert answer[0]["predictions"][0]["label"] == "espresso"


def test_neither_passwords_nor_tokens_are_in_the_log(closed: Server) -> None:
    log = closed.log.read_text()
    assert "count, less" not in log and "hopper:1" not in log and TOKEN not in log


# Where the API alone has a token


def test_the_page_stays_open_and_the_api_is_not(tokened: Server) -> None:
    visitor = Visitor(tokened.url, "visitor")
    assert visitor.explain(photo())["photos"]["a"].get("error") is None
    visitor.leave()
    http = at(tokened)
    config = http.get("/config").json()
    (number,) = [each["id"] for each in config["dependencies"] if each["api_name"] == "classify"]
    for answer in (
        http.post("/gradio_api/call/v2/classify", json={"photos": []}),
        http.post("/gradio_api/call/classify", json={"data": []}),
        http.get("/gradio_api/call/v2/classify/0"),
        http.post("/gradio_api/queue/join", json={"fn_index": number, "data": [], "session_hash": "b"}),
        http.post("/gradio_api/mcp", json=LIST, headers=SPOKEN),
    ):
        assert (answer.status_code, answer.json()["error"]) == (401, sentence("token-needed", {}))
    assert classified(at(tokened, **BEARER)) == "espresso"


# What is asked of each


def test_accounts_are_read_from_a_text_or_a_file(tmp_path: Path) -> None:
    assert accounts("") == []
    assert accounts("ada:lovelace, grace:hop:per") == [("ada", "lovelace"), ("grace", "hop:per")]
    file = tmp_path / "people"
    file.write_text("ada:a,b\n")
    assert accounts(str(file)) == [("ada", "a,b")]


@pytest.mark.parametrize("given", ["secret", "ada:", ":secret", "ada:secret,secret", ","])
def test_an_account_without_a_name_or_a_password_is_refused_and_not_quoted(given: str) -> None:
    with pytest.raises(SettingsError) as refused:
        accounts(given)
    assert "secret" not in str(refused.value)
    done = subprocess.run(
        [sys.executable, "-m", "resnet_demo", "serve", "--auth", given], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "user:password" in done.stderr and "secret" not in done.stderr


class Nobody:
    def signed_in(self, cookies: Any) -> bool:
        return False

    def cookie(self) -> str:
        return ""


def test_an_address_has_ten_attempts_a_minute() -> None:
    entrance = Entrance(True, "", Nobody(), frozenset())
    scope: dict[str, Any] = {"headers": []}
    for _ in range(ATTEMPTS):
        entrance.admit(scope, "/login", "1.2.3.4", lambda: 100.0)
    with pytest.raises(Refused) as refused:
        entrance.admit(scope, "/login", "1.2.3.4", lambda: 99.0 + WITHIN)
    assert refused.value.status == 429
    entrance.admit(scope, "/login", "5.6.7.8", lambda: 99.0 + WITHIN)
    entrance.admit(scope, "/login", "1.2.3.4", lambda: 100.0 + WITHIN)
