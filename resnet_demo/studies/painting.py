"""Painting: parts of the view, or cells of a stage, are covered, and the network is run on what is left.

Strokes are laid one after the other, as a brush lays them. On the view they cover pixels before the network sees any;
on a stage they cover all channels of its cells, and everything behind it computes from what is left there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from resnet_demo.errors import InputError, WeightsCorrupt
from resnet_demo.maps.grad_cam import grad_cam
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation, require_stages
from resnet_demo.results import CELL_FILLS, COPY, FILLS, STAGES, Painted, Stroke
from resnet_demo.studies.faithfulness import blurred
from resnet_demo.studies.ledger import Edit, ledger
from resnet_demo.studies.lesions import outcome
from resnet_demo.weights.cards import Card

VIEW = "view"


def paint(
    network: ResNet,
    views: Tensor,
    target: int | None,
    card: Card,
    *,
    strokes: Sequence[Stroke] = (),
    contrast: int | None = None,
    k: int = 5,
    seed: int = 0,
) -> Painted:
    """The answer for the first of ``views`` (photos, 3, h, w) under ``strokes``, the others being what they may copy.

    ``target`` is the class that maps and ledger are for, None for the painted view's most probable one; ``contrast`` as
    for ``ledger``. ``seed`` draws the noise. Two forward passes and one backward. Raises ``InputError`` for a stroke on
    or with something else, or that copies a view that is not there, and ``WeightsCorrupt`` for logits that are not
    finite.
    """
    require_evaluation(network)
    for stroke in strokes:
        _require(stroke, len(views))
    with torch.inference_mode(False):
        x = views[:1].detach().clone()
        for stroke in strokes:
            if stroke.on == VIEW:
                x = torch.where(_mask(stroke, x), _paint(stroke, x, views, seed), x)
        edits = {stage: _edit([s for s in strokes if s.on == stage]) for stage in STAGES}
        with torch.enable_grad():
            stages, logits = _forward(network, x.requires_grad_(), edits)
            if not bool(torch.isfinite(logits).all()):
                raise WeightsCorrupt("logits-not-finite", weights=card.title)
            target = int(logits.argmax()) if target is None else target
            score = logits[target] if contrast is None else logits[target] - logits[contrast]
            gradients = torch.autograd.grad(score, list(stages.values()))
    cams = {
        stage: grad_cam(activation.detach(), gradient)[0].cpu().numpy()
        for (stage, activation), gradient in zip(stages.items(), gradients, strict=True)
    }
    return Painted(
        target=target,
        contrast=contrast,
        picture=_picture(x, card),
        outcome=outcome(logits.detach().float().cpu(), target, card, k),
        cams=cams,
        ledger=ledger(network, x, target, card, contrast=contrast, edits=edits),
    )


def covering(x: Tensor, fill: str, seed: int = 0) -> Tensor:
    """Views ``x`` (batch, 3, h, w) covered whole, with one of ``FILLS``; the noise is the same in all of them."""
    if fill == "grey":
        return torch.zeros_like(x)
    if fill == "blur":
        return blurred(x)
    noise = torch.randn(x.shape[1:], generator=torch.Generator().manual_seed(seed))
    return noise.to(x).expand_as(x)


def _require(stroke: Stroke, views: int) -> None:
    if stroke.on != VIEW:
        require_stages([stroke.on])
    accepted = (*FILLS, COPY) if stroke.on == VIEW else CELL_FILLS
    if stroke.fill not in accepted:
        raise InputError("choice-unknown", what="fill", given=stroke.fill, accepted=", ".join(accepted))
    if not 0 <= stroke.source < views:
        raise InputError("choice-unknown", what="source", given=stroke.source, accepted=f"0-{views - 1}")


def _mask(stroke: Stroke, grid: Tensor) -> Tensor:
    """Which places of ``grid`` (batch, channels, h, w) a stroke covers: bool (h, w)."""
    height, width = grid.shape[2:]
    points = torch.from_numpy(stroke.points).to(grid.device, torch.float32)
    down, across = (((torch.arange(side, device=grid.device) + 0.5) / side) for side in (height, width))
    away = (down[:, None, None] - points[:, 1]) ** 2 + (across[None, :, None] - points[:, 0]) ** 2
    covered = (away <= stroke.radius**2).any(dim=2)
    rows = (points[:, 1] * height).long().clamp(0, height - 1)
    columns = (points[:, 0] * width).long().clamp(0, width - 1)
    covered[rows, columns] = True
    return covered


def _paint(stroke: Stroke, x: Tensor, views: Tensor, seed: int) -> Tensor:
    """What a stroke shows where it covers the view."""
    if stroke.fill != COPY:
        return covering(x, stroke.fill, seed)
    shown = x if stroke.source == 0 else views[stroke.source : stroke.source + 1]
    across, down = (round(share * side) for share, side in zip(stroke.offset, x.shape[:1:-1], strict=True))
    # What lies beyond an edge is the edge's own colour.
    rows = (torch.arange(x.shape[2], device=x.device) + down).clamp(0, x.shape[2] - 1)
    columns = (torch.arange(x.shape[3], device=x.device) + across).clamp(0, x.shape[3] - 1)
    return shown[:, :, rows][:, :, :, columns]


def _edit(strokes: Sequence[Stroke]) -> Edit | None:
    """What strokes do to a stage's output: what they keep of it, and what they put there; None for none."""
    if not strokes:
        return None

    def edit(output: Tensor) -> tuple[Tensor, Tensor]:
        keep = torch.ones(output.shape[2:], dtype=output.dtype, device=output.device)
        put = torch.zeros_like(output)
        mean = output.detach().mean(dim=(2, 3), keepdim=True)
        for stroke in strokes:
            mask = _mask(stroke, output)
            keep = keep.masked_fill(mask, 0)
            put = torch.where(mask, mean if stroke.fill == "mean" else torch.zeros_like(mean), put)
        return keep, put

    return edit


def _forward(network: ResNet, x: Tensor, edits: Mapping[str, Edit | None]) -> tuple[dict[str, Tensor], Tensor]:
    """Each stage's output as it is painted, and the logits (classes) of it."""
    stages = {}
    for stage in STAGES:
        x = getattr(network, stage)(x)
        edit = edits[stage]
        if edit is not None:
            keep, put = edit(x)
            x = x * keep + put
        stages[stage] = x
    return stages, network.head(x)[0].float()


def _picture(x: Tensor, card: Card) -> np.ndarray:
    """A view as it looks: uint8 [h, w, 3]."""
    mean, std = (x.new_tensor(values)[:, None, None] for values in (card.transform.mean, card.transform.std))
    pixels = (x.detach()[0].float() * std + mean).clamp(0, 1) * 255
    return pixels.round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
