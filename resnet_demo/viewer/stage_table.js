// The table behind the picture: every stage's numbers, for screen readers and for whoever wants to read them off.

import { html, nothing } from "./lit-html/lit-html.js";
import { formatCount, formatProbability, formatSigned, formatValue } from "./numbers.js";

/** Columns of the table: a text's key, and what a tile of the picture and its stage of the analysis have to show. */
const COLUMNS = [
  ["table.grid", (tile) => `${tile.rows} × ${tile.columns}`],
  ["table.channels", (tile) => formatCount(tile.channels)],
  ["table.max", (tile) => formatValue(tile.max)],
  ["table.max_at", (tile) => cellText(tile.maxAt)],
  ["table.min", (tile) => formatValue(tile.min)],
  ["table.min_at", (tile) => cellText(tile.minAt)],
  ["table.here", (tile) => (tile.value === null ? "–" : formatSigned(tile.value))],
  ["table.field", (tile, stage) => `${stage.receptive_field.size}`],
  ["table.mean", (tile, stage) => formatValue(stage.stats.mean)],
  ["table.largest", (tile, stage) => formatValue(stage.stats.maximum)],
  ["table.zeros", (tile, stage) => formatProbability(stage.stats.zeros)],
];

const cellText = (cell) => (cell ? `${cell.row}, ${cell.column}` : "–");

/** The table of a picture of an analysis; its rows are made only while it is `open`. `toggled(open)` is told. */
export function stageTable(picture, analysis, { t, caption, open, toggled }) {
  const line = (tile, i) => html`
    <tr>
      <th scope="row">${tile.name}</th>
      ${COLUMNS.map(([, cell]) => html`<td>${cell(tile, analysis.stages[i])}</td>`)}
    </tr>
  `;
  const heads = [t("table.stage"), ...COLUMNS.map(([key]) => t(key))];
  return html`
    <details class="rv-table" @toggle=${({ target }) => toggled(target.open)}>
      <summary>${t("table.summary")}</summary>
      <div class="rv-table-frame" tabindex="0" role="region" aria-label=${t("table.summary")}>
        <table>
          <caption>${caption}</caption>
          <thead>
            <tr>${heads.map((text) => html`<th scope="col">${text}</th>`)}</tr>
          </thead>
          <tbody>${open && picture ? picture.tiles.map(line) : nothing}</tbody>
        </table>
      </div>
    </details>
  `;
}
