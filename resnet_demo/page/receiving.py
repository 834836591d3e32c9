"""Photos arriving: the files of one multipart request, written to disk as they come, within the limits of each.

Gradio has a route of its own for this, which keeps in memory whatever is no file, takes a thousand files a request,
lays equal ones in one place, and remembers each for ever. This one takes its place (``server.py``), and answers alike.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from resnet_demo.errors import InputError
from resnet_demo.page.admission import Refused
from resnet_demo.page.attendance import address_in
from resnet_demo.page.errors import disk_trouble, said
from resnet_demo.page.uploads import Uploads

log = logging.getLogger(__name__)

FIELD = b"files"
"""The name of every part: a file each."""


@dataclass(frozen=True)
class Receiver:
    """An ASGI application that answers an upload with the list of the paths that its files lie at. ``most`` files a
    request, each of at most ``largest`` bytes."""

    uploads: Uploads
    most: int
    largest: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._take(Request(scope, receive))
        await response(scope, receive, send)

    async def _take(self, request: Request) -> Response:
        parts = _Parts(self)
        try:
            parser = parts.parser(request.headers.get("content-type", ""))
            async for chunk in request.stream():
                await asyncio.to_thread(parser.write, chunk)
            parser.finalize()
            await asyncio.to_thread(parts.keep, address_in(request.scope))
            return JSONResponse([str(path) for path in parts.whole])
        except Refused as refused:
            return _refused(refused.status, refused.error)
        except FormParserError:
            return _refused(400, InputError("upload-unreadable"))
        except ClientDisconnect:
            return _refused(400, InputError("request-broke-off"))
        except OSError as error:
            log.warning("An upload could not be stored: %s", error)
            return _refused(507, disk_trouble(error) or InputError("disk-unwritable"))
        finally:
            parts.close()


@dataclass
class _Parts:
    """The parts of one request. What is not ``kept`` in the end is removed again."""

    receiver: Receiver
    whole: list[Path] = field(default_factory=list)
    _begun: Path | None = None
    _file: BinaryIO | None = None
    _size: int = 0
    _header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _disposition: bytes = b""
    _ended: bool = False
    _kept: bool = False

    def parser(self, content_type: str) -> MultipartParser:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise Refused(400, InputError("upload-unreadable"))
        callbacks: Any = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self._end,
            "on_end": self._complete,
        }
        return MultipartParser(options[b"boundary"], callbacks)

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        name.clear()
        value.clear()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != FIELD or b"filename" not in options:
            raise Refused(400, InputError("upload-no-file"))
        if len(self.whole) >= self.receiver.most:
            raise Refused(413, InputError("upload-too-many", limit=self.receiver.most))
        self._begun = self.receiver.uploads.place(options[b"filename"].decode("utf-8", "replace"))
        self._file, self._size = self._begun.open("xb"), 0

    def _write(self, data: bytes, start: int, end: int) -> None:
        assert self._file is not None  # its head came before
        self._size += end - start
        if self._size > self.receiver.largest:
            raise Refused(413, InputError("upload-file-too-large", limit_mb=self.receiver.largest / 1e6))
        self._file.write(data[start:end])

    def _end(self) -> None:
        assert self._file is not None and self._begun is not None
        self._file.close()
        self.whole.append(self._begun)
        self._file = self._begun = None

    def _complete(self) -> None:
        self._ended = True

    def keep(self, address: str) -> None:
        """All of them have arrived. Raises ``Refused`` where the request ended before its last boundary."""
        if not self._ended:
            raise Refused(400, InputError("request-broke-off"))
        for path in self.whole:
            self.receiver.uploads.keep(path, address)
        self._kept = True

    def close(self) -> None:
        """Remove what was written of a request that was not taken whole."""
        if self._file is not None:
            with suppress(OSError):  # what was not written can't be written now either
                self._file.close()
        if self._begun is not None:
            self.receiver.uploads.discard(self._begun)
        if not self._kept:
            for path in self.whole:
                self.receiver.uploads.delete(str(path))
                self.receiver.uploads.discard(path)


def _refused(status: int, error: Exception) -> Response:
    return JSONResponse({"error": said(error)}, status_code=status)
