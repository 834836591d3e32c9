// The ledger: a waterfall from the stem to the logit, and the map of the row that is chosen.

import { coloursOf, DIVERGING } from "./colour.js";
import { segmented } from "./controls.js";
import { drawSigned } from "./draw_map.js";
import { cellAt, pointIn } from "./geometry.js";
import { axisOf, barOn, channelsOfRow, mapOfRow, meanRows, rowsOf } from "./ledger_rows.js";
import { html, nothing, render } from "./lit-html/lit-html.js";
import { formatSigned, formatValue } from "./numbers.js";
import { painted } from "./painted.js";
import { readerOf } from "./texts.js";

const MOST_ROWS = 16; // entries beyond which the stages are shown first
const LONGEST = 224; // pixels of the smooth picture

/**
 * Mount a ledger inside `host`.
 *
 * payload  {ledger: a Ledger as a document, src: the view's picture, label, contrast: the other class's label or null,
 *           profile: a LedgerProfile as a document, whose means are then shown, or null}, or null
 * texts, colours   as for the stage viewer; `smooth` false draws cells; `titled` says above it what it is
 * channel  makes of {stage, channel} what names it, a link to its card for example; its number alone by default
 *
 * Returns {update, setTexts, setLook, read}, also as `host.__viewer`.
 */
export function mount(host, { payload = null, texts, colours, smooth = true, titled = false, channel = numbered }) {
  const view = new LedgerView(host, { texts, colours, smooth, titled, channel });
  host.__viewer = {
    update: (next) => view.update(next),
    setTexts: (next) => view.set({ texts: next }),
    setLook: (next) => view.set({ smooth: next.smooth }),
    read: () => view.read(),
  };
  view.update(payload);
  return host.__viewer;
}

const numbered = ({ channel }) => `#${channel}`;

class LedgerView {
  constructor(host, { texts, colours, smooth, titled, channel }) {
    Object.assign(this, { texts, smooth, titled, channel, payload: null, by: null, chosen: null, cell: null });
    this.colours = coloursOf(colours[DIVERGING]);
    this.root = host.appendChild(document.createElement("div"));
    this.root.className = "rv rv-ledger";
  }

  update(payload) {
    const other = payload?.ledger.logit !== this.payload?.ledger.logit;
    this.payload = payload;
    if (payload && other) {
      this.by ??= payload.ledger.contributions.length > MOST_ROWS ? "stage" : "block";
      if (!this.rows().some(({ name }) => name === this.chosen)) this.chosen = this.largest();
      this.cell = null;
    }
    this.draw();
  }

  set(changes) {
    Object.assign(this, changes);
    this.draw();
  }

  /** Whether "one" photo's ledger is shown or the mean over "all". */
  get over() {
    return this.payload.profile ? "all" : "one";
  }

  rows() {
    const { ledger, profile } = this.payload;
    return profile ? meanRows(profile, this.by) : rowsOf(ledger, this.by);
  }

  /** The row that wrote most: whose map is shown first. The last layer's bias has no place. */
  largest() {
    const placed = this.rows().filter(({ name }) => name !== "fc");
    return placed.reduce((a, b) => (b.value > a.value ? b : a)).name;
  }

  /** What stands on the screen: for tests, and for whoever shares a picture of it. */
  read() {
    if (!this.payload) return null;
    const { by, over, chosen, cell } = this;
    return { by, over, chosen, cell, logit: this.payload.ledger.logit, rows: this.rows() };
  }

  draw() {
    this.t = readerOf(this.texts);
    render(this.payload ? this.whole() : nothing, this.root);
  }

  whole() {
    const { t, payload, by } = this;
    const { label, contrast, profile } = payload;
    const turn = (next) => {
      this.by = next;
      if (!this.rows().some(({ name }) => name === this.chosen)) this.chosen = this.largest();
      this.cell = null;
      this.draw();
    };
    const of = contrast ? t("question.pair", { class: label, other: contrast }) : label;
    return html`
      ${this.titled ? html`<h3>${t("ledger.title")}</h3><p class="rv-ledger-read">${t("ledger.read")}</p>` : nothing}
      <div class="rv-ledger-head">
        <p>
          ${profile
            ? t("ledger.of_photos", { count: profile.logits.shape[0] })
            : t("ledger.logit", { class: of, value: formatValue(payload.ledger.logit) })}
        </p>
        ${segmented(t("ledger.by"), ["stage", "block"].map((each) => [each, t(`ledger.by.${each}`)]), by, turn)}
      </div>
      <div class="rv-ledger-both">${this.table()} ${this.picture()}</div>
    `;
  }

  table() {
    const { t, over, payload } = this;
    const rows = this.rows();
    const axis = axisOf(rows);
    const totals = over === "one" && rows.some(({ total }) => total !== null);
    const sum = rows.at(-1).to;
    const last = { name: "", part: "sum", value: sum, total: null, spread: null, from: 0, to: sum };
    return html`
      <table class="rv-waterfall">
        <caption class="rv-unseen">${t("ledger.caption", { class: payload.label })}</caption>
        <thead>
          <tr>
            <th scope="col">${t("ledger.unit")}</th>
            <td></td>
            <th scope="col">${t(over === "one" ? "ledger.wrote" : "ledger.mean")}</th>
            ${totals ? html`<th scope="col" title=${t("ledger.lost.meaning")}>${t("ledger.lost")}</th>` : nothing}
          </tr>
        </thead>
        <tbody>${[...rows, last].map((row) => this.row(row, axis, totals))}</tbody>
      </table>
    `;
  }

