"""Class activation maps of every stage from one forward and one backward pass, through Captum.

``StageGradCam`` gathers what all maps are made of: the logits, each stage's activations A (batch, channels, h, w) and
the gradient G of the class's score with respect to them, for all stages in one pass. ``grad_cam`` turns A and G into
the map, ``kinds.py`` into maps of other kinds too. All are signed and unscaled, as in Captum; the papers' final ReLU is
left to whoever draws them, since a map without positive evidence is an answer too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from captum._utils.gradient import compute_layer_gradients_and_eval
from captum._utils.typing import TargetType
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


class ClassScore:
    """A forward function for Captum: of each image the one number that is explained, the logit of its class.

    Captum must be told the class before the pass. Here it is chosen from the logits inside the pass, so that the most
    probable class needs no pass of its own. ``logits`` and ``targets`` are those of the last call, as in ``StagePass``.
    """

    logits: Tensor
    targets: Tensor

    def __init__(
        self, network: Callable[..., Tensor], targets: Tensor | None = None, contrasts: Tensor | None = None
    ) -> None:
        """``targets`` and ``contrasts`` as in ``StageGradCam.gather``."""
        self._network, self._asked, self._contrasts = network, targets, contrasts

    def __call__(self, *inputs: Any) -> Tensor:
        """The score (batch) of images (batch, 3, h, w)."""
        y = self._network(*inputs).float()
        self.logits = y.detach()
        best = self.logits.argmax(1)
        self.targets = best if self._asked is None else torch.where(self._asked < 0, best, self._asked)
        score = y.gather(1, self.targets[:, None])[:, 0]
        if self._contrasts is not None:
            against = y.gather(1, self._contrasts.clamp(min=0)[:, None])[:, 0]
            score = score - torch.where(self._contrasts < 0, torch.zeros_like(against), against)
        return score


class StageGradCam(LayerGradCam):
    """Captum's ``LayerGradCam`` for several stages of a ResNet at once, at the cost of one of them.

    Captum's public class explains one layer a pass. The function below it, which runs the network, keeps what each
    layer put out and takes the gradients, serves several, and is called here with all the stages. It is private to
    Captum, so the requirements name the minor version, and the tests hold every map to the public class.
    """

    def __init__(self, network: ResNet | FrozenNetwork, stages: Sequence[str] = STAGES) -> None:
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
        score = ClassScore(self.forward_func, targets, contrasts)
        gradients, activations = self._through_captum(score, x)
        return StagePass(score.logits, score.targets, activations, gradients)

    def attribute(
        self,
        inputs: Tensor | tuple[Tensor, ...],
        target: TargetType = None,
        additional_forward_args: object | None = None,
        attribute_to_layer_input: bool = False,
        relu_attributions: bool = False,
        attr_dim_summation: bool = True,
        grad_kwargs: dict[str, Any] | None = None,
    ) -> tuple[Tensor, ...]:
        """The Grad-CAM map (batch, 1, h, w) of each stage, in the order asked for: Captum's result for each alone.

        Arguments are those of ``LayerGradCam.attribute``. A ``target`` of None, which Captum refuses for a classifier,
        is the most probable class of each image.
        """
        gradients, activations = self._through_captum(
            ClassScore(self.forward_func) if target is None else self.forward_func,
            inputs,
            target,
            additional_forward_args,
            attribute_to_layer_input=attribute_to_layer_input,
            grad_kwargs=grad_kwargs,
        )
        maps = []
        for name in self.stages:
            if attr_dim_summation:
                made = grad_cam(activations[name], gradients[name])[:, None]
            else:
                made = channel_weights(gradients[name])[:, :, None, None] * activations[name]
            maps.append(made.relu() if relu_attributions else made)
        return tuple(maps)

    def _through_captum(
        self, forward: Callable[..., Tensor], *arguments: Any, **options: Any
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Gradients and activations by stage."""
        gradients, activations = compute_layer_gradients_and_eval(
            forward, self.layer, *arguments, device_ids=self.device_ids, **options
        )
        # Captum has a tuple for each layer, as a layer may put out several tensors; a stage puts out one.
        return (
            {name: of_layer[0] for name, of_layer in zip(self.stages, gradients, strict=True)},
            {name: of_layer[0].detach() for name, of_layer in zip(self.stages, activations, strict=True)},
        )


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
