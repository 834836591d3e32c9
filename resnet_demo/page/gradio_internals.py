"""All that the page touches of Gradio beyond its public interface, in one place, so that a new release is held
against one file. ``tests/page/test_gradio_internals.py`` names the release and fails where one of these has changed.

- An event's number (``BlockFunction._id``) is what a browser sends for it, and the guard lets through those that the
  page has; no public name leads from a function to its number.
- The queue's events under way (``Blocks._queue.event_ids_to_events``) tell whether whoever asked is still connected.
  Gradio knows it, and tells only generators, between two of their values; and a server that is told to end waits until
  the last answer has left.
- What the queue has to tell is kept by session (``pending_messages_per_session``, ``pending_event_ids_session``).
  Beyond 2,000 sessions Gradio drops the oldest, listened to or not; what nobody listens to it keeps.
- Beyond localhost Gradio lets every site's page read what it answers (``CustomCORSMiddleware``, before all others).
- Which connections uvicorn accepts is a matter of its configuration, which Gradio makes (``Blocks.server``).
- The event that runs in a thread (``LocalContext``) has no public name either.
- What is sent is made into a handler's arguments by ``Blocks.preprocess_data``. Where it can't be, Gradio answers
  ``{"error": null}`` and prints a trace; ``WordedBlocks`` answers in words.
- Who has signed in (``App.tokens``) and the name of their cookie (``App.cookie_id``) are asked for by our own routes.
- The page's root as its browser knows it (``window.gradio_config.root``) is not handed to a component's script.

Beyond these, ``static/boot.js`` answers for ``navigator.language``, which Gradio's own words follow.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, cast

import gradio as gr
from gradio.context import LocalContext
from gradio.route_utils import CustomCORSMiddleware

from resnet_demo.errors import InputError
from resnet_demo.errors.catalogue import sentence
from resnet_demo.page.errors import told
from resnet_demo.page.guard import RETRY_AFTER

log = logging.getLogger(__name__)

PAGE_ROOT = "(window.gradio_config?.root ?? location.origin).replace(/\\/$/, '')"
"""JavaScript for the address that the page's own routes lie under, without a slash at its end."""


class WordedBlocks(gr.Blocks):
    """Blocks that say in words what is wrong with the arguments of a call, and whose open pages are known of."""

    def get_config_file(self) -> Any:
        # Gradio's page holds its heartbeat only where an event waits for its end; here it says whose page is open.
        return super().get_config_file() | {"connect_heartbeat": True}

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *others: Any, **more: Any) -> list[Any]:
        if block_fn.api_visibility == "public":  # what a call leaves out at its end is as it stands in the field
            inputs = [*inputs, *(field.value for field in block_fn.inputs[len(inputs) :])]
        try:
            return await super().preprocess_data(block_fn, inputs, *others, **more)
        except gr.Error:
            raise
        except Exception as error:
            log.warning("Arguments that %s can't use: %s", block_fn.api_name or "an event", type(error).__name__)
            raise refusal(told(_wrong(block_fn))) from None


def refusal(error: dict[str, Any]) -> gr.Error:
    """What a call is refused with: an error's sentence, its code as the ``title``, and as the ``duration`` of one that
    passes by itself the seconds until it is worth another try."""
    passing = error["code"] in ("busy", "server-stopping")
    words = {"message": sentence(**error), "title": error["code"]}
    return gr.Error(**words, duration=RETRY_AFTER if passing else 10, print_exception=False)


def _wrong(block_fn: Any) -> InputError:
    if block_fn.api_visibility != "public":
        return InputError("request-malformed")
    return InputError("arguments-unusable", names=", ".join(str(field.label) for field in block_fn.inputs))


def numbers_of_events(demo: gr.Blocks, queued: bool) -> frozenset[int]:
    """The numbers of the events that a browser may ask for: those that wait in the queue, or those that don't.

    Gradio calls what is bound to a page's closing itself, and what has no function runs in the browser.
    """
    return frozenset(fn._id for fn in asked_for(demo) if fn.queue == queued)


def public_endpoints(demo: gr.Blocks) -> dict[str, tuple[str, ...]]:
    """The page's public endpoints: the names of what each takes."""
    public = (fn for fn in asked_for(demo) if fn.api_visibility == "public")
    return {str(fn.api_name): tuple(str(field.label) for field in fn.inputs) for fn in public}


def numbers_of_endpoints(demo: gr.Blocks) -> frozenset[int]:
    """The numbers of the page's public endpoints, by which they can be asked for too."""
    return frozenset(fn._id for fn in asked_for(demo) if fn.api_visibility == "public")


def asked_for(demo: gr.Blocks) -> list:
    return [fn for fn in demo.fns.values() if fn.fn is not None and all(event != "unload" for _, event in fn.targets)]


def is_answering(demo: gr.Blocks) -> bool:
    """Whether an event of the queue is still to be answered."""
    return bool(demo._queue.event_ids_to_events)


def has_left() -> Callable[[], bool]:
    """A question to ask from any thread: has the sender of the event that runs here closed the connection since?"""
    blocks, number = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or number is None:
        return lambda: False
    events = blocks._queue.event_ids_to_events

    def left() -> bool:
        event = events.get(number)
        return event is None or not event.alive

    return left


def close_to_other_sites(demo: gr.Blocks) -> None:
    """Take out of a launched page what lets other sites' pages read its answers."""
    app, lets_read = demo.app, cast(Any, CustomCORSMiddleware)
    app.user_middleware = [each for each in app.user_middleware if each.cls is not lets_read]
    app.middleware_stack = app.build_middleware_stack()


def server_of(demo: gr.Blocks) -> Any:
    """The uvicorn server that a launched page is served by."""
    return demo.server


class GradioAccounts:
    """Who has signed in to a page, as ``entrance.Accounts`` has it."""

    def __init__(self, demo: gr.Blocks) -> None:
        self._demo, self._own = demo, secrets.token_urlsafe(32)

    def signed_in(self, cookies: Mapping[str, str]) -> bool:
        app = self._demo.app
        names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
        return any(cookies.get(name) in app.tokens for name in names)

    def cookie(self) -> str:
        app = self._demo.app
        app.tokens.setdefault(self._own, "api")
        return f"access-token-unsecure-{app.cookie_id}={self._own}"


class QueuedEvents:
    """The events of a page's queue, as ``attendance.Events`` has them."""

    def __init__(self, demo: gr.Blocks) -> None:
        self._demo = demo

    def session_of(self, event: str) -> str:
        queue = self._demo._queue
        if event in queue.event_ids_to_events:
            return queue.event_ids_to_events[event].session_hash
        return next((session for session, ids in queue.pending_event_ids_session.items() if event in ids), event)

    def known(self, session: str) -> bool:
        return session in self._demo._queue.pending_messages_per_session

    def under_way(self, session: str) -> int:
        # None: it has come to its end, which is still to be told.
        return sum(event is None or event.alive for event in self._events(session))

    def broken_off(self, session: str) -> bool:
        return any(event is not None and not event.alive for event in self._events(session))

    def _events(self, session: str) -> list[Any]:
        queue = self._demo._queue
        return [queue.event_ids_to_events.get(each) for each in queue.pending_event_ids_session.get(session, ())]

    async def end(self, session: str) -> None:
        queue = self._demo._queue
        if self.under_way(session):
            await queue.clean_events(session_hash=session)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)
