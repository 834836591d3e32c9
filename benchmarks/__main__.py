"""The whole job against one plain forward of torchvision's model, and Captum beside it, in one process.

``python -m benchmarks [--depths 18 50] [--batches 1 8] [--rounds 7]``. What is compared runs in turn, A B C A B C, and
every call of the engine gets JPEGs of 500 x 375 pixels that it has not seen. Medians, with their range, are shares of
the plain forward's median. Weights are random: time does not depend on them. Before anything is timed the engine's
maps are compared with Captum's of torchvision's own model. Written to ``RESULTS.md`` and ``results.json``.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from captum.attr import LayerActivation, LayerGradCam
from PIL import Image
from safetensors.torch import save_file

from benchmarks.report import table, write_section
from resnet_demo import images
from resnet_demo.engine import Engine
from resnet_demo.preprocess import prepare
from resnet_demo.results import DEPTHS, Analysis, AnalysisRequest
from resnet_demo.settings import Settings

PLAIN = "plain forward (torchvision, NCHW, float32)"
LIBRARIES = ("torch", "torchvision", "captum", "numpy", "pillow")


def photos() -> Any:
    """JPEGs of 500 x 375 pixels without end, no two alike."""
    for seed in count():
        small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((500, 375), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        yield file.getvalue()


def random_weights(depth: int, folder: Path) -> torch.nn.Module:
    """torchvision's model, frozen, with the same weights in ``folder`` for the engine."""
    model = getattr(torchvision.models, f"resnet{depth}")(weights=None).eval().requires_grad_(False)
    save_file(model.state_dict(), folder / f"resnet{depth}.safetensors")
    return model


def stages(model: Any) -> dict[str, torch.nn.Module]:
    return {"stem": model.maxpool} | {f"layer{i}": getattr(model, f"layer{i}") for i in range(1, 5)}


def analysed(engine: Engine, depth: int, data: list[bytes]) -> list[Analysis]:
    answers = list(engine.analyze_many([AnalysisRequest(each, depth) for each in data], batch_size=len(data)))
    assert all(isinstance(answer, Analysis) for answer in answers), answers
    return answers  # type: ignore[return-value]


def furthest(engine: Engine, model: Any, depth: int, data: bytes) -> float:
    """How far the engine's maps lie from Captum's, as a share of each map's largest value; the worst stage's."""
    (answer,) = analysed(engine, depth, [data])
    x = tensor(engine, depth, [data])
    worst = 0.0
    for name, module in stages(model).items():
        theirs = LayerGradCam(model, module).attribute(x, answer.target.index)[0, 0].detach().numpy()
        worst = max(worst, float(np.abs(answer.stages[name].cam - theirs).max() / np.abs(theirs).max()))
    return worst


def tensor(engine: Engine, depth: int, data: list[bytes]) -> torch.Tensor:
    transform = engine.network(depth).card.transform
    return torch.stack([prepare(images.read_photo(each).pixels, transform).tensor for each in data]).contiguous()


def captum(model: Any, x: torch.Tensor) -> None:
    """One public explainer a stage, and the prediction and activations it does not give."""
    with torch.inference_mode():
        targets = model(x).argmax(1)
    targets = targets.clone()
    for module in stages(model).values():
        LayerGradCam(model, module).attribute(x, targets)
        LayerActivation(model, module).attribute(x)


def measure(depth: int, batch: int, rounds: int, engines: dict[str, Engine], model: Any, new: Any) -> dict[str, Any]:
    """Seconds of each thing compared, a list of ``rounds``."""
    take = lambda: [next(new) for _ in range(batch)]  # noqa: E731
    x = tensor(engines["float32"], depth, take())

    def plain(_: list[bytes]) -> None:
        with torch.inference_mode():
            model(x)

    work: dict[str, Callable[[list[bytes]], object]] = {PLAIN: plain}
    for precision, engine in engines.items():
        work[f"the whole job, {precision}"] = lambda data, engine=engine: analysed(engine, depth, data)
    work["decoding and preprocessing alone"] = lambda data: tensor(engines["float32"], depth, data)
    work["Captum, a LayerGradCam and LayerActivation a stage"] = lambda _: captum(model, x)
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for round_ in range(rounds + 1):
        for name, run in work.items():
            data = take()
            began = time.perf_counter()
            run(data)
            if round_:  # the first pays for memory and for choosing kernels
                seconds[name].append(time.perf_counter() - began)
    return seconds


def shares(seconds: dict[str, list[float]]) -> dict[str, str]:
    base = statistics.median(seconds[PLAIN])
    return {
        name: f"{statistics.median(each) / base:.2f} ({min(each) / base:.2f} to {max(each) / base:.2f})"
        for name, each in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", choices=DEPTHS, default=[18, 50])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rounds", type=int, default=7, help="default: %(default)s")
    options = parser.parse_args()
    new, found, apart = photos(), {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for depth in options.depths:
            model = random_weights(depth, Path(folder))
            settings = Settings(weights_dir=Path(folder))
            engines = {each: Engine("cpu", each, settings) for each in ("float32", "bfloat16")}
            apart[depth] = furthest(engines["float32"], model, depth, next(new))
            assert apart[depth] < 1e-3, f"ResNet-{depth}: maps {apart[depth]:.1e} from Captum's"
            for batch in options.batches:
                found[f"ResNet-{depth}, {batch}"] = measure(depth, batch, options.rounds, engines, model, new)
                print(f"ResNet-{depth}, {batch}:", shares(found[f"ResNet-{depth}, {batch}"]), flush=True)
    cells = {case: shares(seconds) for case, seconds in found.items()}
    rows = [[name, *(cells[case][name] for case in cells)] for name in next(iter(cells.values()))]
    milliseconds = [f"{1e3 * statistics.median(seconds[PLAIN]):.1f} ms" for seconds in found.values()]
    machine = f"{platform.machine()}, {torch.get_num_threads()} threads; Python {platform.python_version()}, "
    machine += ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    text = [
        f"`python -m benchmarks`. {machine}. {options.rounds} rounds in turn; median (least to most), a share of the",
        "plain forward's median. Random weights. Furthest map from Captum's, as a share of its largest value: "
        + ", ".join(f"ResNet-{depth} {far:.1e}" for depth, far in apart.items())
        + ".\n",
        table(["", *cells], [["plain forward, median", *milliseconds], *rows]),
    ]
    write_section("Speed", "\n".join(text))
    Path(__file__).with_name("results.json").write_text(json.dumps({"machine": machine, "seconds": found}, indent=1))


if __name__ == "__main__":
    main()
