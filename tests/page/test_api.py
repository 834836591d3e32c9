"""The public API, as gradio_client calls it."""

from __future__ import annotations

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
    with pytest.raises(AppError, match="not on this machine"):
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
