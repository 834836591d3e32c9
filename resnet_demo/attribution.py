"""Class activation maps of every stage from one forward and one backward pass, through Captum.

``StageGradCam`` gathers what all maps are made of: the logits, each stage's activations A (batch, channels, h, w) and
the gradient G of the class's score with respect to them, for all stages in one pass. The functions below it turn A and
G into maps. All maps are signed and unscaled, as in Captum; the papers' final ReLU is left to whoever draws them, since
a map without positive evidence is an answer too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from captum._utils.gradient import compute_layer_gradients_and_eval
from captum.attr import LayerGradCam
from torch import Tensor

from resnet_demo.model import ResNet
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
    """

    def __init__(self, network: ResNet, stages: Sequence[str] = STAGES) -> None:
        """``stages``: names from ``STAGES``, at least one, in any order. Raises ``KeyError`` for another name."""
        modules = network.stage_modules()
        self.stages = tuple(stages)
        super().__init__(network, [modules[name] for name in self.stages])

    def gather(self, x: Tensor, targets: Tensor | None = None, contrasts: Tensor | None = None) -> StagePass:
        """One forward and one backward pass of ``x`` (batch, 3, h, w), normalised as the network asks.

        ``targets`` int64 (batch): the class explained for each image, -1 for its most probable one; None for -1
        throughout. ``contrasts`` int64 (batch): a class whose logit is taken away from the target's, so that the maps
        show the evidence for the one rather than the other; -1 for no contrast.
        """
        logits: list[Tensor] = []
        chosen: list[Tensor] = []

        def score(x: Tensor) -> Tensor:
            """The logit of each image's class, less its contrast's: (batch,)."""
            y = self.forward_func(x).float()
            best = y.detach().argmax(1)
            target = best if targets is None else torch.where(targets < 0, best, targets)
            logits.append(y.detach())
            chosen.append(target)
            picked = y.gather(1, target[:, None])[:, 0]
            if contrasts is None:
                return picked
            against = y.gather(1, contrasts.clamp(min=0)[:, None])[:, 0]
            return picked - torch.where(contrasts < 0, torch.zeros_like(against), against)

        gradients, activations = compute_layer_gradients_and_eval(score, self.layer, x)
        return StagePass(
            logits=logits[0],
            targets=chosen[0],
            activations={name: a.detach() for name, (a,) in zip(self.stages, activations, strict=True)},
            gradients={name: g for name, (g,) in zip(self.stages, gradients, strict=True)},
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


def grad_cam_plus_plus(activations: Tensor, gradients: Tensor) -> Tensor:
    """Grad-CAM++ (batch, h, w): Chattopadhay et al. 2018, equations 5 and 19, for the exponential of the score.

    Each position's positive gradient is weighed by alpha = g^2 / (2 g^2 + g^3 sum of A), zero where g is.
    """
    a, g = activations.float(), gradients.float()
    g2 = g * g
    alpha = g2 / (2 * g2 + g2 * g * a.sum(dim=(2, 3), keepdim=True) + 1e-6)
    alpha = torch.where(g != 0, alpha, torch.zeros_like(alpha))
    return weighted_sum(a, (alpha * g.relu()).sum(dim=(2, 3)))


def xgrad_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """XGrad-CAM, signed (batch, h, w): Fu et al. 2020, "Axiom-based Grad-CAM", equation 7.

    A channel's weight is the mean of its gradient weighted by its activation; a silent channel has none.
    """
    a = activations.float()
    total = a.sum(dim=(2, 3))
    weights = (a * gradients).sum(dim=(2, 3)) / torch.where(total == 0, torch.ones_like(total), total)
    return weighted_sum(a, weights)


def layer_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """LayerCAM (batch, h, w), never negative after a ReLU: Jiang et al. 2021, "LayerCAM", equations 3 to 5.

    Each position has a weight of its own, its gradient where that is positive.
    """
    return (activations.float() * gradients.relu()).sum(dim=1)


def hires_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """HiResCAM, signed (batch, h, w): Draelos and Carin 2020, equation 2. Each position by its own gradient."""
    return (activations.float() * gradients).sum(dim=1)


MAPS = {
    "grad-cam": grad_cam,
    "grad-cam++": grad_cam_plus_plus,
    "xgrad-cam": xgrad_cam,
    "layercam": layer_cam,
    "hirescam": hires_cam,
}
"""Each kind by name, in the order of ``results.KINDS``: (A, G), each (batch, channels, h, w), to (batch, h, w)."""
