"""Fetching a published file, once, whole, and only if its hash is right.

``torch.hub.load_state_dict_from_url`` is not used: it has no timeout, prints to standard output, checks no length, and
never looks at the hash of a file it finds.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any

import httpx
from filelock import FileLock, Timeout

from resnet_demo.errors import Cancelled, WeightsCorrupt, WeightsUnavailable
from resnet_demo.results import Progress
from resnet_demo.weights import integrity
from resnet_demo.weights.integrity import is_lfs_pointer, is_web_page

_PART = re.compile(r"(.+)\.[0-9a-f]{8}\.part")
"""What a download is called before it is whole."""

REPORT_EVERY = 0.1  # seconds between reports of progress


def name_of(url: str) -> str:
    """The name of the file at an address."""
    return url.partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch: its address, its SHA-256 (or the first eight hex digits), its size, exact to one per cent."""

    url: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The file's name, which it keeps on this machine."""
        return name_of(self.url)

    @property
    def host(self) -> str:
        """Where it comes from, as people say it; a password in the address is left out."""
        return self.url.partition("://")[2].partition("/")[0].rpartition("@")[2] or self.url

    def at(self, base: str | None) -> RemoteFile:
        """The same file on a mirror: ``base`` replaces all of the address but the file's name."""
        return self if base is None else replace(self, url=f"{base.rstrip('/')}/{self.name}")

    def may_be(self, size: int) -> bool:
        """Whether a file of ``size`` bytes can be this one."""
        return abs(size - self.size_bytes) <= self.size_bytes // 100


