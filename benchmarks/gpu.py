"""A graphics card, in at most six minutes and without a network: right, how fast, in how much memory, and for how long.

``python -m benchmarks gpu [--device cuda] [--small] [--out FOLDER]``. What is compared on the device runs in turn and
is timed by CUDA events, the device waited for. ``the whole job`` is the engine's answer for photos that are read
already, ``classify`` its labels; both against one plain eager forward of torchvision's model in float32, TF32 off.
Weights are random, as time does not depend on them, but where labels are compared: there they are the bundled ones of
the depths that have some. Parts that the time no longer allows are named and left out. ``--device cpu --small`` tries
the script itself.
"""

from __future__ import annotations

import importlib
import statistics
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision

from benchmarks.memory import megabytes
from benchmarks.report import NUMBERS, RESULTS, table, write_numbers, write_section
from benchmarks.subjects import photos, random_weights, share
from resnet_demo.engine.engine import Engine
from resnet_demo.results import DEPTHS, Analysis
from resnet_demo.settings import Settings

HALVES = ("float16", "bfloat16")
SECONDS = 330.0
"""After which no part begins: the last one ends within six minutes."""


@dataclass(frozen=True)
class Size:
    """How much is done: depths compared and timed, batches, photos, rounds, analyses in a row."""

    depths: tuple[int, ...] = DEPTHS
    timed: tuple[int, ...] = (18, 50, 152)
    batches: tuple[int, ...] = (1, 8, 32, 128)
    photos: int = 128
    compared: int = 32
    rounds: int = 10
    analyses: int = 500


SMALL = Size(depths=(18,), timed=(18,), batches=(1, 2), photos=3, compared=2, rounds=1, analyses=4)


