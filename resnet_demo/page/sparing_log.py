"""A log that nobody can flood: of what repeats without end so many lines, and how many more there were."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

LINES, SECONDS = 100, 10.0
"""Lines of one logger and level within so many seconds."""


class Sparing(logging.Filter):
    """Lets through the first ``LINES`` of each ``SECONDS``, by logger and level; the first one after them says how many
    were left out. For a handler."""

    def __init__(self) -> None:
        super().__init__()
        self._began: dict[tuple[str, int], float] = {}
        self._seen: Counter[tuple[str, int]] = Counter()
        self._guard = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, record.levelno), time.monotonic()
        with self._guard:
            if now - self._began.get(key, -SECONDS) >= SECONDS:
                left_out = self._seen[key] - LINES
                self._began[key], self._seen[key] = now, 0
                if left_out > 0:
                    record.msg = f"({left_out} lines like this were left out.) {record.getMessage()}"
                    record.args = ()
            self._seen[key] += 1
            return self._seen[key] <= LINES
