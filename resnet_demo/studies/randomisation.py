"""The randomisation check: does a map show what the network has learnt, or would any network show it?

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3.1: layers get fresh parameters one after the other,
from the last to the first (cascading), and the map is set against the trained network's by Spearman's rank correlation.
A map that stays the same while the network forgets explains the photo or the architecture, not what was learnt.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from resnet_demo.maps.grad_cam import StageGradCam, grad_cam
from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation, require_stages
from resnet_demo.results import STAGES, Randomisation
from resnet_demo.results.ranks import spearman
from resnet_demo.studies.long_work import OnProgress, Stop, paced

LAYERS = ("fc", "layer4", "layer3", "layer2", "layer1", "stem")
"""What is randomised, in this order. The stem is its convolution and norm."""


def randomisation_check(
    network: ResNet,
    x: Tensor,
    target: int | None,
    *,
    seed: int = 0,
    stages: Sequence[str] = STAGES,
    draws: int = 10,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Randomisation:
    """The Grad-CAM of each of ``stages`` on one view ``x`` (1, 3, h, w) as a copy of the network is randomised.

    ``target`` is a class, None for the trained network's most probable one, and stays the same throughout. Every draw
    starts from the trained network; the same ``seed`` draws the same parameters. Each draw at each step is a network of
    its own, so that they share no batch. Costs 6 ``draws`` + 1 forward and
    backward passes and the memory of a second network. Raises ``InputError`` for another stage, ``ValueError`` for
    fewer than one draw and ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    if draws < 1:
        raise ValueError(f"draws is {draws}; the check takes at least 1")
    require_stages(stages)
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode(False):
        view = x.detach().clone()
        explained = None if target is None else torch.tensor([target], device=x.device)
        made = StageGradCam(network, stages).gather(view, explained)
        maps = {name: grad_cam(made.activations[name], made.gradients[name])[0].cpu().numpy() for name in stages}
        randomised: dict[str, list[np.ndarray]] = {name: [] for name in stages}
        for layer in paced(LAYERS * draws, "randomisation", "layers", progress, stop):
            if layer == LAYERS[0]:
                forgetful = copy.deepcopy(network)
            randomise(forgetful, layer, generator)
            again = StageGradCam(forgetful, stages).gather(view, made.targets)
            for name in stages:
                randomised[name].append(grad_cam(again.activations[name], again.gradients[name])[0].cpu().numpy())
    steps = len(LAYERS)
    return Randomisation(
        target=int(made.targets[0]),
        layers=LAYERS,
        maps=maps,
        randomised_maps={name: np.stack(all_maps[:steps]) for name, all_maps in randomised.items()},
        correlations={
            name: np.array([_correlation(map, maps[name]) for map in all_maps], np.float32).reshape(draws, steps)
            for name, all_maps in randomised.items()
        },
    )


def untrained(network: ResNet, seed: int) -> ResNet:
    """A copy of a network with random weights drawn with ``seed``, in float32: the null of what training has done."""
    copied = copy.deepcopy(network).float()
    generator = torch.Generator().manual_seed(seed)
    for layer in LAYERS:
        randomise(copied, layer, generator)
    return copied


def randomise(network: ResNet, layer: str, generator: torch.Generator) -> None:
    """Give one of ``LAYERS`` of ``network`` the parameters and statistics of a network before any training, in place.

    As in ``ResNet``: He et al.'s normal for convolutions, identity for norms; the linear layer is uniform within one
    over the root of its inputs, which is PyTorch's way.
    """
    modules = [network.conv1, network.bn1] if layer == "stem" else getattr(network, layer).modules()
    with torch.no_grad():
        for module in modules:
            if isinstance(module, nn.Conv2d):
                fresh = torch.empty(module.weight.shape)
                nn.init.kaiming_normal_(fresh, mode="fan_out", nonlinearity="relu", generator=generator)
                module.weight.copy_(fresh)
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            elif isinstance(module, nn.Linear):
                bound = module.in_features**-0.5
                for parameter in (module.weight, module.bias):
                    parameter.copy_(torch.empty(parameter.shape).uniform_(-bound, bound, generator=generator))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    rho = spearman(a, b)
    return np.nan if rho is None else rho
