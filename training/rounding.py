"""Rounding that learns: each weight of a kernel is rounded so that what the layer answers changes least.

Rounding to nearest is best for each weight alone, not for their sum over what the layer sees (Nagel et al. 2020, "Up
or Down? Adaptive Rounding for Post-Training Quantization"). Here a kernel is rounded a column at a time (a column: one
input channel at one place of the kernel), and what that changes is made up for by the columns not yet rounded, by least
squares over the inputs seen (Frantar et al. 2022, "GPTQ", section 3, after Hassibi et al. 1993, "Optimal Brain
Surgeon"). Layers are rounded in order, each on the inputs that the rounded ones before give it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.storage import LEVELS, scales

DAMPING = 0.01
"""Added to the diagonal of the inputs' matrix, as a share of its mean: as if a little noise were seen as well."""

CELLS = 20_000
"""Places of the pictures whose inputs are taken, spread over all."""


@torch.no_grad()
def round_network(
    network: nn.Module, pictures: Tensor, cells: int = CELLS, on_layer: Callable[[str], object] = lambda name: None
) -> dict[str, Tensor]:
    """The rounded kernel of every layer of ``network``, by parameter name: float32, whole multiples of its scales.

    ``pictures`` float32 (photos, 3, h, w), normalised. The network, in evaluation mode, is left with these kernels.
    """
    found = {}
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            matrix = inputs_matrix(network, layer, pictures, cells)
            layer.weight.copy_(rounded(layer.weight.flatten(1), matrix).view_as(layer.weight))
            found[f"{name}.weight"] = layer.weight.detach().clone()
            on_layer(name)
    return found


def inputs_matrix(network: nn.Module, layer: nn.Conv2d | nn.Linear, pictures: Tensor, cells: int) -> Tensor:
    """Mean over the cells of the outer product of what ``layer`` multiplies its columns with, float64 (columns,
    columns)."""
    sums: list[Tensor] = []
    counts: list[int] = []
    per_batch = max(1, cells * 50 // len(pictures))

    def see(_module: nn.Module, args: tuple[Tensor, ...]) -> None:
        seen = args[0]
        if isinstance(layer, nn.Conv2d):
            patches = F.unfold(seen, layer.kernel_size, 1, layer.padding, layer.stride)  # type: ignore[arg-type]
            seen = patches.transpose(1, 2).flatten(0, 1)
        seen = seen[:: max(1, len(seen) // per_batch)].float()
        sums.append((seen.T @ seen).double())
        counts.append(len(seen))

    hook = layer.register_forward_pre_hook(see)
    try:
        for part in pictures.split(50):
            network(part)
    finally:
        hook.remove()
    return torch.stack(sums).sum(0) / sum(counts)


def rounded(kernel: Tensor, matrix: Tensor, block: int = 128) -> Tensor:
    """``kernel`` float32 (rows, columns) in whole multiples of each row's scale, for inputs of this ``matrix``."""
    scale = scales(kernel)[:, None].double()
    weights = kernel.double().clone()
    diagonal = matrix.diagonal().mean()
    if diagonal == 0:
        return (weights / scale).round().mul(scale).float()
    damped = matrix + torch.eye(len(matrix), dtype=torch.float64) * DAMPING * diagonal
    # Row i of this factor says how an error in column i is made up for by the columns after it.
    factor = torch.linalg.cholesky(torch.linalg.inv(damped), upper=True)
    found = torch.empty_like(weights)
    for start in range(0, weights.shape[1], block):
        end = min(start + block, weights.shape[1])
        errors = torch.empty(len(weights), end - start, dtype=torch.float64)
        for column in range(start, end):
            found[:, column] = (weights[:, column : column + 1] / scale).round().clamp(-LEVELS, LEVELS).mul(scale)[:, 0]
            error = (weights[:, column] - found[:, column]) / factor[column, column]
            weights[:, column:end] -= error[:, None] * factor[column, column:end]
            errors[:, column - start] = error
        weights[:, end:] -= errors @ factor[start:end, end:]
    return found.float()
