"""What is trained on sharp photos: a network with a second last layer, of ImageNet's thousand classes.

A sharp photo of no known class still has something to teach: what a teacher of a thousand classes says of it. The
second layer is there to hear that (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"; the same crop
for teacher and pupil as far as can be, and long schedules: Beyer et al. 2022, "Knowledge Distillation: A Good Teacher
Is Patient and Consistent").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_demo.network.resnet import STAGES, ResNet
from training.targets import SMOOTHING, targets

THOUSAND = 1_000


class Pupil(nn.Module):
    """``network`` and, on the same features, ``thousand``: a layer of ImageNet's classes."""

    def __init__(self, network: ResNet, thousand: nn.Linear | None = None) -> None:
        super().__init__()
        self.network = network
        self.thousand = thousand or nn.Linear(network.fc.in_features, THOUSAND)

    def features(self, x: Tensor) -> Tensor:
        """Normalised pictures (batch, 3, h, w) to layer4's channels averaged over positions, float32."""
        for name in STAGES:
            x = getattr(self.network, name)(x)
        return x.float().mean((2, 3))


@dataclass(frozen=True)
class Weights:
    """Of the parts of the loss, beside the labels' 1; ``teach`` is the start's share in the labels' answers."""

    sharp: float = 1.0
    thousand: float = 0.5
    features: float = 0.0
    teach: float = 0.0


def divergence(answers: Tensor, logits: Tensor) -> Tensor:
    """Mean over the batch of KL(answers || softmax(logits)), both (batch, classes), in nats."""
    known = answers.clamp_min(1e-9).log()
    return (answers * (known - logits.float().log_softmax(1))).sum(1).mean()


def losses(
    pupil: Pupil,
    features: Tensor,
    labels: Tensor,
    answers: Tensor,
    known: Tensor,
    weights: Weights,
    start: nn.Linear | None = None,
    start_features: Tensor | None = None,
    variance: Tensor | None = None,
) -> dict[str, Tensor]:
    """The parts of the loss of a mixed batch, weighted: their sum is what is made smaller.

    ``features`` float32 (batch, channels), the first half of labelled photos; ``labels`` int64 (batch / 2,) theirs;
    ``answers`` float32 (batch / 2, 1,000) the teacher's logits for the others, of which ``known`` int64 (classes,)
    are the network's own classes. Where the start teaches, ``start_features`` (batch, fewer channels) are what it sees
    in the same pictures, as far as the pupil's first channels are to be like it, in units of each one's ``variance``;
    ``start`` is its last layer.
    """
    half = len(labels)
    logits = pupil.network.fc(features)
    taught = start(start_features[:half]).softmax(1) if weights.teach and start and start_features is not None else None
    target = targets(labels, logits.shape[1], taught, weights.teach, SMOOTHING)
    parts = {
        "labels": F.cross_entropy(logits[:half].float(), target),
        "sharp": weights.sharp * divergence(answers[:, known].softmax(1), logits[half:]),
        "thousand": weights.thousand * divergence(answers.softmax(1), pupil.thousand(features[half:])),
    }
    if weights.features and start_features is not None and variance is not None:
        off = features[:, : start_features.shape[1]] - start_features
        parts["features"] = weights.features * (off.square() / variance).mean()
    return parts


def unlike(own: Tensor, theirs: Tensor) -> Tensor:
    """The mean over channels of the share of ``theirs``' variance that ``own``'s first channels miss: 0 where they are
    equal, 1 where they are no better than each channel's mean.

    Both float32 (batch, channels, h, w), ``own`` with as many channels or more. A channel that does not vary does not
    count.
    """
    missed = (own[:, : theirs.shape[1]] - theirs).square().mean((0, 2, 3))
    variance = theirs.var((0, 2, 3), correction=0)
    varies = variance > 0
    return (missed[varies] / variance[varies]).mean()


def freeze(pupil: Pupil, prefixes: Iterable[str]) -> None:
    """Leaves the network's parameters whose names begin so as they are."""
    begin = tuple(prefixes)
    for name, parameter in pupil.network.named_parameters():
        if begin and name.startswith(begin):
            parameter.requires_grad_(False)


def all_but(network: ResNet, added: Iterable[str]) -> tuple[str, ...]:
    """The beginnings of the parameters' names of everything but the ``added`` blocks, as ``layer3.6``, and ``fc``.

    Frozen, they leave a grown network whose other blocks are those of the one it was grown from, to the bit.
    """
    blocks = {f"{stage}.{number}" for stage in STAGES[1:] for number in range(len(getattr(network, stage)))}
    return ("conv1.", "bn1.", *(f"{block}." for block in sorted(blocks - {*added})))


def train_mode(pupil: Pupil, frozen_statistics: bool) -> None:
    """Into training; with ``frozen_statistics`` the batch norms go on normalising by what they know.

    A network that is trained on gently keeps the statistics of the photos it was trained on; those of small batches,
    half of them blurred, would be worse.
    """
    pupil.train()
    if frozen_statistics:
        for module in pupil.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


@torch.no_grad()
def branch_shares(network: ResNet, pictures: Tensor) -> dict[str, float]:
    """How much each block adds: the mean over ``pictures`` of |F(x)| / |shortcut(x)| (norms over all cells), by name.

    Blocks that strides or projections begin are told too.
    """
    shares = {}
    x = network.stem(pictures)
    for stage in STAGES[1:]:
        for number, block in enumerate(getattr(network, stage)):
            added, beside = (part.flatten(1).norm(dim=1) for part in (block.branch(x), block.shortcut(x)))
            shares[f"{stage}.{number}"] = (added / beside.clamp_min(1e-12)).mean().item()
            x = block(x)
    return shares