def fetch(
    file: RemoteFile,
    folder: Path,
    *,
    timeout: float,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """``file`` in ``folder``, fetched unless it lies there already with the right hash. Returns its path.

    One process fetches a file at a time; another that wants it waits and uses it. ``timeout`` is in seconds, for
    connecting and then for each wait for the next byte. ``progress`` hears of the bytes received, ``stop`` is asked
    while waiting and as bytes arrive. The file appears under its name when it is complete and right; whatever ends the
    download, no part of it stays, and what a killed process left is removed by the next one.

    Raises ``WeightsUnavailable`` if it can't be fetched or written, ``WeightsCorrupt`` if what came is another file,
    ``Cancelled`` if ``stop`` said so.
    """
    target = folder / file.name
    with _writing(target):
        if integrity.matches(target, file.sha256):
            return target
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(target, stop):
        with _writing(target):
            for left in folder.glob(f"{glob.escape(file.name)}.*.part"):
                left.unlink()
            done = integrity.matches(target, file.sha256)
        if not done:
            _fetch(file, target, timeout, progress, stop)
    return target


def remove_left(folder: Path) -> None:
    """Remove what killed downloads left in ``folder``; those that go on, and what is nobody's download, stay."""
    for part in folder.glob("*.part"):
        name = _PART.fullmatch(part.name)
        if name is None:
            continue
        try:
            with FileLock(folder / f"{name[1]}.lock", timeout=0):
                part.unlink(missing_ok=True)
        except (Timeout, OSError):
            continue  # its process runs, or it is another user's


@contextmanager
def _alone(target: Path, stop: Callable[[], bool] | None) -> Iterator[None]:
    """Hold the lock of this download; the system lets go of it when a process ends, however it ends."""
    lock = FileLock(f"{target}.lock")
    with _writing(target):
        try:
            lock.acquire(poll_interval=0.1, cancel_check=stop)
        except Timeout as error:
            raise _stopped(target.name) from error
    try:
        yield
    finally:
        lock.release()


def _fetch(
    file: RemoteFile,
    target: Path,
    timeout: float,
    progress: Callable[[Progress], None] | None,
    stop: Callable[[], bool] | None,
) -> None:
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    digest, received, reported = hashlib.sha256(), 0, -REPORT_EVERY
    try:
        with _writing(target):
            out = part.open("xb", buffering=0)  # nothing is left to write, and to fail, when it is closed
        with out, closing(_chunks(file, timeout)) as chunks:
            for chunk, total in chunks:
                if stop is not None and stop():
                    raise _stopped(file.name)
                digest.update(chunk)
                received += len(chunk)
                with _writing(target):
                    _write_all(out, chunk)
                if progress is not None and time.monotonic() - reported >= REPORT_EVERY:
                    reported = time.monotonic()
                    progress(Progress("download", received, total, "bytes", {"file": file.name}))
            expected = integrity.expected(target, file.sha256)
            if not digest.hexdigest().startswith(expected):
                raise _other_file("download-other-hash", file, found=digest.hexdigest()[:16], expected=expected[:16])
            with _writing(target):
                os.fsync(out.fileno())
        with _writing(target):
            os.replace(part, target)
            integrity.remember(target, digest.hexdigest())
        integrity.note(target, file.sha256, digest.hexdigest())
    finally:
        part.unlink(missing_ok=True)
    if progress is not None:
        progress(Progress("download", received, received, "bytes", {"file": file.name}))


def _write_all(out: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:  # the system may take less than it is given
        left = left[out.write(left) :]


def _chunks(file: RemoteFile, timeout: float) -> Generator[tuple[bytes, int]]:
    """The file's bytes as they arrive, each with the length of the whole."""
    received = 0
    try:
        with (
            _client(file, timeout) as client,
            # A compressed answer's Content-Length would be that of other bytes than the file's.
            client.stream("GET", file.url, headers={"Accept-Encoding": "identity"}) as response,
        ):
            if response.status_code != 200:
                answer = f"{response.status_code} {response.reason_phrase}".strip()
                raise _unavailable("download-status", file, status=answer)
            length = _length(response)
            for chunk in response.iter_bytes():
                if received == 0:
                    _refuse_other_content(file, chunk, length)
                received += len(chunk)
                if received > file.size_bytes and not file.may_be(received):
                    raise _other_file("download-too-long", file)
                yield chunk, length or max(file.size_bytes, received)
            short = not file.may_be(received) and received < file.size_bytes if length is None else received < length
            if short:
                raise _cut(file, received)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(file, error, timeout, received) from error


def _client(file: RemoteFile, timeout: float) -> httpx.Client:
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True)
    except (ValueError, ImportError) as error:
        # httpx reads HTTPS_PROXY and its like when a client is made, and raises these for one it can't use.
        raise _unavailable("download-proxy", file, cause=error) from error


def _length(response: httpx.Response) -> int | None:
    """The announced number of bytes, where it is that of the file itself."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _refuse_other_content(file: RemoteFile, start: bytes, length: int | None) -> None:
    """Know a web page, a pointer or a file of another size by its beginning, before a long download."""
    if is_web_page(start):
        raise _unavailable("download-web-page", file)
    if is_lfs_pointer(start):
        raise _other_file("download-lfs-pointer", file)
    if length is not None and not file.may_be(length):
        raise _other_file("download-other-size", file, given_mb=_megabytes(length))


def _failed(file: RemoteFile, error: Exception, timeout: float, received: int) -> WeightsUnavailable:
    """What went wrong between here and the server, by the kind of error and what lies under it."""
    beneath = list(_chain(error))
    if isinstance(error, httpx.TimeoutException):
        return _unavailable("download-timeout", file, seconds=timeout)
    if isinstance(error, httpx.TooManyRedirects):
        return _unavailable("download-redirects", file)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return _unavailable("download-address", file, address=file.url)
    if isinstance(error, httpx.ProxyError):
        return _unavailable("download-proxy", file, cause=error)
    if any(isinstance(e, socket.gaierror) for e in beneath):
        return _unavailable("download-name", file)
    if any(isinstance(e, ssl.SSLError) for e in beneath):
        return _unavailable("download-tls", file, cause=error)
    if isinstance(error, httpx.ConnectError):
        return _unavailable("download-unreachable", file, cause=error)
    return _cut(file, received)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _cut(file: RemoteFile, received: int) -> WeightsUnavailable:
    return _unavailable("download-cut", file, received_mb=_megabytes(received))


def _unavailable(code: str, file: RemoteFile, **details: Any) -> WeightsUnavailable:
    return WeightsUnavailable(code, file=file.name, host=file.host, size_mb=_megabytes(file.size_bytes), **details)


def _other_file(code: str, file: RemoteFile, **details: Any) -> WeightsCorrupt:
    return WeightsCorrupt(code, file=file.name, host=file.host, size_mb=_megabytes(file.size_bytes), **details)


def _stopped(name: str) -> Cancelled:
    return Cancelled("download-stopped", file=name)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Say of a folder that can't be written, or a disk that is full, which it is and what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise WeightsUnavailable(
            "download-disk-full" if full else "download-not-writable",
            file=target.name,
            folder=shown(target.parent),
            cause=error.strerror or error,
        ) from error


def shown(path: Path) -> str:
    """A path as errors show it, the home folder as ~."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _megabytes(size: int) -> float:
    return round(size / 1e6, 1)
