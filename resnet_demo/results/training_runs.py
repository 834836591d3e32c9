"""Networks for CIFAR-10 that were trained here: how each run went, and what its network says of a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ScaledShortcuts:
    """A trained network with s times each of its shortcuts, for s of ``scales`` float32 [n], from 1 down.

    ``errors`` and ``errors_anew`` float32 [n] are shares of test photos named wrongly: with the batch norms' statistics
    as trained, and with those of the scaled network.
    """

    photos: int
    scales: np.ndarray
    errors: np.ndarray
    errors_anew: np.ndarray


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """One network from its first step to its last, measured at the end of every epoch.

    ``arrangement`` is "plain" or the name of an ``Ordering``, ``layers`` the depth as the paper counts it. ``epochs``
    float32 [E] are the epochs passed at each measurement. Losses float32 [E] are mean cross-entropies in nats, errors
    float32 [E] shares of wrong first answers in 0..1: ``train_``, of the training photos as they went by within the
    epoch, shifted and mirrored; ``test_``, of all test photos after it. ``rates`` float32 [E] are the learning rates of
    each epoch's last step.

    ``gradients`` float32 [E + 1, units + 1] and ``shares`` float32 [E + 1, units] begin with the fresh network: the L2
    norm of the loss's gradient with respect to what the stem and each unit after it give, and the mean of
    |F(x)| / |shortcut(x)| of each unit (None where there are no shortcuts), both on the same few training photos.

    ``scaled`` is what it still answers as its shortcuts are scaled down, None where that was not measured.

    ``surface`` float32 [n, n] is the loss in nats around the trained network, along two random directions from
    ``-reach`` to ``reach`` filter lengths (Li et al. 2018); None where it was not measured.
    """

    name: str
    arrangement: str
    layers: int
    seed: int
    parameters: int
    photos: int
    test_photos: int
    epochs: np.ndarray
    rates: np.ndarray
    train_loss: np.ndarray
    train_error: np.ndarray
    test_loss: np.ndarray
    test_error: np.ndarray
    gradients: np.ndarray
    shares: np.ndarray | None
    scaled: ScaledShortcuts | None = None
    surface: np.ndarray | None = None
    reach: float | None = None


@dataclass(frozen=True, eq=False)
class SmallAnswer:
    """What the network of one run says: ``probabilities`` float32 [10] in the order of ``SmallAnswers.classes``."""

    run: str
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class SmallAnswers:
    """A photo seen by networks for 32 x 32 pixels: ``picture`` uint8 [32, 32, 3] is all that they see of it."""

    picture: np.ndarray
    classes: tuple[str, ...]
    answers: tuple[SmallAnswer, ...]
