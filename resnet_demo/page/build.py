"""The layout: Gradio's components in their places, and which work each part of the page may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from resnet_demo.page import explore
from resnet_demo.page.api import add_endpoints
from resnet_demo.page.gradio_internals import WordedBlocks
from resnet_demo.page.parts import part, visitor_of, worker_of
from resnet_demo.page.room import Room
from resnet_demo.page.tabs import TABS, add_tab
from resnet_demo.results import DEPTHS


def build(room: Room) -> gr.Blocks:
    """The page, not yet launched."""
    private: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    # The engine decides who runs: Gradio lets in as many as may wait there.
    queued = private | {"concurrency_limit": room.at_once, "concurrency_id": "engine"}
    at_once = private | {"queue": False}

    with WordedBlocks(analytics_enabled=False, title="ResNet stages", fill_width=True) as demo:
        part("header")
        with gr.Row(elem_id="rd-main", equal_height=False):
            with gr.Column(elem_id="rd-side", scale=0, min_width=272):
                depth = gr.Radio([str(d) for d in DEPTHS], value=str(room.depth), label="Depth", elem_id="rd-depth")
                part("facts")
                part("picker")
                weights = gr.Radio([], label="Weights", elem_id="rd-weights")
                with gr.Row(elem_id="rd-run"):
                    go = gr.Button("Run", variant="primary", size="md", elem_id="rd-go")
                    stop = gr.Button("Stop", interactive=False, size="md", elem_id="rd-stop")
            with gr.Column(elem_id="rd-content"):
                with gr.Column(elem_id="rd-explore"):
                    part("strip")
                    with part("explorer", template="@children"), gr.Row(elem_id="rd-classes"):
                        target = gr.Dropdown([], label="Maps for", elem_id="rd-target")
                        contrast = gr.Dropdown([], label="rather than", elem_id="rd-contrast")
                part("band")
                with gr.Column(elem_id="rd-tabs"), gr.Tabs():
                    tabs = {tab.name: add_tab(room, tab, queued, at_once) for tab in TABS}
        part("footer")
        desk = part("desk", "run", "stop", "download", "stop_download", "sync", visible="hidden")
        add_endpoints(room)

        def run(sent: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
            yield from explore.run(room, sent, worker_of(room, request))

        def download(sent: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
            yield from explore.download(room, sent, worker_of(room, request))

        def end_run(request: gr.Request) -> None:
            room.visitors.stop(visitor_of(request), "run")

        def end_download(request: gr.Request) -> None:
            room.visitors.stop(visitor_of(request), "download")

        def forget(request: gr.Request) -> None:
            room.forget(visitor_of(request))

        # A request is written by the page at the moment it is sent, in place of the desk's own value.
        fetching = queued | {"concurrency_id": "download"}
        started = desk.run(run, desk, desk, js="() => [resnetDemo.request()]", **queued)
        started.failure(None, js="() => { resnetDemo.failed(); }")
        desk.download(download, desk, desk, js="() => [resnetDemo.downloadRequest()]", **fetching)
        desk.stop(end_run, **at_once)
        desk.stop_download(end_download, **at_once)
        tabs["take"][1].forget(forget, **at_once)

        # Gradio's own components hand on what is chosen and show what they are told, without a request.
        controls = [depth, weights, target, contrast, go, stop, *(tab for tab, _ in tabs.values())]
        classes = "(target, contrast) => { resnetDemo.chooseClasses(target, contrast); }"
        desk.sync(None, outputs=controls, js="() => resnetDemo.controls()")
        depth.input(None, depth, js="(depth) => { resnetDemo.chooseDepth(depth); }")
        weights.input(None, weights, js="(name) => { resnetDemo.chooseWeights(name); }")
        target.input(None, [target, contrast], js=classes)
        contrast.input(None, [target, contrast], js=classes)
        go.click(None, js="() => { resnetDemo.runWaiting(); }")
        stop.click(None, js="() => { resnetDemo.stop(); }")
    return demo
