"""How well a network answers: accuracy, calibration, and the softmax's temperature."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resnet_demo.weights.cards import POSITIVE
from training.augment import whole
from training.data import Photos

BINS = 15


@torch.inference_mode()
def logits_of(network: nn.Module, photos: Photos, size: int, batch: int = 100) -> Tensor:
    """float32 (photos, classes): each photo whole, resized to ``size`` x ``size``."""
    return torch.cat([network(whole(part, size)).float() for part in photos.pixels.split(batch)])


def top_k(scores: Tensor, labels: Tensor, k: int) -> float:
    """Fraction of the rows of ``scores`` (rows, classes) whose label is among the k highest."""
    k = min(k, scores.shape[1])
    return (scores.topk(k, dim=1).indices == labels[:, None]).any(dim=1).double().mean().item()


def calibration_error(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> float:
    """Expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2).

    Answers are sorted by their confidence into bins of equal width; the mean over answers of |accuracy - confidence|
    of their bin, in 0..1.
    """
    confidence, answer = probabilities.max(dim=1)
    right = (answer == labels).double()
    bin_of = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    gap = torch.zeros(bins, dtype=torch.float64).index_add_(0, bin_of, right - confidence.double())
    return (gap.abs().sum() / len(labels)).item()


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The T with which softmax(logits / T) makes the labels most likely (Guo et al. 2017, section 4.2), of those that a
    card may have. Where every answer is wrong the best is infinite, and where every one is right it is nought."""
    logits = logits.double()
    log_t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_t], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(logits / log_t.exp(), labels)
        value.backward()
        return value

    optimizer.step(loss)
    # Likelihood has one peak: where that lies outside, the nearer end is best.
    least, most = POSITIVE
    return min(max(log_t.exp().item(), least), most)
