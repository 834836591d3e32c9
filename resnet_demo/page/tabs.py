"""The tabs below the answer: what each is called, what work it may ask for, and how its component is wired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from resnet_demo.page.parts import part, visitor_of, worker_of
from resnet_demo.page.room import Room
from resnet_demo.page.studies import HANDLERS
from resnet_demo.page.work import perform


@dataclass(frozen=True)
class Tab:
    """A tab: its ``name`` in the page's scripts, its title, what it may ask for, its charts and other events."""

    name: str
    title: str
    asks: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


TABS = (
    Tab("maps", "Feature maps", ("feature-maps", "channel-image", "channel-ablation"), ("ablation", "heat")),
    Tab("compare", "Compare depths", ("comparison",)),
    Tab("field", "Receptive field", ("effective-field",)),
    Tab("ledger", "Ledger", ("ledger", "ledger-profile")),
    Tab("brush", "Brush", ("painted", "occlusion")),
    Tab(
        "block",
        "Inside the block",
        ("residual-profile", "lesion-board", "lesion", "block-maps"),
        ("profile", "lesion"),
    ),
    Tab(
        "trust",
        "Trust",
        ("cell-ablation", "faithfulness", "randomisation", "readout"),
        ("deletion", "insertion", "forgotten", "readout"),
    ),
    Tab("atlas", "Atlas", ("atlas", "tuning", "cell-activations", "channel-image", "patches")),
    Tab("stimuli", "Stimuli", ("tuning",)),
    Tab("architecture", "Architecture", ("residual-profile",)),
    Tab(
        "degradation",
        "Degradation",
        ("initialisation", "shortcut-fade", "small-answers"),
        ("initialisation", "fade", "training", "gradients", "shortcuts", "surfaces"),
    ),
    Tab("photos", "Many photos", ("faithfulness",), ("reliability",)),
    Tab("take", "Export", events=("forget",)),
)
"""In the order in which they stand below the answer."""


def add_tab(room: Room, tab: Tab, queued: Mapping[str, Any], at_once: Mapping[str, Any]) -> tuple[gr.Tab, gr.HTML]:
    """Put a tab into the page that is being built. Returns it, and the component that ``page.js`` fills."""
    events = (*tab.events, *(("work", "stop") if tab.asks else ()), *(("draw",) if tab.plots else ()))
    with gr.Tab(tab.title, id=tab.name) as whole:
        if tab.plots:
            with part(tab.name, *events, template="@children") as panel:
                plots = [_plot(name) for name in tab.plots]
            # A chart is a figure that the page writes from what it was told (static/charts.js); Gradio's component
            # draws it with the plotly.js that it carries.
            panel.draw(None, outputs=plots, js=f"() => resnetDemo.parts.get('{tab.name}').figures()")
        else:
            panel = part(tab.name, *events)
    if tab.asks:
        handlers = {what: HANDLERS[what] for what in tab.asks}
        asked = f"() => [resnetDemo.parts.get('{tab.name}').request()]"

        def work(sent: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
            yield from perform(room, tab.name, handlers, sent, worker_of(room, request))

        def stop(request: gr.Request) -> None:
            room.visitors.stop(visitor_of(request), tab.name)

        started = panel.work(work, panel, panel, js=asked, **queued)
        started.failure(None, js=f"() => {{ resnetDemo.parts.get('{tab.name}').failed(); }}")
        panel.stop(stop, **at_once)
    whole.select(None, js=f"() => {{ resnetDemo.open('{tab.name}'); }}")
    return whole, panel


def _plot(name: str) -> gr.Plot:
    return gr.Plot(show_label=False, container=False, elem_id=f"rd-{name}-plot")
