"""The figure of a comparison: each network's view with its layer4 map, and what it said, side by side."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw

from resnet_demo.comparison import ComparedAnswer, Comparison
from resnet_demo.errors import InputError
from resnet_demo.export import numerals
from resnet_demo.export.figure import GAP, INK, MARGIN, PAPER, QUIET, TILE, legend, tile
from resnet_demo.export.look import TITLES, Look, scale_of
from resnet_demo.export.overlay import paint, view_of
from resnet_demo.export.typeface import can_draw, fit, font

_LEGEND, _LINE = 78, 24


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
    lines = [_lines(answer) for answer in answers]
    tallest = max(view.height for view in views)
    width = 2 * MARGIN + len(answers) * TILE + (len(answers) - 1) * GAP
    top, below = MARGIN + 100, MARGIN + 100 + tallest + 14
    page = Image.new("RGB", (width, below + _LEGEND + max(map(len, lines)) * _LINE + MARGIN), PAPER)
    draw = ImageDraw.Draw(page)
    name = answers[0].analysis.photo.name
    heading = f"{TITLES[chosen.kind]} of {stage}" + (f" for {name}" if can_draw(name) else "")
    draw.text((MARGIN, MARGIN), fit(heading, 26, width - 2 * MARGIN), INK, font(26))
    draw.text((MARGIN, MARGIN + 38), fit(agreement(comparison), 17, width - 2 * MARGIN), QUIET, font(17))
    for place, (answer, cam, view) in enumerate(zip(answers, cams, views, strict=True)):
        scale = scale_of(cam, chosen, cams)
        rows, columns = cam.shape
        depth = answer.analysis.network.depth
        left = tile(page, paint(view, cam, chosen, scale), place, top, f"ResNet-{depth}", f"{rows} × {columns}")
        legend(page, left, below, cam, chosen, scale)
        for line, (text, ink) in enumerate(lines[place]):
            draw.text((left, below + _LEGEND + line * _LINE), fit(text, 17, TILE), ink, font(17))
    return page


def agreement(comparison: Comparison) -> str:
    """How far the networks agree, in one sentence."""
    if comparison.agreement is None:
        return "The networks know no class in common, so their labels can't be compared."
    known = "class" if comparison.shared_classes == 1 else "classes"
    shared = f", compared over the {comparison.shared_classes:,} {known} that all of them know"
    over = "" if comparison.same_classes else shared
    agreeing = sum(bool(pair.same_top1) for pair in comparison.pairs)
    if agreeing == len(comparison.pairs):
        return f"All of them put the same label first{over}."
    pairs = "pair" if len(comparison.pairs) == 1 else "pairs"
    return f"{agreeing} of {len(comparison.pairs)} {pairs} of networks put the same label first{over}."


def _lines(answer: ComparedAnswer) -> list[tuple[str, str]]:
    analysis = answer.analysis
    network = analysis.network
    labels = [(f"{numerals.probability(p.probability)}   {p.label}", INK) for p in analysis.predictions]
    size = f"{numerals.large(network.parameters)} parameters, {numerals.large(network.multiply_adds)} multiply-adds"
    spent = f"{numerals.seconds(analysis.timings['pass'])} on {analysis.device}" if "pass" in analysis.timings else ""
    about = [f"map for {analysis.target.label}", network.title, size, spent]
    return [*labels, *((text, QUIET) for text in about if text)]
