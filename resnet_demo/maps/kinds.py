"""Every kind of class activation map that one backward pass gives, from a stage's activations A and gradients G.

All are signed and unscaled; the papers' final ReLU is left to whoever draws them.
"""

from __future__ import annotations

import torch
from torch import Tensor


def hires_cam(a: Tensor, g: Tensor) -> Tensor:
    """HiResCAM alone, signed (batch, h, w), of activations and gradients (batch, channels, h, w)."""
    return (a.float() * g.float()).sum(dim=1)


def every_kind(a: Tensor, g: Tensor, weights: Tensor, totals: Tensor) -> dict[str, Tensor]:
    """By kind, in the order of ``results.KINDS``: the map (batch, h, w), float32.

    ``a`` and ``g`` float32 (batch, channels, h, w), best in channels-last memory; ``a`` is never negative, as after a
    ReLU. ``weights`` (batch, channels) are Grad-CAM's, the mean of G over positions, and ``totals`` (batch, channels)
    the sum of A over positions. What several kinds need is computed once.
    """
    batch, channels, height, width = a.shape
    # A row a position, so that sums over positions and over channels are products with a matrix.
    a, g = (t.permute(0, 2, 3, 1).reshape(batch, height * width, channels) for t in (a, g))
    totals = totals[:, None]

    # Grad-CAM++, Chattopadhay et al. 2018, equations 5 and 19, for the exponential of the score: a position's positive
    # gradient is weighed by alpha = g^2 / (2 g^2 + g^3 sum of A). Here g^2 is divided out beforehand. As A is never
    # negative the divisor is 2 or more and needs no epsilon; the usual 1e-6 exceeds the g^2 of most early cells.
    positive = g.clamp(min=0)
    plus_plus = (positive / (2 + positive * totals)).sum(dim=1)

    # LayerCAM, Jiang et al. 2021, equations 3 to 5: each position has a weight of its own, its gradient where positive.
    layer = (positive * a).sum(dim=2)
    # HiResCAM, Draelos and Carin 2020, equation 2: each position by its own gradient.
    product = a * g
    hires = product.sum(dim=2)
    # XGrad-CAM, Fu et al. 2020, equation 7: the mean gradient, weighted by activation. A silent channel has none.
    silent = totals == 0
    x_grad = product.sum(dim=1) / torch.where(silent, torch.ones_like(totals), totals)[:, 0]

    # Grad-CAM, Selvaraju et al. 2017, equation 2 without its ReLU, and the two others that weigh whole channels.
    grad, plus_plus, x_grad = (a @ torch.stack([weights, plus_plus, x_grad], dim=2)).permute(2, 0, 1)
    found = {"grad-cam": grad, "grad-cam++": plus_plus, "xgrad-cam": x_grad, "layercam": layer, "hirescam": hires}
    return {kind: m.reshape(batch, height, width) for kind, m in found.items()}
