"""What a request may ask for: the routes the page and its API need, their own events, and JSON of a bounded shape.

Gradio fetches addresses that it finds in a request, on any endpoint, and answers a request that names no event of its
with an error of its own. So whatever it would stumble over is refused here, in words.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from resnet_demo.errors import InputError

READ = (
    r"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/healthz|/readyz|/metrics|/assets/.+|/static/.+"
    r"|/ui/.+"
    r"|/gradio_api/(info/?|openapi\.json|app_id/?|startup-events|theme\.css|queue/(data|status)"
    r"|heartbeat/[\w-]{1,64}|call/(v2/)?[\w-]{1,64}/[\w-]{1,64})"
)
UPLOAD = "/gradio_api/upload"
CALL = r"/gradio_api/call/(v2/)?([\w-]{1,64})/?"
WRITE = rf"{UPLOAD}|/gradio_api/(queue/join|cancel|reset/?|run/predict/?)|{CALL}"
MCP = r"/gradio_api/mcp/?"
LOGIN = r"/login/?"
SIGNED = r"/logout|/gradio_api/(login_check|user)/?"
"""What there is to read besides where people sign in."""

ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+:|^//", re.IGNORECASE)
NAME = re.compile(r"[\w-]{1,64}")

MOST_VALUES = 5_000
"""Values in one request's JSON: Gradio keeps the last request of every session, and small values cost most."""

LONGEST_PATH = 500

LONGEST_NUMBER = 18
"""Digits of a whole number, sign included."""


class Refused(Exception):
    """Why a request goes no further: an HTTP status, and what whoever sent it is told."""

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__(error)
        self.status, self.error = status, error


@dataclass(frozen=True)
class Doors:
    """What may be asked for: the numbers of the page's events that wait in the queue and of those that don't, the
    API's endpoints with the names of what each takes, whether MCP is spoken, and whether people sign in."""

    queued: frozenset[int]
    at_once: frozenset[int]
    endpoints: Mapping[str, tuple[str, ...]]
    mcp: bool = False
    sign_in: bool = False

    def check_read(self, path: str, query: bytes) -> None:
        """Raise ``Refused`` unless the page or its API reads there."""
        read = "|".join([READ, *([MCP] if self.mcp else []), *([SIGNED] if self.sign_in else [])])
        if len(path) > LONGEST_PATH or not re.fullmatch(read, path):
            raise _nothing()
        # Gradio's own deep links read session values from disk; this page has links of its own.
        if any(name == "deep_link" for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)):
            raise _nothing()

    def check_write(self, method: str, path: str) -> None:
        """Raise ``Refused`` unless the page or its API sends there."""
        if method == "POST" and (self.mcp and re.fullmatch(MCP, path) or self.sign_in and re.fullmatch(LOGIN, path)):
            return
        if method != "POST" or not re.fullmatch(WRITE, path):
            raise _nothing()
        if (call := re.fullmatch(CALL, path)) and call[2] not in self.endpoints:
            raise _nothing()

    def check_body(self, path: str, body: bytes) -> Any:
        """What is sent. Raises ``Refused`` for what can't be meant for this route, or would make Gradio fetch an
        address."""
        if self.sign_in and re.fullmatch(LOGIN, path):  # a form, not JSON
            return None
        sent = read_json(body)
        if re.fullmatch(MCP, path):
            return sent
        if not isinstance(sent, dict):
            raise Refused(400, InputError("request-no-object"))
        if any(sent.get(each) is not None and not _named(sent[each]) for each in ("session_hash", "event_id")):
            raise Refused(400, InputError("request-unnamed"))
        if path == "/gradio_api/queue/join":
            _check_event(sent, self.queued | self.at_once)
        elif path.startswith("/gradio_api/run/"):
            _check_event(sent, self.at_once)
        elif (call := re.fullmatch(CALL, path)) and call[1]:  # by name; the older routes take a list in order
            unknown = next((name for name in sent if name not in self.endpoints[call[2]]), None)
            if unknown is not None:
                names = ", ".join(self.endpoints[call[2]])
                raise Refused(400, InputError("argument-unknown", given=unknown[:40], names=names))
        elif call and not isinstance(sent.get("data"), list):
            raise Refused(400, InputError("request-no-data"))
        return sent


def read_json(body: bytes) -> Any:
    """The JSON of a request, as Gradio reads it whatever its content type says.

    Raises ``Refused`` where it is none, holds too much, or names an address or inline data in place of a file.
    """

    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(text)
        return value

    def whole(text: str) -> int:
        if len(text) > LONGEST_NUMBER:
            raise ValueError(text)
        return int(text)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for name, value in pairs:  # of two equal names Gradio takes the last: both are looked at
            _check_file(name, value)
        found = dict(pairs)
        if "meta" in found and _is_hidden(found.get("path")):  # Gradio takes no such file, and says nothing
            raise Refused(400, InputError("photo-hidden"))
        return found

    try:
        sent = json.loads(body, object_pairs_hook=members, parse_float=number, parse_constant=number, parse_int=whole)
    except Refused:
        raise
    except (ValueError, RecursionError):
        raise Refused(400, InputError("request-not-json")) from None
    if _count(sent) > MOST_VALUES:
        raise Refused(413, InputError("request-too-many-values", limit=MOST_VALUES))
    return sent


def _check_file(name: str, value: Any) -> None:
    if not isinstance(value, str):
        return
    if name == "path" and ADDRESS.match(value.strip()):
        raise Refused(400, InputError("photo-not-fetched"))
    if name == "url" and value.strip().lower().startswith("data:"):
        raise Refused(400, InputError("photo-inline"))


def _is_hidden(path: Any) -> bool:
    return isinstance(path, str) and path.rsplit("/", 1)[-1].startswith(".")


def _count(value: Any) -> int:
    """How many values there are, of lists within lists too."""
    count, left = 0, [value]
    while left and count <= MOST_VALUES:
        each = left.pop()
        count += 1
        left += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return count


def _check_event(sent: dict[str, Any], events: frozenset[int]) -> None:
    number = sent.get("fn_index")
    if isinstance(number, bool) or not isinstance(number, int) or number not in events:
        raise Refused(404, InputError("event-unknown"))
    if not isinstance(sent.get("data"), list):
        raise Refused(400, InputError("request-no-data"))


def _named(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _nothing() -> Refused:
    return Refused(404, InputError("route-unknown"))
