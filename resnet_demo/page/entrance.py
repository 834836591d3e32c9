"""Who is let in, where whoever runs the page wants that asked: people sign in by Gradio's own form and cookie, and
programs send a token. The probes of health are open to all.

Where people sign in, all else needs it, but for what the form itself is made of; a token opens all of it too. With a
token alone the page stays open, and the calls of the API need it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import cookie_parser

from resnet_demo.errors import InputError, SettingsError
from resnet_demo.page.admission import CALL, LOGIN, MCP, Refused
from resnet_demo.page.sites import PROBES

Scope = MutableMapping[str, Any]

FORM = (
    rf"/|{LOGIN}|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/assets/.+|/static/.+"
    r"|/gradio_api/(startup-events|theme\.css|login_check/?)"
)
"""What Gradio's form is made of; what Gradio itself refuses without its cookie is among it."""

ATTEMPTS, WITHIN = 10, 60.0
"""How often one address may try to sign in, and in how many seconds."""


class Accounts(Protocol):
    """Gradio's accounts, as ``gradio_internals.GradioAccounts`` has them."""

    def signed_in(self, cookies: Mapping[str, str]) -> bool:
        """Whether one of these is the cookie of somebody who has signed in."""

    def cookie(self) -> str:
        """A cookie of the program's own, "name=value", by which Gradio lets a request pass that has a token."""


def accounts(setting: str) -> list[tuple[str, str]]:
    """Names and passwords: of a file one a line, else with commas between.

    Raises ``SettingsError``, which quotes none of them, for one without a name or a password.
    """
    file = Path(setting)
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if setting and file.is_file() else setting.split(",")
    except (OSError, UnicodeDecodeError) as failed:
        raise SettingsError("auth-unreadable") from failed
    found = [tuple(part.strip() for part in line.split(":", 1)) for line in lines if line.strip()]
    if (setting and not found) or any(len(each) < 2 or not all(each) for each in found):
        raise SettingsError("auth-malformed")
    return [(each[0], each[1]) for each in found]


class Entrance:
    """``sign_in`` says whether people have to, ``token`` is the API's, "" where there is none, and ``endpoints`` are
    the numbers of the API's events."""

    def __init__(self, sign_in: bool, token: str, signed: Accounts, endpoints: frozenset[int]) -> None:
        self._sign_in, self._token, self._accounts, self._endpoints = sign_in, token.encode(), signed, endpoints
        self._attempts: dict[str, deque[float]] = {}

    def admit(self, scope: Scope, path: str, address: str, clock: Callable[[], float] = time.monotonic) -> Scope:
        """The request as Gradio takes it. Raises ``Refused`` for one that needs more than it brings."""
        if path in PROBES or not (self._sign_in or self._token):
            return scope
        if self._sign_in and re.fullmatch(LOGIN, path):
            self._count(address, clock())
        brought = _bearer(scope)
        if self._token and brought is not None:
            if not secrets.compare_digest(brought, self._token):
                raise Refused(401, InputError("token-wrong"))
            return {**scope, "headers": _with_cookie(scope, self._accounts.cookie())} if self._sign_in else scope
        if self._sign_in and not re.fullmatch(FORM, path) and not self._accounts.signed_in(_cookies(scope)):
            raise Refused(401, InputError("sign-in-needed"))
        if not self._sign_in and (re.fullmatch(CALL + r"([\w-]{1,64})?", path) or re.fullmatch(MCP, path)):
            raise Refused(401, InputError("token-needed"))
        return scope

    def check_event(self, scope: Scope, sent: Any) -> None:
        """Raise ``Refused`` for an event of the API's, by its number, that comes without the token it needs."""
        if not self._token or self._sign_in or _bearer(scope) is not None:
            return
        if isinstance(sent, dict) and sent.get("fn_index") in self._endpoints:
            raise Refused(401, InputError("token-needed"))

    def _count(self, address: str, now: float) -> None:
        for other, times in list(self._attempts.items()):
            while times and times[0] <= now - WITHIN:
                times.popleft()
            if not times:
                del self._attempts[other]
        times = self._attempts.setdefault(address, deque())
        if len(times) >= ATTEMPTS:
            raise Refused(429, InputError("sign-in-too-often"))
        times.append(now)


def _bearer(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].strip()
    return None


def _cookies(scope: Scope) -> dict[str, str]:
    """As Gradio reads them."""
    headers = (value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    return {name: value for each in headers for name, value in cookie_parser(each).items()}


def _with_cookie(scope: Scope, cookie: str) -> list[tuple[bytes, bytes]]:
    headers = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return [*headers, (b"cookie", cookie.encode("latin-1"))]
