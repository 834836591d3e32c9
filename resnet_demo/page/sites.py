"""Which sites may use the page: under which names it is reached, and which other sites' pages may call it.

A browser lets any page send requests to any server, this machine's own included, and says from where in ``Origin``. A
name of a stranger's may also be made to lead here ("DNS rebinding"): then both names agree, and only the name itself
tells. So the page answers to names that it knows, and takes requests from its own pages; whoever is no browser (curl,
``gradio_client``, a model's tools) says no origin and is let in.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from resnet_demo.errors import InputError
from resnet_demo.page.admission import Refused

Scope = MutableMapping[str, Any]

PROBES = ("/healthz", "/readyz")
"""Asked by whoever watches over the server, under whatever name; they tell nothing and change nothing."""

ANY = "*"


def listed(setting: str) -> tuple[str, ...]:
    """The parts of a setting that is a list with commas."""
    return tuple(each.strip() for each in setting.split(",") if each.strip())


class Sites:
    """``host`` is where the page is served. Each of ``hosts`` is a name, with or without a port, ``*.name`` for all
    below it, or ``*`` for all there are; each of ``origins`` is a site such as ``https://example.org``, or ``*``.

    Where none is listed, a page that is served to others answers to whatever name they have for it; one that is served
    to this machine alone does not, as no other name leads here honestly.
    """

    def __init__(self, host: str, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = ()) -> None:
        self._own = {
            each.lower() for each in ("localhost", host, socket.gethostname(), f"{socket.gethostname()}.local")
        }
        self._any_name = not hosts and host.lower() != "localhost" and not _is_loopback(host)
        self._hosts = {each.lower().rstrip(".") for each in hosts}
        self._origins = {each.lower().rstrip("/") for each in origins}

    def check(self, scope: Scope, path: str) -> None:
        """Raise ``Refused`` for a name that is none of this page's, and for what another site's page sends."""
        headers = _headers(scope)
        host = headers.get("host", "")
        if path not in PROBES and host and not self._is_ours(host):
            raise Refused(421, InputError("host-unknown", host=_plain(host)))
        origin = headers.get("origin")
        if origin is None or scope["method"] in ("GET", "HEAD"):  # what is read a browser keeps from other sites
            return
        # The browser's own word, which no page can write: behind a proxy Host may be another name than the visitor's.
        if headers.get("sec-fetch-site") == "same-origin":
            return
        listed = ANY in self._origins or origin.lower() in self._origins
        if not listed and not self._is_own(origin, headers):
            raise Refused(403, InputError("origin-unknown", origin=_plain(origin)))

    def _is_own(self, origin: str, headers: dict[str, str]) -> bool:
        try:
            site = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        # A browser lets no page of another site write the second of these.
        named = (headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip())
        return bool(site) and (site in (each.lower() for each in named) or self._is_listed(site))

    def _is_ours(self, host: str) -> bool:
        """A name that this page knows, or an address: no name of a stranger's leads to an address by itself."""
        with suppress(ValueError):
            ipaddress.ip_address(_name(host).strip("[]"))
            return True
        return self._any_name or _name(host).lower().rstrip(".") in self._own or self._is_listed(host)

    def _is_listed(self, host: str) -> bool:
        known = {host.lower(), _name(host).lower().rstrip(".")}
        below = any(each.startswith("*.") and _name(host).lower().endswith(each[1:]) for each in self._hosts)
        return ANY in self._hosts or below or bool(known & self._hosts)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _plain(name: str) -> str:
    """What of a header may stand in a sentence: the signs of which names and addresses are made."""
    return re.sub(r"[^\w.:/\[\]-]", "", name)[:80]


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return False


def _name(host: str) -> str:
    """A host without its port."""
    return re.sub(r":\d*$", "", host)
