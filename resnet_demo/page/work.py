"""Work that a tab asks for on the answer in view: one piece at a time, told as it goes, stopped on request.

A message to the tab holds ``number`` (the tab's own count), and as they come ``progress`` {done, total, unit}, the
``place`` in the queue, ``result`` (the id under which the page fetches it), ``error``, and ``done``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from resnet_demo.errors import Cancelled, InputError
from resnet_demo.page.errors import told
from resnet_demo.page.requests import malformed, mapping, number_of, word
from resnet_demo.page.room import Room
from resnet_demo.page.session import Answer
from resnet_demo.page.streams import Emit, Stopped, streamed
from resnet_demo.results import Progress
from resnet_demo.results.json import to_json


@dataclass(frozen=True)
class Task:
    """What a piece of work has: the answer it is about, what was asked, and how it waits, reports and stops."""

    room: Room
    answer: Answer
    asked: Mapping[str, Any]
    waiting: Any
    progress: Callable[[Progress], None]

    def others(self) -> list[Answer]:
        """Further answers of this visitor that were named in ``answers``; those no longer kept are passed over."""
        named = self.asked.get("answers") or []
        if not isinstance(named, list) or len(named) > self.room.settings.max_photos:
            raise malformed()
        found = []
        for each in named:
            with suppress(InputError):
                found.append(self.room.visitors.find_answer(str(each), self.answer.visitor))
        return found


Handler = Callable[[Task], Any]
"""Returns a result of ``results/``, or what the viewer draws as plain JSON."""


def perform(room: Room, tab: str, handlers: Mapping[str, Handler], sent: Any, visitor: str) -> Iterator[dict[str, Any]]:
    """Do what ``sent`` asks for, one of ``handlers`` by its field ``what``, and yield messages until it is done."""
    number = number_of(sent, "number")
    message: dict[str, Any] = {
        "number": number,
        "progress": None,
        "place": None,
        "result": None,
        "error": None,
        "done": False,
    }
    try:
        asked = mapping(sent)
        handler = handlers.get(word(asked, "what") or "")
        if handler is None:
            raise malformed()
        mine = room.visitors.begin(visitor, tab)
        answer = room.visitors.find_answer(word(asked, "answer") or "", visitor)

        def work(emit: Emit, gone: Stopped) -> None:
            waiting = room.waiting(
                visitor,
                stop=lambda: gone() or not room.visitors.is_current(visitor, tab, mine),
                on_wait=lambda place: emit({"place": place}),
            )
            report = lambda p: emit({"progress": {"done": p.done, "total": p.total, "unit": p.unit}})  # noqa: E731
            found = handler(Task(room, answer, asked, waiting, report))
            document = found if isinstance(found, dict) else to_json(found, derived=True)
            emit({"result": room.visitors.keep_further(visitor, lambda: document, _size(document)).id})

        for change in streamed(work, f"work-{tab}"):
            yield {**message, **change}
            message["result"] = change.get("result")
    except Cancelled as error:
        message["error"] = room.why_ended(error) or told(error)
    except Exception as error:
        message["error"] = told(error)
    yield {**message, "done": True}


def _size(found: Any) -> int:
    """Bytes of the texts in a result: base64 of maps and pictures, most of all."""
    if isinstance(found, str):
        return len(found)
    if isinstance(found, dict):
        return sum(map(_size, found.values()))
    if isinstance(found, list):
        return 8 * len(found) if found and isinstance(found[0], float | int) else sum(map(_size, found))
    return 8
