"""Photos at addresses that fsspec knows (``s3://``, ``gs://``, ``hf://``, ``https://``): found, and read when wanted.

For whoever names the address themselves, as on a command line: a server fetches nothing that a stranger names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from resnet_demo.errors import InputError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(name: str) -> bool:
    """Whether ``name`` begins as an address does."""
    return _ADDRESS.match(name) is not None


@dataclass(frozen=True)
class Remote:
    """The photo at an address, as a file that is fetched when it is read: one of ``PhotoInput``."""

    name: str

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        """Its first ``size`` bytes. Raises ``OSError`` for whatever keeps it from being fetched."""
        try:
            system, path = _system(self.name)
            with system.open(path, "rb") as file:
                return file.read(size)
        except InputError:
            raise
        except Exception as error:  # each kind of storage fails in ways of its own
            raise OSError(f"{type(error).__name__}: {error}") from error


def listed(address: str, recursive: bool) -> tuple[list[str], int] | None:
    """The files in the folder at ``address`` in the order of their names, with ``recursive`` those below it too, and
    how many folders were not looked into; None where it is no folder. ``*`` stands for any part of a name.

    Raises ``InputError`` where the storage can't be asked, and for one whose library is not installed.
    """
    system, path = _system(address)
    try:
        if "*" in path:
            found = {name: about["type"] for name, about in system.glob(path, detail=True).items()}
        elif not system.isdir(path):
            return None
        elif recursive:
            found = dict.fromkeys(system.find(path), "file")
        else:
            found = {about["name"]: about["type"] for about in system.ls(path, detail=True)}
    except Exception as error:
        raise InputError("address-unreadable", given=address, cause=f"{type(error).__name__}: {error}") from error
    files = [system.unstrip_protocol(name) for name in sorted(found) if found[name] == "file"]
    return files, len(found) - len(files)


def _system(address: str) -> tuple[Any, str]:
    """The storage of an address, and the path there."""
    try:
        import fsspec
    except ImportError as error:
        raise InputError("extra-missing", what=address, extra="remote") from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise InputError("extra-missing", what=address, extra="remote") from error
    except Exception as error:
        raise InputError("address-unreadable", given=address, cause=error) from error
    return system, path
