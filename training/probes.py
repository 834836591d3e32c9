"""Linear probes: what can be read off each stage's channels alone (Alain and Bengio 2016, "Understanding Intermediate
Layers Using Linear Classifier Probes"). ``python -m training.probes --data DIR --weights FILE``.

A probe is a linear layer from a stage's activation, averaged over positions, to the network's classes, trained while
the network stays as it is. The file beside the weights, ``<weights>-probes.safetensors``, has for every stage
``<stage>.weight`` int8 (classes, channels) with ``<stage>.weight.scale`` float32 (classes) and ``<stage>.bias``
float32 (classes): logits = (weight * scale) @ pooled + bias. Its metadata, texts all, has the ``weights_sha256`` of
the weights they are for, ``<stage>.top1`` and ``<stage>.top5`` on the validation photos, and ``measured_on``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.network.resnet import STAGES, ResNet
from resnet_demo.photos.preprocess import prepare
from resnet_demo.weights import checkpoints
from resnet_demo.weights.cards import Card, card_from_json, read_text
from training import storage
from training.data import Photos, load_split
from training.measure import top_k

DECAY = 1e-4
"""L2 penalty on a probe's weights, for features of unit variance."""

ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Probe:
    """``weight`` float32 (classes, channels) and ``bias`` float32 (classes), for pooled activations as they come."""

    weight: Tensor
    bias: Tensor

    def __call__(self, pooled: Tensor) -> Tensor:
        """Pooled activations (photos, channels) to logits (photos, classes)."""
        return F.linear(pooled, self.weight, self.bias)


def fit(pooled: Tensor, labels: Tensor, classes: int, decay: float = DECAY, rounds: int = ROUNDS) -> Probe:
    """Multinomial logistic regression of ``labels`` int64 (photos,) on ``pooled`` float32 (photos, channels).

    Deterministic: L-BFGS from zero on all photos at once, on features brought to mean 0 and variance 1; that is then
    folded into the weights.
    """
    mean, spread = pooled.mean(0), pooled.std(0, correction=0)
    spread = torch.where(spread > 0, spread, 1.0)
    x = (pooled - mean) / spread
    weight = torch.zeros(classes, pooled.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=rounds, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(F.linear(x, weight, bias), labels) + decay * weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    with torch.no_grad():
        scaled = weight / spread
        return Probe(scaled.detach(), (bias - scaled @ mean).detach())


@torch.inference_mode()
def pooled_stages(network: ResNet, card: Card, photos: Photos, batch: int = 50) -> Iterator[dict[str, Tensor]]:
    """For one batch after another: each stage's activation averaged over positions, float32 (batch, channels)."""
    for pixels in photos.pixels.split(batch):
        views = [prepare(photo.permute(1, 2, 0).contiguous().numpy(), card.transform).tensor for photo in pixels]
        x = torch.stack(views).contiguous(memory_format=torch.channels_last)
        yield {name: activation.mean((2, 3)) for name, activation in network.forward_stages(x).stages.items()}


def pool_all(network: ResNet, card: Card, photos: Photos, about: str) -> dict[str, Tensor]:
    """``pooled_stages`` of all photos together, with a progress bar."""
    parts = []
    with tqdm(total=len(photos), desc=about, unit="photo", disable=None) as bar:
        for part in pooled_stages(network, card, photos):
            parts.append(part)
            bar.update(len(part[STAGES[0]]))
    return {name: torch.cat([part[name] for part in parts]) for name in STAGES}


def make(data: Path, weights: Path, cache: Path, count: int, photo_size: int = 64) -> dict[str, dict[str, float]]:
    """Trains, measures and writes the probes of ``weights``; returns each stage's top-1 and top-5 (fractions)."""
    card = card_from_json(read_text(weights.with_suffix(".json")), weights.with_suffix(".json").name)
    network = checkpoints.load_network(weights, card.depth, len(card.classes)).to(memory_format=torch.channels_last)
    network.requires_grad_(False)
    training, validation = (load_split(data, split, cache, photo_size) for split in ("train", "val"))
    if training.classes != tuple(info.wnid or info.label for info in card.classes):
        raise InputError("training-other-classes", file=weights, folder=data)
    some = training.spread(count)
    seen = pool_all(network, card, some, "training photos")
    unseen = pool_all(network, card, validation, "validation photos")

    exact = {name: fit(seen[name], some.labels, len(card.classes)) for name in STAGES}
    stored = storage.in_8_bits(
        {f"{name}.{key}": value for name, probe in exact.items() for key, value in vars(probe).items()}
    )
    accuracy = {}
    for name in STAGES:
        weight = stored[f"{name}.weight"].float() * stored[f"{name}.weight.scale"][:, None]
        logits = Probe(weight, stored[f"{name}.bias"])(unseen[name])
        accuracy[name] = {f"top{k}": round(top_k(logits, validation.labels, k), 4) for k in (1, 5)}
    metadata = {f"{name}.{key}": str(value) for name, row in accuracy.items() for key, value in row.items()}
    metadata |= {
        "weights_sha256": card.sha256 or "",
        "measured_on": f"{len(validation):,} validation photos; trained on {len(some):,} training photos",
    }
    storage.write(stored, weights.with_name(weights.stem + "-probes.safetensors"), metadata)
    return accuracy


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.probes", description=__doc__.split(" (")[0])
    p.add_argument("--data", type=Path, required=True, help="the data the weights were trained on")
    p.add_argument(
        "--weights",
        type=Path,
        default=assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors",
        help="the file, its card beside it (default: %(default)s)",
    )
    p.add_argument(
        "--cache", type=Path, default=Path("runs/cache"), help="folder of decoded photos (default: %(default)s)"
    )
    p.add_argument(
        "--photos", type=int, default=20_000, help="training photos used, spread over all (default: %(default)s)"
    )
    args = p.parse_args(arguments)
    try:
        for name, row in make(args.data, args.weights, args.cache, args.photos).items():
            print(f"{name:8} top-1 {row['top1']:.4f}  top-5 {row['top5']:.4f}")
    except ResNetDemoError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
