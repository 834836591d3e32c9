"""The figure of a comparison: each network's view with its layer4 map, and what it said, side by side."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw

from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.export.figure import GAP, INK, MARGIN, PAPER, QUIET, TILE, legend, tile
from resnet_demo.export.look import TITLES, Look, scale_of
from resnet_demo.export.overlay import paint, view_of
from resnet_demo.export.typeface import can_draw, fit, font, wrapped
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
        raise InputError(f"Not every answer has a map of {stage!r}.", code="stage-not-analysed", given=stage)
    cams = [answer.analysis.stages[stage].cams[chosen.kind] for answer in answers]
    views = [view_of(answer.analysis, TILE) for answer in answers]
    width = 2 * MARGIN + len(answers) * TILE + (len(answers) - 1) * GAP
    told = wrapped(agreement(comparison), 17, width - 2 * MARGIN)
    top = MARGIN + 76 + _LINE * len(told)
    below = top + max(view.height for view in views) + 14
    most = max(len(answer.analysis.predictions) for answer in answers)
    page = Image.new("RGB", (width, below + _LEGEND + (most + _ABOUT) * _LINE + MARGIN), PAPER)
    draw = ImageDraw.Draw(page)
    name = answers[0].analysis.photo.name
    heading = f"{TITLES[chosen.kind]} of {stage}" + (f", {name}" if can_draw(name) else "")
    draw.text((MARGIN, MARGIN), fit(heading, 26, width - 2 * MARGIN), INK, font(26))
    for line, text in enumerate(told):
        draw.text((MARGIN, MARGIN + 38 + line * _LINE), text, QUIET, font(17))
    for place, (answer, cam, view) in enumerate(zip(answers, cams, views, strict=True)):
        scale = scale_of(cam, chosen, cams)
        rows, columns = cam.shape
        depth = answer.analysis.network.depth
        left = tile(page, paint(view, cam, chosen, scale), place, top, f"ResNet-{depth}", f"{rows} × {columns}")
        legend(page, left, below, cam, chosen, scale)
        _answer(draw, answer.analysis, left, below + _LEGEND, most)
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


def _answer(draw: ImageDraw.ImageDraw, analysis: Analysis, left: int, top: int, most: int) -> None:
    """The labels with their probabilities, then ``_ABOUT`` lines on where they come from."""
    for line, p in enumerate(analysis.predictions):
        y = top + line * _LINE
        draw.text((left + _PERCENT, y), numerals.probability(p.probability), INK, font(17), anchor="ra")
        draw.text((left + _PERCENT + 12, y), fit(p.label, 17, TILE - _PERCENT - 12), INK, font(17))
    network = analysis.network
    spent = f"{numerals.seconds(analysis.timings['pass'])} on {analysis.device}" if "pass" in analysis.timings else ""
    about = (
        f"map for {analysis.target.label}",
        network.title,
        f"{numerals.large(network.parameters)} parameters",
        f"{numerals.large(network.multiply_adds)} multiply-adds",
        spent,
    )
    for line, text in enumerate(about, start=most):
        draw.text((left, top + line * _LINE), fit(text, 17, TILE), QUIET, font(17))
