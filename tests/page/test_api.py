"""The public API, as gradio_client calls it."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from resnet_demo import Engine, from_json
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.export.overlays import overlay_png
from resnet_demo.page.gradio_internals import refusal
from resnet_demo.results import Atlas
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
        "/analyze_many",
        "/classify",
        "/compare",
        "/blocks",
        "/channel",
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


def test_compare_takes_the_depths_that_are_on_the_server_unless_some_are_named(client: Client) -> None:
    found = from_json(client.predict(photo=COFFEE, api_name="/compare"))
    assert [each.analysis.network.depth for each in found.answers] == [18, 34, 50]


def test_several_photos_are_explained_in_one_call_each_with_its_answer(client: Client, engine: Engine) -> None:
    photos = [COFFEE, handle_file(__file__), handle_file(str(EXAMPLES / "koala.webp"))]
    answers = client.predict(photos=photos, stages="layer4", include="maps", api_name="/analyze_many")
    first, second, third = map(from_json, answers)
    assert [each.target.label for each in (first, third)] == ["espresso", "koala"]
    assert list(first.stages) == ["layer4"] and first.stages["layer4"].maps.size == 0
    assert second.error.code == "photo-not-an-image" and second.name == "test_api.py"
    cam = engine.analyze(EXAMPLES / "koala.webp").stages["layer4"].cam
    assert third.stages["layer4"].cam == pytest.approx(cam, abs=1e-3 * float(abs(cam).max()))


def test_an_answer_holds_what_it_is_asked_to_include(client: Client, engine: Engine) -> None:
    def asked(include: str | list[str]) -> dict[str, Any]:
        return client.predict(photo=COFFEE, stages="stem,layer4", include=include, api_name="/analyze")

    expected = engine.analyze(EXAMPLES / "coffee.png", stages=("stem", "layer4"))
    drawn = asked("overlays")
    assert from_json(drawn).stages == {} and set(drawn["overlays"]) == {"stem", "layer4"}
    picture, known = (
        np.asarray(Image.open(io.BytesIO(data)), int)
        for data in (base64.b64decode(drawn["overlays"]["layer4"]["png"]), overlay_png(expected, "layer4"))
    )
    assert np.abs(picture - known).max() <= 2
    arrays = np.load(io.BytesIO(base64.b64decode(asked(["npz"])["npz"])))
    assert arrays["stem/activations"].shape == (16, 56, 56) and "layer1/grad-cam" not in arrays
    both = from_json(asked(["activations", "view"]))
    assert both.view.shape == expected.view.shape and both.stages["stem"].cams == {}
    assert both.stages["stem"].maps.shape == (16, 56, 56)


def test_compare_names_what_is_missing(client: Client) -> None:
    with pytest.raises(AppError, match="not on this server"):
        client.predict(photo=COFFEE, depths="18,152", weights="imagenet1k-v1", api_name="/compare")
    with pytest.raises(AppError, match="two different networks"):
        client.predict(photo=COFFEE, depths="18", api_name="/compare")


def test_blocks_hold_a_profile_and_a_lesion_for_every_block(client: Client) -> None:
    study = from_json(client.predict(photo=COFFEE, api_name="/blocks"))
    assert len(study.profile) == len(study.lesions[0].lesions) == 8 and study.maps == ()


def test_blocks_hold_the_maps_of_every_kind_that_is_asked_for(client: Client) -> None:
    document = client.predict(photo=COFFEE, kinds="grad-cam, hirescam", api_name="/blocks")
    (maps,) = from_json(document).maps
    assert [each.kind for each in maps] == ["grad-cam"] * 8 + ["hirescam"] * 8
    of_stage = (
        Engine(device="cpu", settings=Settings())
        .analyze(str(EXAMPLES / "coffee.png"), channels=0)
        .stages["layer2"]
        .cams
    )
    for each in (maps[3], maps[11]):  # a stage's map is that of its last block's output
        theirs = of_stage[each.kind]
        assert each.name == "layer2.1"
        np.testing.assert_allclose(each.output, theirs, atol=1e-4 * np.abs(theirs).max())
    with pytest.raises(AppError, match="kinds is “layercam”"):
        client.predict(photo=COFFEE, kinds="layercam", api_name="/blocks")


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
        "analyze": {
            "photo": photo,
            "depth": 18,
            "weights": "auto",
            "target": None,
            "contrast": None,
            "stages": "",
            "channels": 1,
        }
        | {"stages": "", "channels": 1, "maps": "base64"},
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
        ("analyze", {"count": 0}, "There is no photo"),
        ("analyze", {"stages": "layer4,layer9"}, "no stage “layer9”"),
        ("classify", {"photos": ["coffee.png"]}, "One of the arguments (photos,"),
        ("classify", {"photos": None}, "1 to"),
        ("classify", {"top_k": "many"}, "top_k is “many”"),
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


def test_by_name_a_call_gives_what_it_wants_to_and_leaves_out_the_rest(server: Server) -> None:
    """On the routes that the served description of the API names."""
    described = httpx.get(f"{server.url}gradio_api/openapi.json").json()["paths"]
    routes = [path for path in described if path.startswith("/gradio_api/call/v2/") and "{" not in path]
    names = {route.rsplit("/", 1)[1] for route in routes}
    assert names == {"analyze", "analyze_many", "classify", "compare", "blocks", "channel"}
    with (EXAMPLES / "coffee.png").open("rb") as file:
        path = httpx.post(f"{server.url}gradio_api/upload", files={"files": ("coffee.png", file)}).json()[0]
    photo = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for route in routes:
        name = "photos" if route.endswith(("classify", "many")) else "photo"
        sent: dict[str, Any] = {name: [photo] if name == "photos" else photo}
        if route.endswith("channel"):
            name, sent = "channel", {"channel": "layer3.117"}
        event = httpx.post(f"{server.url[:-1]}{route}", json=sent).json()
        told = httpx.get(f"{server.url[:-1]}{route}/{event['event_id']}", timeout=120).text
        assert told.startswith("event: complete") and ("layer3" if name == "channel" else "espresso") in told, route
        empty = httpx.post(f"{server.url[:-1]}{route}", json={}).json()
        missing = "channel" if name == "channel" else "photo"
        assert missing in httpx.get(f"{server.url[:-1]}{route}/{empty['event_id']}", timeout=120).text
        refused = httpx.post(f"{server.url[:-1]}{route}", json={"colour": 1})
        assert refused.status_code == 400 and f"no colour; it takes {name}" in refused.json()["error"]


def test_what_is_left_out_at_the_end_of_a_list_is_as_it_is_described(server: Server) -> None:
    (answer,) = called(server, "analyze", count=1)
    assert answer["network"]["depth"] == 18 and len(answer["stages"]) == 5


def test_a_refusal_has_its_code_and_busy_says_when_to_ask_again(server: Server) -> None:
    assert called(server, "analyze", depth="20")["title"] == "depth-unknown"
    told = refusal({"code": "busy", "details": {"waiting": 3}})
    assert (told.title, told.duration) == ("busy", 60) and "3 requests are waiting" in told.message


def test_a_channel_is_told_with_its_patches(client: Client, engine: Engine) -> None:
    told = from_json(client.predict(channel="layer4.40", api_name="/channel"))
    stored = Laboratory(engine).run(Atlas, None, 18)
    assert told == stored.channel("layer4", 40) and len(told.patches) == 9
    for wrong in ("layer4.512", "layer4.-1", "layer9.1", "layer4", "layer4.x"):
        with pytest.raises(AppError, match="layer4|stage|whole"):
            client.predict(channel=wrong, api_name="/channel")
