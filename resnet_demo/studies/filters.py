"""What conv1's kernels let pass, from their two-dimensional Fourier transform.

A convolution answers to a grating by the size of its kernel's transform at that frequency, so the transform's peak is
the grating that a kernel passes best. Krizhevsky et al. 2012, section 6.1, showed such kernels first: some oriented and
grey, some coloured blobs.
"""

from __future__ import annotations

import numpy as np

from resnet_demo.network.resnet import ResNet
from resnet_demo.results import Filters

FINE = 63
"""Samples of the transform along each axis, the kernel padded with zeros: an odd number lies evenly about 0."""


def first_filters(network: ResNet) -> Filters:
    """conv1's kernels and what each passes: its peak's orientation and frequency, and how much of it is colour.

    ``oriented`` is the length of the mean of exp(2 i angle) over the plane of frequencies, weighted by the power there
    (the coherence of the power's second moments). ``colour`` is the energy that is left when every pixel of the kernel
    is made grey, and ``hues`` the direction in red, green and blue along which the kernel varies most.
    """
    kernels = network.conv1.weight.detach().float().cpu().numpy()
    power = (np.abs(np.fft.fft2(kernels, s=(FINE, FINE))) ** 2).sum(1)
    down, right = np.meshgrid(np.fft.fftfreq(FINE), np.fft.fftfreq(FINE), indexing="ij")
    flat = power.reshape(len(kernels), -1)
    peak = flat.argmax(1)
    y, x = down.flat[peak], right.flat[peak]
    second = np.stack(
        [(power * part).sum((1, 2)) for part in (right**2 - down**2, 2 * right * down, right**2 + down**2)]
    )
    coherence = np.hypot(second[0], second[1]) / np.maximum(second[2], np.finfo(np.float64).tiny)
    energy = (kernels**2).sum((1, 2, 3))
    grey = 3 * (kernels.mean(1) ** 2).sum((1, 2))
    return Filters(
        kernels=kernels,
        orientation=((np.degrees(np.arctan2(y, x)) + 90) % 180).astype(np.float32),
        oriented=coherence.astype(np.float32),
        frequency=np.hypot(x, y).astype(np.float32),
        colour=(1 - grey / np.maximum(energy, np.finfo(np.float32).tiny)).clip(0, 1).astype(np.float32),
        hues=np.stack([_hue(kernel) for kernel in kernels]),
    )


def _hue(kernel: np.ndarray) -> np.ndarray:
    """The direction of a kernel (3, h, w) in RGB, its sign that of the strongest pixel."""
    colours, _, places = np.linalg.svd(kernel.reshape(3, -1), full_matrices=False)
    direction = colours[:, 0] * np.sign(places[0, np.abs(places[0]).argmax()])
    return (direction / np.abs(direction).max()).astype(np.float32)
