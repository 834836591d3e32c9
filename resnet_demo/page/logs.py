"""What the server writes on standard error: lines for people, or a JSON object a line for programs."""

from __future__ import annotations

import logging
import sys

from resnet_demo.page.sparing_log import Sparing
from resnet_demo.settings import Settings


def start_logging(settings: Settings) -> None:
    """Set up the log of this process. With ``log_format`` json everything goes through it: warnings, and uvicorn's."""
    handler = logging.StreamHandler()
    if settings.log_format == "json":
        from pythonjsonlogger.json import JsonFormatter

        names = {"asctime": "time", "levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names))
        logging.captureWarnings(True)
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Sparing())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it warns that it looks for fonts
    logging.getLogger("resnet_demo").setLevel(logging.INFO if settings.verbose else logging.WARNING)


def take_over_uvicorn(settings: Settings) -> None:
    """Let uvicorn, which sets up a log of its own when it starts, write through ours."""
    if settings.log_format == "json":
        for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True


def tell(settings: Settings, message: object, level: int = logging.INFO) -> None:
    """Say something to whoever started the server, whatever is logged besides."""
    if settings.log_format == "json":
        logger = logging.getLogger("resnet_demo.page.server")
        logger.handle(logger.makeRecord(logger.name, level, __file__, 0, str(message), (), None))
    else:
        print(message, file=sys.stderr, flush=True)
