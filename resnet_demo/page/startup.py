"""The engine, loaded in a thread behind the first page: the page is served at once, answers come when it stands."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from resnet_demo.engine.engine import Engine
    from resnet_demo.settings import Settings

Made = TypeVar("Made")
log = logging.getLogger(__name__)


class Later(Generic[Made]):
    """Something made in a thread. ``get()`` waits for it; what its making raised is raised to whoever asks."""

    def __init__(self, make: Callable[[], Made], name: str) -> None:
        self._make = make
        self._done = threading.Event()
        self._made: Made | None = None
        self.error: BaseException | None = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._made = self._make()
        except BaseException as error:  # whoever waits has to hear of it
            self.error = error
        finally:
            self._done.set()

    @property
    def ready(self) -> bool:
        """Whether it stands, made without an error."""
        return self._done.is_set() and self.error is None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is made or has failed; False when ``seconds`` passed first."""
        return self._done.wait(seconds)

    def get(self) -> Made:
        self._done.wait()
        if self.error is not None:
            raise self.error
        return self._made  # type: ignore[return-value]


def start_engine(settings: Settings, depth: int) -> Later[Engine]:
    """An engine with the network of the first page loaded. Importing PyTorch alone takes seconds, hence the thread."""
    with suppress(ImportError):
        # Captum imports it in that thread and Gradio in this one; modules that import each other may then wait for each
        # other for ever.
        import_module("IPython")

    def make() -> Engine:
        from resnet_demo.engine.engine import Engine

        engine = Engine(settings=settings, isolated=True)
        if any(choice.available for choice in engine.choices(depth)):
            engine.network(depth)
        if settings.metrics:
            from resnet_demo.page.metrics import turn

            engine.on_turn(turn)
        return engine

    return Later(make, "engine-start")
