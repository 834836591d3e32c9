"""Serving the page: everything of Gradio's that is not needed is off, and a request to stop is obeyed at once."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from resnet_demo.errors import SettingsError
from resnet_demo.page.environment import prepare, without_proxies
from resnet_demo.page.logs import start_logging, take_over_uvicorn, tell
from resnet_demo.page.session import Visitors
from resnet_demo.page.startup import start_engine
from resnet_demo.page.streams import in_background, wait_for_work
from resnet_demo.page.uploads import Uploads
from resnet_demo.settings import Settings

if TYPE_CHECKING:
    import gradio as gr

    from resnet_demo.page.admission import Doors
    from resnet_demo.page.room import Room

log = logging.getLogger(__name__)
LAST_STEPS = 10.0
"""Seconds that running work has to come to its next step, where it ends."""

LAST_WORDS = 2.0
"""Seconds that Gradio has to send what the work said last."""

SESSIONS = 200
"""Open pages whose component values Gradio keeps; ours are small, their results are kept in ``session.py``."""


@dataclass(frozen=True)
class Served:
    """A page that is being served. ``url`` is where, on this machine."""

    demo: gr.Blocks
    room: Room
    url: str

    def drain(self, hurry: threading.Event) -> None:
        """Go on answering for as long as the settings say, or until ``hurry`` is set, while ``/readyz`` says that the
        server is about to end."""
        self.room.draining.set()
        hurry.wait(self.room.settings.drain_seconds)

    def close(self) -> None:
        """Stop serving: running work ends at its next step, and whoever waits is told so before the server goes."""
        self.room.closing.set()
        self.room.uploads.stop()
        self.room.visitors.forget_all()
        self.room.engine_later.wait(LAST_STEPS)
        wait_for_work(LAST_STEPS)
        if self.room.engine_later.ready:
            self.room.engine.close()
        _wait_until_told(self.demo)
        self.demo.close(verbose=False)


def launch(settings: Settings, depth: int = 18) -> Served:
    """Serve the page from a thread of its own and return. Uploads live in a folder that goes with this process."""
    port = _free_port(settings.host, settings.port)  # first: to end while PyTorch is being imported ends in a crash
    folder = prepare(settings)
    engine = start_engine(settings, depth)
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware
    from starlette.routing import Route

    from resnet_demo.page import explore
    from resnet_demo.page.admission import UPLOAD
    from resnet_demo.page.attendance import Attendance, Attending
    from resnet_demo.page.build import build
    from resnet_demo.page.connections import Connections, allow_files
    from resnet_demo.page.entrance import Entrance, accounts
    from resnet_demo.page.examples import FIRST
    from resnet_demo.page.first_paint import FirstPaint
    from resnet_demo.page.gradio_internals import (
        GradioAccounts,
        QueuedEvents,
        close_to_other_sites,
        numbers_of_endpoints,
        server_of,
    )
    from resnet_demo.page.guard import Guard, Limits
    from resnet_demo.page.metrics import Counted
    from resnet_demo.page.receiving import Receiver
    from resnet_demo.page.room import Room
    from resnet_demo.page.routes import routes
    from resnet_demo.page.sites import Sites, listed
    from resnet_demo.page.sub_path import SubPath
    from resnet_demo.page.theme import gradio_theme

    uploads = Uploads(folder, settings.temp_age, settings.temp_mb)
    room = Room(settings, engine, uploads, Visitors(settings.results_kept), depth)
    demo = build(room)
    demo.queue(max_size=settings.queue_size, api_open=False)
    largest = int(settings.max_file_mb * 1e6)
    tool_call = largest * 4 // 3 + 100_000  # base64 has four letters for three bytes
    all_photos = largest * settings.max_photos + 1_000_000
    limits = Limits(
        upload=all_photos,
        uploads=max(all_photos, int(settings.temp_mb * 1e6)),
        other=32_000 + 4_000 * settings.max_photos,
        tool=tool_call,
        tools=4 * tool_call,
        arrival=settings.upload_seconds,
    )
    people = accounts(settings.auth)
    entrance = Entrance(bool(people), settings.api_token, GradioAccounts(demo), numbers_of_endpoints(demo))
    origins = listed(settings.allowed_origins)
    sites = Sites(settings.host, listed(settings.allowed_hosts), origins)
    attendance = Attendance(
        room.visitors, QueuedEvents(demo), room.forget, most=room.at_once, grace=settings.grace_seconds
    )
    middleware: list[Any] = [
        *([Middleware(Counted)] if settings.metrics else []),
        Middleware(CORSMiddleware, allow_origins=origins, allow_methods=("GET", "POST"), allow_headers=("*",)),
        Middleware(SubPath, settings.root_path),
        Middleware(Guard, doors_of(demo, settings.mcp, bool(people)), limits, sites, settings.verbose, entrance),
        Middleware(Attending, attendance),
        Middleware(FirstPaint),
    ]
    upload = Route(UPLOAD, Receiver(uploads, settings.max_photos, largest), methods=["POST"])
    with without_proxies():
        _, url, _ = demo.launch(
            server_name=f"[{settings.host}]" if ":" in settings.host else settings.host,
            server_port=port,
            root_path="",
            prevent_thread_lock=True,
            auth=people or None,
            quiet=True,
            show_error=False,
            share=False,
            inbrowser=False,
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,  # ours is another, page/mcp_server.py
            footer_links=["api"],  # opens the description of the API; the footer itself is ours (static/footer.js)
            max_file_size=largest,
            state_session_capacity=SESSIONS,
            # Each event that waits holds a thread; the routes have threads of their own.
            max_threads=2 * room.at_once + 40,
            theme=gradio_theme(),
            app_kwargs={"middleware": middleware, "routes": [upload, *routes(room), *tool_routes(room, tool_call)]},
        )
    close_to_other_sites(demo)
    Connections(allow_files(settings.connections), settings.trusted_proxies).limit(server_of(demo).config)
    in_background(lambda: explore.prepare_first(room, FIRST), "first-example")
    take_over_uvicorn(settings)
    uploads.keep_sweeping(every=min(30.0, settings.temp_age / 10))
    return Served(demo, room, url)


def tool_routes(room: Room, longest: int) -> list[Any]:
    """Where the tools answer, if they are offered."""
    if not room.settings.mcp:
        return []
    from starlette.routing import Route

    from resnet_demo.page.mcp_server import ToolServer

    tools = ToolServer(room, longest)
    return [Route(path, tools) for path in ("/gradio_api/mcp", "/gradio_api/mcp/")]


def doors_of(demo: gr.Blocks, mcp: bool, sign_in: bool = False) -> Doors:
    """The events of a built page that may be asked for by whoever knows their number."""
    from resnet_demo.page.admission import Doors
    from resnet_demo.page.gradio_internals import numbers_of_events, public_endpoints

    return Doors(
        queued=numbers_of_events(demo, queued=True),
        at_once=numbers_of_events(demo, queued=False),
        endpoints=public_endpoints(demo),
        mcp=mcp,
        sign_in=sign_in,
    )


def _wait_until_told(demo: gr.Blocks) -> None:
    from resnet_demo.page.gradio_internals import is_answering

    until = time.monotonic() + LAST_WORDS
    while is_answering(demo) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)  # from Gradio's hands to the network's


def _free_port(host: str, port: int) -> int:
    """``port``, or any that is free for 0. Raises ``OSError`` where another program has it, or the host is not ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as free:
        if sys.platform != "win32":  # there it would let two programs have one port
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind((host, port))
        return free.getsockname()[1]


