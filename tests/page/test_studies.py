"""What the tabs may ask for: read with care, and told as the JSON layer tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resnet_demo import Engine, Settings, from_json
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import STUDIES, Laboratory
from resnet_demo.errors import InputError
from resnet_demo.page.examples import collection, texture_photos
from resnet_demo.page.room import Remembered
from resnet_demo.page.studies import HANDLERS, IMAGE_STEPS, QUESTIONS
from resnet_demo.page.tabs import TABS
from resnet_demo.page.work import Task
from resnet_demo.results import AnalysisRequest, ChannelImage, Ledger, Painted, Patches, Stroke, Tuning
from resnet_demo.results.json import TYPES, to_json
from resnet_demo.results.ledger import ledger_profile
from tests.made_answers import made_analysis
from tests.page.visiting import Visitor, asked
from tests.serving import Server

COFFEE = assets_dir() / "examples" / "coffee.png"


def task(**sent: Any) -> Task:
    """A task whose laboratory and engine answer with how they were called."""
    called = lambda *given, **question: (given, question)  # noqa: E731
    runs = SimpleNamespace(run=called, compare=called)
    room: Any = SimpleNamespace(laboratory=runs, engine=runs, settings=Settings())
    answer: Any = SimpleNamespace(analysis=made_analysis(), request=AnalysisRequest("a.png"), visitor="me")
    return Task(room, answer, sent, None, lambda progress: None)


def test_every_study_may_be_asked_for_by_some_tab():
    offered = [what for tab in TABS for what in tab.asks]
    assert set(offered) == set(HANDLERS)
    assert {TYPES[what] for what in QUESTIONS} == set(STUDIES)


def test_a_study_is_about_the_photo_network_and_class_in_view():
    shown = made_analysis()
    given, question = HANDLERS["channel-image"](task(what="channel-image", stage="layer2", channel=7))
    assert given == (ChannelImage, "a.png", shown.network.depth, shown.network.weights, shown.target.index)
    assert {"stage": "layer2", "channel": 7, "steps": IMAGE_STEPS}.items() <= question.items()


def test_stages_are_asked_for_once_each_in_the_order_of_the_data():
    _, question = HANDLERS["faithfulness"](task(what="faithfulness", stages=["layer4", "stem", "layer4"]))
    assert question["stages"] == ("stem", "layer4")


def test_a_tuning_is_measured_once_for_everybody_and_anew_for_other_weights():
    asked = task(what="tuning", depth=34, weights="auto")
    cards = [SimpleNamespace(depth=34, name="file", sha256=sha256) for sha256 in ("a", "a", "b")]
    measured: list[Any] = []
    asked.room.engine = SimpleNamespace(drawn=lambda depth, weights: SimpleNamespace(card=cards.pop(0)))
    asked.room.laboratory = SimpleNamespace(run=lambda *given, **pace: measured.append(given) or len(measured))
    asked.room.network_findings = Remembered()
    assert [HANDLERS["tuning"](asked) for _ in range(3)] == [1, 1, 2]
    assert measured[0] == (Tuning, texture_photos(), 34, "auto")


def test_patches_are_cut_from_the_collection_once_for_everybody():
    asked = task(what="patches", depth=34, weights="auto")
    card = SimpleNamespace(depth=34, name="file", sha256="a")
    found: list[Any] = []
    asked.room.engine = SimpleNamespace(drawn=lambda depth, weights: SimpleNamespace(card=card))
    asked.room.laboratory = SimpleNamespace(run=lambda *given, **named: found.append((given, named)) or len(found))
    asked.room.network_findings = Remembered()
    assert [HANDLERS["patches"](asked) for _ in range(2)] == [1, 1]
    (finding, photos, *_), named = found[0]
    assert finding is Patches and [photo.name for photo in photos] == named["files"] == list(collection())


STROKE = {
    "on": "view",
    "fill": "copy",
    "points": [0.25, 0.5, 0.75, 1],
    "radius": 0.125,
    "offset": [-0.5, 0],
    "source": 0,
}


def test_strokes_are_read_as_the_brush_lays_them():
    (what, photos, *_), question = HANDLERS["painted"](task(what="painted", answers=[], strokes=[STROKE] * 2))
    assert what is Painted and photos == ["a.png"]
    for stroke in question["strokes"]:
        assert (stroke.on, stroke.fill, stroke.radius, stroke.offset) == ("view", "copy", 0.125, (-0.5, 0))
        assert stroke.points.tolist() == [[0.25, 0.5], [0.75, 1]] and stroke.source == 0


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        ("tuning", {"depth": "18", "weights": "auto"}),
        ("tuning", {"depth": 18, "weights": ["auto"]}),
        ("painted", {"answers": [], "strokes": {}}),
        ("painted", {"answers": [], "strokes": [STROKE] * 65}),
        ("painted", {"answers": 3, "strokes": []}),
        ("painted", {"strokes": [STROKE]}),
        ("painted", {"answers": [], "strokes": [3]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"points": []}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"points": [0.5]}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"points": [0.5, "0.5"]}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"points": [0.5] * 802}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"points": [float("nan"), 0.5]}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"radius": True}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"radius": 1e9}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"offset": [0.5]}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"on": "head"}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"fill": "jam"}]}),
        ("painted", {"answers": [], "strokes": [STROKE | {"source": "0"}]}),
        ("occlusion", {"fill": "copy"}),
        ("lesion", {"cut": "branch", "blocks": []}),
        ("lesion", {"cut": "branch", "blocks": "layer1.0"}),
        ("lesion", {"cut": "branch", "blocks": ["layer1.0"] * 65}),
        ("lesion", {"cut": "branch", "blocks": [1]}),
        ("lesion", {"cut": "head", "blocks": None}),
        ("lesion", {"blocks": None}),
        ("block-maps", {"block": ["layer1.0"], "kind": "grad-cam"}),
        ("block-maps", {"block": "layer1.0", "kind": "layercam"}),
        ("channel-ablation", {"stage": "layer1", "channels": []}),
        ("channel-ablation", {"stage": "layer1", "channels": [True]}),
        ("channel-ablation", {"stage": "layer1", "channels": list(range(65))}),
        ("channel-ablation", {"stage": "layer9", "channels": [1]}),
        ("channel-image", {"stage": "layer1", "channel": 1.5}),
        ("channel-image", {"stage": {}, "channel": 1}),
        ("effective-field", {"stage": "layer1", "row": "0", "column": 0}),
        ("effective-field", {"stage": "layer1", "row": 0}),
        ("cell-activations", {"stage": "layer9", "row": 0, "column": 0}),
        ("cell-activations", {"stage": "layer1", "row": 0.5, "column": 0}),
        ("faithfulness", {"stages": ["fc"]}),
        ("faithfulness", {"stages": [[]]}),
        ("randomisation", {"stages": "stem"}),
        ("initialisation", {"layers": "56", "arrangements": ["plain"]}),
        ("initialisation", {"layers": 56, "arrangements": []}),
        ("initialisation", {"layers": 56, "arrangements": ["x" * 40]}),
        ("residual-profile", {"answers": 3}),
        ("comparison", {"networks": [{"depth": 18, "weights": "auto"}] * 6}),
        ("comparison", {"networks": [{"depth": 19, "weights": "auto"}]}),
        ("comparison", {"networks": [18, 34]}),
        ("feature-maps", {"stage": "layer1", "first_rank": -1, "ranked_by": "evidence"}),
        ("feature-maps", {"stage": "layer1", "first_rank": 0, "ranked_by": "name"}),
    ],
)
def test_a_malformed_question_is_refused_before_anything_is_run(what: str, sent: dict[str, Any]):
    with pytest.raises(InputError) as refused:
        HANDLERS[what](task(what=what, **sent))
    assert refused.value.code == "request-malformed"


@pytest.fixture(scope="module")
def visitor(server: Server) -> Iterator[Visitor]:
    opened = Visitor(server.url, "who-studies")
    yield opened
    opened.leave()


@pytest.fixture(scope="module")
def answer(visitor: Visitor) -> str:
    return visitor.run([asked(example="coffee.png")])["photos"]["a"]["id"]


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory(Engine(settings=Settings()))


@pytest.mark.parametrize(
    ("what", "question"),
    [
        ("residual-profile", {}),
        ("lesion-board", {}),
        ("ledger", {"lesions": True}),
        ("occlusion", {"fill": "grey"}),
        ("lesion", {"blocks": ["layer2.1", "layer3.0"], "cut": "shortcut"}),
        ("block-maps", {"block": "layer3.1", "kind": "hirescam"}),
        ("channel-ablation", {"stage": "layer4", "channels": [3, 5]}),
        ("effective-field", {"stage": "layer2", "row": 4, "column": 5}),
        ("cell-activations", {"stage": "layer3", "row": 4, "column": 5}),
        ("faithfulness", {"stages": ["layer4"]}),
        ("readout", {}),
        ("initialisation", {"layers": 14, "arrangements": ["original", "plain"]}),
        ("shortcut-fade", {}),
        ("small-answers", {}),
    ],
)
def test_the_page_is_sent_the_document_of_the_studys_finding(
    visitor: Visitor, answer: str, laboratory: Laboratory, what: str, question: dict[str, Any]
):
    tab = next(tab.name for tab in TABS if what in tab.asks)
    visitor.begin(tab, "work", {"number": 1, "what": what, "answer": answer, **question})
    last = visitor.told()[-1]["output"]["data"][0]
    assert last["done"] and last["error"] is None
    document = visitor.http.get(f"/ui/results/{last['result']}").json()
    finding = laboratory.run(TYPES[what], COFFEE, 18, **question)
    assert document["type"] == what and set(document) == set(to_json(finding, derived=True))
    assert_alike(from_json(document), finding)


def test_a_painted_photo_may_copy_from_another_and_the_profile_is_of_both(
    visitor: Visitor, answer: str, laboratory: Laboratory
):
    other = visitor.run([asked(example="koala.webp")])["photos"]["a"]["id"]
    koala = COFFEE.with_name("koala.webp")

    def finding(tab: str, **sent: Any) -> Any:
        visitor.begin(tab, "work", {"number": 1, "answer": answer, **sent})
        last = visitor.told()[-1]["output"]["data"][0]
        assert last["done"] and last["error"] is None
        return from_json(visitor.http.get(f"/ui/results/{last['result']}").json())

    painted = finding("brush", what="painted", strokes=[STROKE | {"source": 1}], answers=[other])
    stroke = Stroke("view", "copy", np.array([[0.25, 0.5], [0.75, 1]], np.float32), 0.125, (-0.5, 0.0), 1)
    assert_alike(painted, laboratory.run(Painted, [COFFEE, koala], 18, target="espresso", strokes=[stroke]))
    ledgers = [laboratory.run(Ledger, photo, 18) for photo in (COFFEE, koala)]
    assert_alike(finding("ledger", what="ledger-profile", answers=[answer, other]), ledger_profile(ledgers))


def assert_alike(a: Any, b: Any) -> None:
    """Of the same types and words, and the same numbers but for rounding."""
    assert type(a) is type(b)
    if is_dataclass(a):
        for field in fields(a):
            assert_alike(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, dict):
        assert list(a) == list(b)
        assert_alike(tuple(a.values()), tuple(b.values()))
    elif isinstance(a, tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_alike(one, other)
    elif isinstance(a, np.ndarray | float):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    else:
        assert a == b
