"""The report: one HTML file with the viewer in it, which opens without a server and asks nobody for anything."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from resnet_demo.errors.catalogue import sentence
from resnet_demo.export import numerals, tables
from resnet_demo.export.figures import figure_png
from resnet_demo.export.files import encoded, replacing
from resnet_demo.export.look import Look
from resnet_demo.export.overlays import overlay_png
from resnet_demo.results import Analysis, Atlas, Failed, Tuning
from resnet_demo.results.json import to_json
from resnet_demo.results.ledger import most_written
from resnet_demo.viewer.inline import inline_script, json_for_script, resources, style_sheet
from resnet_demo.viewer.payload import analysis_payload, feature_maps_payload

HERE = Path(__file__).parent
IN_MEMORY = 32_000_000
"""Bytes of a report kept in memory while it grows; what is more goes to a temporary file."""


_ROW = re.compile(r'<tr><th scope="row"><a href="#(photo-\d+)">')
_SECTION = re.compile(r'<section class="(rv photo|rv)" id="(photo-\d+)">')
_ANCHOR = "photo-"


@dataclass(frozen=True)
class Section:
    """An answer in a report: its row of the table and its section, in HTML, with ``anchor`` for the link between."""

    row: str
    section: str
    anchor: str


class Report:
    """A report that takes one answer at a time and keeps none: ``with Report(file) as report: report.add(answer)``.

    ``file`` is open for writing bytes and is written when the ``with`` ends well; without one ``write`` does it, as
    often as it is wanted. ``language`` is one of the viewer's, ``findings`` what is known of the answers' networks,
    which is told of the channels that a ledger names and at the end. ``look`` are fields of ``Look``: how the maps are
    looked at first. Raises ``InputError`` for what ``Look`` refuses.
    """

    def __init__(
        self, file: IO[bytes] | None, language: str = "en", findings: Sequence[Atlas | Tuning] = (), **look: Any
    ) -> None:
        self._file, self._language, self._look = file, language, Look(**look)
        self._atlases = {(each.depth, each.weights): each for each in findings if isinstance(each, Atlas)}
        self._tunings = [each for each in findings if isinstance(each, Tuning)]
        self._texts = json.loads((HERE / "report_texts.json").read_text(encoding="utf-8"))[language]
        self._rows: list[str] = []
        self._sections = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by __exit__

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._sections:
            if kind is None and self._file is not None:
                self.write(self._file)

    def add(self, answer: Analysis | Failed) -> None:
        """Append an answer. Raises ``InputError`` for an analysis without the view."""
        self.put(self.section(answer))

    def section(self, answer: Analysis | Failed, figure: bytes | None = None) -> Section:
        """What ``put`` takes: the dear part of ``add``, which may be made in another thread. ``figure`` is
        ``figure_png`` of the answer, where it has been drawn already. Raises as ``add``."""
        section = self._failed(answer) if isinstance(answer, Failed) else self._analysis(answer, figure)
        kind = "rv" if isinstance(answer, Failed) else "rv photo"
        name = escape(tables.name_of(answer))
        section = f'<section class="{kind}" id="{_ANCHOR}0">\n<h2>{name}</h2>\n{section}</section>\n'
        return Section(_row(answer, f"{_ANCHOR}0", self._language), section, f"{_ANCHOR}0")

    def put(self, made: Section) -> None:
        """Append a section."""
        anchor = f"{_ANCHOR}{len(self._rows) + 1}"
        self._sections.seek(0, io.SEEK_END)
        self._sections.write(encoded(made.section.replace(f'id="{made.anchor}"', f'id="{anchor}"', 1)))
        self._rows.append(made.row.replace(f'"#{made.anchor}"', f'"#{anchor}"', 1))

    def take_up(self, path: Path, together: int = 1) -> int:
        """Append what the report at ``path`` holds, but for what failed: as many answers as make whole photos, of
        ``together`` answers each. Returns the number of photos, 0 where there is no report."""
        rows: dict[str, str] = {}
        waiting: list[Section] = []
        photos = 0
        with suppress(FileNotFoundError), path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                if row := _ROW.match(line):
                    rows[row[1]] = line
                elif (begun := _SECTION.match(line)) and begun[2] in rows:
                    section = "".join([line, *takewhile(lambda each: each != "</section>\n", lines), "</section>\n"])
                    if begun[1] == "rv photo":
                        waiting.append(Section(rows[begun[2]], section, begun[2]))
                if len(waiting) == together:
                    for each in waiting:
                        self.put(each)
                    waiting, photos = [], photos + 1
        return photos

    def _failed(self, failed: Failed) -> str:
        told = escape(self._texts["failed"]).format(cause=_said(failed, self._language))
        return f'<p class="error">{told}</p>\n'

    def _analysis(self, analysis: Analysis, figure: bytes | None) -> str:
        # Where scripts are switched off, in a mail program say, the figure stands for the viewer.
        still = b64encode(figure or figure_png(analysis, **dataclasses.asdict(self._look))).decode("ascii")
        return (
            f'<div class="viewer"><noscript><img alt="" src="data:image/png;base64,{still}"></noscript></div>\n'
            f'<script type="application/json" class="payload">{json_for_script(self._payload(analysis))}</script>\n'
            '<div class="channels"></div>\n'
            f'<script type="application/json" class="maps">{json_for_script(_feature_maps(analysis))}</script>\n'
            f"{self._layers(analysis)}"
        ) + "".join([_finding(analysis, "ledger"), self._channels(analysis), _finding(analysis, "occlusion")])

    def _payload(self, analysis: Analysis) -> dict[str, Any]:
        """What the viewer shows, bundled weights called as in this report's language."""
        network = analysis.network
        if title := self._texts.get(f"weights.{network.weights}"):
            network = dataclasses.replace(network, title=title.format(classes=numerals.count(network.classes)))
        return analysis_payload(dataclasses.replace(analysis, network=network))

    def _channels(self, analysis: Analysis) -> str:
        """What is known of the channels that wrote most of the answer; "" where there is no ledger or no profile."""
        atlas = self._atlases.get((analysis.network.depth, analysis.network.weights))
        if analysis.ledger is None or atlas is None or not atlas.stages:
            return ""
        rows = []
        for stage, channels in most_written(analysis.ledger).items():
            for number, wrote in channels:
                known = atlas.channel(stage, number)
                name = f"{stage}.{number}"
                cells = (
                    ("+" if wrote > 0 else "") + numerals.value(wrote),
                    known.kind or "–",
                    ", ".join(each.label for each in known.best if each.mean > 0) or "–",
                    "–" if known.selectivity is None else numerals.probability(known.selectivity),
                )
                row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
                rows.append(f'<tr data-channel="{name}" tabindex="-1"><th scope="row">{name}</th>{row}</tr>\n')
        note = self._texts["channels_note"].format(photos=atlas.measured_on or "–")
        heads = [self._texts[name] for name in ("channel", "wrote", "kind", "best", "selectivity")]
        return (
            f'<details class="told"><summary>{escape(self._texts["channels"])}</summary>\n'
            f"<p>{escape(note)}</p>\n{_table(heads, rows)}</details>\n"
        )

    def _tuning(self, tuning: Tuning) -> str:
        """The section of what each stage of a network is tuned to."""
        names = next(iter(tuning.stages.values())).indices
        rows = []
        for name in names:
            shares = ((each.shares[name], each.null_shares.get(name)) for each in tuning.stages.values())
            cells = "".join(
                f"<td>{numerals.probability(share)} ({'–' if null is None else numerals.probability(null)})</td>"
                for share, null in shares
            )
            rows.append(f'<tr><th scope="row">{escape(self._texts[f"tuned.{name}"])}</th>{cells}</tr>\n')
        title = self._texts["tuning"].format(depth=tuning.depth)
        return (
            f'<section class="rv told tuning">\n<h2>{escape(title)}</h2>\n'
            f"<p>{escape(self._texts['tuning_note'])}</p>\n"
            f"{_table([self._texts['property'], *tuning.stages], rows)}</section>\n"
        )

    def _layers(self, analysis: Analysis) -> str:
        """The maps of layers inside the stages that were asked for, as pictures; "" where none were."""
        look = dataclasses.asdict(self._look)
        pictures = {
            name: b64encode(overlay_png(analysis, name, **look)).decode("ascii")
            for name, cams in analysis.layers.items()
            if self._look.kind in cams
        }
        figures = (
            f'<figure><img alt="" src="data:image/png;base64,{png}"><figcaption>{escape(name)}</figcaption></figure>'
            for name, png in pictures.items()
        )
        heading = escape(self._texts["layers"])
        return f'<h3>{heading}</h3>\n<div class="layers">{"".join(figures)}</div>\n' if pictures else ""

    def write(self, file: IO[bytes]) -> None:
        """The whole report as it stands, into an open file."""
        texts = {name: escape(text) for name, text in self._texts.items()}
        style = style_sheet() + (HERE / "report.css").read_text(encoding="utf-8")
        head = (HERE / "report.html").read_text(encoding="utf-8")
        head = head.format(language=self._language, style=style, rows="".join(self._rows), **texts)
        # The viewer's word for the colour map is another.
        look = dataclasses.asdict(self._look)
        look["colours"] = look.pop("colour_map")
        needed = json_for_script(resources(self._language) | {"look": look})
        script = inline_script() + (HERE / "report.js").read_text(encoding="utf-8")
        file.write(encoded(head))
        self._sections.seek(0)
        shutil.copyfileobj(self._sections, file)
        file.write(encoded("".join(map(self._tuning, self._tunings))))
        file.write(
            encoded(
                f'</main>\n<script type="application/json" id="resources">{needed}</script>\n'
                f"<script>\n{script}</script>\n</body>\n</html>\n"
            )
        )


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{"".join(rows)}</tbody></table></div>\n'


