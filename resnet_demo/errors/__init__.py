"""Every error that a person may meet. A raise gives a code and facts; what it says is told once, in the catalogue:
``en.json`` and ``zh.json`` hold one sentence a code, with places for the facts. It says what happened, to which input,
and the way out.
"""

from __future__ import annotations

from typing import Any, Self

from resnet_demo.errors.catalogue import sentence


class ResNetDemoError(Exception):
    """Above all errors of this package. Whatever else is raised is a bug.

    ``code`` names the sentence (``"photo-too-large"``), ``details`` are the facts it is about (``{"name": "a.jpg",
    "limit_mb": 20}``): texts, numbers, paths. ``message`` is the sentence in English, as the owner of the machine may
    read it, with paths and commands; ``catalogue.sentence`` says the same to others and in other languages.
    """

    def __init__(self, code: str, /, **details: Any) -> None:
        self.code = code
        self.details = details
        self.message = sentence(code, details, owner=True)
        super().__init__(self.message)

    def with_way(self, way: str, **details: Any) -> Self:
        """The same error with a way out that depends on where its input comes from: the sentence ``way`` follows its
        own. Facts that both have are the error's."""
        return type(self)(self.code, **details | self.details | {"way": way})

    def __str__(self) -> str:
        return self.message

    def __reduce__(self):
        # The default would call the class with the message for its code.
        return _rebuild, (type(self), self.code, self.details), {"message": self.message}


def _rebuild(kind: type[ResNetDemoError], code: str, details: dict[str, Any]) -> ResNetDemoError:
    return kind(code, **details)


class InputError(ResNetDemoError, ValueError):
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


class SettingsError(ResNetDemoError, ValueError):
    """An environment variable or option whose value can't be used: its name, value, and what is accepted."""
