"""The studies, run on a visitor's photo with the engine's networks: what the pages, the commands and the API call.

A study itself is a pure function of a network, a tensor and a class (``studies/``). Here its photo is read, its class
and block are found by name, and it takes its turn; between its steps it lets others go first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.turns import AT_ONCE, Waiting
from resnet_demo.errors import InputError
from resnet_demo.labels.classes import find_class
from resnet_demo.network import units
from resnet_demo.results import (
    STAGES,
    Architecture,
    BlockMaps,
    BlockProfile,
    ChannelAblation,
    ChannelImage,
    EffectiveField,
    Faithfulness,
    Lesion,
    LesionBoard,
    Ordering,
    PaperTable,
    PhotoInput,
    Progress,
    Randomisation,
    Readout,
)
from resnet_demo.studies import (
    activation_maximisation,
    architecture,
    block_maps,
    blocks,
    channels,
    faithfulness,
    lesions,
    orderings,
    randomisation,
    readout,
    receptive_field,
)
from resnet_demo.weights.choices import Network, find

OnProgress = Callable[[Progress], None] | None


@dataclass(frozen=True, eq=False)
class _Bench:
    """What a study works with: a network, the views (photos, 3, h, w), and how it reports and stops."""

    network: Network
    x: Tensor
    """Of no photos for a study that needs none."""
    progress: Callable[[Progress], None]
    stop: Callable[[], bool] | None


class Laboratory:
    """Studies with ``engine``'s networks. Every method raises what ``Engine.run`` raises, and ``InputError`` for a name
    of a block, stage or channel that the network does not have. ``target`` is a class as in ``AnalysisRequest``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def architecture(self, depth: int, weights: str = "auto", view_size: tuple[int, int] | None = None) -> Architecture:
        """The network unit by unit, for a view of ``view_size`` (height, width); the weights' own view where None."""
        info = self.engine.network_info(depth, weights)
        return architecture.described(depth, view_size or info.view_size, info.classes)

    def paper_table(self) -> PaperTable:
        """Table 1 of He et al. 2016, for all five depths."""
        return architecture.paper_table()

    def orderings(self) -> tuple[Ordering, ...]:
        """The five ways of ordering a residual unit, in the order of the paper's figure."""
        return tuple(orderings.ORDERINGS.values())

    def residual_profile(
        self,
        photos: Sequence[PhotoInput],
        depth: int,
        weights: str = "auto",
        *,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> tuple[BlockProfile, ...]:
        """What every block adds to its shortcut, on each of ``photos``."""
        with self._bench(photos, depth, weights, progress, waiting) as bench:
            return blocks.residual_profile(bench.network.module, bench.x, progress=bench.progress, stop=bench.stop)

    def single_lesions(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> LesionBoard:
        """Each block's branch bypassed alone."""
        with self._bench([photo], depth, weights, progress, waiting) as bench:
            index = _index(target, bench.network)
            network, card = bench.network.module, bench.network.card
            return lesions.single_lesions(network, bench.x, index, card, progress=bench.progress, stop=bench.stop)

    def lesion_set(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        blocks: Collection[str] | None = None,
        cut: lesions.Cut = "branch",
        waiting: Waiting = AT_ONCE,
    ) -> Lesion:
        """``blocks`` cut together, all of them where None; ``cut="shortcut"`` makes a plain network."""
        with self._bench([photo], depth, weights, None, waiting) as bench:
            network, card = bench.network.module, bench.network.card
            for block in blocks or ():
                _check_name("block", block, units.blocks_of(network))
            return lesions.lesion_set(network, bench.x, _index(target, bench.network), card, blocks, cut=cut)

    def block_maps(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        block: str,
        waiting: Waiting = AT_ONCE,
    ) -> BlockMaps:
        """Grad-CAM of a block's branch, shortcut, sum and output."""
        with self._bench([photo], depth, weights, None, waiting) as bench:
            network = bench.network.module
            _check_name("block", block, units.blocks_of(network))
            return block_maps.block_maps(network, bench.x, block, _index(target, bench.network))

    def ablate_channels(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        stage: str,
        channels_cut: Sequence[int],
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> ChannelAblation:
        """The target's logit without each of ``channels_cut`` of a stage."""
        with self._bench([photo], depth, weights, progress, waiting) as bench, _within(stage):
            return channels.ablate_channels(
                bench.network.module,
                bench.x,
                stage,
                channels_cut,
                _index(target, bench.network),
                temperature=bench.network.card.temperature,
                progress=bench.progress,
                stop=bench.stop,
            )

    def excite_channel(
        self,
        depth: int,
        weights: str = "auto",
        *,
        stage: str,
        channel: int,
        steps: int = 128,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> ChannelImage:
        """An image made to excite one channel of a stage."""
        with self._bench([], depth, weights, progress, waiting) as bench, _within(stage):
            return activation_maximisation.excite_channel(
                bench.network.module,
                stage,
                channel,
                bench.network.card.transform,
                steps=steps,
                progress=bench.progress,
                stop=bench.stop,
            )

    def effective_field(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        *,
        stage: str,
        row: int,
        column: int,
        waiting: Waiting = AT_ONCE,
    ) -> EffectiveField:
        """What one cell of a stage makes use of in the view."""
        with self._bench([photo], depth, weights, None, waiting) as bench, _within(stage):
            return receptive_field.effective_receptive_field(bench.network.module, bench.x, stage, row, column)

    def faithfulness(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        stages: Sequence[str] = STAGES,
        steps: int = 16,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> Faithfulness:
        """Deletion and insertion curves of each stage's Grad-CAM."""
        for stage in stages:
            _check_name("stage", stage, STAGES)
        with self._bench([photo], depth, weights, progress, waiting) as bench:
            return faithfulness.deletion_and_insertion(
                bench.network.module,
                bench.x,
                _index(target, bench.network),
                stages=stages,
                temperature=bench.network.card.temperature,
                steps=steps,
                progress=bench.progress,
                stop=bench.stop,
            )

    def randomisation(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        stages: Sequence[str] = STAGES,
        draws: int = 3,
        seed: int = 0,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
    ) -> Randomisation:
        """What is left of each stage's Grad-CAM as the network forgets its layers; the same for the same ``seed``."""
        for stage in stages:
            _check_name("stage", stage, STAGES)
        with self._bench([photo], depth, weights, progress, waiting) as bench:
            return randomisation.randomisation_check(
                bench.network.module,
                bench.x,
                _index(target, bench.network),
                generator=torch.Generator().manual_seed(seed),
                stages=stages,
                draws=draws,
                progress=bench.progress,
                stop=bench.stop,
            )

    def readout(
        self,
        photo: PhotoInput,
        depth: int,
        weights: str = "auto",
        target: int | str | None = None,
        *,
        waiting: Waiting = AT_ONCE,
    ) -> Readout | None:
        """At which stage the class can be told; None for weights that no probes were trained for."""
        file = readout.probes_file(find(depth, weights, self.engine.settings))
        if not file.is_file():
            return None
        probes = readout.read_probes(file.read_bytes(), file.name)
        with self._bench([photo], depth, weights, None, waiting) as bench:
            network, card = bench.network.module, bench.network.card
            return readout.read_out(network, bench.x, _index(target, bench.network), card, probes)

    @contextmanager
    def _bench(
        self, photos: Sequence[PhotoInput], depth: int, weights: str, progress: OnProgress, waiting: Waiting
    ) -> Iterator[_Bench]:
        network = self.engine.network(depth, weights)
        views = [self.engine.view(photo, depth, weights) for photo in photos]
        with self.engine.turn(waiting) as turn:

            def step(made: Progress) -> None:
                if progress is not None:
                    progress(made)
                waiting.check()
                turn.give_way()

            x = self.engine.tensor(views) if views else torch.empty(0)
            yield _Bench(network, x, step, waiting.stop)


def _index(target: int | str | None, network: Network) -> int | None:
    return None if target is None else find_class(target, network.card.classes).index


def _check_name(what: str, given: str, known: Collection[str]) -> None:
    if given not in known:
        raise InputError(
            f"There is no {what} {given!r}; this network has {', '.join(known)}.",
            code="part-unknown",
            what=what,
            given=given,
            known=", ".join(known),
        )


@contextmanager
def _within(stage: str) -> Iterator[None]:
    """Turn a study's ``IndexError``, for a channel or cell that the stage does not have, into an ``InputError``."""
    _check_name("stage", stage, STAGES)
    try:
        yield
    except IndexError as error:
        raise InputError(f"{error}.", code="part-out-of-range", stage=stage, what=str(error)) from error
