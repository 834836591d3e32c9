"""What is measured of the server, as Prometheus reads it at ``/metrics`` where the setting asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from resnet_demo.page.room import Room

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)

REQUESTS = Counter("resnet_demo_requests", "Answered requests, by method and status", ("method", "status"))
ERRORS = Counter("resnet_demo_errors", "Errors that visitors and programs were told of, by code", ("code",))
WAIT = Histogram("resnet_demo_wait_seconds", "How long work waited for the device", buckets=_SECONDS)
PASS = Histogram("resnet_demo_pass_seconds", "How long a pass or study held the device", buckets=_SECONDS)
WAITING = Gauge("resnet_demo_waiting", "Work that waits for the device now")
NETWORKS = Gauge("resnet_demo_networks", "Networks in memory now")

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class Counted:
    """ASGI middleware that counts answers. A method that is none of HTTP's usual ones is ``other``: what strangers
    write makes no new series."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                REQUESTS.labels(method, message["status"]).inc()
            await send(message)

        await self._app(scope, receive, counted if scope["type"] == "http" else send)


def turn(waited: float, held: float) -> None:
    """Count a turn on the device: seconds that it was waited for, and seconds that it took."""
    WAIT.observe(waited)
    PASS.observe(held)


def metrics_route(room: Room) -> Route:
    """The route. Memory and processor time of the process are among what it tells, on Linux."""

    def metrics(request: Request) -> Response:
        if room.engine_later.ready:
            WAITING.set(room.engine.turns.waiting)
            NETWORKS.set(len(room.engine.loaded()))
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return Route("/metrics", metrics)
