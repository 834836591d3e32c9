"""The ledger: which part of the network wrote the answer.

A ResNet is a stream that every block adds to: h = ReLU(F(x) + shortcut(x)). Hold each ReLU behind an addition open or
shut as it was for this photo, and whatever entered the stream reaches the logit by shortcuts, projections, the pool and
the last layer, all of them linear by then. The logit is so exactly the sum of what the stem passes on, every block's
F(x), the biases of the projections and that of the last layer: "direct logit attribution" in the residual stream of
Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"; the "logit lens" reads the same stream.

An entry is a direct effect, what F wrote and the shortcuts carried on. Its total effect is what the logit loses when F
is bypassed (Veit et al. 2016; ``lesions.py``): the later blocks then read another input, write something else, and the
ReLUs open and shut elsewhere. The two differ by just that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_demo.errors import InputError, WeightsCorrupt
from resnet_demo.network.frozen.convolution import fold
from resnet_demo.network.resnet import Block, ResNet
from resnet_demo.network.units import blocks_of, require_evaluation, stage_of, unit_named
from resnet_demo.results import Contribution, Ledger
from resnet_demo.results.ledger import Part
from resnet_demo.studies.lesions import lesion_logits
from resnet_demo.studies.long_work import OnProgress, Stop
from resnet_demo.weights.cards import Card

Edit = Callable[[Tensor], tuple[Tensor, Tensor]]
"""What is done to a stage's output (1, channels, h, w): what it is multiplied with, and what is then added to it."""

Term = tuple[str, str, Part, Tensor, Tensor]
"""An entry's name, stage and part, what was written, and the stream (1, channels, h, w) as it was then."""


def ledger(
    network: ResNet,
    x: Tensor,
    target: int | None,
    card: Card,
    *,
    contrast: int | None = None,
    lesions: bool = False,
    edits: Mapping[str, Edit | None] | None = None,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Ledger:
    """The ledger of one view ``x`` (1, 3, h, w), at the cost of one forward and of the way back along the shortcuts.

    ``target`` is a class, None for the most probable one; with a ``contrast`` the ledger is that of how much its logit
    is above that class's. ``lesions`` adds the total effects, for about half a forward more a block. ``edits`` are made
    to the outputs of stages, and what they add is an entry of its own; lesions are those of the network as it is. The
    stream is kept in float32 whatever the network's precision, so that its entries add up. Raises ``WeightsCorrupt``
    for logits that are not finite, ``InputError`` for a class set against itself and ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    with torch.inference_mode(False), torch.enable_grad():
        logits, bias, terms = _stream(network, x.detach().clone(), edits or {})
        if not bool(torch.isfinite(logits).all()):
            raise WeightsCorrupt("logits-not-finite", weights=card.title)
        target = int(logits.argmax()) if target is None else target
        if target == contrast:
            raise InputError("contrast-same", label=card.classes[target].label)
        logit = _score(logits, target, contrast)
        gradients = torch.autograd.grad(logit, [place for *_, place in terms])
    totals: dict[str, float] = {}
    if lesions:
        clean, *without = lesion_logits(network, x, progress=progress, stop=stop)
        whole = _score(clean, target, contrast)
        totals = {
            name: float(whole - _score(cut, target, contrast))
            for name, cut in zip(blocks_of(network), without, strict=True)
        }
    contributions = [
        _contribution(name, stage, part, written.detach() * gradient, totals.get(name))
        for (name, stage, part, written, _), gradient in zip(terms, gradients, strict=True)
    ]
    contributions.append(_contribution("fc", "fc", "bias", _score(bias, target, contrast)[None, None, None, None]))
    return Ledger(target, contrast, float(logit.detach()), tuple(contributions))


def _stream(network: ResNet, x: Tensor, edits: Mapping[str, Edit | None]) -> tuple[Tensor, Tensor, list[Term]]:
    """Logits (classes), the last layer's bias (classes), and every term, with the graph from the stem to the logits in
    which only shortcuts, projections and the head stand: what each F wrote is constant."""
    with torch.no_grad():
        stream = network.stem(x).float()
    terms: list[Term] = [("stem", "stem", "stem", stream, stream.requires_grad_())]
    ends = {unit_named(network, stage): stage for stage in edits}

    def edited(unit: str, output: Tensor) -> Tensor:
        edit = edits.get(ends.get(unit, ""))
        if edit is None:
            return output
        keep, put = edit(output)
        left = output * keep + put.detach()
        terms.append((f"{ends[unit]}.paint", ends[unit], "paint", put.detach(), left))
        return left

    stream = edited("stem", stream)
    for name, block in blocks_of(network).items():
        with torch.no_grad():
            branch = block.branch(stream.to(x.dtype)).float()
        passed, bias = _passed(block, stream)
        total = branch + passed
        terms.append((name, stage_of(name), "branch", branch, total))
        if bias is not None:
            terms.append((f"{name}.downsample", stage_of(name), "projection", bias, total))
        stream = edited(name, torch.relu(total))
    pooled = torch.flatten(network.avgpool(stream), 1)
    bias = network.fc.bias.detach().float()
    return functional.linear(pooled, network.fc.weight.detach().float(), bias)[0], bias, terms


def _passed(block: Block, stream: Tensor) -> tuple[Tensor, Tensor | None]:
    """What passes beside F, and the part of it that is there whatever passes: a projection's bias (channels, 1, 1)."""
    if block.downsample is None:
        return stream, None
    convolution, norm = block.downsample.children()
    assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    weight, bias = fold(convolution, norm)
    return functional.conv2d(stream, weight, bias, stride=convolution.stride), bias[:, None, None]


def _score(logits: Tensor, target: int, contrast: int | None) -> Tensor:
    return logits[target] if contrast is None else logits[target] - logits[contrast]


def _contribution(name: str, stage: str, part: Part, products: Tensor, total: float | None = None) -> Contribution:
    """``products`` (1, channels, h, w) are what was written times what each of its numbers counts for."""
    counted = products.detach()[0].cpu().double()
    by_place = counted.sum(dim=0)
    by_channel = counted.sum(dim=(1, 2)).float().numpy() if part != "bias" else np.zeros(0, np.float32)
    return Contribution(name, stage, part, float(by_place.sum()), by_place.float().numpy(), by_channel, total)
