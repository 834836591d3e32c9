"""The layout: Gradio's components in their places, and which work each part of the page may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from resnet_demo.page import block, compare, explore, feature_maps, trust
from resnet_demo.page.room import Room
from resnet_demo.page.work import Handler, perform
from resnet_demo.results import DEPTHS

ROOT = "(window.gradio_config?.root ?? location.origin).replace(/\\/$/, '')"


def part(name: str, *events: str, template: str = "", **settings: Any) -> gr.HTML:
    """An empty element that ``page.js`` fills. ``events`` are what it may set off here.

    Nothing is ever put into its template: Gradio would run what a visitor wrote there as code.
    """
    named = " ".join(f"'{event}'" for event in events)
    return gr.HTML(
        value=None,
        html_template=template,
        js_on_load=f"/* {named} */ import({ROOT} + '/ui/page/static/page.js')"
        f".then((page) => page.mount('{name}', element, {{ trigger, props, upload, watch }}));",
        apply_default_css=False,
        elem_id=f"rd-{name}",
        **settings,
    )


def plot(name: str) -> gr.Plot:
    """An empty chart in the page's own frame."""
    return gr.Plot(show_label=False, container=False, elem_id=name, elem_classes="rd-plot")


def build(room: Room) -> gr.Blocks:
    """The page, not yet launched."""
    queued = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private"}
    queued |= {"concurrency_limit": room.settings.queue_size, "concurrency_id": "engine"}
    at_once = {"show_progress": "hidden", "trigger_mode": "multiple", "api_visibility": "private", "queue": False}

    with gr.Blocks(analytics_enabled=False, title="ResNet stages", fill_width=True) as demo:
        part("header")
        with gr.Row(elem_id="rd-main", equal_height=False):
            with gr.Column(elem_id="rd-side", scale=0, min_width=272):
                depth = gr.Radio([str(d) for d in DEPTHS], value=str(room.depth), label="Depth", elem_id="rd-depth")
                part("facts")
                weights = gr.Radio([], label="Weights", elem_id="rd-weights")
                part("download")
                part("picker")
                with gr.Row(elem_id="rd-run"):
                    go = gr.Button("Run", variant="primary", size="md", elem_id="rd-go")
                    stop = gr.Button("Stop", interactive=False, size="md", elem_id="rd-stop")
            with gr.Column(elem_id="rd-content"):
                with gr.Column(elem_id="rd-explore"):
                    part("strip")
                    with part("explorer", template="@children"), gr.Row(elem_id="rd-classes"):
                        target = gr.Dropdown([], label="Maps for", elem_id="rd-target")
                        contrast = gr.Dropdown([], label="rather than", elem_id="rd-contrast")
                with gr.Column(elem_id="rd-tabs"), gr.Tabs():
                    with gr.Tab("Feature maps", id="maps") as maps_tab:
                        maps = part("maps", "work", "stop")
                    with gr.Tab("Compare depths", id="compare") as compare_tab:
                        comparison = part("compare", "work", "stop")
                    with gr.Tab("Inside the block", id="block") as block_tab:
                        with part("block", "work", "stop", "draw", template="@children") as blocks:
                            profile_plot = plot("rd-profile-plot")
                            lesion_plot = plot("rd-lesion-plot")
                    with gr.Tab("Trust", id="trust") as trust_tab:
                        with part("trust", "work", "stop", "draw", template="@children") as trusted:
                            trust_plots = [plot(f"rd-{name}-plot") for name in ("deletion", "insertion", "forgotten", "readout")]
                    with gr.Tab("Architecture", id="architecture") as architecture_tab:
                        part("architecture")
                    with gr.Tab("Take away", id="take") as take_tab:
                        take = part("take", "forget")
        desk = part("desk", "run", "stop", "download", "stop_download", "sync", visible="hidden")

        work: dict[str, tuple[gr.HTML, dict[str, Handler]]] = {
            "maps": (maps, {"more": feature_maps.more}),
            "compare": (comparison, {"compare": compare.compared}),
            "block": (blocks, {"profile": block.profile, "lesions": block.lesions, "cut": block.cut, "maps": block.maps}),
            "trust": (
                trusted,
                {
                    "faithfulness": trust.faithfulness,
                    "randomisation": trust.randomisation,
                    "readout": trust.readout,
                },
            ),
        }

        def run(sent: Any, request: gr.Request) -> Iterator[Any]:
            yield from explore.run(room, sent, request.session_hash)

        def download(sent: Any, request: gr.Request) -> Iterator[Any]:
            yield from explore.download(room, sent, request.session_hash)

        def end_run(request: gr.Request) -> None:
            room.visitors.stop(request.session_hash, "run")

        def end_download(request: gr.Request) -> None:
            room.visitors.stop(request.session_hash, "download")

        def leave(request: gr.Request) -> None:
            for path in room.visitors.forget(request.session_hash):
                room.uploads.delete(path)

        # A request is written by the page at the moment it is sent, in place of the desk's own value.
        desk.run(run, desk, desk, js="() => [resnetDemo.request()]", **queued)
        desk.download(download, desk, desk, js="() => [resnetDemo.downloadRequest()]", **{**queued, "concurrency_id": "download"})
        desk.stop(end_run, **at_once)
        desk.stop_download(end_download, **at_once)
        for tab, (panel, handlers) in work.items():
            panel.work(_performer(room, tab, handlers), panel, panel, js=f"() => [resnetDemo.parts.get('{tab}').request()]", **queued)
            panel.stop(_stopper(room, tab), **at_once)
        take.forget(leave, **at_once)
        demo.unload(leave)

        # Charts are figures that the page writes from what it was told; Gradio's plot component draws them.
        trusted.draw(None, outputs=trust_plots, js="() => resnetDemo.parts.get('trust').figures()")
        blocks.draw(None, outputs=[profile_plot, lesion_plot], js="() => resnetDemo.parts.get('block').figures()")

        tabs = {"maps": maps_tab, "compare": compare_tab, "block": block_tab, "trust": trust_tab, "architecture": architecture_tab, "take": take_tab}

        # Gradio's own components hand on what is chosen and show what they are told, without a request.
        controls = [depth, weights, target, contrast, go, stop, *tabs.values()]
        desk.sync(None, outputs=controls, js="() => resnetDemo.controls()")
        depth.input(None, depth, js="(depth) => { resnetDemo.chooseDepth(depth); }")
        weights.input(None, weights, js="(name) => { resnetDemo.chooseWeights(name); }")
        target.input(None, [target, contrast], js="(target, contrast) => { resnetDemo.chooseClasses(target, contrast); }")
        contrast.input(None, [target, contrast], js="(target, contrast) => { resnetDemo.chooseClasses(target, contrast); }")
        go.click(None, js="() => { resnetDemo.runAll(); }")
        stop.click(None, js="() => { resnetDemo.stop(); }")
        for name, tab in tabs.items():
            tab.select(None, js=f"() => {{ resnetDemo.open('{name}'); }}")
    return demo


def _performer(room: Room, tab: str, handlers: Mapping[str, Handler]) -> Callable[..., Iterator[dict[str, Any]]]:
    def do(sent: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from perform(room, tab, handlers, sent, request.session_hash)

    return do


def _stopper(room: Room, tab: str) -> Callable[[gr.Request], None]:
    def stop(request: gr.Request) -> None:
        room.visitors.stop(request.session_hash, tab)

    return stop
