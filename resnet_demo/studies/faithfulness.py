"""Deletion and insertion: does the network rely on what a map points at?

Petsiuk, Das and Saenko 2018, "RISE", section 4.1. Pixels are taken in the order of the map, most important first, and
the class's probability is followed: as they are deleted from the view, and as they are inserted into a blurred one. A
map brought to the size of the view by bilinear interpolation orders the pixels, evidence against the class last.

Deleted pixels take the mean colour of the training data, zero for the network; the blur is a Gaussian of a twentieth of
the view's shorter side. An order is only as good as the orders beside it: each map is set against its own cells
shuffled, which deletes patches as large and as smooth (single random pixels would be noise, which breaks a network
faster than any patch), and against a Gaussian in the centre, as photographers put things there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.functional import gaussian_blur

from resnet_demo.labels.predictions import Probable, softmax
from resnet_demo.maps.grad_cam import StageGradCam, grad_cam
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation, require_stages
from resnet_demo.results import STAGES, Curve, Faithfulness, StageFaithfulness
from resnet_demo.studies.long_work import OnProgress, Stop, paced

BLUR = 1 / 20
"""The blur's standard deviation as a share of the view's shorter side."""


def deletion_and_insertion(
    network: ResNet,
    x: Tensor,
    target: int | None,
    *,
    stages: Sequence[str] = STAGES,
    untempered: Probable = softmax,
    steps: int = 8,
    shuffles: int = 10,
    seed: int = 0,
    batch_size: int = 16,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Faithfulness:
    """Both curves for the Grad-CAM of each of ``stages`` on one view ``x`` (1, 3, h, w), in ``steps`` equal steps.

    ``target`` is a class, None for the most probable one; ``untempered`` makes probabilities of logits at
    temperature 1: a fitted one would bend the curves, and bend those of each network by its own.
    ``seed`` draws the ``shuffles`` of each map, of which there are several as a few large cells fall well or badly by
    chance. Runs the network 2 (stages (1 + shuffles) + 1) (steps - 1) + 3 times, ``batch_size`` views at a time. Raises
    ``InputError`` for another stage, ``ValueError`` for fewer than one step or shuffle, ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    require_stages(stages)
    with torch.inference_mode(False):
        explained = None if target is None else torch.tensor([target], device=x.device)
        made = StageGradCam(network, stages).gather(x.detach().clone(), explained)
    return curves_of_maps(
        network,
        x,
        int(made.targets[0]),
        {name: grad_cam(made.activations[name], made.gradients[name])[0].cpu() for name in stages},
        untempered=untempered,
        steps=steps,
        shuffles=shuffles,
        seed=seed,
        batch_size=batch_size,
        progress=progress,
        stop=stop,
    )


def curves_of_maps(
    network: nn.Module,
    x: Tensor,
    target: int,
    maps: Mapping[str, Tensor],
    *,
    untempered: Probable = softmax,
    steps: int = 8,
    shuffles: int = 10,
    seed: int = 0,
    batch_size: int = 16,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Faithfulness:
    """As ``deletion_and_insertion``, for any ``maps`` [h, w] by name and any module from views to logits (batch,
    classes)."""
    if steps < 1 or shuffles < 1:
        raise ValueError(f"steps is {steps} and shuffles is {shuffles}; both are at least 1")
    size = x.shape[2:]
    generator = torch.Generator().manual_seed(seed)
    orders = {}
    for name, map in maps.items():
        orders[name, 0] = pixel_ranks(map, size)
        orders |= {(name, draw): pixel_ranks(_shuffled(map, generator), size) for draw in range(1, shuffles + 1)}
    orders["", 0] = pixel_ranks(_centred(size), size)
    counts = torch.linspace(0, size.numel(), steps + 1).round().to(torch.int64).tolist()
    tasks = [(order, kind, step) for order in orders for kind in ("deletion", "insertion") for step in range(1, steps)]
    blank, soft = torch.zeros_like(x), blurred(x)

    def view_of(order: tuple[str, int], kind: str, step: int) -> Tensor:
        taken = (orders[order] < counts[step]).to(x.device)
        return torch.where(taken, blank, x) if kind == "deletion" else torch.where(taken, x, soft)

    def probabilities(views: Sequence[Tensor]) -> np.ndarray:
        logits = network(torch.cat(list(views))).float()
        return untempered(logits)[:, target].cpu().numpy()

    with torch.inference_mode():
        whole, lost, start = probabilities([x, blank, soft])
        found: dict[tuple[tuple[str, int], str, int], float] = {}
        parts = [tasks[i : i + batch_size] for i in range(0, len(tasks), batch_size)]
        for part in paced(parts, "curves", "batches", progress, stop):
            found.update(zip(part, probabilities([view_of(*task) for task in part]), strict=True))

    shares = np.array(counts, np.float32) / size.numel()

    def curve(order: tuple[str, int]) -> Curve:
        inner = range(1, steps)
        deletion = np.array([whole, *(found[order, "deletion", step] for step in inner), lost], np.float32)
        insertion = np.array([start, *(found[order, "insertion", step] for step in inner), whole], np.float32)
        return Curve(
            deletion=deletion,
            insertion=insertion,
            deletion_area=float(np.trapezoid(deletion, shares)),
            insertion_area=float(np.trapezoid(insertion, shares)),
        )

    return Faithfulness(
        target=target,
        shares=shares,
        stages={
            name: StageFaithfulness(
                map=curve((name, 0)),
                shuffles=tuple(curve((name, draw)) for draw in range(1, shuffles + 1)),
                flat=bool(map.min() == map.max()),
            )
            for name, map in maps.items()
        },
        centre=curve(("", 0)),
        probability=float(whole),
        blurred_probability=float(start),
        blank_probability=float(lost),
        blur=_deviation(x),
    )


def pixel_ranks(map: Tensor, size: Sequence[int]) -> Tensor:
    """The place of each pixel in the order of a map [h, w], int64 of ``size``: 0 where it is largest.

    The map is brought to ``size`` (height, width) by bilinear interpolation; ties keep the reading order.
    """
    pixels = functional.interpolate(map[None, None].float(), tuple(size), mode="bilinear", align_corners=False)
    pixels = pixels.flatten()
    ranks = torch.empty(pixels.numel(), dtype=torch.int64)
    ranks[torch.argsort(pixels, descending=True, stable=True)] = torch.arange(pixels.numel())
    return ranks.reshape(tuple(size))


def _shuffled(map: Tensor, generator: torch.Generator) -> Tensor:
    return map.flatten()[torch.randperm(map.numel(), generator=generator)].reshape(map.shape)


def _centred(size: Sequence[int]) -> Tensor:
    """A Gaussian in the middle of the view, as wide as the view on each side: only its order is used."""
    down, right = (((torch.arange(side) + 0.5) / side - 0.5) ** 2 for side in size)
    return torch.exp(-(down[:, None] + right[None]) / 2)


def _deviation(x: Tensor) -> float:
    """The blur's standard deviation in pixels."""
    return max(min(x.shape[2:]) * BLUR, 0.1)


def blurred(x: Tensor) -> Tensor:
    """Views (batch, 3, h, w) as they look through the blur."""
    deviation = _deviation(x)
    reach = min(round(3 * deviation), min(x.shape[2:]) - 1)  # mirrored edges reach no further than the view
    return gaussian_blur(x.float(), [2 * reach + 1] * 2, [deviation] * 2).to(x.dtype)
