"""Downloads end with the right file whole in its place, or with nothing and a cause that a person can act on."""

import errno
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from resnet_demo import integrity
from resnet_demo.download import RemoteFile, fetch
from resnet_demo.errors import Cancelled, ResNetDemoError, WeightsCorrupt, WeightsUnavailable
from tests.mirror import Mirror

NAME = "resnet18-00000000.pth"
BODY = random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def mirror(monkeypatch):
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    server = Mirror()
    yield server
    server.close()


@pytest.fixture
def file(mirror):
    """The record of the file, as the mirror has it."""
    return RemoteFile(f"{mirror.url}/{NAME}", SHA256[:8], len(BODY))


def _fetch(file, folder, timeout=10.0, **more):
    return fetch(file, folder, timeout=timeout, **more)


def _held(folder):
    """What lies in the folder, apart from lock files, which stay so that two processes never lock different ones."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock") if folder.exists() else []


@contextmanager
def _refused(kind: type[ResNetDemoError], code: str, *words: str):
    """Whatever runs inside is refused with this type and code, its message having these words and the file's name."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.details["file"] == NAME
    for word in (NAME, *words):
        assert word in str(caught.value)


def _in_process(url, folder, *, sha256=SHA256[:8]):
    """The same download in a process of its own."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from resnet_demo.download import RemoteFile, fetch\n"
        "url, sha256, size, folder = sys.argv[1:]\n"
        "fetch(RemoteFile(url, sha256, int(size)), Path(folder), timeout=20.0)\n"
    )
    return subprocess.Popen([sys.executable, "-c", script, url, sha256, str(len(BODY)), str(folder)], cwd=ROOT)


# It arrives


def test_a_download_puts_the_whole_file_under_its_name_and_reports_every_byte(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    seen = []
    path = _fetch(file, tmp_path / "new" / "folder", progress=seen.append)
    assert path == tmp_path / "new" / "folder" / NAME
    assert path.read_bytes() == BODY
    assert _held(path.parent) == [NAME]
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert {(p.total, p.unit) for p in seen} == {(len(BODY), "bytes")}
    assert len(seen) >= 2
    assert seen[0].done < len(BODY) == seen[-1].done


def test_a_file_that_is_there_already_is_not_asked_for_again(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    _fetch(file, tmp_path)
    _fetch(file, tmp_path)
    assert mirror.requests == [f"/{NAME}"]


def test_a_damaged_file_in_its_place_is_replaced(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    (tmp_path / NAME).write_bytes(BODY[:1000])
    assert _fetch(file, tmp_path).read_bytes() == BODY


def test_a_redirect_is_followed(mirror, file, tmp_path):
    mirror.redirect(f"/{NAME}", "/elsewhere")
    mirror.put("/elsewhere", BODY)
    assert _fetch(file, tmp_path).read_bytes() == BODY


def test_an_answer_that_announces_no_length_is_taken_by_its_hash(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY, length=None)
    assert _fetch(file, tmp_path).read_bytes() == BODY


def test_a_compressed_answer_is_unpacked(mirror, file, tmp_path):
    mirror.put_gzipped(f"/{NAME}", BODY)
    assert _fetch(file, tmp_path).read_bytes() == BODY


def test_a_mirror_replaces_all_of_the_address_but_the_name():
    file = RemoteFile("https://example.org/models/a-12345678.pth", "12345678", 10)
    assert file.at("http://127.0.0.1:1/some/where/").url == "http://127.0.0.1:1/some/where/a-12345678.pth"
    assert file.at(None) is file


# It does not arrive


def test_a_file_that_the_server_does_not_have_is_reported_with_its_answer(file, tmp_path):
    with _refused(WeightsUnavailable, "download-status", "404", "127.0.0.1"):
        _fetch(file, tmp_path)
    assert _held(tmp_path) == []


def test_a_cut_connection_leaves_nothing(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY[:400_000], length=len(BODY))
    with _refused(WeightsUnavailable, "download-cut", "0.4 MB of 1.0 MB"):
        _fetch(file, tmp_path)
    assert _held(tmp_path) == []


def test_a_cut_connection_is_noticed_without_an_announced_length(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY[:400_000], length=None)
    with _refused(WeightsUnavailable, "download-cut", "0.4 MB of 1.0 MB"):
        _fetch(file, tmp_path)


def test_a_file_with_another_hash_is_not_kept(mirror, file, tmp_path):
    other = BODY[:-1] + bytes([BODY[-1] ^ 1])
    mirror.put(f"/{NAME}", other)
    with _refused(WeightsCorrupt, "download-other-file", hashlib.sha256(other).hexdigest()[:8], SHA256[:8]):
        _fetch(file, tmp_path)
    assert _held(tmp_path) == []


def test_a_file_of_another_size_is_refused_at_its_beginning(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY + BODY, sent=1000)
    with _refused(WeightsCorrupt, "download-other-file", "2,000,000 bytes", "1.0 MB"):
        _fetch(file, tmp_path)  # the server holds the rest back, so only its beginning can have been read
    assert _held(tmp_path) == []


def test_an_answer_without_end_is_given_up_when_it_is_longer_than_the_file(mirror, file, tmp_path):
    mirror.put_endless(f"/{NAME}", BODY[:100_000])
    with _refused(WeightsCorrupt, "download-other-file", "longer"):
        _fetch(file, tmp_path)
    assert _held(tmp_path) == []


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><title>Log in</title>", b"\n  <HTML><body>Not found", b"<html>" * 1000]
)
def test_a_web_page_in_place_of_the_file_is_named_as_such(mirror, file, tmp_path, page):
    mirror.put(f"/{NAME}", page, content_type="text/html")
    with _refused(WeightsUnavailable, "download-web-page", "web page"):
        _fetch(file, tmp_path)


def test_a_pointer_of_git_lfs_in_place_of_the_file_is_named_as_such(mirror, file, tmp_path):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize {len(BODY)}\n"
    mirror.put(f"/{NAME}", pointer.encode())
    with _refused(WeightsCorrupt, "download-other-file", "Git LFS pointer"):
        _fetch(file, tmp_path)


def test_a_server_that_redirects_in_a_circle_is_given_up(mirror, file, tmp_path):
    mirror.redirect(f"/{NAME}", f"/{NAME}")
    with _refused(WeightsUnavailable, "download-redirects", "circle"):
        _fetch(file, tmp_path)


def test_a_server_that_accepts_and_says_nothing_is_given_up_after_the_timeout(mirror, file, tmp_path):
    mirror.put_silence(f"/{NAME}")
    with _refused(WeightsUnavailable, "download-timeout", "0.3 seconds"):
        _fetch(file, tmp_path, timeout=0.3)
    assert mirror.hanging.is_set()
    assert _held(tmp_path) == []


def test_a_server_that_falls_silent_halfway_is_given_up_after_the_timeout(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=500_000)
    with _refused(WeightsUnavailable, "download-timeout", "0.3 seconds"):
        _fetch(file, tmp_path, timeout=0.3)
    assert _held(tmp_path) == []


def test_no_route_to_the_server_is_said(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = closed.getsockname()[1]
        with _refused(WeightsUnavailable, "download-unreachable", f"127.0.0.1:{port}", "can't be reached"):
            _fetch(RemoteFile(f"http://127.0.0.1:{port}/{NAME}", SHA256[:8], 10), tmp_path)


def test_a_name_that_nobody_knows_is_said_apart_from_a_server_that_is_down(monkeypatch, tmp_path):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with _refused(WeightsUnavailable, "download-name", "weights.invalid", "online"):
        _fetch(RemoteFile(f"https://weights.invalid/{NAME}", SHA256[:8], 10), tmp_path)


def test_a_failed_handshake_is_said_to_be_one(mirror, tmp_path):
    address = mirror.url.replace("http:", "https:")
    with _refused(WeightsUnavailable, "download-tls", "no secure connection"):
        _fetch(RemoteFile(f"{address}/{NAME}", SHA256[:8], 10), tmp_path)


@pytest.mark.parametrize("base", ["ftp://127.0.0.1", "127.0.0.1", "http://[::bad", "/folder"])
def test_an_address_that_is_none_is_named(base, tmp_path):
    with _refused(WeightsUnavailable, "download-address", base):
        _fetch(RemoteFile(f"http://127.0.0.1/{NAME}", SHA256[:8], 10).at(base), tmp_path)


def test_proxy_settings_that_make_no_sense_are_named(mirror, file, tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with _refused(WeightsUnavailable, "download-proxy", "proxy"):
        _fetch(file, tmp_path)


# It can't be written


@contextmanager
def _folder_of_others():
    """A folder that may be read and not written, for the superuser too, who is somebody else meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        somebody = os.geteuid()
        if somebody == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(somebody)
            folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Windows has no permissions of this kind")
