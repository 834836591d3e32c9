"""The peers' ways to what the whole job gives or to a part of it, as their own documentation says, eager, float32.

Each is given a tensor (batch, 3, 224, 224) and torchvision's model, whose weights take no gradients. A peer's library
is imported by what measures it: not every machine has all of them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from captum.attr import LayerActivation, LayerGradCam

from benchmarks.subjects import stages


def captum(model: Any, x: torch.Tensor) -> None:
    """The prediction, then for each of five stages one ``LayerGradCam`` and one ``LayerActivation``: eleven forwards
    and five backwards."""
    with torch.inference_mode():
        targets = model(x).argmax(1)
    targets = targets.clone()
    for module in stages(model).values():
        LayerGradCam(model, module).attribute(x, targets)
        LayerActivation(model, module).attribute(x)


def captum_without_graphs(model: Any, x: torch.Tensor) -> None:
    """As ``captum``, with the activations of all five stages from one call under ``no_grad``: a careful user's way."""
    modules = stages(model)
    with torch.no_grad():
        targets = model(x).argmax(1)
        LayerActivation(model, list(modules.values())).attribute(x)
    for module in modules.values():
        LayerGradCam(model, module).attribute(x, targets)


def pytorch_grad_cam(model: Any) -> Callable[[torch.Tensor], None]:
    """A ``GradCAM`` for each of layer1 to layer4; it takes several layers too, but gives their mean."""
    from pytorch_grad_cam import GradCAM as PytorchGradCam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def run(x: torch.Tensor) -> None:
        with torch.inference_mode():
            targets = [ClassifierOutputTarget(index) for index in model(x).argmax(1).tolist()]
        for name, module in stages(model).items():
            if name != "stem":
                with PytorchGradCam(model=model, target_layers=[module]) as cam:
                    cam(input_tensor=x.clone().requires_grad_(), targets=targets)

    return run


def torchcam(model: Any) -> Callable[[torch.Tensor], None]:
    """One ``GradCAM`` for layer1 to layer4, one pass; no activations come back. It hooks a model of its own."""
    from torchcam.methods import GradCAM as TorchCam

    own = copy.deepcopy(model)
    layers = [f"layer{i}" for i in range(1, 5)]

    def run(x: torch.Tensor) -> None:
        with TorchCam(own, target_layer=layers) as cam:
            scores = own(x.clone().requires_grad_())
            cam(scores.argmax(1).tolist(), scores)

    return run
