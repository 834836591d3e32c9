"""Many users at once for a long while: is every answer still the one that the same call gets alone?

``python -m benchmarks.soak [--users 8] [--requests 2000 | --minutes M] [--hostile] [--record]``. A server is started
on the loopback with the bundled ResNet-18 and random networks of the other depths, small in their views and classes, so
that networks are also evicted and loaded anew. Every different call is first made alone, twice; then all users draw
calls at random, good photos and bad, through the API and the page's own way, and each answer is compared with the
first.

With ``--hostile`` as many requests follow while one more user tries to take the server from the others
(``soak_hostile.py``): the others' median is at most doubled then, and none of their answers is lost or another.

Printed are requests, failures by kind, latencies, the server's memory (start, after each quarter of the requests,
peak, end), and what is left over: hooks, graphs, files, results. ``--record`` writes all of it into ``RESULTS.md``.
Linux only: memory is the kernel's own count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save_file

from benchmarks.report import table, write_section
from benchmarks.soak_calls import Call, User, calls, differences
from benchmarks.soak_hostile import Attack, HostileProcess
from resnet_demo.network.resnet import resnet
from resnet_demo.weights.cards import Transform
from tests.randomised import randomise

DEPTHS = {18: 1.0, 34: 0.5, 50: 0.5, 101: 0.1, 152: 0.05}
"""How often each depth is asked for, against the others."""

CLASSES = 10
VIEW = Transform(72, 64, "bilinear", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
TEMP_AGE = 300
SWEEPS = TEMP_AGE / 10
"""Seconds between two sweeps at most: how much older than its age a file may grow."""

ROUNDS = 4
MOST_GROWTH = 0.05
"""Of resident memory from the end of the first round to that of the last."""

MOST_SLOWER = 2.0
"""How much longer the others' median may be while a hostile user is at work."""

MOST_MEGABYTES = 4000
"""Resident at the peak."""


