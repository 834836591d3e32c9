"""Class activation maps of every stage from one forward and one backward pass, through Captum.

``StageGradCam`` gathers what all maps are made of: the logits, each stage's activations A (batch, channels, h, w) and
the gradient G of the class's score with respect to them, for all stages in one pass. ``grad_cam`` turns A and G into
the map, ``maps.py`` into maps of other kinds too. All are signed and unscaled, as in Captum; the papers' final ReLU is
left to whoever draws them, since a map without positive evidence is an answer too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from captum.attr import LayerGradCam
from torch import Tensor

from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.network.resnet import ResNet
from resnet_demo.results import STAGES


@dataclass(frozen=True, eq=False)
class StagePass:
    """One pass over a batch: ``logits`` float32 (batch, classes), the classes explained ``targets`` int64 (batch),
    and by stage the ``activations`` A and ``gradients`` G, both (batch, channels, h, w) in the network's precision."""

    logits: Tensor
    targets: Tensor
    activations: dict[str, Tensor]
    gradients: dict[str, Tensor]


class StageGradCam(LayerGradCam):
    """Captum's ``LayerGradCam`` for several stages of a ResNet at once, at the cost of one of them.

    Captum's public class explains one layer a pass, and needs to know the class before the pass. Here the score that
    is explained is chosen from the logits inside the pass, so that the most probable class needs no pass of its own.
    Where Captum hooks a layer and clones what it sees, the stages are called one after another and their outputs kept,
    with a graph that begins at the first stage asked for: the numbers are the same.
    """

    def __init__(self, network: ResNet | FrozenNetwork, stages: Sequence[str] = STAGES) -> None:
        """``stages``: names from ``STAGES``, at least one, in any order. Raises ``KeyError`` for another name."""
        modules = network.stage_modules()
        self.network = network
        self.stages = tuple(stages)
        super().__init__(network, [modules[name] for name in self.stages])

    def gather(self, x: Tensor, targets: Tensor | None = None, contrasts: Tensor | None = None) -> StagePass:
        """One forward and one backward pass of ``x`` (batch, 3, h, w), normalised as the network asks.

        ``targets`` int64 (batch): the class explained for each image, -1 for its most probable one; None for -1
        throughout. ``contrasts`` int64 (batch): a class whose logit is taken away from the target's, so that the maps
        show the evidence for the one rather than the other; -1 for no contrast.
        """
        kept: dict[str, Tensor] = {}
        with torch.enable_grad():
            for name in STAGES:
                x = getattr(self.network, name)(x)
                if name in self.stages:
                    kept[name] = x if x.requires_grad else x.requires_grad_()
            y = self.network.head(x).float()
            best = y.detach().argmax(1)
            chosen = best if targets is None else torch.where(targets < 0, best, targets)
            score = y.gather(1, chosen[:, None])[:, 0]
            if contrasts is not None:
                against = y.gather(1, contrasts.clamp(min=0)[:, None])[:, 0]
                score = score - torch.where(contrasts < 0, torch.zeros_like(against), against)
        gradients = torch.autograd.grad(score.sum(), list(kept.values()))
        return StagePass(
            logits=y.detach(),
            targets=chosen,
            activations={name: kept[name].detach() for name in self.stages},
            gradients=dict(zip(kept, gradients, strict=True)),
        )

    def attribute(
        self, inputs: Tensor, target: Tensor | None = None, contrast: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """The Grad-CAM map (batch, 1, h, w) of each stage, in the order asked for: Captum's result for each alone."""
        made = self.gather(inputs, target, contrast)
        return tuple(grad_cam(made.activations[name], made.gradients[name])[:, None] for name in self.stages)


def channel_weights(gradients: Tensor) -> Tensor:
    """Grad-CAM's weight of each channel, the mean of G over positions: (batch, channels, h, w) to (batch, channels).

    Selvaraju et al. 2017, "Grad-CAM", equation 1.
    """
    return gradients.mean(dim=(2, 3), dtype=torch.float32)


def weighted_sum(activations: Tensor, weights: Tensor) -> Tensor:
    """The sum over channels k of w_k A_k: (batch, channels, h, w) and (batch, channels) to (batch, h, w), float32."""
    return torch.einsum("bkhw,bk->bhw", activations.float(), weights)


def grad_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Grad-CAM, signed (batch, h, w): Selvaraju et al. 2017, equation 2 without its ReLU."""
    return weighted_sum(activations, channel_weights(gradients))
