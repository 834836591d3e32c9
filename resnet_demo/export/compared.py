"""The figure of a comparison: each network's view with its layer4 map, and what it said, side by side."""

from __future__ import annotations

from typing import Any

from PIL import Image

from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.export.figures import GAP, INK, MARGIN, PAPER, QUIET, TILE, legend, tile
from resnet_demo.export.look import TITLES, Look, scale_of
from resnet_demo.export.overlays import paint, view_of
from resnet_demo.export.typeface import can_draw, fit, label_of, wrapped, write
from resnet_demo.results import Analysis
from resnet_demo.results.comparison import Comparison

_LEGEND, _LINE, _PERCENT = 84, 24, 80
_ABOUT = 5  # lines


def comparison_figure(comparison: Comparison, stage: str = "layer4", **look: Any) -> Image.Image:
    """The map of ``stage`` of each answer on its own view, on white; below it labels, time and size.

    ``look`` are fields of ``Look``. Raises ``InputError`` for an answer without the view or that stage, and what
    ``Look`` refuses.
    """
    chosen = Look(**look)
    answers = comparison.answers
    if any(stage not in answer.analysis.stages for answer in answers):
        raise InputError("stage-not-in-all", given=stage)
    cams = [answer.analysis.stages[stage].cams[chosen.kind] for answer in answers]
    views = [view_of(answer.analysis, TILE) for answer in answers]
    width = 2 * MARGIN + len(answers) * TILE + (len(answers) - 1) * GAP
    told = wrapped(agreement(comparison), 17, width - 2 * MARGIN)
    top = MARGIN + 76 + _LINE * len(told)
    below = top + max(view.height for view in views) + 14
    most = max(len(answer.analysis.predictions) for answer in answers)
    page = Image.new("RGB", (width, below + _LEGEND + (most + _ABOUT) * _LINE + MARGIN), PAPER)
    name = answers[0].analysis.photo.name
    heading = f"{TITLES[chosen.kind]} of {stage}" + (f", {name}" if can_draw(name) else "")
    write(page, MARGIN, MARGIN, fit(heading, 26, width - 2 * MARGIN), 26, INK)
    for line, text in enumerate(told):
        write(page, MARGIN, MARGIN + 38 + line * _LINE, text, 17, QUIET)
    for place, (answer, cam, view) in enumerate(zip(answers, cams, views, strict=True)):
        scale = scale_of(cam, chosen, cams)
        rows, columns = cam.shape
        depth = answer.analysis.network.depth
        left = tile(page, paint(view, cam, chosen, scale), place, top, f"ResNet-{depth}", f"{rows} × {columns}")
        legend(page, left, below, cam, chosen, scale)
        _answer(page, answer.analysis, left, below + _LEGEND, most)
    return page


def agreement(comparison: Comparison) -> str:
    """How far the networks agree, in one sentence."""
    if comparison.agreement is None:
        return "The networks know no class in common, so their labels can't be compared."
    pairs = len(comparison.pairs)
    agreeing = sum(bool(pair.same_top1) for pair in comparison.pairs)
    all_of_them = "Both" if pairs == 1 else "All"
    said = (
        f"{all_of_them} put the same label first"
        if agreeing == pairs
        else "They put different labels first"
        if pairs == 1
        else f"{agreeing} of {pairs} pairs put the same label first"
    )
    if comparison.same_classes:
        return f"{said}."
    known = "class" if comparison.shared_classes == 1 else "classes"
    return f"{said}, compared over the {comparison.shared_classes:,} {known} that {all_of_them.lower()} know."


def _answer(page: Image.Image, analysis: Analysis, left: int, top: int, most: int) -> None:
    """The labels with their probabilities, then ``_ABOUT`` lines on where they come from."""
    for line, p in enumerate(analysis.predictions):
        y = top + line * _LINE
        write(page, left + _PERCENT, y, numerals.probability(p.probability), 17, INK, "ra")
        write(page, left + _PERCENT + 12, y, fit(label_of(p), 17, TILE - _PERCENT - 12), 17, INK)
    network = analysis.network
    spent = f"{numerals.seconds(analysis.timings['pass'])} on {analysis.device}" if "pass" in analysis.timings else ""
    about = (
        f"map for {label_of(analysis.target)}",
        network.title if can_draw(network.title) else "",
        f"{numerals.large(network.parameters)} parameters",
        f"{numerals.large(network.multiply_adds)} multiply-adds",
        spent,
    )
    for line, text in enumerate(about, start=most):
        write(page, left, top + line * _LINE, fit(text, 17, TILE), 17, QUIET)
