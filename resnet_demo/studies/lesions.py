"""What breaks when residual blocks are bypassed, or when the shortcuts are cut instead.

Veit et al. 2016, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", section 4: a block's branch
F is taken away and its shortcut kept, ReLU(shortcut(x)) in place of ReLU(F(x) + shortcut(x)). A network whose shortcuts
are cut keeps ReLU(F(x)) and is a plain one, with weights that never were to work alone.

All single lesions share their work. The network runs once, with a batch that grows: behind each block it gains one row,
the clean input of that block passed by its shortcut alone. A block is so computed once for every lesion before it, as
it must be, and never for those behind it; and the later, smaller grids work on large batches, where they are fast.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import torch
from torch import Tensor

from resnet_demo.labels.predictions import probabilities, top_k
from resnet_demo.network.resnet import Block, ResNet
from resnet_demo.network.units import blocks_of, require_blocks, require_evaluation
from resnet_demo.results import Lesion, LesionBoard, Outcome, ShortcutFade
from resnet_demo.studies.long_work import OnProgress, Stop, paced
from resnet_demo.weights.cards import Card

Cut = Literal["branch", "shortcut"]


def single_lesions(
    network: ResNet,
    x: Tensor,
    target: int | None,
    card: Card,
    *,
    k: int = 5,
    progress: OnProgress = None,
    stop: Stop = None,
) -> LesionBoard:
    """The lesion of every block alone for one view ``x`` (1, 3, h, w), with the top ``k`` before and after each.

    ``target`` is the class whose probability and logit are followed, None for the clean network's most probable one.
    Raises ``Cancelled`` when stopped and ``WeightsCorrupt`` where the clean network's own logits are not finite.
    """
    clean, *lesions = lesion_logits(network, x, progress=progress, stop=stop)
    target = int(clean.argmax()) if target is None else target
    before = _answer(clean, target, card, k)
    return LesionBoard(
        target=target,
        clean=before,
        lesions=tuple(
            Lesion((name,), "branch", before, outcome(logits, target, card, k))
            for name, logits in zip(blocks_of(network), lesions, strict=True)
        ),
    )


def lesion_logits(network: ResNet, x: Tensor, *, progress: OnProgress = None, stop: Stop = None) -> Tensor:
    """Logits float32 (1 + blocks, classes) on the CPU for one view ``x`` (1, 3, h, w): the clean network's, then those
    without each block's F. Raises ``Cancelled`` when stopped."""
    require_evaluation(network)
    with torch.inference_mode():
        rows = network.stem(x)  # row 0 is the clean network's, row i that of the lesion of block i - 1
        for block in paced(list(blocks_of(network).values()), "lesions", "blocks", progress, stop):
            branch, shortcut = block.branch(rows), block.shortcut(rows)
            rows = torch.relu(torch.cat([branch + shortcut, shortcut[:1]]))
        return network.head(rows).float().cpu()


def lesion_set(
    network: ResNet,
    x: Tensor,
    target: int | None,
    card: Card,
    blocks: Collection[str] | None = None,
    *,
    cut: Cut = "branch",
    k: int = 5,
) -> Lesion:
    """Any set of blocks cut together, None for all of them, for one view ``x`` (1, 3, h, w).

    ``cut`` is ``branch`` to bypass F, ``shortcut`` for the plain network; projections are cut like identities.
    ``target`` and what is raised are as in ``single_lesions``, and ``InputError`` for a block that isn't there.
    """
    require_evaluation(network)
    require_blocks(network, blocks or ())
    known = blocks_of(network)
    chosen = set(known if blocks is None else blocks)
    with torch.inference_mode():
        clean = network.stem(x)
        damaged = clean
        for name, block in known.items():
            damaged = torch.relu(_kept(block, damaged, cut)) if name in chosen else block(damaged)
            clean = block(clean)
        before, after = network.head(clean)[0].float().cpu(), network.head(damaged)[0].float().cpu()
    target = int(before.argmax()) if target is None else target
    return Lesion(
        blocks=tuple(name for name in known if name in chosen),
        cut=cut,
        before=_answer(before, target, card, k),
        after=outcome(after, target, card, k),
    )


def fade_shortcuts(
    network: ResNet, x: Tensor, target: int | None, card: Card, *, steps: int = 20, k: int = 5
) -> ShortcutFade:
    """Every shortcut scaled from 1 down to 0 in so many ``steps``, for one view ``x`` (1, 3, h, w), in one batch.

    The parameters stay as they were trained, with whole shortcuts. ``target`` and what is raised are as in
    ``single_lesions``.
    """
    require_evaluation(network)
    scales = torch.linspace(1, 0, steps + 1, device=x.device)
    with torch.inference_mode():
        rows = network.stem(x).expand(steps + 1, -1, -1, -1)
        for block in blocks_of(network).values():
            rows = torch.relu(block.branch(rows) + scales[:, None, None, None] * block.shortcut(rows))
        logits = network.head(rows).float().cpu()
    target = int(logits[0].argmax()) if target is None else target
    whole = _answer(logits[0], target, card, k)
    outcomes = (whole, *(outcome(each, target, card, k) for each in logits[1:]))
    return ShortcutFade(target, scales.cpu().numpy(), outcomes)


def outcome(logits: Tensor, target: int, card: Card, k: int) -> Outcome:
    """What logits (classes) on the CPU say of class ``target``, and the top ``k``; no answer where they overflowed."""
    if not bool(torch.isfinite(logits).all()):
        return Outcome(None, None, ())
    return _answer(logits, target, card, k)


def _answer(logits: Tensor, target: int, card: Card, k: int) -> Outcome:
    probability = probabilities(logits, card)[target]
    return Outcome(float(probability), float(logits[target]), top_k(logits, card, k))


def _kept(block: Block, x: Tensor, cut: Cut) -> Tensor:
    """What a cut leaves of the sum before the ReLU."""
    return block.shortcut(x) if cut == "branch" else block.branch(x)
