"""The studies, run on a visitor's photo with the engine's networks: what the page, the commands and the API call.

A study itself is a pure function (``studies/``). It says by the names of its parameters what it needs of a run:

- ``network``, and of its weights ``card``, ``transform``, ``probable`` (what makes logits probabilities),
  ``untempered`` (the same at temperature 1), ``probes``, ``profiles``, ``sheets`` or ``patches`` (None where there are
  none);
- ``x``, the photo's view (1, 3, h, w), or ``views`` (photos, 3, h, w), those of any number of photos;
- ``target``, the index of the class that is asked about, None for the most probable one, and ``contrast``, that of the
  class it is set against, None for none;
- ``progress`` and ``stop``.

Its other parameters are its own question, and handed on as they come.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.questions import find_classes
from resnet_demo.engine.turns import AT_ONCE, Waiting
from resnet_demo.labels.predictions import probabilities, untempered
from resnet_demo.maps.layers import explain
from resnet_demo.network.orderings import ORDERINGS
from resnet_demo.results import (
    Analysis,
    Architecture,
    Atlas,
    BlockKind,
    BlockMaps,
    CellAblation,
    CellActivations,
    ChannelAblation,
    ChannelImage,
    EffectiveField,
    Faithfulness,
    Initialisation,
    Ledger,
    Lesion,
    LesionBoard,
    Occlusion,
    Ordering,
    Painted,
    PaperTable,
    Patches,
    PhotoInput,
    Progress,
    Randomisation,
    Readout,
    ResidualProfile,
    ShortcutFade,
    SmallAnswers,
    StageReadout,
    TrainingRun,
    Tuning,
    WeightsName,
)
from resnet_demo.studies import architecture
from resnet_demo.studies.activation_maximisation import excite_channel
from resnet_demo.studies.atlas import Profiles, Sheets, atlas, profiles_file, read_profiles, read_sheets, sheets_file
from resnet_demo.studies.block_maps import block_maps
from resnet_demo.studies.blocks import residual_profile
from resnet_demo.studies.cells import ablate_cells
from resnet_demo.studies.channels import ablate_channels, activations_at
from resnet_demo.studies.faithfulness import deletion_and_insertion
from resnet_demo.studies.initialisation import signal_at_initialisation
from resnet_demo.studies.ledger import ledger
from resnet_demo.studies.lesions import fade_shortcuts, lesion_set, single_lesions
from resnet_demo.studies.long_work import OnProgress
from resnet_demo.studies.occlusion import occlude
from resnet_demo.studies.painting import paint
from resnet_demo.studies.patches import patches_file, read_patches, strongest_patches
from resnet_demo.studies.randomisation import randomisation_check
from resnet_demo.studies.readout import Probes, probes_file, read_out, read_probes, told_by_probes
from resnet_demo.studies.receptive_field import effective_receptive_field
from resnet_demo.studies.small_networks import classify_small
from resnet_demo.studies.tuning import tuning
from resnet_demo.weights.sources import source_of
from resnet_demo.weights.training_runs import recorded_runs

STUDIES: Mapping[type, Callable[..., Any]] = {
    Atlas: atlas,
    BlockMaps: block_maps,
    CellAblation: ablate_cells,
    CellActivations: activations_at,
    ChannelAblation: ablate_channels,
    ChannelImage: excite_channel,
    EffectiveField: effective_receptive_field,
    Faithfulness: deletion_and_insertion,
    Initialisation: signal_at_initialisation,
    Ledger: ledger,
    Occlusion: occlude,
    Painted: paint,
    Patches: strongest_patches,
    Lesion: lesion_set,
    LesionBoard: single_lesions,
    Randomisation: randomisation_check,
    Readout: read_out,
    ResidualProfile: residual_profile,
    ShortcutFade: fade_shortcuts,
    SmallAnswers: classify_small,
    Tuning: tuning,
}
"""Every study of a photo or of loaded weights, by the finding that it makes."""

Finding = TypeVar("Finding")


class Laboratory:
    """Studies with ``engine``'s networks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def run(
        self,
        finding: type[Finding],
        photo: PhotoInput | list[PhotoInput] | None,
        depth: int | str,
        weights: WeightsName = "auto",
        target: int | str | None = None,
        *,
        contrast: int | str | None = None,
        progress: OnProgress = None,
        waiting: Waiting = AT_ONCE,
        **question: Any,
    ) -> Finding:
        """A finding of this type, a key of ``STUDIES``, whose study says what the ``question`` may be.

        ``photo`` is a list for a study of several, and not read for one of the weights alone. ``target`` and
        ``contrast`` are classes as in ``AnalysisRequest``. Raises what ``Engine.run`` raises, and ``InputError`` for a
        name of a block, stage or channel that the network does not have.
        """
        study = STUDIES[finding]
        wanted = inspect.signature(study).parameters
        network = self.engine.drawn(depth, weights)
        explained, against = find_classes(target, contrast, network.card.classes)
        given: dict[str, Any] = {
            "network": network.module,
            "card": network.card,
            "probable": partial(probabilities, card=network.card),
            "untempered": partial(probabilities, card=untempered(network.card)),
            "transform": network.card.transform,
            "target": explained and explained.index,
            "contrast": against and against.index,
            "stop": waiting.stop,
        }
        if "probes" in wanted:
            given["probes"] = _probes(network.source.path)
        if "profiles" in wanted:
            given["profiles"] = _profiles(network.source.path)
        if "sheets" in wanted:
            given["sheets"] = _sheets(network.source.path)
        if "patches" in wanted:
            file = patches_file(network.source.path)
            given["patches"] = (
                read_patches(file.read_bytes(), file.name, network.module, network.card) if file.is_file() else None
            )
        seen = next((name for name in ("x", "views") if name in wanted), None)
        photos = photo if isinstance(photo, list) else [] if photo is None else [photo]
        if seen == "x" and len(photos) != 1:
            raise ValueError(f"{study.__name__} is about one photo; here are {len(photos)}")
        # More photos than are kept in memory would drive everybody's out of it.
        kept = len(photos) <= self.engine.settings.view_cache
        views = [self.engine.view(each, network, waiting=waiting, kept=kept) for each in photos] if seen else []
        with self.engine.turn(waiting) as turn:

            def step(made: Progress) -> None:
                if progress is not None:
                    progress(made)
                waiting.check()
                turn.give_way()

            given["progress"] = step
            if seen:
                given[seen] = self.engine.tensor(views)
            return study(**{name: value for name, value in given.items() if name in wanted}, **question)

    def told_by_stage(self, analysis: Analysis) -> Mapping[str, StageReadout]:
        """What linear probes tell from each stage's mean activations in an answer of this machine's networks; nothing
        for weights without probes."""
        source = source_of(analysis.network.depth, analysis.network.weights, self.engine.settings)
        probes = _probes(source.path)
        if probes is None:
            return {}
        pooled = {name: torch.from_numpy(stage.means) for name, stage in analysis.stages.items()}
        return told_by_probes(pooled, analysis.target.index, source.card, probes)

    def with_layers(
        self,
        analysis: Analysis,
        photo: PhotoInput,
        layers: Sequence[str],
        kind: BlockKind = "grad-cam",
        waiting: Waiting = AT_ONCE,
    ) -> Analysis:
        """An answer of this machine's networks about ``photo``, with the maps of any ``layers`` too, for its class and
        contrast: names as ``network.named_modules()`` has them. Raises as ``maps.layers.explain`` and ``Engine.view``.
        """
        network = self.engine.drawn(analysis.network.depth, analysis.network.weights)
        view = self.engine.view(photo, network, waiting=waiting)
        contrast = None if analysis.contrast is None else analysis.contrast.index
        with self.engine.turn(waiting):
            x = self.engine.tensor([view])
            found = explain(network.module, x, layers, target=analysis.target.index, contrast=contrast, kind=kind)
        return replace(analysis, layers={name: {kind: maps[0]} for name, maps in found.items()})

    def with_ledger(self, analysis: Analysis, photo: PhotoInput, waiting: Waiting = AT_ONCE) -> Analysis:
        """An answer of this machine's networks about ``photo`` with the ledger of its class and contrast."""
        return replace(analysis, ledger=self._about(analysis, Ledger, photo, waiting=waiting))

    def with_occlusion(self, analysis: Analysis, photo: PhotoInput, progress: OnProgress = None) -> Analysis:
        """The same with what each part of the photo costs when it is covered."""
        return replace(analysis, occlusion=self._about(analysis, Occlusion, photo, progress=progress))

    def _about(self, analysis: Analysis, finding: type[Finding], photo: PhotoInput, **how: Any) -> Finding:
        network, contrast = analysis.network, analysis.contrast
        against = None if contrast is None else contrast.index
        of = (network.depth, network.weights, analysis.target.index)
        return self.run(finding, photo, *of, contrast=against, **how)

    def channel_sheet(self, depth: int | str, weights: WeightsName, stage: str) -> bytes | None:
        """The images made ahead to excite a stage's channels, side by side in a WebP picture, as ``Atlas`` says.

        None where there are none. Raises what ``Engine.run`` raises for the weights, and ``WeightsCorrupt`` for a
        damaged file.
        """
        sheets = _sheets(self.engine.drawn(depth, weights).source.path)
        return None if sheets is None else sheets.pictures.get(stage)

    # What can be told without a photo and without weights

    def architecture(
        self, depth: int | str, weights: WeightsName = "auto", view_size: tuple[int, int] | None = None
    ) -> Architecture:
        """The network unit by unit, for a view of ``view_size`` (height, width); the weights' own view where None."""
        info = self.engine.network_info(depth, weights)
        return architecture.described(info.depth, view_size or info.view_size, info.classes)

    def paper_table(self) -> PaperTable:
        """Table 1 of He et al. 2016, for all five depths."""
        return architecture.paper_table()

    def source_code(self) -> dict[str, str]:
        """The code of this package's networks by what it builds, from a block to the five constructors."""
        return architecture.source_code()

    def orderings(self) -> tuple[Ordering, ...]:
        """The five ways of ordering a residual unit, in the order of the paper's figure."""
        return tuple(ORDERINGS.values())

    def training_runs(self) -> tuple[TrainingRun, ...]:
        """How the networks for CIFAR-10 that come with the program were trained."""
        return recorded_runs()


def _probes(weights: Path) -> Probes | None:
    """The probes that lie beside a file of weights."""
    file = probes_file(weights)
    return read_probes(file.read_bytes(), file.name) if file.is_file() else None


def _profiles(weights: Path) -> Profiles | None:
    """The class profiles that lie beside a file of weights."""
    file = profiles_file(weights)
    return read_profiles(file.read_bytes(), file.name) if file.is_file() else None


def _sheets(weights: Path) -> Sheets | None:
    """The images of channels that lie beside a file of weights."""
    file = sheets_file(weights)
    return read_sheets(file.read_bytes(), file.name) if file.is_file() else None
