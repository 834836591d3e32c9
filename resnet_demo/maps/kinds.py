"""Every kind of class activation map that one backward pass gives, from a stage's activations A and gradients G.

All are signed and unscaled; the papers' final ReLU is left to whoever draws them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def hires_cam(a: Tensor, g: Tensor) -> Tensor:
    """HiResCAM alone, signed (batch, h, w), of activations and gradients (batch, channels, h, w)."""
    return (a.float() * g.float()).sum(dim=1)


@dataclass(frozen=True, eq=False)
class Kinds:
    """``maps``: by kind, in the order of ``results.KINDS``, the map (batch, h, w); and (batch, channels) what they were
    made of: Grad-CAM's ``weights``, the mean of G over positions, ``totals``, the sum of A, and ``evidence``, that of
    A times G. All float32."""

    maps: dict[str, Tensor]
    weights: Tensor
    totals: Tensor
    evidence: Tensor


def every_kind(a: Tensor, g: Tensor) -> Kinds:
    """Every kind of map of activations and gradients (batch, channels, h, w), float32, best in channels-last memory.

    ``a`` is never negative, as after a ReLU. What several kinds need is computed once, and what is as large as ``a``
    is written where such a thing lay before, which a processor still has in its caches.
    """
    batch, channels, height, width = a.shape
    # A row a position, so that sums over positions and over channels are products with a matrix.
    a, g = (t.permute(0, 2, 3, 1).reshape(batch, height * width, channels) for t in (a, g))
    weights, totals = g.mean(dim=1), a.sum(dim=1)

    # HiResCAM, Draelos and Carin 2020, equation 2: each position by its own gradient.
    product = a * g
    hires = product.sum(dim=2)
    # XGrad-CAM, Fu et al. 2020, equation 7: the mean gradient, weighted by activation. A silent channel has none.
    evidence = product.sum(dim=1)
    x_grad = evidence / torch.where(totals == 0, torch.ones_like(totals), totals)
    # LayerCAM, Jiang et al. 2021, equations 3 to 5: each position has a weight of its own, its gradient where positive.
    # As A is never negative, that times A is the product where it is positive.
    layer = product.clamp_(min=0).sum(dim=2)

    # Grad-CAM++, Chattopadhay et al. 2018, equations 5 and 19, for the exponential of the score: a position's positive
    # gradient is weighed by alpha = g^2 / (2 g^2 + g^3 sum of A). Here g^2 is divided out beforehand. As A is never
    # negative the divisor is 2 or more and needs no epsilon; the usual 1e-6 exceeds the g^2 of most early cells.
    positive = g.clamp(min=0)
    divisor = torch.mul(positive, totals[:, None], out=product).add_(2)
    plus_plus = positive.div_(divisor).sum(dim=1)

    # Grad-CAM, Selvaraju et al. 2017, equation 2 without its ReLU, and the two others that weigh whole channels.
    grad, plus_plus, x_grad = (a @ torch.stack([weights, plus_plus, x_grad], dim=2)).permute(2, 0, 1)
    found = {"grad-cam": grad, "grad-cam++": plus_plus, "xgrad-cam": x_grad, "layercam": layer, "hirescam": hires}
    maps = {kind: m.reshape(batch, height, width) for kind, m in found.items()}
    return Kinds(maps, weights, totals, evidence)
