"""The public API, as gradio_client calls it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from resnet_demo import Engine, from_json
from resnet_demo.assets import assets_dir
from resnet_demo.settings import Settings
from tests.serving import Server

EXAMPLES = assets_dir() / "examples"
COFFEE = handle_file(str(EXAMPLES / "coffee.png"))


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, verbose=False)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", settings=Settings())


def test_the_public_names_are_these_and_no_others(client: Client) -> None:
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/analyze",
        "/classify",
        "/compare",
        "/blocks",
    }


def test_analyze_answers_as_the_engine_does(client: Client, engine: Engine) -> None:
    answer = from_json(client.predict(photo=COFFEE, target="espresso", contrast="CD player", api_name="/analyze"))
    expected = engine.analyze(EXAMPLES / "coffee.png", target="espresso", contrast="CD player")
    assert [p.label for p in answer.predictions] == [p.label for p in expected.predictions]
    assert answer.contrast == expected.contrast
    for name, stage in expected.stages.items():
        assert answer.stages[name].cam == pytest.approx(stage.cam, abs=1e-3 * float(abs(stage.cam).max()))
    assert answer.view is None, "pictures come when they are asked for"


def test_classify_keeps_the_order_and_lets_a_bad_photo_cost_only_itself(client: Client) -> None:
    photos = [COFFEE, handle_file(__file__), handle_file(str(EXAMPLES / "koala.webp"))]
    answers = [from_json(each) for each in client.predict(photos=photos, api_name="/classify")]
    assert [type(each).__name__ for each in answers] == ["Classification", "Failed", "Classification"]
    assert [each.name for each in answers] == ["coffee.png", "test_api.py", "koala.webp"]
    assert answers[0].predictions[0].label == "espresso"


def test_compare_names_what_is_missing(client: Client) -> None:
    with pytest.raises(AppError, match="not on this server"):
        client.predict(photo=COFFEE, depths="18,152", api_name="/compare")
    with pytest.raises(AppError, match="two different networks"):
        client.predict(photo=COFFEE, depths="18", api_name="/compare")


def test_blocks_hold_a_profile_and_a_lesion_for_every_block(client: Client) -> None:
    study = from_json(client.predict(photo=COFFEE, api_name="/blocks"))
    assert len(study.profile) == len(study.lesions[0].lesions) == 8


@pytest.mark.parametrize(
    "wrong", [{"depth": 20}, {"weights": "best"}, {"target": "unicorn"}, {"channels": -1}, {"maps": "png"}]
)
def test_what_can_not_be_used_is_told_in_words(client: Client, wrong: dict[str, object]) -> None:
    with pytest.raises(AppError) as told:
        client.predict(photo=COFFEE, api_name="/analyze", **wrong)
    assert str(next(iter(wrong.values()))) in str(told.value)


def called(server: Server, name: str, **changes: Any) -> Any:
    """What curl is told by an endpoint: its answer, or the event that says what is wrong."""
    with (EXAMPLES / "coffee.png").open("rb") as file:
        path = httpx.post(f"{server.url}gradio_api/upload", files={"files": ("coffee.png", file)}).json()[0]
    photo = {"path": path, "orig_name": "coffee.png", "meta": {"_type": "gradio.FileData"}}
    given = {
        "analyze": {"photo": photo, "depth": 18, "weights": "auto", "target": None, "contrast": None, "channels": 1}
        | {"maps": "base64", "images": False},
        "classify": {"photos": [photo], "depth": 18, "weights": "auto", "top_k": 1},
        "compare": {"photo": photo, "depths": "18,34", "weights": "auto"},
    }[name]
    data = [photo if value == "the photo" else value for value in (given | changes).values()]
    address = f"{server.url}gradio_api/call/{name}"
    event = httpx.post(address, json={"data": data[: changes.get("count")]}).json()["event_id"]
    lines = httpx.get(f"{address}/{event}", timeout=120).text.splitlines()
    return json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("analyze", {"depth": "eighteen"}, "depth is “eighteen”"),
        ("analyze", {"depth": None}, "depth is “None”"),
        ("analyze", {"depth": [18]}, "depth is “[18]”"),
        ("analyze", {"depth": 18.5}, "depth is “18.5”"),
        ("analyze", {"channels": {}}, "channels is “{}”"),
        ("analyze", {"photo": "coffee.png"}, "One of the arguments (photo, depth,"),
        ("analyze", {"photo": {"path": 5, "meta": {"_type": "gradio.FileData"}}}, "One of the arguments"),
        ("analyze", {"photo": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}, "One of the arguments"),
        ("analyze", {"photo": None}, "There is no photo"),
        ("analyze", {"weights": ["auto"]}, "no weights called"),
        ("analyze", {"maps": None}, "maps is “None”"),
        ("analyze", {"count": 2}, "2 arguments were sent; wanted are 8"),
        ("classify", {"photos": ["coffee.png"]}, "One of the arguments (photos,"),
        ("classify", {"photos": None}, "1 to"),
        ("classify", {"top_k": "many"}, "top_k is “many”"),
        ("compare", {"depths": None}, "depths is “”"),
        ("compare", {"depths": "18,x"}, "depths is “x”"),
    ],
)
def test_curl_is_told_in_words_what_is_wrong_and_the_log_holds_no_trace(
    server: Server, name: str, wrong: dict[str, Any], words: str
) -> None:
    assert words in called(server, name, **wrong)["error"]
    assert "Traceback" not in server.log.read_text()


def test_numbers_come_as_text_and_one_photo_without_a_list_too(server: Server) -> None:
    (answers,) = called(server, "classify", photos="the photo", depth="18", top_k="2")
    assert [[p["label"] for p in answer["predictions"]][0] for answer in answers] == ["espresso"]
    assert len(answers[0]["predictions"]) == 2
