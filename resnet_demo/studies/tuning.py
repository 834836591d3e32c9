"""What each channel is tuned to: the bench of an electrophysiologist, with the pictures of ``stimuli.py``.

The electrode stays in one place: a channel's response is its activation in the cell on the middle of the picture. What
follows from the responses is counted alike for every property: a contrast (a - b) / (a + b) of two responses or of two
variances, tuned from ``TUNED`` on, where a is three times b, as Niell and Stryker 2008 ("Highly Selective Receptive
Fields in Mouse Visual Cortex") count orientation selectivity.

- ``orientation``, at the best wavelength, means over phases: a the preferred, b the one at right angles to it.
- ``frequency``, at the best orientation: a the best wavelength, b the worst.
- ``colour``: a the best coloured picture, b the same in grey of its luma. Compare the colour index of Rafegas and
  Vanrell 2018, "Color encoding in biologically-inspired convolutional neural networks", which does so for photos.
- ``curvature``: a the best curve or corner, b the best straight line. Pasupathy and Connor 1999, "Responses to contour
  features in macaque area V4".
- ``texture`` and ``shape``: of six outlines each filled with six textures, the variance that the texture explains
  against that which the outline explains (the two main effects of an analysis of variance), and the other way round.
  The pictures are those of Geirhos et al. 2019, "ImageNet-trained CNNs are biased towards texture".
- ``place``, ``size``, ``turn``, how invariant a channel is to them: the share of its variance over objects moved,
  scaled or turned that is due to which object it is (eta squared), from ``TUNED`` on.

- ``classes``, for weights with class profiles (``atlas.py``): a the mean activation over the photos of the best class,
  b that over the photos of all others. That is Morcos et al.'s selectivity.

A channel answers to a hue, its best one, where the best picture in it (a) excites it three times as much as any picture
in grey and any in the complementary hue (b).

The null is a copy of the network with random weights, as ``ResNet`` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from resnet_demo.network.resnet import ResNet
from resnet_demo.network.units import require_evaluation
from resnet_demo.results import STAGES, StageTuning, Tuning
from resnet_demo.results.tuning import TUNED
from resnet_demo.studies.atlas import Profiles, require_profiles_of, selectivity
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.studies.randomisation import untrained
from resnet_demo.studies.stimuli import (
    CONTOURS,
    DIRECTIONS,
    HUES,
    ORIENTATIONS,
    PLACES,
    RADII,
    SIDE,
    SIZES,
    WAVELENGTHS,
    Stimulus,
    stimuli,
)
from resnet_demo.weights.cards import Card, Transform

BEST = 9
"""Pictures named of each channel."""
SHEET_COLUMNS, SHEET_SIDE = 23, 48

STEPS: dict[str, Sequence[float | str | tuple[int, int]]] = {
    "orientation": ORIENTATIONS,
    "wavelength": WAVELENGTHS,
    "hue": HUES,
    "contour": CONTOURS,
    "dot": RADII,
    "place": PLACES,
    "size": SIZES,
    "turn": DIRECTIONS,
}


def tuning(
    network: ResNet,
    views: Tensor,
    card: Card,
    profiles: Profiles | None = None,
    *,
    side: int = SIDE,
    seed: int = 0,
    batch_size: int = 20,
    progress: OnProgress = None,
    stop: Stop = None,
) -> Tuning:
    """What every channel of every stage is tuned to.

    ``views`` (6, 3, h, w) are photos whose textures fill the outlines, normalised as ``card``'s transform says. Each
    picture has ``side`` pixels; what it shows keeps its size. The null is drawn with ``seed``, and runs in float32. Of
    classes only ``profiles`` tell, and of its null where they have one. Raises ``ValueError`` for another number of
    photos, ``WeightsMismatch`` for profiles of other weights and ``Cancelled`` when stopped.
    """
    require_evaluation(network)
    if profiles is not None:
        require_profiles_of(network, card, profiles)
    of_classes = _of_classes(profiles)
    mean, std = (torch.tensor(values)[:, None, None] for values in (card.transform.mean, card.transform.std))
    with torch.inference_mode():
        shown, pictures = stimuli((views.float().cpu() * std + mean).clamp(0, 1), side)
        random = untrained(network, seed)
        responses: dict[bool, dict[str, list[Tensor]]] = {
            null: {stage: [] for stage in STAGES} for null in (False, True)
        }
        batches = [(null, part) for null in (False, True) for part in pictures.split(batch_size)]
        for null, part in paced(batches, "stimuli", "batches", progress, stop):
            found = recorded(random if null else network, part, card.transform)
            for stage, values in found.items():
                responses[null][stage].append(values)
    trained, null_responses = (
        {stage: torch.cat(parts).numpy() for stage, parts in responses[null].items()} for null in (False, True)
    )
    return Tuning(
        depth=card.depth,
        weights=card.name,
        stages={
            stage: StageTuning(
                curves=curves(shown, trained[stage]),
                indices=indices(shown, trained[stage]) | of_classes[False][stage],
                null_indices=indices(shown, null_responses[stage]) | of_classes[True][stage],
                hues=preferred_hues(shown, trained[stage]),
                null_hues=preferred_hues(shown, null_responses[stage]),
                best=_best(trained[stage]),
            )
            for stage in STAGES
        },
        steps={name: tuple(_named(step) for step in steps) for name, steps in STEPS.items()},
        sheet=_sheet(pictures),
        pictures=len(pictures),
        columns=SHEET_COLUMNS,
    )


def recorded(network: ResNet, pictures: Tensor, transform: Transform) -> dict[str, Tensor]:
    """Each stage's activation in the cell on the middle of pictures (n, 3, h, w) in 0..1: float32 (n, channels)."""
    weight = network.conv1.weight
    mean, std = (torch.tensor(values)[:, None, None] for values in (transform.mean, transform.std))
    x = ((pictures - mean) / std).to(weight.device, weight.dtype, memory_format=torch.channels_last)
    # Cell i of a stage whose step is s looks around pixel s * i: half way is the middle.
    return {
        stage: a[:, :, a.shape[2] // 2, a.shape[3] // 2].float().cpu()
        for stage, a in network.forward_stages(x).stages.items()
    }


# From responses, float32 [pictures, channels], to what is told of them


def curves(shown: Sequence[Stimulus], responses: np.ndarray) -> dict[str, np.ndarray]:
    """By the names of ``STEPS``, float32 [channels, steps].

    Gratings are means over phases, at each orientation the best wavelength and at each wavelength the best orientation;
    hues, contours and dots the best over pattern, direction and polarity; objects means over the objects.
    """
    gratings = _table(shown, responses, "grating").mean(2)
    found = {
        "orientation": gratings.max(1),
        "wavelength": gratings.max(0),
        "hue": _table(shown, responses, "colour").max(1),
        "contour": _table(shown, responses, "contour").max((1, 2)),
        "dot": _table(shown, responses, "dot").max(1),
        **{name: _table(shown, responses, name).mean(0) for name in ("place", "size", "turn")},
    }
    return {name: np.ascontiguousarray(curve.T, np.float32) for name, curve in found.items()}


def indices(shown: Sequence[Stimulus], responses: np.ndarray) -> dict[str, np.ndarray]:
    """By property, float32 [channels], as the module's head defines them; 0 for a channel silent on its pictures."""
    every = np.arange(responses.shape[1])
    gratings = _table(shown, responses, "grating").mean(2)  # [orientations, wavelengths, channels]
    turns, waves = np.unravel_index(gratings.reshape(-1, len(every)).argmax(0), gratings.shape[:2])
    preferred = gratings[turns, waves, every]
    across = gratings[(turns + len(ORIENTATIONS) // 2) % len(ORIENTATIONS), waves, every]
    colour, grey = (_table(shown, responses, name).reshape(-1, len(every)) for name in ("colour", "grey"))
    hue = colour.argmax(0)
    contours = _table(shown, responses, "contour").max((1, 2))
    objects = _table(shown, responses, "object")  # [outlines, textures, channels]
    outline, texture = objects.mean(1).var(0), objects.mean(0).var(0)
    found = {
        "orientation": _contrast(preferred, across),
        "frequency": _contrast(preferred, gratings[turns, :, every].min(1)),
        "colour": _contrast(colour[hue, every], grey[hue, every]),
        "curvature": _contrast(contours[1:].max(0), contours[0]),
        "texture": _contrast(texture, outline),
        "shape": _contrast(outline, texture),
        **{name: _explained(_table(shown, responses, name)) for name in ("place", "size", "turn")},
    }
    return {name: index.astype(np.float32) for name, index in found.items()}


def preferred_hues(shown: Sequence[Stimulus], responses: np.ndarray) -> np.ndarray:
    """The step of the hue that each channel answers to, int32 [channels], as the module's head defines it; else -1."""
    every = np.arange(responses.shape[1])
    coloured = _table(shown, responses, "colour").max(1)  # [hues, channels]
    best = coloured.argmax(0)
    complement = coloured[(best + len(HUES) // 2) % len(HUES), every]
    other = np.maximum(complement, _table(shown, responses, "grey").max((0, 1)))
    return np.where(_contrast(coloured[best, every], other) >= TUNED, best, -1).astype(np.int32)


def _of_classes(profiles: Profiles | None) -> dict[bool, dict[str, dict[str, np.ndarray]]]:
    """The index of ``classes`` by stage, of the network and, under True, of its null; nothing where it is not known."""
    stages, null = ({}, {}) if profiles is None else (profiles.stages, profiles.null)
    return {
        False: {stage: {"classes": selectivity(stages[stage][0])} if stages else {} for stage in STAGES},
        True: {stage: {"classes": null[stage]} if null else {} for stage in STAGES},
    }


def _table(shown: Sequence[Stimulus], responses: np.ndarray, family: str) -> np.ndarray:
    """The responses to one family, [steps of each thing varied ..., channels]."""
    places = {each.at: row for row, each in enumerate(shown) if each.family == family}
    shape = np.max(list(places), axis=0) + 1
    return responses[[places[at] for at in np.ndindex(*shape)]].reshape(*shape, -1).astype(np.float64)


def _contrast(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a - b, a + b, out=np.zeros_like(a), where=a + b > 0)


def _explained(table: np.ndarray) -> np.ndarray:
    """Eta squared of objects [objects, ways, channels]: the variance of their means in the whole variance."""
    whole = table.var((0, 1))
    return np.divide(table.mean(1).var(0), whole, out=np.zeros_like(whole), where=whole > 0)


def _best(responses: np.ndarray) -> np.ndarray:
    order = np.argsort(-responses, axis=0, kind="stable")[:BEST]
    excited = np.take_along_axis(responses, order, 0) > 0
    return np.ascontiguousarray(np.where(excited, order, -1).T, np.int32)


def _named(step: float | str | tuple[int, int]) -> str:
    if isinstance(step, str):
        return step
    return " ".join(map(str, step)) if isinstance(step, tuple) else f"{step:g}"


def _sheet(pictures: Tensor) -> np.ndarray:
    """All pictures as one, uint8 [h, w, 3]; what is left of the last row is mid-grey."""
    small = functional.interpolate(pictures, size=(SHEET_SIDE, SHEET_SIDE), mode="bilinear", antialias=True)
    rows = -(-len(small) // SHEET_COLUMNS)
    whole = torch.full((rows * SHEET_COLUMNS, 3, SHEET_SIDE, SHEET_SIDE), 0.5)
    whole[: len(small)] = small
    whole = whole.view(rows, SHEET_COLUMNS, 3, SHEET_SIDE, SHEET_SIDE).permute(0, 3, 1, 4, 2)
    return (whole.reshape(rows * SHEET_SIDE, SHEET_COLUMNS * SHEET_SIDE, 3) * 255).round().to(torch.uint8).numpy()
