"""A download ends with the right file whole in its place, or with nothing and a cause that a person can act on."""

import hashlib
import socket

import pytest

from resnet_demo.errors import WeightsCorrupt, WeightsUnavailable
from resnet_demo.weights.download import RemoteFile
from tests.weights.download.published import BODY, NAME, SHA256, fetched, held, refused


def test_a_download_puts_the_whole_file_under_its_name_and_reports_every_byte(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    seen = []
    path = fetched(file, tmp_path / "new" / "folder", progress=seen.append)
    assert path == tmp_path / "new" / "folder" / NAME
    assert path.read_bytes() == BODY
    assert held(path.parent) == [NAME]
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert {(p.total, p.unit) for p in seen} == {(len(BODY), "bytes")}
    assert len(seen) >= 2
    assert seen[0].done < len(BODY) == seen[-1].done


def test_a_file_that_is_there_already_is_not_asked_for_again(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    fetched(file, tmp_path)
    fetched(file, tmp_path)
    assert mirror.requests == [f"/{NAME}"]


def test_a_damaged_file_in_its_place_is_replaced(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    (tmp_path / NAME).write_bytes(BODY[:1000])
    assert fetched(file, tmp_path).read_bytes() == BODY


def test_a_redirect_is_followed(mirror, file, tmp_path):
    mirror.redirect(f"/{NAME}", "/elsewhere")
    mirror.put("/elsewhere", BODY)
    assert fetched(file, tmp_path).read_bytes() == BODY


def test_an_answer_that_announces_no_length_is_taken_by_its_hash(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY, length=None)
    assert fetched(file, tmp_path).read_bytes() == BODY


def test_a_compressed_answer_is_unpacked(mirror, file, tmp_path):
    mirror.put_gzipped(f"/{NAME}", BODY)
    assert fetched(file, tmp_path).read_bytes() == BODY


def test_a_mirror_replaces_all_of_the_address_but_the_name():
    file = RemoteFile("https://example.org/models/a-12345678.pth", "12345678", 10)
    assert file.at("http://127.0.0.1:1/some/where/").url == "http://127.0.0.1:1/some/where/a-12345678.pth"
    assert file.at(None) is file


def test_a_file_that_the_server_does_not_have_is_reported_with_its_answer(file, tmp_path):
    with refused(WeightsUnavailable, "download-status", "404", "127.0.0.1"):
        fetched(file, tmp_path)
    assert held(tmp_path) == []


def test_a_cut_connection_leaves_nothing(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY[:400_000], length=len(BODY))
    with refused(WeightsUnavailable, "download-cut", "0.4 of 1 MB"):
        fetched(file, tmp_path)
    assert held(tmp_path) == []


def test_a_cut_connection_is_noticed_without_an_announced_length(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY[:400_000], length=None)
    with refused(WeightsUnavailable, "download-cut", "0.4 of 1 MB"):
        fetched(file, tmp_path)


def test_a_file_with_another_hash_is_not_kept(mirror, file, tmp_path):
    other = BODY[:-1] + bytes([BODY[-1] ^ 1])
    mirror.put(f"/{NAME}", other)
    with refused(WeightsCorrupt, "download-other-hash", hashlib.sha256(other).hexdigest()[:8], SHA256[:8]):
        fetched(file, tmp_path)
    assert held(tmp_path) == []


def test_a_file_of_another_size_is_refused_at_its_beginning(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY + BODY, sent=1000)
    with refused(WeightsCorrupt, "download-other-size", "it has 2 MB, not 1 MB"):
        fetched(file, tmp_path)  # the server holds the rest back, so only its beginning can have been read
    assert held(tmp_path) == []


def test_an_answer_without_end_is_given_up_when_it_is_longer_than_the_file(mirror, file, tmp_path):
    mirror.put_endless(f"/{NAME}", BODY[:100_000])
    with refused(WeightsCorrupt, "download-too-long", "longer than 1 MB"):
        fetched(file, tmp_path)
    assert held(tmp_path) == []


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><title>Log in</title>", b"\n  <HTML><body>Not found", b"<html>" * 1000]
)
def test_a_web_page_in_place_of_the_file_is_named_as_such(mirror, file, tmp_path, page):
    mirror.put(f"/{NAME}", page, content_type="text/html")
    with refused(WeightsUnavailable, "download-web-page", "web page"):
        fetched(file, tmp_path)


def test_a_pointer_of_git_lfs_in_place_of_the_file_is_named_as_such(mirror, file, tmp_path):
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize {len(BODY)}\n"
    mirror.put(f"/{NAME}", pointer.encode())
    with refused(WeightsCorrupt, "download-lfs-pointer", "Git LFS pointer"):
        fetched(file, tmp_path)


def test_a_server_that_redirects_in_a_circle_is_given_up(mirror, file, tmp_path):
    mirror.redirect(f"/{NAME}", f"/{NAME}")
    with refused(WeightsUnavailable, "download-redirects", "circle"):
        fetched(file, tmp_path)


def test_a_server_that_accepts_and_says_nothing_is_given_up_after_the_timeout(mirror, file, tmp_path):
    mirror.put_silence(f"/{NAME}")
    with refused(WeightsUnavailable, "download-timeout", "0.3 seconds"):
        fetched(file, tmp_path, timeout=0.3)
    assert mirror.hanging.is_set()
    assert held(tmp_path) == []


def test_a_server_that_falls_silent_halfway_is_given_up_after_the_timeout(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=500_000)
    with refused(WeightsUnavailable, "download-timeout", "0.3 seconds"):
        fetched(file, tmp_path, timeout=0.3)
    assert held(tmp_path) == []


def test_no_route_to_the_server_is_said(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = closed.getsockname()[1]
        with refused(WeightsUnavailable, "download-unreachable", f"127.0.0.1:{port}", "can't be reached"):
            fetched(RemoteFile(f"http://127.0.0.1:{port}/{NAME}", SHA256[:8], 10), tmp_path)


def test_a_name_that_nobody_knows_is_said_apart_from_a_server_that_is_down(monkeypatch, tmp_path):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with refused(WeightsUnavailable, "download-name", "weights.invalid", "online"):
        fetched(RemoteFile(f"https://weights.invalid/{NAME}", SHA256[:8], 10), tmp_path)


def test_a_failed_handshake_is_said_to_be_one(mirror, tmp_path):
    address = mirror.url.replace("http:", "https:")
    with refused(WeightsUnavailable, "download-tls", "no secure connection"):
        fetched(RemoteFile(f"{address}/{NAME}", SHA256[:8], 10), tmp_path)


@pytest.mark.parametrize("base", ["ftp://127.0.0.1", "127.0.0.1", "http://[::bad", "/folder"])
def test_an_address_that_is_none_is_named(base, tmp_path):
    with refused(WeightsUnavailable, "download-address", base):
        fetched(RemoteFile(f"http://127.0.0.1/{NAME}", SHA256[:8], 10).at(base), tmp_path)


def test_proxy_settings_that_make_no_sense_are_named(mirror, file, tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with refused(WeightsUnavailable, "download-proxy", "proxy"):
        fetched(file, tmp_path)
