"""``classify --ray`` on a Ray of this machine: the same rows, a bad photo costing its own, an actor killed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest

from resnet_demo.errors import InputError
from resnet_demo.results.json import from_json
from tests.cli.conftest import EXAMPLES

ray = pytest.importorskip("ray")


@pytest.fixture
def cluster(monkeypatch):
    """A Ray of two CPUs, ended afterwards."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # as the rest of a machine that is busy with tests
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200_000_000)
    yield
    ray.shutdown()


def below(process: int) -> set[int]:
    """The processes that ``process`` started, and those that they did."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue  # it has ended
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def actors() -> list[int]:
    found = []
    for process in below(os.getpid()):
        try:
            if b"ray::" in (name := Path(f"/proc/{process}/cmdline").read_bytes()) and b"MapWorker" in name:
                found.append(process)
        except OSError:
            continue
    return found


def rows(path: Path) -> list[tuple[str, str, str, float]]:
    with path.open(newline="") as file:
        return [(r["file"], r["rank"], r["label"], float(r["probability"])) for r in csv.DictReader(file)]


def test_a_cluster_gives_the_same_rows_though_an_actor_is_killed(run, tmp_path, broken, endless, cluster):
    folder = tmp_path / "many"
    folder.mkdir()
    examples = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".png", ".webp", ".jpg"))
    for number in range(96):
        example = examples[number % len(examples)]
        (folder / f"{number:03}{example.suffix}").symlink_to(example)
    shutil.copy(broken, folder / "050-broken.png")
    shutil.copy(endless, folder / "051-endless.jpg")
    words = ["classify", folder, "--top-k", "2", "--batch-size", "8", "--out"]
    assert run(*words, tmp_path / "plain.csv").code == 1
    killed = threading.Event()

    def kill() -> None:
        while not killed.is_set():
            out = tmp_path / "ray.csv"
            if out.exists() and out.stat().st_size > 100 and (found := actors()):
                for process in found:
                    os.kill(process, signal.SIGKILL)
                killed.set()
            killed.wait(0.05)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    said = run(*words, tmp_path / "ray.csv", "--ray")
    assert killed.is_set(), "no actor was there to be killed"
    assert said.code == 1 and said.err.count("050-broken.png is not a photo") == 1
    assert f"{folder / '051-endless.jpg'}: The file lacks its end mark" in said.err and said.err.count("end mark") == 1
    plain, found = rows(tmp_path / "plain.csv"), rows(tmp_path / "ray.csv")
    assert [row[:3] for row in found] == [row[:3] for row in plain] and len(plain) == 194
    assert all(abs(a[3] - b[3]) <= 1e-4 for a, b in zip(found, plain, strict=True))
    (line,) = (tmp_path / "ray.csv.errors.jsonl").read_text().splitlines()
    failed = from_json(json.loads(line))
    assert failed.name == str(folder / "050-broken.png") and isinstance(failed.error, InputError)
