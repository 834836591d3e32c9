// The table behind the picture: every stage's numbers, for screen readers and for whoever wants to read them off.

import { element } from "./elements.js";
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

export class StageTable {
  constructor({ t }) {
    this.t = t;
    this.caption = element("caption", {});
    this.body = element("tbody", {});
    const head = [t("table.stage"), ...COLUMNS.map(([key]) => t(key))];
    this.node = element(
      "details",
      { class: "rv-table", ontoggle: () => this.fillIn() },
      element("summary", {}, t("table.summary")),
      element(
        "div",
        { class: "rv-table-frame", tabindex: 0, role: "region", "aria-label": t("table.summary") },
        element(
          "table",
          {},
          this.caption,
          element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
          this.body,
        ),
      ),
    );
  }

  /** Show a picture of an analysis; the rows are made only while somebody can see them. */
  show(picture, analysis, caption) {
    this.shown = { picture, analysis };
    this.caption.textContent = caption;
    this.fillIn();
  }

  fillIn() {
    if (!this.node.open || !this.shown) return;
    const { picture, analysis } = this.shown;
    const rows = picture.tiles.map((tile, i) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, tile.name),
        ...COLUMNS.map(([, cell]) => element("td", {}, cell(tile, analysis.stages[i]))),
      ),
    );
    this.body.replaceChildren(...rows);
  }
}