def serve(settings: Settings | None = None, depth: int = 18) -> int:
    """Serve the page until SIGTERM or SIGINT. Returns the exit code: 0, or 2 for a setting that can't be used."""
    try:
        settings = Settings.from_environment() if settings is None else settings
        for extra, library in {"page": "gradio", "mcp": "mcp"}.items():
            if find_spec(library) is None and (settings.mcp or extra == "page"):
                raise SettingsError("extra-missing", what="serve", extra=extra)
        from resnet_demo.page.entrance import accounts

        accounts(settings.auth)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    start_logging(settings)
    stop, hurry = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (hurry if stop.is_set() else stop).set())
    try:
        served = launch(settings, depth)
    except OSError as failed:
        cause = failed.strerror or str(failed)
        said = SettingsError("page-not-served", host=settings.host, port=settings.port, cause=cause)
        tell(settings, said, logging.ERROR)
        return 2
    tell(settings, f"The page is served at {served.url}")
    code = 0
    while not stop.wait(0.2):
        failure = served.room.engine_later.error
        if failure is not None:
            if not isinstance(failure, SettingsError):
                log.error("The engine could not start.", exc_info=failure)
            tell(settings, failure, logging.ERROR)
            code = 2
            break
    else:
        served.drain(hurry)
    served.close()
    return code
