"""What the networks trained for CIFAR-10 say of a photo: those of ``weights/training_runs.py``, side by side.

They know ten classes and see 32 x 32 pixels, so a photo is brought down to that first.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from resnet_demo.network.cifar import SIDE
from resnet_demo.results import SmallAnswer, SmallAnswers
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.weights.cards import Transform
from resnet_demo.weights.training_runs import CLASSES, recorded_runs, trained_network


def classify_small(x: Tensor, transform: Transform, *, progress: OnProgress = None, stop: Stop = None) -> SmallAnswers:
    """The answers of all recorded runs for one view ``x`` (1, 3, h, w), which ``transform`` had normalised.

    Raises ``Cancelled`` when stopped.
    """
    with torch.inference_mode():
        picture = at_32_pixels(x, transform)
        found = []
        for run in paced(recorded_runs(), "small-networks", "networks", progress, stop):
            network, mean, spread = trained_network(run)
            probabilities = network((picture - mean) / spread).softmax(1)
            found.append(SmallAnswer(run.name, probabilities[0].numpy()))
    pixels = picture[0].permute(1, 2, 0).to(torch.uint8)
    return SmallAnswers(pixels.numpy(), CLASSES, tuple(found))


def at_32_pixels(x: Tensor, transform: Transform) -> Tensor:
    """A normalised view (1, 3, h, w) as whole numbers from 0 to 255, float32 (1, 3, 32, 32) on the CPU."""
    x = x.detach().float().cpu()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (transform.mean, transform.std))
    small = F.interpolate(x * std + mean, size=(SIDE, SIDE), mode="bilinear", antialias=True)
    return (255 * small).round().clamp(0, 255)
