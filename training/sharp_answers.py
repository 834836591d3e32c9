"""What a teacher of ImageNet's thousand classes answers for sharp photos: ``python -m training.sharp_answers --pool
DIR``.

The teacher is EfficientNet-Lite2 at its own 260 px (Tan and Le 2019 without squeeze-and-excitation; Apache-2.0; its
weights come as a Python package): on sharp photos it needs no fitting. Of 994 labelled photos of 13 of the 200 classes
it names 0.771 right among the 200, EfficientNet-Lite1 at 240 px 0.747. It runs in onnxruntime, in float32, twice as
fast as in PyTorch's bfloat16. ``answers.npy``, float16 (rows of the pool, 1,000), are its logits, NaN where it was not
asked; photos to choose by come first, then the central squares of what is trained on, so that a part of it can be used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from resnet_demo.errors import InputError
from training import sharp
from training.command import told
from training.teacher import efficientnet_lite

VIEWS = {1: 240, 2: 260}
"""Side in pixels at which each was trained."""

BATCH = 16
SAVE_EVERY = 100
"""Batches."""


def view(pixels: Tensor, size: int) -> Tensor:
    """uint8 (batch, 3, h, w) to what an EfficientNet-Lite sees: float32 (batch, 3, size, size), (x - 127) / 128."""
    resized = F.interpolate(pixels.float(), size=(size, size), mode="bilinear", antialias=True)
    return resized.sub_(127).div_(128).contiguous()


def in_onnxruntime(number: int, folder: Path, threads: int = 1) -> Callable[[Tensor], np.ndarray]:
    """The network as a graph in ``folder``, run by onnxruntime: views (batch, 3, s, s) to logits (batch, 1,000).

    The network's ``set_swish``, meant for export, is not called: it would put swish in the place of the Lite's ReLU6.
    Raises ``InputError`` where onnxruntime is missing.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError("training-packages-missing") from error
    file = folder / f"efficientnet-lite{number}.onnx"
    if not file.is_file():
        network = efficientnet_lite(number).to(memory_format=torch.contiguous_format)
        axes = {"view": {0: "photos"}, "logits": {0: "photos"}}
        example = torch.zeros(BATCH, 3, VIEWS[number], VIEWS[number])
        torch.onnx.export(
            network,
            (example,),
            str(file),
            input_names=["view"],
            output_names=["logits"],
            dynamic_axes=axes,
            dynamo=False,
            opset_version=13,
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options)
    return lambda views: session.run(None, {"view": views.numpy()})[0]


def order(pool: sharp.Pool, seed: int = 0) -> list[int]:
    """All rows, the most useful first: labelled and held ones, central squares, other crops; shuffled within each."""
    shuffled = np.random.default_rng(seed).permutation(len(pool.rows)).tolist()
    return sorted(shuffled, key=lambda row: 0 if not pool.rows[row].trained_on else 1 + pool.rows[row].crop)


def answer(pool: sharp.Pool, teacher: Callable[[Tensor], np.ndarray], size: int, file: Path, most: int) -> int:
    """Asks about up to ``most`` rows that have no answer in ``file`` yet; how many have one now."""
    shape = (len(pool.rows), 1_000)
    answers = np.load(file) if file.is_file() else np.full(shape, np.nan, np.float16)
    rows = [row for row in order(pool) if np.isnan(answers[row, 0])][:most]
    for number, at in enumerate(tqdm(range(0, len(rows), BATCH), unit_scale=BATCH, unit="photo", disable=None), 1):
        part = rows[at : at + BATCH]
        answers[part] = teacher(view(torch.from_numpy(pool.crops[part]), size))
        if number % SAVE_EVERY == 0:
            _save(answers, file)
    _save(answers, file)
    return int((~np.isnan(answers[:, 0])).sum())


def _save(answers: np.ndarray, file: Path) -> None:
    partial = file.with_suffix(".partial.npy")
    np.save(partial, answers)
    partial.replace(file)


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 answered, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.sharp_answers", description=__doc__.split(":")[0])
    p.add_argument("--pool", type=Path, required=True, help="folder of sharp photos")
    p.add_argument("--network", type=int, choices=tuple(VIEWS), default=2, help="EfficientNet-Lite (default: 2)")
    p.add_argument("--threads", type=int, default=1, help="several only where nothing else runs (default: 1)")
    p.add_argument("--most", type=int, default=sys.maxsize, help="crops to ask about now (default: all)")
    args = p.parse_args(arguments)
    pool = sharp.load(args.pool)
    teacher = in_onnxruntime(args.network, args.pool, args.threads)
    known = answer(pool, teacher, VIEWS[args.network], args.pool / "answers.npy", args.most)
    print(f"{known:,} of {len(pool.rows):,} crops have answers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
