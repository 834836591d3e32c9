"""Whether whoever asked for something is still there to hear the answer."""

from __future__ import annotations

from collections.abc import Callable

from gradio.context import LocalContext


def has_left() -> Callable[[], bool]:
    """A question to ask from any thread: has the sender of the event that runs here closed the connection since?

    Gradio knows it of each event in its queue, and tells only generators, between two of their values.
    """
    blocks, number = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or number is None:
        return lambda: False
    events = blocks._queue.event_ids_to_events

    def left() -> bool:
        event = events.get(number)
        return event is None or not event.alive

    return left