  row(row, axis, totals) {
    const { t, over } = this;
    const { name, part, value, total, spread, from, to } = row;
    const told = this.nameOf(row);
    const choose = () => this.set({ chosen: name, cell: null });
    const bar = barOn(axis, from, to);
    const zero = barOn(axis, 0, 0).left;
    const whisker = spread ? barOn(axis, to - spread, to + spread) : null;
    const lost = total === null ? null : barOn(axis, from, from + total);
    const share = (at) => `${100 * at}%`;
    return html`
      <tr class="rv-entry rv-part-${part}" aria-selected=${String(name === this.chosen)} @click=${choose}>
        <th scope="row">
          <button type="button" aria-pressed=${String(name === this.chosen)} title=${t(`ledger.part.${part}`)}>${told}</button>
        </th>
        <td class="rv-fall" aria-hidden="true">
          <i class="rv-zero" style="left: ${share(zero)}"></i>
          ${lost && totals
            ? html`<i class="rv-lost" style="left: ${share(lost.left)}; width: ${share(lost.width)}"></i>`
            : nothing}
          <i
            class="rv-written ${value < 0 ? "rv-against" : "rv-for"}"
            style="left: ${share(bar.left)}; width: ${share(bar.width)}"
          ></i>
          ${whisker
            ? html`<i class="rv-whisker" style="left: ${share(whisker.left)}; width: ${share(whisker.width)}"></i>`
            : nothing}
        </td>
        <td class="rv-number">
          ${part === "sum" ? formatValue(value) : formatSigned(value)}${over === "all" && spread !== null
            ? html`<small> ± ${formatValue(spread, 2)}</small>`
            : nothing}
        </td>
        ${totals ? html`<td class="rv-number rv-muted">${total === null ? "" : formatSigned(total)}</td>` : nothing}
      </tr>
    `;
  }

  nameOf({ name, part }) {
    if (part === "sum") return this.t("ledger.sum");
    if (name === "fc") return this.t("ledger.bias");
    return part === "projection" ? this.t("ledger.projection", { block: name.replace(".downsample", "") }) : name;
  }

  picture() {
    const { t, payload, chosen, over } = this;
    const { ledger, src } = payload;
    const rows = this.rows();
    const row = chosen === "" ? { name: "", part: "sum", value: rows.at(-1).to } : rows.find(({ name }) => name === chosen);
    const name = this.nameOf(row);
    if (over === "all") return html`<p class="rv-ledger-note">${t("ledger.no_mean_map")}</p>`;
    if (chosen === "fc") return html`<p class="rv-ledger-note">${t("ledger.no_place")}</p>`;
    const map = mapOfRow(ledger, chosen);
    const longest = this.smooth ? LONGEST : 0;
    const paintMap = (canvas) => drawSigned(canvas, map, this.colours, longest);
    const label = t("ledger.map", { unit: name, value: formatSigned(row.value) });
    return html`
      <figure class="rv-ledger-map">
        <figcaption>${label}</figcaption>
        <div
          class="rv-ledger-picture"
          role="img"
          tabindex="0"
          aria-label=${`${label}. ${t("ledger.map.keys")}`}
          @pointermove=${(event) => this.point(event, map)}
          @click=${(event) => this.point(event, map)}
          @pointerleave=${() => this.set({ cell: null })}
          @keydown=${(event) => this.step(event, map)}
        >
          ${src ? html`<img src=${src} alt="" draggable="false" />` : nothing}
          <canvas width="1" height="1" ${painted(paintMap, map.values, longest)}></canvas>
          ${this.cellMark(map)}
        </div>
        <p class="rv-ledger-sum" role="status">${this.arithmetic(map, row, name)}</p>
        ${this.channels()}
      </figure>
    `;
  }

  /** The channels that wrote most of the chosen row, each under its name. */
  channels() {
    const { t, payload, chosen } = this;
    const found = channelsOfRow(payload.ledger, chosen);
    if (!found.length) return nothing;
    return html`
      <p class="rv-ledger-by">${t("ledger.channels")}</p>
      <ul class="rv-ledger-channels">
        ${found.map((each) => html`<li>${this.channel(each)} <span class="rv-number">${formatSigned(each.value)}</span></li>`)}
      </ul>
    `;
  }

  cellMark({ rows, columns }) {
    if (!this.cell) return nothing;
    const { row, column } = this.cell;
    const place = `left: ${(100 * column) / columns}%; top: ${(100 * row) / rows}%; width: ${100 / columns}%; height: ${100 / rows}%`;
    return html`<i class="rv-ledger-cell" style=${place}></i>`;
  }

  /** What the place pointed at holds, and how it adds up: place, row, logit. */
  arithmetic({ values, rows, columns }, row, name) {
    const { t, payload, cell } = this;
    const places = rows * columns;
    const facts = { unit: name, places, value: formatSigned(row.value), logit: formatValue(payload.ledger.logit) };
    if (!cell) return t("ledger.adds", facts);
    const here = values[cell.row * columns + cell.column];
    const rest = row.value - here;
    return t("ledger.cell", {
      ...facts,
      row: cell.row + 1,
      column: cell.column + 1,
      here: formatSigned(here),
      others: places - 1,
      rest: formatSigned(rest),
    });
  }

  point(event, { rows, columns }) {
    const share = pointIn(event.clientX, event.clientY, event.currentTarget.getBoundingClientRect());
    const cell = share && cellAt(share, rows, columns);
    if (cell?.row !== this.cell?.row || cell?.column !== this.cell?.column) this.set({ cell });
  }

  step(event, { rows, columns }) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const { row, column } = this.cell ?? { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
    const within = (value, count) => Math.min(count - 1, Math.max(0, value));
    this.set({ cell: { row: within(row + by[0], rows), column: within(column + by[1], columns) } });
  }
}
