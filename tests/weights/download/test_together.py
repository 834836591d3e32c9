"""Downloads that are stopped, and several of the same file at once; what is checked, is checked once."""

import hashlib
import signal
import threading
from dataclasses import replace

import pytest

from resnet_demo.errors import Cancelled, WeightsCorrupt
from resnet_demo.weights import integrity
from resnet_demo.weights.download import remove_left
from tests.weights.download.published import BODY, NAME, SHA256, fetched, held, in_process, refused


def test_a_stopped_download_leaves_nothing(mirror, file, tmp_path):
    mirror.put(f"/{NAME}", BODY)
    seen = []
    with refused(Cancelled, "download-stopped"):
        fetched(file, tmp_path, progress=seen.append, stop=lambda: bool(seen))
    assert 0 < seen[-1].done < len(BODY)
    assert held(tmp_path) == []


def test_an_interrupted_download_leaves_nothing(mirror, file, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    mirror.put(f"/{NAME}", BODY)
    with pytest.raises(KeyboardInterrupt):
        fetched(file, tmp_path, progress=interrupt)
    assert held(tmp_path) == []


def test_who_waits_for_another_download_can_stop_waiting(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=1000)
    first = threading.Thread(target=fetched, args=(file, tmp_path))
    first.start()
    assert mirror.hanging.wait(10)
    with refused(Cancelled, "download-stopped"):
        fetched(file, tmp_path, stop=lambda: True)
    mirror.go_on.set()
    first.join(10)
    assert (tmp_path / NAME).read_bytes() == BODY
    assert mirror.requests == [f"/{NAME}"]


def test_of_two_processes_one_downloads_and_the_other_waits_and_uses_it(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=1000)
    first = in_process(file.url, tmp_path)
    assert mirror.hanging.wait(60)
    second = threading.Thread(target=fetched, args=(file, tmp_path))
    second.start()
    second.join(0.5)
    assert second.is_alive()
    mirror.go_on.set()
    second.join(20)
    assert first.wait(20) == 0
    assert mirror.requests == [f"/{NAME}"]
    assert (tmp_path / NAME).read_bytes() == BODY
    assert held(tmp_path) == [NAME]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_what_a_killed_download_left_is_swept_by_the_next_and_others_are_left_alone(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=300_000)
    killed = in_process(file.url, tmp_path)
    assert mirror.hanging.wait(60)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    (left,) = held(tmp_path)
    assert left.startswith(NAME)
    assert left.endswith(".part")

    other = tmp_path / "resnet34-00000000.pth.0a1b2c3d.part"
    other.write_bytes(b"of a download that goes on")
    mirror.put(f"/{NAME}", BODY)
    assert fetched(file, tmp_path).read_bytes() == BODY
    assert held(tmp_path) == [NAME, other.name]


def test_what_killed_downloads_left_goes_at_the_next_start_and_what_goes_on_stays(mirror, file, tmp_path):
    mirror.put_slow(f"/{NAME}", BODY, sent=300_000)
    goes_on = in_process(file.url, tmp_path)
    assert mirror.hanging.wait(60)
    (running,) = held(tmp_path)
    left, others = tmp_path / "resnet34-00000000.pth.0a1b2c3d.part", tmp_path / "somebody.else.part"
    left.write_bytes(b"of a process that is gone")
    others.write_bytes(b"")
    remove_left(tmp_path)
    remove_left(tmp_path / "not there")
    assert held(tmp_path) == sorted([running, others.name])
    mirror.go_on.set()
    assert goes_on.wait(20) == 0


def test_of_a_hash_of_eight_digits_the_whole_one_is_noted_and_holds_from_then_on(mirror, file, tmp_path):
    short = replace(file, sha256=SHA256[:8])
    mirror.put(f"/{NAME}", BODY)
    path = fetched(short, tmp_path)
    note = tmp_path / f"{NAME}.sha256"
    assert note.read_text() == f"{SHA256}  {NAME}\n"
    assert integrity.matches(path, SHA256[:8])
    note.write_text(f"{SHA256[:8]}{'0' * 56}  {NAME}\n")  # as if another file had come first that begins alike
    assert not integrity.matches(path, SHA256[:8])
    path.unlink()
    with refused(WeightsCorrupt, "download-other-hash", SHA256[:16], f"{SHA256[:8]}00000000"):
        fetched(short, tmp_path)
    assert held(tmp_path) == [note.name]


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
    path = fetched(file, tmp_path)
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert integrity.sha256_of(path) == SHA256
