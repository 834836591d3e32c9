"""The engine: photos and questions in, answers out. It knows which networks are loaded, who waits, and on what device.

One engine serves any number of threads. Photos are read and prepared beside the network's work; what becomes of a batch
of them is in ``passes.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from resnet_demo.engine.allocator import keep_working_memory
from resnet_demo.engine.batches import batches, halve_until_it_fits, read_ahead
from resnet_demo.engine.device import (
    choose_device,
    choose_precision,
    usable_cores,
)
from resnet_demo.engine.loaded import LoadedNetwork, LoadedNetworks
from resnet_demo.engine.passes import Opened, Passes, network_info
from resnet_demo.engine.questions import (
    checked,
    find_classes,
    known_number,
    known_target,
)
from resnet_demo.engine.reading import Reading
from resnet_demo.engine.turns import AT_ONCE, Turn, Turns, Waiting
from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.network.resnet import ResNet
from resnet_demo.photos.inputs import Plain, plain, several
from resnet_demo.photos.names import name_of
from resnet_demo.photos.preprocess import Prepared, normalised
from resnet_demo.photos.views import View
from resnet_demo.results import (
    STAGES,
    Analysis,
    AnalysisRequest,
    Box,
    Classification,
    ClassInfo,
    Failed,
    NetworkInfo,
    PhotoInfo,
    PhotoInput,
    Progress,
    RankedBy,
    WeightsChoice,
    WeightsName,
)
from resnet_demo.results.comparison import Comparison, compare
from resnet_demo.settings import Settings
from resnet_demo.weights import choices
from resnet_demo.weights.checkpoints import outline
from resnet_demo.weights.sources import known_depth


class Engine:
    """Explains and classifies photos with any of the five networks.

    ``device`` and ``precision`` override the settings'. Photos are decoded in this process, which suits one's own;
    ``isolated`` decodes them in processes with limits, as strangers' should be (Linux only; elsewhere it is this
    process too). Raises ``SettingsError`` for a device that is not here.

    A process that was forked from one with an engine has none of its threads, and PyTorch would wait for them for ever:
    there every engine raises ``ResNetDemoError`` of the code "engine-forked" at once.
    """

    _process: ClassVar[int | None] = None
    """The process that engines run in."""

    def __init__(
        self,
        device: str | torch.device | None = None,
        precision: str | None = None,
        settings: Settings | None = None,
        isolated: bool = False,
    ) -> None:
        if Engine._process is None:
            Engine._process = os.getpid()
        self._require_process()
        self.settings = Settings.from_environment() if settings is None else settings
        self._given = (None if device is None else str(device), precision, self.settings, isolated)
        self.device = choose_device(str(device or self.settings.device))
        self.precision = precision or self.settings.precision
        self._dtype = choose_precision(self.precision)
        if self.device.type == "cpu":
            keep_working_memory()
        torch.set_num_threads(self.settings.threads or min(torch.get_num_threads(), usable_cores()))
        self.turns = Turns(self.settings.queue_size)
        self._passes = Passes(self.device, self.precision, self._dtype, self.turns)
        self._networks = LoadedNetworks(self.device, self._dtype, self.settings)
        self._reading = Reading(self.settings, isolated)
        choices.remove_left()

    @staticmethod
    def _require_process() -> None:
        if os.getpid() != Engine._process:
            raise ResNetDemoError("engine-forked")

    def __reduce__(self) -> tuple:
        """Where a pickled engine arrives it is built anew, as it was asked for here: on what device there is there, and
        with no network loaded."""
        return type(self), self._given

    # What there is to choose from

    def choices(self, depth: int | str) -> list[WeightsChoice]:
        """The weights that serve ``depth``, on this machine or to be fetched, in ``auto``'s order."""
        return choices.choices(depth, self.settings)

    def network_info(self, depth: int | str, weights_name: WeightsName = "auto") -> NetworkInfo:
        """What is known of a network without loading it: its size, its cost, its measured accuracy."""
        return network_info(choices.card_of(depth, weights_name, self.settings))

    def classes(self, depth: int | str, weights_name: WeightsName = "auto") -> tuple[ClassInfo, ...]:
        """The classes of these weights, in index order."""
        return choices.card_of(depth, weights_name, self.settings).classes

    def download(
        self,
        depth: int | str,
        weights_name: WeightsName,
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """Fetch weights onto this machine. Raises ``WeightsUnavailable``, ``WeightsCorrupt`` or ``Cancelled``."""
        choices.download(depth, weights_name, settings=self.settings, progress=progress, stop=stop)

    def network(self, depth: int | str, weights_name: WeightsName = "auto") -> LoadedNetwork[FrozenNetwork]:
        """The loaded network. Raises ``WeightsUnavailable``, ``WeightsCorrupt`` or ``WeightsMismatch``."""
        self._require_process()
        return self._networks.get(depth, weights_name)

    def drawn(self, depth: int | str, weights_name: WeightsName = "auto") -> LoadedNetwork[ResNet]:
        """The network as it is drawn, to be taken apart; loaded apart from the one that runs. Raises as ``network``."""
        self._require_process()
        return self._networks.drawn(depth, weights_name)

    def loaded(self) -> list[tuple[int, str]]:
        """Depth and weights of each network in memory, least recently used first."""
        return self._networks.keys()

    def view(
        self,
        photo: PhotoInput,
        network: LoadedNetwork,
        name: str | None = None,
        waiting: Waiting = AT_ONCE,
        kept: bool = True,
    ) -> View:
        """``photo`` as ``network`` sees it, without a preview where it is not ``kept`` in memory.

        Raises ``InputError`` for what is no usable photo, and ``Cancelled``.
        """
        self._require_process()
        if not kept:
            return self._reading.unkept(photo, network.card.transform, waiting)
        return self._reading.view(photo, network.card.transform, name, waiting)

    def forget(self, photo: Plain) -> None:
        """Let go of what is remembered of a photo that its owner wants deleted."""
        self._reading.forget(photo)

    def on_turn(self, heard: Callable[[float, float], None]) -> None:
        """Have ``heard`` called after each turn on the device, a batch's or a study's, with the seconds that it was
        waited for and that it took."""
        self._passes.heard = heard

    def close(self) -> None:
        """End the processes that decode photos, if there are any. Nothing can be read from then on."""
        self._reading.close()

    # Explaining

    def analyze(
        self,
        photo: PhotoInput,
        *,
        depth: int | str = 18,
        weights: WeightsName = "auto",
        target: int | str | None = None,
        contrast: int | str | None = None,
        stages: str | Sequence[str] = STAGES,
        top_k: int = 5,
        channels: int = 16,
        first_rank: int = 0,
        ranked_by: RankedBy = "evidence",
        name: str | None = None,
    ) -> Analysis:
        """Explain one photo: ``AnalysisRequest`` says what each argument means, ``Analysis`` what comes back.

        Raises ``InputError`` for a photo, class, stage or number that can't be used, and ``WeightsUnavailable`` where
        no weights for ``depth`` are on this machine: nothing is downloaded unasked.
        """
        return self.run(
            AnalysisRequest(
                photo, depth, weights, target, contrast, stages, top_k, channels, first_rank, ranked_by, name
            )
        )

    def run(self, request: AnalysisRequest, waiting: Waiting = AT_ONCE) -> Analysis:
        """Explain one photo. Raises as ``analyze``, ``Busy`` when the queue is full, ``Cancelled`` when stopped."""
        (answer,) = self.analyze_many([request], waiting=waiting)
        if isinstance(answer, Failed):
            raise answer.error
        return answer

    def analyze_many(
        self,
        photos: Iterable[AnalysisRequest | PhotoInput],
        *,
        depth: int | str = 18,
        weights: WeightsName = "auto",
        target: int | str | None = None,
        contrast: int | str | None = None,
        stages: str | Sequence[str] = STAGES,
        top_k: int = 5,
        channels: int = 16,
        batch_size: int | None = None,
        waiting: Waiting = AT_ONCE,
    ) -> Iterator[Analysis | Failed]:
        """Explain photos, in the order given, each as soon as its batch is done.

        What is asked about a photo is as in ``analyze``; an ``AnalysisRequest`` says it for itself. Neighbours with the
        same network and stages share a pass, ``batch_size`` at most. A photo that can't be used costs only itself:
        ``Failed`` stands in its place. Raises as ``run`` for what concerns all of them.
        """
        size = batch_size or self.settings.batch_size
        known_number("batch_size", size)
        requests = (
            each
            if isinstance(each, AnalysisRequest)
            else AnalysisRequest(each, depth, weights, target, contrast, stages, top_k, channels)
            for each in several(photos)
        )
        with closing(read_ahead(partial(self._open, waiting), requests, ahead=size)) as opened:
            for batch in batches(opened, size, _shared_pass):
                yield from self._each(batch, lambda part: self._passes.explain(part, waiting))

    def compare(
        self,
        photo: PhotoInput,
        networks: Sequence[int | str | os.PathLike[str] | tuple[int | str, WeightsName]],
        *,
        weights: WeightsName = "auto",
        target: int | str | None = None,
        stages: str | Sequence[str] = ("layer4",),
        top_k: int = 5,
        name: str | None = None,
        progress: Callable[[Progress], None] | None = None,
        waiting: Waiting = AT_ONCE,
    ) -> Comparison:
        """One photo through several networks: depths, files of weights, or pairs of a depth and its weights; the maps
        of each at ``stages``.

        ``target`` is explained by every network that knows it; without one, and in a network that does not, the most
        probable class is. Raises as ``run``, and ``InputError`` for fewer than two networks or one named twice.
        """
        chosen = [self._compared(each, weights) for each in networks]
        if len(chosen) < 2 or len(set(chosen)) < len(chosen):
            raise InputError("compare-too-few", given=len(set(chosen)))
        name = name_of(photo, name)
        photo = plain(photo, name, self.settings)  # a file object is read once
        answers = []
        for done, (depth, weights_name) in enumerate(chosen):
            if progress is not None:
                progress(Progress("compare", done, len(chosen), "networks"))
            card = self.network(depth, weights_name).card
            request = AnalysisRequest(
                photo,
                depth,
                weights_name if isinstance(weights_name, os.PathLike) else card.name,
                target=known_target(target, card.classes),
                stages=stages,
                top_k=len(card.classes),
                channels=0,
                name=name,
            )
            answers.append(self.run(request, waiting))
        return compare(answers, top_k)

    def _compared(
        self, network: int | str | os.PathLike[str] | tuple[int | str, WeightsName], weights: WeightsName
    ) -> tuple[int, WeightsName]:
        if isinstance(network, tuple):
            network, weights = network
        if isinstance(network, os.PathLike):
            path = Path(network)
            return outline(path).depth, path
        return known_depth(network), weights

    def classify(
        self,
        photos: Iterable[PhotoInput],
        *,
        depth: int | str = 18,
        weights: WeightsName = "auto",
        top_k: int = 5,
        batch_size: int = 32,
        waiting: Waiting = AT_ONCE,
    ) -> Iterator[Classification | Failed]:
        """The top-k of each photo, in the order given, without maps; any number of photos in steady memory. One photo
        alone is a list of one.

        A photo that can't be used costs only itself. Raises as ``analyze_many``.
        """
        known_number("top_k", top_k)
        known_number("batch_size", batch_size)
        network = self.network(depth, weights)

        def read(photo: PhotoInput) -> View | Failed:
            try:
                return self._reading.unkept(photo, network.card.transform, waiting)
            except InputError as error:
                return Failed(name_of(photo), error)

        with closing(read_ahead(read, several(photos), ahead=batch_size)) as prepared:
            for batch in batches(prepared, batch_size, lambda item: None):
                yield from self._each(batch, lambda part: self._passes.classify(network, part, top_k, waiting))

    def classify_views(
        self,
        views: Sequence[tuple[str, np.ndarray]],
        *,
        depth: int | str = 18,
        weights: WeightsName = "auto",
        top_k: int = 5,
        waiting: Waiting = AT_ONCE,
    ) -> list[Classification | Failed]:
        """As ``classify`` in one batch, of photos that were read and prepared elsewhere: their names, and what this
        network sees of each, uint8 [crop, crop, 3] (``preprocess.prepare``)."""
        known_number("top_k", top_k)
        network = self.network(depth, weights)
        transform = network.card.transform
        side = transform.crop
        batch = [
            View(PhotoInfo(name, side, side, None), Prepared(view, Box(0, 0, side, side), normalised(view, transform)))
            for name, view in views
        ]
        return list(self._each(batch, lambda part: self._passes.classify(network, part, top_k, waiting)))

    def _each(self, batch: list, run: Callable[[list], list]) -> Iterator:
        """The answers for ``batch`` in order; what has failed already is passed through in its place."""
        good = [item for item in batch if not isinstance(item, Failed)]
        answers = iter(halve_until_it_fits(run, good) if good else ())
        return (item if isinstance(item, Failed) else next(answers) for item in batch)

    def _open(self, waiting: Waiting, request: AnalysisRequest) -> Opened | Failed:
        """Check a request and prepare its photo. What is wrong with the weights is raised: it concerns every photo."""
        began = time.perf_counter()
        network = self.network(request.depth, request.weights)
        loaded = time.perf_counter()
        try:
            request = checked(request)
            target, contrast = find_classes(request.target, request.contrast, network.card.classes)
            view = self.view(request.photo, network, request.name, waiting)
        except InputError as error:
            return Failed(name_of(request.photo, request.name), error)
        timings = {"load": loaded - began, "read": time.perf_counter() - loaded}
        return Opened(request, network, view, target, contrast, timings)

    def turn(self, waiting: Waiting = AT_ONCE) -> AbstractContextManager[Turn]:
        """The device to oneself for the length of the ``with``. Raises ``Busy`` and ``Cancelled``."""
        self._require_process()
        return self._passes.turn(waiting)

    def tensor(self, views: Sequence[View]) -> Tensor:
        """What the network is given for ``views``: (views, 3, h, w) on the device, in the engine's precision."""
        return self._passes.stack([view.prepared for view in views])


def _shared_pass(item: Opened | Failed) -> tuple | None:
    """Requests with the same of these can share a pass; one that has failed fits anywhere."""
    if isinstance(item, Failed):
        return None
    return id(item.network), frozenset(item.request.stages)
