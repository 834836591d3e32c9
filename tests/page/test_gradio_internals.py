"""What the page touches of Gradio beyond its public interface is as it was in the release that it was written for."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from importlib.metadata import version
from pathlib import Path

import gradio as gr
import pytest
from gradio.context import LocalContext
from packaging.specifiers import SpecifierSet

from resnet_demo.page.gradio_internals import (
    WordedBlocks,
    has_left,
    is_answering,
    numbers_of_events,
    public_endpoints,
)
from tests.page.running import run

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
EXTRAS = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
NEWEST = "6.31"


def test_no_release_is_allowed_that_was_not_looked_into():
    (asked,) = (each for each in EXTRAS["page"] if each.startswith("gradio"))
    allowed = SpecifierSet(asked.removeprefix("gradio"))
    after = f"6.{int(NEWEST.split('.')[1]) + 1}"
    assert f"{NEWEST}.9" in allowed and after not in allowed, "hold gradio_internals.py against the new release"
    assert version("gradio") in allowed


@pytest.fixture
def demo() -> gr.Blocks:
    with gr.Blocks() as built:
        box = gr.Textbox(label="text")
        box.submit(lambda text: text, box, box, api_name="waits")
        box.change(lambda text: text, box, box, queue=False, api_name="runs")
        box.focus(lambda text: text, box, box, api_visibility="private")
        box.blur(None, box, box, js="(text) => text")
        built.unload(lambda: None)
    return built


def test_an_events_number_is_the_one_that_a_browser_is_told(demo):
    told = {each["api_name"]: each["id"] for each in demo.get_config_file()["dependencies"]}
    queued, at_once = numbers_of_events(demo, queued=True), numbers_of_events(demo, queued=False)
    assert told["waits"] in queued and told["runs"] in at_once
    assert len(queued) == 2 and len(at_once) == 1, "what runs in the browser, or on closing, can't be asked for"
    assert public_endpoints(demo) == {"waits": ("text",), "runs": ("text",)}


def test_a_thread_that_runs_no_event_has_nobody_to_leave():
    assert LocalContext.event_id.get(None) is None
    assert has_left()() is False


def test_an_event_is_under_way_until_its_sender_is_answered_or_leaves():
    """Through Gradio's own queue, as a served page has it."""
    began, go_on, heard = threading.Event(), threading.Event(), []

    def work(text):
        left = has_left()
        heard.append(left())
        began.set()
        go_on.wait(60)
        heard.append(left())
        return text

    with gr.Blocks() as demo:
        box = gr.Textbox()
        box.submit(work, box, box, api_name="work")
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_port=None)
    try:
        assert not is_answering(demo)
        leave = run(_ask_and_leave(url, began, demo))
        assert leave, "while it runs, the queue knows of it"
        go_on.set()
        while len(heard) < 2:
            threading.Event().wait(0.01)
        assert heard == [False, True]
    finally:
        go_on.set()
        demo.close()


async def _ask_and_leave(url: str, began: threading.Event, demo: gr.Blocks) -> bool:
    """Ask for the work, and close the connection once it runs and the queue has noticed. Whether it was under way."""
    import httpx

    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        called = (await http.post("gradio_api/call/work", json={"data": ["a"]})).json()["event_id"]
        events = demo._queue.event_ids_to_events
        async with http.stream("GET", f"gradio_api/call/work/{called}"):
            await asyncio.to_thread(began.wait, 60)
            under_way = is_answering(demo)
            (event,) = events.values()
        while event.alive:
            await asyncio.sleep(0.01)
    return under_way


def test_arguments_that_no_handler_can_take_are_refused_in_words():
    with WordedBlocks() as demo:
        number = gr.Number(50, label="depth", precision=0)
        number.submit(lambda given: given, number, number, api_name="asked")
        number.change(lambda given: given, number, number, api_visibility="private")
    asked, private = demo.fns.values()
    for fn, sent, words in (
        (asked, [{}], r"One of the arguments \(depth\)"),
        (private, [{}], "The request can't be read"),
    ):
        with pytest.raises(gr.Error, match=words) as refused:
            run(demo.preprocess_data(fn, sent, None))
        assert refused.value.print_exception is False
    assert run(demo.preprocess_data(asked, [18], None)) == [18]
    assert run(demo.preprocess_data(asked, [], None)) == [50], "what is left out is as it stands in the field"
