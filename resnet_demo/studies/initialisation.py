"""What depth does to a network before it has learnt anything: signal and gradient from unit to unit.

The networks are those of ``network/cifar.py``, fresh. Each batch norm keeps the signal alive, so the plain network's
gradients do not vanish (He et al. 2016, section 4.1, say as much of theirs). They grow instead, by the same factor
from unit to unit on the way back, and shortcuts end that (Yang et al. 2019, "A Mean Field Theory of Batch
Normalization").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_demo.errors import InputError
from resnet_demo.network.cifar import ARRANGEMENTS, SIDE, CifarNetwork
from resnet_demo.results import Initialisation, InitialSignal
from resnet_demo.studies.long_work import OnProgress, Stop, paced

DEEPEST = 398
"""Layers: 198 units. A pass through all arrangements takes seconds there."""

PICTURES = 8
"""Parts of the photo, which are the batch that batch norms take their statistics from."""


def signal_at_initialisation(
    x: Tensor,
    layers: int = 56,
    *,
    arrangements: Sequence[str] = ARRANGEMENTS,
    seed: int = 0,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Initialisation:
    """Fresh networks of ``layers`` = 6n + 2 on parts of one view ``x`` (1, 3, h, w), in training mode.

    ``PICTURES`` squares of the view, at 32 x 32 pixels, are the batch; the loss is the mean cross-entropy against
    classes drawn from ``seed``, as the parameters are. One forward and backward pass for each of ``arrangements``.
    Raises ``InputError`` for a depth or arrangement that there is not, and ``Cancelled`` when stopped.
    """
    if layers % 6 != 2 or not 8 <= layers <= DEEPEST:
        raise InputError("initialisation-depth", given=layers, deepest=DEEPEST)
    for name in arrangements:
        if name not in ARRANGEMENTS:
            raise InputError("arrangement-unknown", given=name, known=", ".join(ARRANGEMENTS))
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode(False), torch.enable_grad():
        pictures = squares(x.detach().float().clone(), generator)
        classes = torch.randint(10, (PICTURES,), generator=generator).to(x.device)
        found = []
        for name in paced(tuple(arrangements), "initialisation", "networks", progress, stop):
            network = CifarNetwork(layers, name, seed=seed).to(x.device).train()
            outputs = network.outputs(pictures)
            loss = F.cross_entropy(network.head(outputs[-1]), classes)
            gradients = torch.autograd.grad(loss, outputs)
            found.append(
                InitialSignal(
                    name,
                    torch.stack([out.detach().square().mean().sqrt() for out in outputs]).cpu().numpy(),
                    torch.stack([gradient.double().norm() for gradient in gradients]).cpu().numpy(),
                )
            )
    return Initialisation(layers, seed, tuple(found))


def squares(x: Tensor, generator: torch.Generator) -> Tensor:
    """``PICTURES`` squares of a view (1, 3, h, w), half its shorter side long or more, each at 32 x 32 pixels."""
    height, width = x.shape[2:]
    shorter = min(height, width)
    parts = []
    for size, down, right in torch.rand(PICTURES, 3, generator=generator).tolist():
        side = max(1, round(shorter * (0.5 + 0.5 * size)))
        top, left = round(down * (height - side)), round(right * (width - side))
        part = x[:, :, top : top + side, left : left + side]
        parts.append(F.interpolate(part, size=(SIDE, SIDE), mode="bilinear", antialias=True))
    return torch.cat(parts)
