// Answers side by side as a matrix: a row for each, a column for each stage, on common scales and with one cross-hair.
import { rangeOf } from "../../viewer/arrays.js";
import { cellAt, pointIn } from "../../viewer/geometry.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { crossHair } from "../../viewer/marks.js";
import { formatProbability, formatShort, formatSigned } from "../../viewer/numbers.js";
import { mapPicture, peakOf } from "./map_picture.js";
import { fineNote, row, segments } from "./panels.js";

/**
 * A row: `name` and `note` of what answered, its `label` and `probability`, the class `explained`, the picture `src` of the
 * view, and its maps by stage, `maps`. `at(point)` is a point of the view on screen as one of the row's own view, null where
 * that shows no such place; `from(point)` the way back.
 */
export class Matrix {
  #scale = "stage"; // or "all"
  #pointed = null; // where the pointer is, as a point of the view on screen

  constructor(page, changed) {
    Object.assign(this, { page, changed });
  }

  /** The matrix of `rows`; `pinned` is a point of the view on screen, or null. */
  draw(rows, pinned) {
    const { say, stages } = this.page;
    const point = this.#pointed ?? pinned;
    const choose = (scale) => {
      this.#scale = scale;
      this.changed();
    };
    const scales = ["stage", "all"].map((key) => [key, say(`matrix.scale.${key}`)]);
    return html`
      ${row(segments(say("matrix.scale"), scales, this.#scale, choose))}
      <div class="rd-scroll" tabindex="0" role="region" aria-label=${say("matrix.label")}>
        <table class="rd-matrix">
          <thead>
            <tr><td></td>${stages.map((stage) => html`<th scope="col">${stage}</th>`)}</tr>
          </thead>
          <tbody>${rows.map((each) => this.#line(each, rows, point))}</tbody>
        </table>
      </div>
      ${fineNote(say("matrix.read"))}
    `;
  }

  #line(each, rows, point) {
    const { name, note, label, probability, explained } = each;
    const { say, stages } = this.page;
    return html`
      <tr>
        <th scope="row">
          <b>${name}</b><small>${note}</small>
          <span>${label} ${formatProbability(probability)}</span>
          <small>${say("matrix.for", { label: explained })}</small>
        </th>
        ${stages.map((stage) => html`<td>${this.#cell(each, stage, rows, point)}</td>`)}
      </tr>
    `;
  }

  #cell(each, stage, rows, point) {
    const { page } = this;
    const map = each.maps[stage];
    const { max } = rangeOf(map.values);
    const here = point && each.at(point);
    const cell = here && cellAt(here, map.rows, map.columns);
    const pointed = ({ clientX, clientY, currentTarget }) => {
      const inside = pointIn(clientX, clientY, currentTarget.getBoundingClientRect());
      return inside && each.from(inside);
    };
    const told = cell ? formatSigned(map.values[cell.row * map.columns + cell.column]) : page.say("matrix.max", { value: formatShort(max) });
    return html`
      <div
        class="rd-pointed"
        @pointermove=${(event) => event.pointerType !== "touch" && this.#point(pointed(event))}
        @pointerleave=${() => this.#point(null)}
        @click=${(event) => this.#pin(pointed(event))}
      >
        ${mapPicture(page, {
          src: each.src,
          map,
          peak: peakOf(this.#scale === "all" ? rows.flatMap(({ maps }) => Object.values(maps)) : rows.map(({ maps }) => maps[stage]), false),
          label: page.say("matrix.map", { stage, name: each.name, label: each.explained, max: formatShort(max) }),
          none: page.say("map.none", { label: each.explained }),
          marks: here
            ? html`<div class="rv rd-marks"><div class="rv-marks rv-pointed rv-pinned">${crossHair(here, cell, map)}</div></div>`
            : nothing,
        })}
      </div>
      <small class="rd-muted">${told}</small>
    `;
  }

  #pin(point) {
    if (point) this.page.parts.get("explorer").viewer.pinAt(point);
  }

  #point(point) {
    if (point === this.#pointed) return;
    this.#pointed = point;
    this.changed();
  }
}
