"""Every error that a person may meet. A message says what happened, to which input, and the way out.

Each error carries a ``code`` and ``details`` beside its English sentence, so that the page can say the same in the
visitor's language: ``page/texts`` has one sentence a code, filled in from the details.
"""

from __future__ import annotations

from typing import Any


class ResNetDemoError(Exception):
    """Above all errors of this package. Whatever else is raised is a bug.

    ``code`` names the sentence (``"photo-too-large"``), ``details`` holds what it is about (``{"name": "a.jpg",
    "limit_mb": 20}``), both free of paths on the server unless the reader owns the server.
    """

    def __init__(self, message: str, *, code: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = details

    def __str__(self) -> str:
        return self.message

    def __reduce__(self):
        # The default would call the class with the message alone and lose the keyword-only code in another process.
        return _rebuild, (type(self), self.message, self.code, self.details)


def _rebuild(kind: type[ResNetDemoError], message: str, code: str, details: dict[str, Any]) -> ResNetDemoError:
    return kind(message, code=code, **details)


class InputError(ResNetDemoError):
    """A photo, class, depth or other request that can't be served as it stands: what is wrong, what is accepted."""


class WeightsUnavailable(ResNetDemoError):
    """Weights that are not on this machine and can't be fetched: their size, the cause, where a file would be found."""


class WeightsCorrupt(ResNetDemoError):
    """A weights file whose bytes are wrong: truncated, of another hash, not a state dict, a pointer in its place."""


class WeightsMismatch(ResNetDemoError):
    """A sound weights file for another network: missing, extra or wrongly shaped entries."""


class Busy(ResNetDemoError):
    """The queue is full: ``details["waiting"]`` says how long it is."""


class Cancelled(ResNetDemoError):
    """The work was stopped on request, or took longer than the time a request may take."""


class DeviceOutOfMemory(ResNetDemoError):
    """The device's memory does not hold even one photo of this request."""


class SettingsError(ResNetDemoError):
    """An environment variable or option whose value can't be used: its name, value, and what is accepted."""
