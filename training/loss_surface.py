"""The loss around a trained network for CIFAR-10: ``python -m training.loss_surface --data DIR --runs DIR NAME …``.

Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", sections 2 and 4: two random directions through the
weights, every filter's part of a direction as long as the filter itself; batch norms and biases stay as they are. Loss
is the mean cross-entropy of training photos from all over, as they are, in evaluation mode.

``--runs`` holds ``<NAME>.jsonl`` and ``<NAME>.safetensors``; ``<NAME>-surface.json`` is written beside them: ``loss``,
a row for each step along the first direction, a column for each along the second, from ``-reach`` to ``reach``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from resnet_demo.errors import ResNetDemoError
from resnet_demo.network.cifar import CifarNetwork
from resnet_demo.weights.training_runs import run_of_log, runs_dir, trained_network
from training.degradation import load_photos
from training.tiny_imagenet import in_bfloat16

PHOTOS = 1_000
STEPS = 15
REACH = 1.0
"""How far the surface goes along each direction: at 1 a filter is moved by its own length."""


def direction(network: CifarNetwork, seed: int) -> dict[str, Tensor]:
    """For every kernel and the last layer's rows, by name: normal numbers, each filter's as long as the filter is."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, weight in network.named_parameters():
        if weight.ndim > 1:
            drawn = torch.randn(weight.shape, generator=generator)
            lengths = [each.flatten(1).norm(dim=1) for each in (weight.detach(), drawn)]
            scale = lengths[0] / lengths[1].clamp_min(1e-12)
            found[name] = drawn * scale.view(-1, *[1] * (weight.ndim - 1))
    return found


@torch.inference_mode()
def surface(
    network: CifarNetwork,
    x: Tensor,
    labels: Tensor,
    *,
    steps: int = STEPS,
    reach: float = REACH,
    bfloat16: bool = False,
) -> Tensor:
    """float64 (steps, steps): the loss in nats of pictures ``x`` (n, 3, 32, 32) around ``network``, which is left as it
    was. The directions are drawn from seeds 0 and 1."""
    weights = {name: value.clone() for name, value in network.named_parameters() if value.ndim > 1}
    down, across = (direction(network, seed) for seed in (0, 1))
    places = torch.linspace(-reach, reach, steps).tolist()
    found = torch.zeros(steps, steps, dtype=torch.float64)
    parameters = dict(network.named_parameters())
    for row, a in enumerate(tqdm(places, unit="row", disable=None)):
        for column, b in enumerate(places):
            for name, value in weights.items():
                parameters[name].copy_(value + a * down[name] + b * across[name])
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = torch.cat([network(part).float() for part in x.split(250)])
            found[row, column] = F.cross_entropy(logits.double(), labels)
    for name, value in weights.items():
        parameters[name].copy_(value)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.loss_surface", description=__doc__.split(":")[0])
    p.add_argument("--data", type=Path, required=True, help="as for training.degradation")
    p.add_argument("--runs", type=Path, default=runs_dir(), help="folder of logs and weights (default: %(default)s)")
    p.add_argument("--cache", type=Path, default=Path("runs/cache"), help="folder of decoded photos")
    p.add_argument("--photos", type=int, default=PHOTOS, help="training photos (default: %(default)s)")
    p.add_argument("--steps", type=int, default=STEPS, help="along each direction (default: %(default)s)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32")
    p.add_argument("names", nargs="+", metavar="NAME", help="a run, as plain-56")
    args = p.parse_args(arguments)
    try:
        photos = load_photos(args.data, "train", args.cache).spread(args.photos)
        for name in args.names:
            run = run_of_log(name, (args.runs / f"{name}.jsonl").read_text(encoding="utf-8"))
            network, mean, spread = trained_network(run, args.runs)
            x = ((photos.pixels.float() - mean) / spread).contiguous(memory_format=torch.channels_last)
            network.to(memory_format=torch.channels_last)
            found = surface(network, x, photos.labels, steps=args.steps, bfloat16=in_bfloat16(args))
            told = {
                "reach": REACH,
                "photos": len(photos),
                "loss": [[round(v, 4) for v in row] for row in found.tolist()],
            }
            (args.runs / f"{name}-surface.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    except ResNetDemoError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
