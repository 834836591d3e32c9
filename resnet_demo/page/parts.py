"""The page's own parts: empty elements in Gradio's layout, which ``page.js`` fills."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from resnet_demo.page.attendance import address_of
from resnet_demo.page.gradio_internals import PAGE_ROOT
from resnet_demo.page.room import Room


def part(name: str, *events: str, template: str = "", **settings: Any) -> gr.HTML:
    """An empty element that ``page.js`` fills. ``events`` are what it may set off here.

    Nothing is ever put into its template: Gradio would run what a visitor wrote there as code.
    """
    named = " ".join(f"'{event}'" for event in events)  # Gradio looks for the events' names in the script
    return gr.HTML(
        value=None,
        html_template=template,
        js_on_load=f"/* {named} */ import({PAGE_ROOT} + '/ui/page/static/page.js')"
        f".then((page) => page.mount('{name}', element, {{ trigger, props, upload, watch }}));",
        apply_default_css=False,
        elem_id=f"rd-{name}",
        **settings,
    )


def visitor_of(request: gr.Request) -> str:
    """Whose page asks: the session that Gradio gave it. A caller without one is nobody, and gets a name of its own."""
    return request.session_hash or secrets.token_urlsafe(12)


def worker_of(room: Room, request: gr.Request) -> str:
    """As ``visitor_of``, for work: the visitor is known from now on, with where they ask from."""
    visitor = visitor_of(request)
    room.visitors.met(visitor, asked_from(request))
    return visitor


def asked_from(request: gr.Request | None) -> str:
    """The address that a request comes from."""
    return address_of(getattr(getattr(request, "client", None), "host", None))
