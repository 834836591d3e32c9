"""What a channel looks for, as an image made to excite it.

Olah, Mordvintsev and Schubert 2017, "Feature Visualization". The image is kept as Fourier coefficients of colours
without correlation, both scaled as in natural images, so that a step of gradient ascent changes coarse and fine detail
alike rather than noise alone. At every step the network sees it turned, scaled and shifted a little at random: what
only fits one alignment of its strides does not survive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import blocks_of, forward_into, require_channels, require_evaluation, unit_named
from resnet_demo.results import ChannelImage
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.weights.cards import Transform

COLOURS = torch.tensor([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
"""Columns: the principal colours of ImageNet's pixels (the PCA of Krizhevsky et al. 2012, section 4.1), in RGB."""
VARIANCES = torch.tensor([0.2175, 0.0188, 0.0045])
"""The variances along them, for RGB in 0..1."""

LEARNING_RATE = 0.05
START = 0.01
"""Standard deviation of the first coefficients: a faint grey noise."""
TURN, ZOOM, SHIFT = math.radians(5), 0.1, 8 / 224
"""How far the view is turned (radians), scaled (share of one) and shifted (share of its side) either way."""
LEAK = 0.1
"""The slope of what is maximised below zero: without it a silent channel would have no gradient."""


def excite_channel(
    network: ResNet,
    stage: str,
    channel: int,
    transform: Transform,
    *,
    size: int | None = None,
    steps: int = 128,
    seed: int = 0,
    progress: OnProgress = None,
    stop: Stop = None,
) -> ChannelImage:
    """An image of ``size`` x ``size`` pixels, the network's view where None, that excites a channel of a stage.

    A block may stand for the stage. What is maximised is the channel's mean over all positions. The same seed gives the
    same image on one machine's CPU. Raises ``InputError`` for a stage, block or channel that isn't there,
    ``ValueError`` for fewer than one step, and ``Cancelled`` when stopped.
    """
    (image,) = excite_channels(
        network, stage, [channel], transform, size=size, steps=steps, seed=seed, progress=progress, stop=stop
    )
    return image


def excite_channels(
    network: ResNet,
    stage: str,
    channels: Sequence[int],
    transform: Transform,
    *,
    size: int | None = None,
    steps: int = 128,
    seed: int = 0,
    progress: OnProgress = None,
    stop: Stop = None,
) -> tuple[ChannelImage, ...]:
    """What ``excite_channel`` makes for each of several channels, all in one batch: no image depends on another."""
    require_evaluation(network)
    require_channels(network, stage, channels)
    if steps < 1:
        raise ValueError(f"steps is {steps}; an image takes at least 1")
    generators = [torch.Generator().manual_seed(seed) for _ in channels]
    weight = network.conv1.weight

    def before_relu(images: Tensor) -> Tensor:
        mean, std = (images.new_tensor(values)[:, None, None] for values in (transform.mean, transform.std))
        x = ((images - mean) / std).to(weight.dtype, memory_format=torch.channels_last)
        return stage_before_relu(network, x, stage)[range(len(channels)), channels].float()

    activations = []
    with torch.inference_mode(False), torch.enable_grad():
        canvas = _Canvas(transform.crop if size is None else size, generators, weight.device)
        optimiser = torch.optim.Adam([canvas.coefficients], lr=LEARNING_RATE)
        for _ in paced(range(steps), "image", "steps", progress, stop):
            response = before_relu(_moved(canvas.rgb(), generators))
            activations.append(response.detach().relu().mean((1, 2)).cpu())
            loss = -functional.leaky_relu(response, LEAK).mean((1, 2)).sum()
            (canvas.coefficients.grad,) = torch.autograd.grad(loss, canvas.coefficients)
            optimiser.step()
        with torch.no_grad():
            images = canvas.rgb()
            activations.append(before_relu(images).relu().mean((1, 2)).cpu())
    pixels = (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    taken = torch.stack(activations, 1).numpy()
    return tuple(ChannelImage(stage, *one) for one in zip(channels, pixels, taken, strict=True))


def stage_before_relu(network: ResNet, x: Tensor, stage: str) -> Tensor:
    """The output of a stage or block without its last ReLU, (batch, channels, h, w): of the last block, the sum.

    In the stem ReLU and max-pool may change places, as both keep order. Raises as ``unit_named``.
    """
    last = unit_named(network, stage)
    if last == "stem":
        return network.maxpool(network.bn1(network.conv1(x)))
    x, block = forward_into(network, x, last), blocks_of(network)[last]
    return block.branch(x) + block.shortcut(x)


class _Canvas:
    """Square images as what is optimised: ``coefficients`` (images, 3 principal colours, side, side // 2 + 1, 2)."""

    def __init__(self, side: int, generators: Sequence[torch.Generator], device: torch.device) -> None:
        start = torch.stack([torch.randn(3, side, side // 2 + 1, 2, generator=g) * START for g in generators])
        frequency = torch.hypot(torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None])
        self._side = side
        # One over the frequency, as in natural images; the mean of the image counts as the lowest frequency.
        self._scales = (side / frequency.clamp(min=1 / side)).to(device)
        self._colours = (COLOURS * VARIANCES.sqrt()).to(device)
        self.coefficients = start.to(device).requires_grad_()

    def rgb(self) -> Tensor:
        """The images in 0..1, (images, 3, side, side)."""
        spectrum = torch.view_as_complex(self.coefficients) * self._scales
        plain = torch.fft.irfft2(spectrum, s=(self._side, self._side))
        return torch.sigmoid(torch.einsum("rc,nchw->nrhw", self._colours, plain))


def _moved(images: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Each image turned, scaled and shifted a little about its centre; what comes in at the edges mirrors it."""
    placements = []
    for generator in generators:
        either_way = torch.rand(4, generator=generator) * 2 - 1
        turn, zoom, down, right = (either_way * torch.tensor([TURN, ZOOM, 2 * SHIFT, 2 * SHIFT])).tolist()
        sine, cosine = math.sin(turn) * (1 + zoom), math.cos(turn) * (1 + zoom)
        placements.append([[cosine, -sine, right], [sine, cosine, down]])
    grid = functional.affine_grid(torch.tensor(placements, device=images.device), list(images.shape), False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
