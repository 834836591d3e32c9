"""What the users of ``benchmarks.soak`` ask for, and when two answers are the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from resnet_demo import from_json
from resnet_demo.assets import assets_dir
from resnet_demo.results import Analysis, Blocks, Classification, Failed, Prediction
from resnet_demo.results.comparison import Comparison
from tests.hostile.generate import cases

PROBABILITY = 1e-4
MAP = 1e-3


@dataclass(frozen=True, eq=False)
class Call:
    """One thing that a user asks for. ``weight`` is how often, among all."""

    kind: str
    photos: tuple[Path, ...]
    weight: float
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(photo.name for photo in self.photos)} {self.arguments or ''}".strip()


def calls(folder: Path, depths: dict[int, float], classes: int, seed: int = 0) -> list[Call]:
    """All different calls: the API's endpoints and the page's own way, on good photos and bad ones in ``folder``.

    ``depths`` says how often each depth is asked for; the networks but the first know ``classes`` classes by number.
    """
    draw = np.random.default_rng(seed)
    good, bad = photos(folder, draw)
    found = []
    for depth, weight in depths.items():
        labels: list[Any] = ["espresso", "goldfish", "German shepherd"] if depth == 18 else list(range(classes))
        for number, photo in enumerate(good):
            chosen: dict[str, Any] = {"depth": depth}
            if number % 3 == 1:
                chosen["target"] = str(labels[number % len(labels)])
            if number % 6 == 4:
                chosen["contrast"] = str(labels[(number + 1) % len(labels)])
            found.append(Call("analyze", (photo,), weight, chosen))
        several = tuple(draw.choice(np.array(good, dtype=object), 3, replace=False))
        found.append(Call("classify", (*several, bad[depth % len(bad)]), 2 * weight, {"depth": depth}))
        found.append(Call("page", (*several, bad[depth % len(bad)]), 3 * weight, {"depth": depth}))
    found += [Call("analyze", (photo,), 0.5, {"depth": 18}) for photo in bad]
    found.append(Call("analyze", (good[0],), 0.5, {"depth": 18, "target": "no such class"}))
    found.append(Call("analyze", (good[0],), 0.5, {"depth": 20}))
    found.append(Call("compare", (good[1],), 1.0, {"depths": "18,34"}))
    found.append(Call("blocks", (good[2],), 0.2, {"depth": 34}))
    return found


def photos(folder: Path, draw: np.random.Generator) -> tuple[list[Path], list[Path]]:
    """Good photos, the examples among them and hostile ones that must be read, and bad ones; all as files."""
    good = [p for p in sorted((assets_dir() / "examples").iterdir()) if p.suffix in (".png", ".jpg", ".webp")]
    for number, (width, height) in enumerate([(4000, 3000), (640, 480), (300, 900), (37, 61)]):
        small = draw.integers(0, 256, (9, 12, 3), dtype=np.uint8)
        good.append(folder / f"made-{number}.jpg")
        Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(good[-1], quality=85)
    bad: list[Path] = []
    taken: dict[str, set[str]] = {"picture": set(), "refused": set()}
    for case in cases():
        known = taken.get(case.expected)
        if known is None or case.family in known or len(known) == 8 or not case.data:
            continue  # of each family one, of both kinds eight; Gradio's client sends no empty file
        known.add(case.family)
        path = folder / f"{case.expected}-{len(known)}.jpg"
        path.write_bytes(case.data)
        (good if case.expected == "picture" else bad).append(path)
    return good, bad


class User:
    """Someone with an API client and a page of their own, open until ``close``, at an address of their own."""

    def __init__(self, url: str, name: str) -> None:
        self._headers = {"X-Forwarded-For": f"10.0.0.{sum(name.encode()) % 250}"}
        self.client = Client(url, verbose=False, headers=self._headers)
        self.http = httpx.Client(base_url=url, timeout=300, headers=self._headers)
        self.session, self._runs, self._closing = name, 0, threading.Event()
        self._run = next(
            each["id"]
            for each in self.http.get("/config").json()["dependencies"]
            if any(target[1] == "run" for target in each["targets"])
        )
        self._page = threading.Thread(target=self._stay, args=(url,), daemon=True)
        self._page.start()

    def _stay(self, url: str) -> None:
        heartbeat = f"{url}gradio_api/heartbeat/{self.session}"
        with httpx.stream("GET", heartbeat, timeout=None, headers=self._headers) as stream:
            for _ in stream.iter_bytes():
                if self._closing.is_set():
                    return

    def leave(self) -> None:
        """Close the page at its next sign of life, which comes every 15 seconds."""
        self._closing.set()

    def close(self) -> None:
        """Leave, and wait until the page and the client are closed."""
        self.leave()
        self._page.join(60)
        self.client.close()
        self.http.close()

    def ask(self, call: Call) -> Any:
        """The answer: a result, a list of results, or the sentence of a refusal."""
        if call.kind == "page":
            return self._ask_page(call)
        sent = [handle_file(str(photo)) for photo in call.photos]
        given = {"photos": sent} if call.kind == "classify" else {"photo": sent[0]}
        try:
            told = self.client.predict(**given, **call.arguments, api_name=f"/{call.kind}")
        except AppError as error:
            return str(error)
        return [from_json(each) for each in told] if isinstance(told, list) else from_json(told)

    def _ask_page(self, call: Call) -> list[Any]:
        """As the page does it: upload, run, fetch each answer by its id; here as the JSON that it offers to save."""
        uploads = [("files", (photo.name, photo.read_bytes())) for photo in call.photos]
        paths = self._good(self.http.post("/gradio_api/upload", files=uploads)).json()
        asked = [
            {"key": path, "name": photo.name, "path": path} for photo, path in zip(call.photos, paths, strict=True)
        ]
        self._runs += 1
        sent = {"run": self._runs, "weights": None, "photos": asked, **call.arguments}
        body = {"data": [sent], "fn_index": self._run, "session_hash": self.session}
        self._good(self.http.post("/gradio_api/queue/join", json=body))
        told = self._last_message()
        if told["error"]:
            raise RuntimeError(f"the run ended with {told['error']}")
        return [self._fetched(told["photos"][each["key"]]) for each in asked]

    def _last_message(self) -> dict[str, Any]:
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(f"the run failed: {message['output']}")
                    return message["output"]["data"][0]
        raise RuntimeError("the run ended without an answer")

    def _fetched(self, summary: dict[str, Any]) -> Any:
        if "id" not in summary:
            return summary["error"]["code"]
        return from_json(self._good(self.http.get(f"/ui/results/{summary['id']}/files/result.json")).json())

    @staticmethod
    def _good(answer: httpx.Response) -> httpx.Response:
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.request.url.path[:40]} answered {answer.status_code}: {answer.text[:200]}")
        return answer


def differences(expected: Any, given: Any) -> Iterator[str]:
    """In what two answers to the same call are not the same. Refusals are compared word by word."""
    if type(expected) is not type(given):
        yield f"{type(given).__name__} {given if isinstance(given, str) else ''} for {type(expected).__name__}"
    elif isinstance(expected, list):
        if len(expected) != len(given):
            yield f"{len(given)} answers for {len(expected)}"
        for one, other in zip(expected, given, strict=False):
            yield from differences(one, other)
    elif isinstance(expected, Failed):
        yield from differences(str(expected.error), str(given.error))
    elif isinstance(expected, Analysis):
        if any(getattr(expected, each) != getattr(given, each) for each in ("target", "contrast")):
            yield "another class"
        if expected.photo.name != given.photo.name:
            yield "another photo"
        yield from _labels(expected.predictions, given.predictions)
        for name, stage in expected.stages.items():
            limit, other = MAP * float(np.abs(stage.cam).max()), given.stages[name]
            if not np.allclose(other.cam, stage.cam, rtol=0, atol=limit):
                yield f"the map of {name} is {np.abs(other.cam - stage.cam).max() / np.abs(stage.cam).max():.1e} away"
    elif isinstance(expected, Classification):
        if expected.name != given.name:
            yield "another photo"
        yield from _labels(expected.predictions, given.predictions)
    elif isinstance(expected, Comparison):
        pairs = zip(expected.answers, given.answers, strict=True)
        yield from (each for one, other in pairs for each in differences(one.analysis, other.analysis))
    elif isinstance(expected, Blocks):
        for one, other in zip(_probabilities(expected), _probabilities(given), strict=True):
            if one != other and (one is None or other is None or abs(one - other) > PROBABILITY):
                yield f"the probability after a lesion is {other}, not {one}"
    elif expected != given:
        yield f"{given!r} for {expected!r}"


def _labels(expected: tuple[Prediction, ...], given: tuple[Prediction, ...]) -> Iterator[str]:
    """The order may differ between labels whose probabilities are closer than the tolerance."""
    known = {each.index: each.probability for each in given}
    for place, each in enumerate(expected):
        if abs(known.get(each.index, given[-1].probability) - each.probability) > PROBABILITY:
            yield f"{each.label} has probability {known.get(each.index)}, not {each.probability}"
        other = given[place]
        if other.index != each.index and abs(other.probability - each.probability) > PROBABILITY:
            yield f"label {place + 1} is {other.label}, not {each.label}"


def _probabilities(study: Blocks) -> list[float | None]:
    return [each.after.probability for board in study.lesions for each in board.lesions]