@dataclass
class Bench:
    """What all parts share: the device, photos as files, engines by precision, and what was found."""

    device: str
    size: Size
    folder: Path
    began: float = field(default_factory=time.monotonic)
    found: dict[str, Any] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paths = [self.folder / f"{number:03}.jpg" for number in range(self.size.photos)]
        for path, data in zip(self.paths, photos(), strict=False):
            path.write_bytes(data)
        self.models = {depth: random_weights(depth, self.folder) for depth in self.size.depths}

    def engine(self, device: str, precision: str = "float32", views: int | None = None) -> Engine:
        """One that keeps ``views`` photos as networks see them, by default all."""
        kept = self.size.photos if views is None else views
        return Engine(device, precision, Settings(weights_dir=self.folder, view_cache=kept))

    def weights(self, depth: int, engine: Engine) -> str:
        """The bundled weights of a depth that has some here, else the random ones."""
        here = {choice.name for choice in engine.choices(depth) if choice.available}
        return "tiny-imagenet" if "tiny-imagenet" in here else "file"

    def timed(self, run: Callable[[], object]) -> float:
        """Seconds on the device's own clock where it has one."""
        if self.device == "cpu":
            began = time.perf_counter()
            run()
            return time.perf_counter() - began
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        start.record()
        run()
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) / 1e3

    def in_turn(self, work: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
        """Seconds of each, A B C A B C, after two rounds that choose kernels and take memory."""
        seconds: dict[str, list[float]] = {name: [] for name in work}
        for round_ in range(-2 if self.size.rounds > 1 else -1, self.size.rounds):
            for name, run in work.items():
                took = self.timed(run)
                if round_ >= 0:
                    seconds[name].append(took)
        return seconds

    def megabytes(self) -> float:
        """Held on the card; on the CPU by the process."""
        return megabytes("VmRSS") if self.device == "cpu" else torch.cuda.memory_allocated() / 1e6


def explained(engine: Engine, depth: int, paths: list[Path], batch: int, weights: str = "file") -> list[Analysis]:
    """The whole job. Raises ``RuntimeError`` where a photo has no answer."""
    found = list(engine.analyze_many(paths, depth=depth, weights=weights, batch_size=batch))
    if failed := [each for each in found if not isinstance(each, Analysis)]:
        raise RuntimeError(str(failed[0].error))
    return [each for each in found if isinstance(each, Analysis)]


def right(bench: Bench) -> None:
    """float32 against the CPU, and half precision against float32."""
    rows, found = [], {}
    paths = bench.paths[: bench.size.compared]
    few = paths[: max(2, len(paths) // 8)]
    engines = {name: bench.engine(bench.device, name) for name in ("float32", *HALVES)}
    cpu = bench.engine("cpu")
    for depth in bench.size.depths:
        weights = bench.weights(depth, cpu)
        single = explained(engines["float32"], depth, paths, 8, weights)
        expected = explained(cpu, depth, few, 8, weights)
        order = [
            [p.index for p in a.predictions] == [p.index for p in b.predictions] or _within(a, b)
            for a, b in zip(single, expected, strict=False)
        ]
        apart = max(
            float(np.abs(a.stages[stage].cam - maps.cam).max() / np.abs(maps.cam).max())
            for a, b in zip(single, expected, strict=False)
            for stage, maps in b.stages.items()
        )
        row = {"same order": sum(order) / len(order), "furthest map": apart}
        for name in HALVES:
            half = explained(engines[name], depth, paths, 8, weights)
            same = [a.predictions[0].index == b.predictions[0].index for a, b in zip(half, single, strict=True)]
            # Of a map for another class nothing is expected.
            pairs = [(a, b) for a, b, equal in zip(half, single, same, strict=True) if equal]
            correlations = [
                float(np.corrcoef(a.stages[stage].cam.ravel(), maps.cam.ravel())[0, 1])
                for a, b in pairs
                for stage, maps in b.stages.items()
            ]
            row |= {
                f"{name}, equal labels": sum(same) / len(same),
                f"{name}, correlation": min(correlations, default=0),
            }
        found[f"ResNet-{depth}, {weights}"] = row
        rows.append(
            [f"ResNet-{depth}, {'bundled' if weights != 'file' else 'random'} weights"]
            + [f"{100 * row['same order']:.0f} %", f"{row['furthest map']:.1e}"]
            + [
                text
                for name in HALVES
                for text in (f"{100 * row[f'{name}, equal labels']:.1f} %", f"{row[f'{name}, correlation']:.4f}")
            ]
        )
    head = ["", "labels in the CPU's order", "furthest map, of its peak"]
    head += [text for name in HALVES for text in (f"{name}: equal labels", "least correlation of a map")]
    bench.tables.append(table(head, rows))
    bench.found["right"] = found


def _within(a: Analysis, b: Analysis) -> bool:
    """Labels whose probabilities differ by less than 1e-4 may change places."""
    return all(abs(p.probability - q.probability) < 1e-4 for p, q in zip(a.predictions, b.predictions, strict=True))


def fast(bench: Bench) -> None:
    """The whole job and ``classify`` against one plain forward, and what each holds at its peak."""
    rows, found = [], {}
    engines = {name: bench.engine(bench.device, name) for name in ("float32", *HALVES)}
    for depth in bench.size.timed:
        model = bench.models[depth].to(bench.device)
        for batch in bench.size.batches:
            paths = bench.paths[:batch]
            views = [
                (path.name, engines["float32"].view(path, engines["float32"].network(depth)).prepared.view)
                for path in paths
            ]
            x = torch.rand(batch, 3, 224, 224, device=bench.device)
            work: dict[str, Callable[[], object]] = {"plain forward": lambda model=model, x=x: _forward(model, x)}
            for name, engine in engines.items():
                work[f"the whole job, {name}"] = lambda engine=engine, paths=paths, depth=depth, batch=batch: explained(
                    engine, depth, paths, batch
                )
                work[f"classify, {name}"] = lambda engine=engine, views=views, depth=depth: engine.classify_views(
                    views, depth=depth
                )
            seconds = bench.in_turn(work)
            base = seconds["plain forward"]
            peaks = {name: _peak(bench, run) for name, run in work.items()}
            found[f"ResNet-{depth}, {batch}"] = {"seconds": seconds, "peak": peaks}
            for name, took in seconds.items():
                rows.append(
                    [f"ResNet-{depth}, batch {batch}, {name}", f"{1e3 * statistics.median(took):.2f} ms"]
                    + [share(took, base), "" if peaks[name] is None else f"{peaks[name]:.0f} MB"]
                )
        bench.models[depth].to("cpu")
    bench.tables.append(table(["", "median", "in plain forwards (range)", "peak beyond what is loaded"], rows))
    bench.found["fast"] = found


def _forward(model: torch.nn.Module, x: torch.Tensor) -> None:
    with torch.inference_mode():
        model(x)


def _peak(bench: Bench, run: Callable[[], object]) -> float | None:
    """Megabytes on the card beyond what lies there already; not counted on the CPU."""
    if bench.device == "cpu":
        return None
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run()
    return (torch.cuda.max_memory_allocated() - before) / 1e6


def decoding(bench: Bench) -> None:
    """Photos a second from files, decoded on the host's cores; and the engine's part of a page's answer."""
    rows, found = [], {}
    batch = max(bench.size.batches) // 4 or 1
    for name in ("float32", "float16"):
        engine = bench.engine(bench.device, name, views=0)
        for depth in bench.size.timed:
            explained(engine, depth, bench.paths[:batch], batch)
            work: dict[str, Callable[[], object]] = {
                "explained": lambda engine=engine, depth=depth: explained(engine, depth, bench.paths, batch),
                "classified": lambda engine=engine, depth=depth: list(
                    engine.classify(bench.paths, depth=depth, weights="file", batch_size=batch)
                ),
            }
            for what, run in work.items():
                took = bench.timed(run)
                found[f"{what}, ResNet-{depth}, {name}"] = len(bench.paths) / took
                rows.append([f"{what} from files, ResNet-{depth}, {name}", f"{len(bench.paths) / took:.0f} a second"])
            one = [sum(explained(engine, depth, [path], 1)[0].timings.values()) for path in bench.paths[:20]]
            found[f"page, ResNet-{depth}, {name}"] = one
            rows.append([f"a page's answer, ResNet-{depth}, {name}", f"{1e3 * statistics.median(one):.1f} ms"])
    bench.tables.append(table(["", "median"], rows))
    bench.found["decoding"] = found


def together(bench: Bench) -> None:
    """Two visitors at once: how long each waits, and whether each gets the answer that they get alone."""
    engine, depth = bench.engine(bench.device), bench.size.timed[0]
    halves = bench.paths[::2][:20], bench.paths[1::2][:20]
    alone = [[_one(bench, engine, depth, path) for path in half] for half in halves]
    answers: list[list[tuple[float, Analysis]]] = [[], []]

    def visit(number: int) -> None:
        for path in halves[number]:
            answers[number].append(_one(bench, engine, depth, path))

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same = all(
        np.array_equal(a.stages["layer4"].cam, b.stages["layer4"].cam)
        for one, other in zip(alone, answers, strict=True)
        for (_, a), (_, b) in zip(one, other, strict=True)
    )
    waits = [[seconds for part in parts for seconds, _ in part] for parts in (alone, answers)]
    one, two = (1e3 * statistics.median(each) for each in waits)
    rows = [["one visitor", f"{one:.1f} ms"], ["two at once, each", f"{two:.1f} ms"]]
    rows.append(["the same answers to the bit", "yes" if same else "no"])
    bench.tables.append(table(["ResNet-" + str(depth), ""], rows))
    bench.found["together"] = {"alone": waits[0], "two": waits[1], "same": same}


def _one(bench: Bench, engine: Engine, depth: int, path: Path) -> tuple[float, Analysis]:
    began = time.perf_counter()
    (answer,) = explained(engine, depth, [path], 1)
    return time.perf_counter() - began, answer


def full(bench: Bench) -> None:
    """A batch that the memory does not hold is worked off in smaller ones. On a card alone."""
    if bench.device == "cpu":
        return
    engine, depth, batch = bench.engine(bench.device), bench.size.timed[-1], max(bench.size.batches)
    explained(engine, depth, bench.paths[:1], 1)
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    held = torch.cuda.memory_reserved()
    needed = _peak(bench, lambda: explained(engine, depth, bench.paths[:batch], batch)) or 0
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(min(1.0, (held + needed * 1e6 / 3) / total))
    try:
        answers = explained(engine, depth, bench.paths[:batch], batch)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    text = f"{len(answers)} of {batch} photos answered in a third of the {needed:.0f} MB that one batch takes"
    bench.tables.append(f"Out of memory, ResNet-{depth}: {text}.")
    bench.found["full"] = {"answers": len(answers), "of": batch, "needed": needed}


def steady(bench: Bench) -> None:
    """Many analyses in a row: what is held after a fifth of them and at the end."""
    engine, depth = bench.engine(bench.device, views=0), bench.size.timed[0]
    held = []
    for number in range(bench.size.analyses):
        explained(engine, depth, [bench.paths[number % len(bench.paths)]], 1)
        if number + 1 in (max(1, bench.size.analyses // 5), bench.size.analyses):
            held.append(bench.megabytes())
    grown = 100 * (held[-1] / held[0] - 1)
    bench.tables.append(
        f"{bench.size.analyses} analyses, ResNet-{depth}: {held[0]:.0f} MB held after a fifth of them, "
        f"{held[-1]:.0f} MB at the end ({grown:+.1f} %)."
    )
    bench.found["steady"] = {"held": held}


def beside(bench: Bench) -> None:
    """Captum a stage at a time, and pytorch-grad-cam, on torchvision's model; a peer that is not installed is named."""
    from benchmarks import peers

    depth, batch = bench.size.timed[0], min(8, max(bench.size.batches))
    model = bench.models[depth].to(bench.device)
    engine, paths = bench.engine(bench.device), bench.paths[:batch]
    x = torch.rand(batch, 3, 224, 224, device=bench.device)
    work: dict[str, Callable[[], object]] = {
        "plain forward": lambda: _forward(model, x),
        "the whole job, float32": lambda: explained(engine, depth, paths, batch),
        "Captum, a LayerGradCam and a LayerActivation a stage": lambda: peers.captum(model, x),
    }
    missing = []
    for name, package in (("pytorch-grad-cam, four stages", "pytorch_grad_cam"),):
        try:
            importlib.import_module(package)
        except ImportError:
            missing.append(name)
            continue
        grad_cam = peers.pytorch_grad_cam(model)
        work[name] = lambda grad_cam=grad_cam: grad_cam(x)
    seconds = bench.in_turn(work)
    model.to("cpu")
    rows = [[name, share(took, seconds["plain forward"])] for name, took in seconds.items()]
    rows += [[name, "not installed"] for name in missing]
    bench.tables.append(table([f"ResNet-{depth}, batch {batch}", "in plain forwards (range)"], rows))
    bench.found["beside"] = seconds


PARTS = (right, fast, decoding, together, full, steady, beside)


def name_of(device: str) -> str:
    return "CPU, to try the script" if device == "cpu" else torch.cuda.get_device_name()


def measured(bench: Bench, limit: float) -> Iterator[str]:
    """Do every part that the time allows; yields the names of those left out."""
    for part in PARTS:
        if time.monotonic() - bench.began > limit:
            yield part.__name__
            continue
        began, before = time.monotonic(), len(bench.tables)
        part(bench)
        print("\n\n".join(bench.tables[before:]), flush=True)
        print(f"{part.__name__}: {time.monotonic() - began:.0f} s\n", flush=True)


def main(options: Namespace) -> None:
    """Measure on ``--device``, print, and write the section ``GPU``. Raises ``SystemExit`` where there is no card."""
    if options.device != "cpu" and not torch.cuda.is_available():
        raise SystemExit("There is no graphics card here. --device cpu --small tries the script itself.")
    # float32 is to mean it: convolutions would be done in TF32 by default.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.device, SMALL if options.small else Size(), Path(folder))
        left = list(measured(bench, SECONDS))
    took = time.monotonic() - bench.began
    name = name_of(options.device)
    lines = [
        f"`python -m benchmarks gpu{' --device cpu' if options.device == 'cpu' else ''}"
        f"{' --small' if options.small else ''}`. {name}; torch {torch.__version__}, torchvision "
        f"{torchvision.__version__}. TF32 off; medians, in brackets the range; {took:.0f} s.",
        *([f"Not reached in time: {', '.join(left)}."] if left else []),
        *bench.tables,
    ]
    out = options.out
    write_section("GPU", "\n\n".join(lines), RESULTS if out is None else out / RESULTS.name)
    numbers = {"device": name, "seconds": took, "left out": left, **bench.found}
    write_numbers("gpu", numbers, NUMBERS if out is None else out / NUMBERS.name)
