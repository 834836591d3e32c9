"""Class activation maps of any layer of any network of PyTorch's, by the layers' names."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from captum._utils.gradient import compute_layer_gradients_and_eval
from torch import Tensor, nn

from resnet_demo.errors import InputError
from resnet_demo.maps.grad_cam import ClassScore, grad_cam
from resnet_demo.maps.kinds import hires_cam

KINDS_OF_LAYERS = {"grad-cam": grad_cam, "hirescam": hires_cam}
"""The kinds that hold for any layer; the others take activations to be as after a ReLU, never negative."""


def explain(
    network: nn.Module,
    x: Tensor,
    layers: str | Sequence[str],
    *,
    target: int | None = None,
    contrast: int | None = None,
    kind: str = "grad-cam",
) -> dict[str, np.ndarray]:
    """The signed maps of some layers for one class of each image, from one forward and one backward pass.

    ``x`` (batch, channels, height, width) is as ``network`` takes it, on its device, and ``network(x)`` are logits
    (batch, classes). ``layers`` are names as ``network.named_modules()`` has them ("layer3.2.conv2"), of layers that
    put out (batch, channels, h, w); their maps are float32 [batch, h, w]. ``target`` is the index of the class
    explained, of each image its most probable one where None; ``contrast`` one whose logit is taken away from its.
    ``kind`` is "grad-cam" or "hirescam". The network is left as it was, and run in the mode that it is in.

    Raises ``InputError`` for a layer, class or kind that there is not, and for a layer that puts out no grid.
    """
    modules = {name: module for name, module in network.named_modules() if name}
    names = [layers] if isinstance(layers, str) else list(layers)
    for name in names:
        if name not in modules:
            near = difflib.get_close_matches(str(name), modules, n=8, cutoff=0) or list(modules)[:8]
            raise InputError("layer-unknown", given=name, near=", ".join(near))
    if kind not in KINDS_OF_LAYERS:
        raise InputError("choice-unknown", what="kind", given=kind, accepted=", ".join(KINDS_OF_LAYERS))

    if not names:
        return {}

    def logits(images: Tensor) -> Tensor:
        y = network(images)
        for given in (target, contrast):
            if given is not None and not 0 <= given < y.shape[1]:
                raise InputError("class-out-of-range", given=given, classes=y.shape[1])
        return y

    with torch.inference_mode(False), torch.enable_grad(), _not_in_place(network):
        images = x.detach().clone().requires_grad_()  # so that a frozen network has gradients too
        asked = (None if c is None else torch.full((len(x),), c, device=x.device) for c in (target, contrast))
        score = ClassScore(logits, *asked)
        gradients, activations = compute_layer_gradients_and_eval(score, [modules[name] for name in names], images)
    maps = {}
    for name, (g, *_), (a, *_) in zip(names, gradients, activations, strict=True):
        if a.ndim != 4:
            raise InputError("layer-no-grid", given=name, shape=str(tuple(a.shape)))
        maps[name] = KINDS_OF_LAYERS[kind](a.detach(), g.detach()).float().cpu().numpy()
    return maps


@contextmanager
def _not_in_place(network: nn.Module) -> Iterator[None]:
    """A layer's output stays what it was: a ReLU that works in place would write over it."""
    changed = [module for module in network.modules() if getattr(module, "inplace", False) is True]
    for module in changed:
        module.inplace = False  # type: ignore[assignment]
    try:
        yield
    finally:
        for module in changed:
            module.inplace = True  # type: ignore[assignment]
