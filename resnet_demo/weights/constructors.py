"""``resnet18()`` to ``resnet152()``, as people in this field are used to: fresh, or with any weights there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from resnet_demo.errors import InputError
from resnet_demo.network.resnet import ResNet, resnet
from resnet_demo.results import Progress
from resnet_demo.settings import Settings
from resnet_demo.weights.choices import OnProgress, load


def resnet18(
    pretrained: bool = False,
    *,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    progress: bool | OnProgress = True,
    settings: Settings | None = None,
) -> ResNet:
    """ResNet-18: fresh with ``num_classes`` outputs (1,000), or with weights, which bring their own number of classes.

    ``pretrained`` means torchvision's ImageNet V1; ``weights`` names any choice (``"tiny-imagenet"``, ``"auto"``) or is
    the path of a file. Weights of torchvision's that are not on this machine are downloaded, with a bar on standard
    error (``progress`` may be a function, or False), unless the settings (the environment's by default) forbid it. The
    network's ``card`` tells what is known of its weights, None for a fresh one. Like any, a fresh network is in
    training mode; a loaded one is in evaluation mode. Raises as ``load``, and ``InputError`` for arguments that
    contradict each other.
    """
    return _network(18, pretrained, weights, num_classes, progress, settings)


def resnet34(
    pretrained: bool = False,
    *,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    progress: bool | OnProgress = True,
    settings: Settings | None = None,
) -> ResNet:
    """ResNet-34; the arguments are those of ``resnet18``."""
    return _network(34, pretrained, weights, num_classes, progress, settings)


def resnet50(
    pretrained: bool = False,
    *,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    progress: bool | OnProgress = True,
    settings: Settings | None = None,
) -> ResNet:
    """ResNet-50; the arguments are those of ``resnet18``."""
    return _network(50, pretrained, weights, num_classes, progress, settings)


def resnet101(
    pretrained: bool = False,
    *,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    progress: bool | OnProgress = True,
    settings: Settings | None = None,
) -> ResNet:
    """ResNet-101; the arguments are those of ``resnet18``."""
    return _network(101, pretrained, weights, num_classes, progress, settings)


def resnet152(
    pretrained: bool = False,
    *,
    weights: str | Path | None = None,
    num_classes: int | None = None,
    progress: bool | OnProgress = True,
    settings: Settings | None = None,
) -> ResNet:
    """ResNet-152; the arguments are those of ``resnet18``."""
    return _network(152, pretrained, weights, num_classes, progress, settings)


def _network(
    depth: int,
    pretrained: bool,
    weights: str | Path | None,
    num_classes: int | None,
    progress: bool | OnProgress,
    settings: Settings | None,
) -> ResNet:
    if pretrained and weights is not None:
        raise InputError("weights-twice", weights=weights)
    name: str | Path | None = "imagenet1k-v1" if pretrained else weights
    if name is None:
        return resnet(depth, 1000 if num_classes is None else num_classes)
    settings = Settings.from_environment() if settings is None else settings
    with _bar(progress) as report:
        loaded = load(depth, name, settings=settings, progress=report, allow_download=True)
    if num_classes not in (None, len(loaded.card.classes)):
        raise InputError("weights-classes", given=num_classes, weights=name, classes=len(loaded.card.classes))
    return loaded.requires_grad_(True)


@contextmanager
def _bar(progress: bool | OnProgress) -> Iterator[OnProgress | None]:
    if callable(progress) or not progress:
        yield progress or None
        return
    # The delay keeps a bar from appearing where nothing is downloaded.
    with tqdm(unit="B", unit_scale=True, unit_divisor=1000, delay=1e-3) as bar:

        def report(at: Progress) -> None:
            bar.total = at.total
            bar.set_description(at.about["file"], refresh=False)
            bar.update(at.done - bar.n)

        yield report