class Server:
    """The server in a process of its own, and what the kernel and it say of it."""

    def __init__(self, folder: Path) -> None:
        settings = {"port": 0, "temp_dir": folder / "files", "weights_dir": folder / "weights", "temp_age": TEMP_AGE}
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RESNET_DEMO_", "GRADIO_"))}
        environment |= {f"RESNET_DEMO_{name.upper()}": str(value) for name, value in settings.items()}
        environment |= {"RESNET_DEMO_DOWNLOADS": "deny", "TORCH_HOME": str(folder)}
        # Users say where they are by a header, as a proxy in front would.
        environment |= {"RESNET_DEMO_TRUSTED_PROXIES": "127.0.0.1", "RESNET_DEMO_GRACE_SECONDS": "5"}
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.soak_server"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.url: str = self._line()["url"]

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server ended:\n{self.log.read_text()[-3000:]}")
        return json.loads(line)

    def state(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._line()

    def megabytes(self, field: str = "VmRSS") -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise ValueError(field)

    def close(self) -> int:
        """End it as a closed terminal would, and return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(60)


@dataclass
class Record:
    """What happened. ``seconds`` are by kind of call, ``failures`` by what was wrong."""

    total: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    memory: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        return sum(map(len, self.seconds.values()))


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def make_weights(folder: Path) -> None:
    """Random networks of all depths but 18, each with a card."""
    folder.mkdir()
    for depth in DEPTHS:
        if depth == 18:
            continue
        network = randomise(resnet(depth, CLASSES), seed=depth)
        file = folder / f"resnet{depth}.safetensors"
        save_file(network.state_dict(), file)
        file.with_suffix(".json").write_text(json.dumps({"transform": asdict(VIEW)}), encoding="utf-8")


def alone(server: Server, wanted: list[Call]) -> dict[Call, Any]:
    """The answer to each call while nobody else asks. Raises ``RuntimeError`` where a second one is not the same."""
    user, found = User(server.url, "alone"), {}
    for call in wanted:
        found[call] = user.ask(call)
        if problems := list(differences(found[call], user.ask(call))):
            raise RuntimeError(f"{call}, alone and alone again: {problems[0]}")
    user.close()
    return found


def soak(server: Server, expected: dict[Call, Any], users: int, record: Record, until: float) -> None:
    """The requests in four rounds, of all users at once, each one call after the other, or until the time is over.

    At the end of a round the users wait with their pages open while memory is counted, and then leave; those of the
    next round are new ones.
    """
    for number in range(ROUNDS):
        visiting = [User(server.url, f"user-{number}-{each}") for each in range(users)]
        taken = iter(range(record.total // ROUNDS))
        threads = [
            threading.Thread(target=_use, args=(user, expected, taken, record, until, number * users + each))
            for each, user in enumerate(visiting)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if time.monotonic() < until:
            record.memory[f"after {record.done:,}"] = settled(server, expected)
            print(record.memory, file=sys.stderr, flush=True)
        for user in visiting:
            user.leave()
        for user in visiting:
            user.close()


def _use(user: User, expected: dict[Call, Any], taken: Iterator[int], record: Record, until: float, seed: int) -> None:
    """Draw calls and compare their answers while there are requests to be ``taken``."""
    draw, wanted, weights = random.Random(seed), list(expected), [call.weight for call in expected]
    while time.monotonic() < until:
        with record.lock:
            if next(taken, None) is None:
                return
        (call,) = draw.choices(wanted, weights)
        began, problem = time.perf_counter(), None
        try:
            problem = next(differences(expected[call], user.ask(call)), None)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        with record.lock:
            record.seconds[call.kind].append(time.perf_counter() - began)
            if problem:
                record.failures[f"{call.kind}: {problem[:200]}"] += 1
                print(f"failure: {call}: {problem}", file=sys.stderr, flush=True)
            if record.done % 100 == 0:
                print(f"{record.done} done", file=sys.stderr, flush=True)


def settled(server: Server, expected: dict[Call, Any]) -> float:
    """Resident megabytes once one call of each depth has been made, deepest first: the networks that are kept differ by
    hundreds of megabytes, and so they are always the same."""
    user = User(server.url, "settled")
    for depth in sorted(DEPTHS, reverse=True):
        user.ask(next(call for call in expected if call.kind == "analyze" and call.arguments.get("depth") == depth))
    user.close()
    return server.megabytes()


def growth(record: Record) -> float | None:
    """How much more memory is taken after the last round than after the first, as a share; None where one is missing.

    Compared are the rounds' ends alone: before the first all sorts of things are taken once."""
    sizes = [size for when, size in record.memory.items() if when.startswith("after") and "alone" not in when]
    return sizes[-1] / sizes[0] - 1 if len(sizes) == ROUNDS else None


def beset(server: Server, expected: dict[Call, Any], users: int, record: Record, until: float) -> Attack:
    """As ``soak``, beside a hostile user. Returns what that one did."""
    attacker = HostileProcess(server.url)
    try:
        soak(server, expected, users, record, until)
    finally:
        attack = attacker.stop()
    return attack


def slower(quiet: Record, beset: Record) -> float:
    """How much longer the median call took while a hostile user was at work: of the kinds of call that were made in
    both, each weighed alike."""
    kinds = [kind for kind in quiet.seconds if beset.seconds.get(kind)]
    return float(np.mean([np.median(beset.seconds[kind]) / np.median(quiet.seconds[kind]) for kind in kinds]))


def report_beset(quiet: Record, beset: Record, minutes: float, attack: Attack) -> str:
    """What became of the honest users' calls beside the hostile one's, as Markdown."""
    lines = [
        f"{beset.done:,} more requests in {minutes:.1f} minutes while one more user attacked: the median is "
        f"{slower(quiet, beset):.2f} times as long; the bound is {MOST_SLOWER:g}.",
        "",
        f"- Failures: {sum(beset.failures.values())}"
        + "".join(f"\n  - {count} times {what}" for what, count in beset.failures.most_common()),
        "- What the attacker was answered: "
        + ", ".join(f"{what} {count}" for what, count in sorted(attack.outcomes.items())),
        f"- What it took to make their requests, on the same cores: {attack.seconds:.0f} s of processor time",
        "",
        _latencies(beset),
    ]
    grown = growth(beset)
    memory = [[when, f"{size:.0f} MB"] for when, size in beset.memory.items()]
    if grown is not None:
        memory.append(["the last quarter against the first", f"{grown:+.1%}"])
    return "\n".join([*lines, "", table(["Resident memory of the server meanwhile", ""], memory)])


def _latencies(record: Record) -> str:
    rows = [_row("all", [each for times in record.seconds.values() for each in times])]
    rows += [_row(kind, times) for kind, times in sorted(record.seconds.items())]
    return table(["Latency in seconds", "requests", "median", "90 %", "99 %", "longest"], rows)


def report(record: Record, users: int, minutes: float, left: dict[str, Any], log: str, code: int) -> str:
    """The whole record as Markdown."""
    memory = [[when, f"{size:.0f} MB"] for when, size in record.memory.items()]
    grown = growth(record)
    if grown is not None:
        memory.append([f"the last {record.total // ROUNDS} against the first", f"{grown:+.1%}"])
    files = left["files"]
    lines = [
        f"{record.done:,} requests from {users} users in {minutes:.1f} minutes, {len(DEPTHS)} depths, on "
        f"{os.cpu_count()} cores ({platform.machine()}); every answer compared with that to the same call made alone.",
        "",
        f"- Failures: {sum(record.failures.values())}"
        + "".join(f"\n  - {count} times {what}" for what, count in record.failures.most_common()),
        f"- Left over when the users had gone: {left['hooks']} hooks, {left['graphs']} tensors with a graph, "
        f"{left['visitors']} visitors, {left['results']} results, {left['waiting']} waiting",
        f"- Files: {len(files)}, the oldest {max(files, default=0):.0f} s of {TEMP_AGE} s that one may stay"
        f" ({sum(age > TEMP_AGE + SWEEPS for age in files)} older, with {SWEEPS:.0f} s between two sweeps)",
        f"- Tracebacks in the server's log: {log.count('Traceback')}; exit code of its end: {code}",
        f"- Networks in memory at the end, of all {len(DEPTHS)}: {', '.join(left['loaded'])}",
        "",
        _latencies(record),
        "",
        table(["Resident memory of the server", ""], memory),
    ]
    return "\n".join(lines)


def _row(kind: str, times: list[float]) -> list[str]:
    return [kind, str(len(times)), *(f"{np.percentile(times, p):.2f}" for p in (50, 90, 99, 100))]


def main() -> int:
    """Soak as the command line says. Returns 1 where anything failed or was left over, or memory grew too much."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.split(":")[0])
    parser.add_argument("--users", type=int, default=8, help="default: %(default)s")
    parser.add_argument("--requests", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end earlier than all requests")
    parser.add_argument("--hostile", action="store_true", help="then as many again beside a hostile user")
    parser.add_argument("--record", action="store_true", help="write the outcome into RESULTS.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        make_weights(folder / "weights")
        wanted = calls(folder / "photos", DEPTHS, CLASSES)
        with serving(folder) as server:
            record = Record(arguments.requests)
            record.memory["at the start"] = server.megabytes()
            expected = alone(server, wanted)
            record.memory[f"after {2 * len(wanted)} calls alone"] = server.megabytes()
            began = time.monotonic()
            soak(server, expected, arguments.users, record, began + 60 * arguments.minutes)
            minutes = (time.monotonic() - began) / 60
            attacked, attack, began = Record(arguments.requests), None, time.monotonic()
            if arguments.hostile:
                attack = beset(server, expected, arguments.users, attacked, began + 60 * arguments.minutes)
            attacked_minutes = (time.monotonic() - began) / 60
            record.memory["at the peak"] = server.megabytes("VmHWM")
            time.sleep(SWEEPS)
            left = server.state()
            record.memory["when the users had gone"] = server.megabytes()
            code = server.close()
            log = server.log.read_text(encoding="utf-8", errors="replace")
    text = report(record, arguments.users, minutes, left, log, code)
    if attack is not None:
        text += "\n\n### Beside a hostile user\n\n" + report_beset(record, attacked, attacked_minutes, attack)
    print(text)
    if arguments.record:
        hostile = " --hostile" * arguments.hostile
        write_section("Soak", f"`python -m benchmarks.soak --users {arguments.users}{hostile} --record`\n\n{text}")
    wrong = record.failures or attacked.failures or "Traceback" in log or code
    wrong = wrong or left["hooks"] or left["graphs"] or left["results"]
    wrong = wrong or any((growth(each) or 0.0) > MOST_GROWTH for each in (record, attacked))
    wrong = wrong or record.memory["at the peak"] > MOST_MEGABYTES
    return 1 if wrong or (arguments.hostile and slower(record, attacked) > MOST_SLOWER) else 0


if __name__ == "__main__":
    sys.exit(main())