def write_report(path: Path, answers: Iterable[Analysis | Failed], language: str = "en", **look: Any) -> None:
    """A report on ``answers`` at ``path``, each written as it comes. Arguments and errors as of ``Report``.

    Raises ``InputError`` where ``path`` can't be written; nothing is left there then.
    """
    with replacing(Path(path)) as file, Report(file, language, **look) as report:
        for answer in answers:
            report.add(answer)


def framed_report(answers: Iterable[Analysis | Failed], language: str = "en", **look: Any) -> str:
    """A report as HTML that can stand within another page, a notebook's say: in a frame, where neither page's style
    reaches the other. Arguments and errors as of ``Report``."""
    file = io.BytesIO()
    with Report(file, language, **look) as report:
        for answer in answers:
            report.add(answer)
    page = escape(file.getvalue().decode("utf-8"))
    return f'<iframe srcdoc="{page}" style="width:100%;height:820px;border:0" title="ResNet stages"></iframe>'


def _feature_maps(analysis: Analysis) -> dict[str, Any]:
    """The payload of each stage that holds feature maps, without the view: the stage viewer's has it already."""
    held = [name for name, maps in analysis.stages.items() if len(maps.channel_ids)]
    return {name: feature_maps_payload(analysis, name) | {"view": None} for name in held}


def _finding(analysis: Analysis, name: str) -> str:
    """The place of the viewer of a finding and what it shows, where the analysis has it."""
    found = getattr(analysis, name)
    if found is None:
        return ""
    document = json_for_script(to_json(found, derived=True))
    return f'<div class="{name}"></div>\n<script type="application/json" class="found-{name}">{document}</script>\n'


def _said(failed: Failed, language: str) -> str:
    return escape(sentence(failed.error.code, failed.error.details, language, owner=True))


def _row(answer: Analysis | Failed, anchor: str, language: str) -> str:
    link = f'<a href="#{anchor}">{escape(tables.name_of(answer))}</a>'
    if isinstance(answer, Failed):
        return f'<tr><th scope="row">{link}</th><td colspan="3" class="error">{_said(answer, language)}</td></tr>\n'
    lead = tables.margin(answer.predictions)
    best = answer.predictions[0]
    cells = [
        escape(best.label),
        numerals.probability(best.probability),
        "" if lead is None else numerals.points(lead),
    ]
    return f'<tr><th scope="row">{link}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'
