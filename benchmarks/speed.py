"""The whole job against one plain forward of torchvision's model, and the peers beside it, in one process.

What is compared runs in turn, A B C A B C, and every call of the engine gets JPEGs of 500 x 375 pixels that it has not
seen. Medians, with their range, are shares of the plain forward's median. Weights are random: time does not depend on
them. Before anything is timed the engine's maps are compared with Captum's of torchvision's own model.
"""

from __future__ import annotations

import copy
import io
import json
import statistics
import tempfile
import zlib
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from captum.attr import LayerGradCam
from PIL import Image

from benchmarks import peers
from benchmarks.report import table, write_numbers, write_section
from benchmarks.subjects import analysed, in_turn, machine, photos, random_weights, share, stages, tensor
from resnet_demo.engine.engine import Engine
from resnet_demo.export.overlays import overlay, overlay_png
from resnet_demo.results import STAGES
from resnet_demo.results.json import to_json
from resnet_demo.settings import Settings

PLAIN = "plain forward (torchvision, NCHW, float32)"
NOTE = """Bounds: the whole job in float32 at most 2.0 at batch 1 and 1.9 at 8, in bfloat16 1.2 and 1.0; five overlays
and the JSON at most 0.25 of the whole job. That last one is out of reach: a photo holds five overlays of 448 x 448
pixels, the view and a preview, all in PNG, and compressing these seven pictures alone, in its row, costs a multiple
of it. Where the others are missed the convolutions stand in the way: nearly as many again go back as went forward.
Rows of peers begin at a tensor: decoding is not in them."""


def furthest(engine: Engine, model: Any, depth: int, data: bytes) -> float:
    """How far the engine's maps lie from Captum's, as a share of each map's largest value; the worst stage's."""
    (answer,) = analysed(engine, depth, [data])
    x = tensor(engine, depth, [data])
    worst = 0.0
    for name, module in stages(model).items():
        theirs = LayerGradCam(model, module).attribute(x, answer.target.index)[0, 0].detach().numpy()
        worst = max(worst, float(np.abs(answer.stages[name].cam - theirs).max() / np.abs(theirs).max()))
    return worst


def measure(depth: int, batch: int, rounds: int, engines: dict[str, Engine], model: Any, new: Any) -> dict[str, Any]:
    """Seconds of each thing compared, a list of ``rounds``."""
    single = engines["float32"]
    x = tensor(single, depth, [next(new) for _ in range(batch)])
    last = analysed(single, depth, [next(new) for _ in range(batch)])
    half = copy.deepcopy(model).bfloat16()
    with torch.inference_mode():
        frozen = torch.jit.freeze(torch.jit.trace(model, x))

    def forward(network: Any, given: torch.Tensor) -> Callable[[object], None]:
        def run(_: object) -> None:
            with torch.inference_mode():
                network(given)

        return run

    pictures = [
        Image.fromarray(pixels)
        for answer in last
        for pixels in (answer.view, answer.photo.preview, *(np.asarray(overlay(answer, stage)) for stage in STAGES))
    ]

    def compressed(_: object) -> None:
        for picture in pictures:
            picture.save(io.BytesIO(), "PNG", compress_type=zlib.Z_RLE)

    def taken_away(_: object) -> None:
        for answer in last:
            for stage in STAGES:
                overlay_png(answer, stage)
            json.dumps(to_json(answer))

    grad_cam, torchcam = peers.pytorch_grad_cam(model), peers.torchcam(model)
    work: dict[str, Callable[[Any], object]] = {
        PLAIN: forward(model, x),
        "plain forward, traced and frozen": forward(frozen, x),
        "plain forward, bfloat16": forward(half, x.bfloat16()),
    }
    for precision, engine in engines.items():
        work[f"the whole job, {precision}"] = lambda data, engine=engine: analysed(engine, depth, data)
    work["decoding and preprocessing alone"] = lambda data: tensor(single, depth, data)
    work["five overlays and the JSON, beyond the whole job"] = taken_away
    work["of that, the compression of its pictures"] = compressed
    work["torchcam, four stages, one pass, no activations"] = lambda _: torchcam(x)
    work["Captum, a LayerGradCam a stage, one LayerActivation"] = lambda _: peers.captum_without_graphs(model, x)
    work["Captum, a LayerGradCam and a LayerActivation a stage"] = lambda _: peers.captum(model, x)
    work["pytorch-grad-cam, four stages, no activations"] = lambda _: grad_cam(x)
    return in_turn(work, rounds, lambda: [next(new) for _ in range(batch)])


def main(options: Namespace) -> None:
    """Measure, print, and write the section ``Speed``."""
    new, found, apart = photos(), {}, {}
    for depth in (18, 50):
        with tempfile.TemporaryDirectory() as name:
            model = random_weights(depth, Path(name))
            settings = Settings(weights_dir=Path(name))
            engines = {each: Engine("cpu", each, settings) for each in ("float32", "bfloat16")}
            apart[depth] = furthest(engines["float32"], model, depth, next(new))
            assert apart[depth] < 1e-3, f"ResNet-{depth}: maps {apart[depth]:.1e} from Captum's"
            for batch in (1, 8):
                found[f"ResNet-{depth}, {batch}"] = measure(depth, batch, options.rounds, engines, model, new)
    cells = {
        case: {name: share(each, seconds[PLAIN]) for name, each in seconds.items()} for case, seconds in found.items()
    }
    rows = [[name, *(cells[case][name] for case in cells)] for name in next(iter(cells.values()))]
    milliseconds = [f"{1e3 * statistics.median(seconds[PLAIN]):.1f} ms" for seconds in found.values()]
    lines = [
        f"`python -m benchmarks speed --rounds {options.rounds}`. {machine()}.",
        "Rounds in turn; median (least to most), a share of the plain forward's median. Random weights. Furthest map "
        "from Captum's, as a share of its largest value: "
        + ", ".join(f"ResNet-{depth} {far:.1e}" for depth, far in apart.items())
        + ".",
        NOTE,
        "",
        table(["", *cells], [["plain forward, median", *milliseconds], *rows]),
    ]
    write_section("Speed", "\n".join(lines))
    write_numbers("speed", {"machine": machine(), "seconds": found})