def test_a_folder_that_may_not_be_written_is_named(mirror, file):
    mirror.put(f"/{NAME}", BODY)
    with _folder_of_others() as folder:
        for place in (folder, folder / "hub" / "checkpoints"):
            with _refused(WeightsUnavailable, "download-not-writable", str(place), "TORCH_HOME"):
                _fetch(file, place)
    assert mirror.requests == []


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Windows has no permissions of this kind")
def test_a_file_in_a_folder_that_may_not_be_written_is_used(mirror, file):
    with _folder_of_others() as folder:
        somebody = os.geteuid()
        os.seteuid(os.getuid())
        folder.chmod(0o755)
        (folder / NAME).write_bytes(BODY)
        folder.chmod(0o555)
        os.seteuid(somebody)
        assert _fetch(file, folder) == folder / NAME
    assert mirror.requests == []


def test_a_file_where_the_folder_should_be_is_said(file, tmp_path):
    (tmp_path / "hub").write_text("not a folder")
    with _refused(WeightsUnavailable, "download-not-writable", "TORCH_HOME"):
        _fetch(file, tmp_path / "hub" / "checkpoints")


def test_a_full_disk_is_named_and_nothing_stays(mirror, file, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    mirror.put(f"/{NAME}", BODY)
    monkeypatch.setattr(os, "fsync", full)  # where file systems that allocate late say so
    with _refused(WeightsUnavailable, "download-disk-full", "disk is full", str(tmp_path)):
        _fetch(file, tmp_path)
    assert _held(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits of this kind")
def test_a_system_that_takes_no_more_bytes_is_named_and_nothing_stays(mirror, file, tmp_path):
    import resource

    mirror.put(f"/{NAME}", BODY)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_001, hard))  # in the middle of a chunk
    try:
        with _refused(WeightsUnavailable, "download-not-writable", os.strerror(errno.EFBIG)):
            _fetch(file, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _held(tmp_path) == []


# It is stopped


def test_a_stopped_download_leaves_nothing(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    seen = []
    with _refused(Cancelled, "download-stopped"):
        _fetch(file, tmp_path, progress=seen.append, stop=lambda: bool(seen))
    assert 0 < seen[-1].done < len(BODY)
    assert _held(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(mirror, file, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    mirror.put(f"/{NAME}", BODY)
    with pytest.raises(KeyboardInterrupt):
        _fetch(file, tmp_path, progress=interrupt)
    assert _held(tmp_path) == []


def test_who_waits_for_another_download_can_stop_waiting(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=1000)
    first = threading.Thread(target=_fetch, args=(file, tmp_path))
    first.start()
    assert mirror.hanging.wait(10)
    with _refused(Cancelled, "download-stopped"):
        _fetch(file, tmp_path, stop=lambda: True)
    mirror.go_on.set()
    first.join(10)
    assert (tmp_path / NAME).read_bytes() == BODY
    assert mirror.requests == [f"/{NAME}"]


# Others fetch it too


def test_of_two_processes_one_downloads_and_the_other_waits_and_uses_it(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=1000)
    first = _in_process(file.url, tmp_path)
    assert mirror.hanging.wait(60)
    second = threading.Thread(target=_fetch, args=(file, tmp_path))
    second.start()
    second.join(0.5)
    assert second.is_alive()
    mirror.go_on.set()
    second.join(20)
    assert first.wait(20) == 0
    assert mirror.requests == [f"/{NAME}"]
    assert (tmp_path / NAME).read_bytes() == BODY
    assert _held(tmp_path) == [NAME]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_what_a_killed_download_left_is_swept_by_the_next_and_others_are_left_alone(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=300_000)
    killed = _in_process(file.url, tmp_path)
    assert mirror.hanging.wait(60)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    (left,) = _held(tmp_path)
    assert left.startswith(NAME)
    assert left.endswith(".part")

    other = tmp_path / "resnet34-00000000.pth.0a1b2c3d.part"
    other.write_bytes(b"of a download that goes on")
    mirror.put(f"/{NAME}", BODY)
    assert _fetch(file, tmp_path).read_bytes() == BODY
    assert _held(tmp_path) == [NAME, other.name]


# It is checked once, and again when it changes


def test_a_file_is_hashed_once_a_process_while_it_stays_as_it_is(tmp_path, monkeypatch):
    hashed = []
    digest = hashlib.file_digest

    def counted(*arguments):
        hashed.append(arguments)
        return digest(*arguments)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    path = tmp_path / "a.pth"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1: the SHA-256 of "abc".
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert integrity.matches(path, abc)
    assert integrity.matches(path, abc[:8])
    assert len(hashed) == 1
    path.write_bytes(b"abcd")
    assert not integrity.matches(path, abc)
    assert len(hashed) == 2
    assert not integrity.matches(tmp_path / "none.pth", abc)


def test_a_downloaded_file_is_not_hashed_a_second_time(mirror, file, tmp_path, monkeypatch):
    mirror.put(f"/{NAME}", BODY)
    path = _fetch(file, tmp_path)
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert integrity.sha256_of(path) == SHA256
