// The marks of a place on a picture: a cross-hair, the cell that holds it, and receptive fields.

import { cellBox, placed, shareOf } from "./geometry.js";
import { html, nothing } from "./lit-html/lit-html.js";

/** The lines that meet at a point, and the outline of the cell of a grid, {rows, columns}, that holds it. */
export const crossHair = ({ x, y }, cell, grid) => html`
  <i class="rv-line rv-across" style="top: ${100 * y}%"></i>
  <i class="rv-line rv-down" style="left: ${100 * x}%"></i>
  ${cell
    ? html`<i class="rv-cell" style=${placed(shareOf(cellBox(cell, grid.rows, grid.columns), { width: 1, height: 1 }))}></i>`
    : nothing}
`;

/**
 * The outlines of stages' receptive fields on a picture, named and with their true sizes; those that cover the same part
 * of it, as all do that see the whole view, share one. `boxOf` gives a field's box in pixels of the picture.
 */
export function fieldMarks(tiles, picture, boxOf) {
  const found = new Map();
  for (const { name, field } of tiles) {
    const place = placed(shareOf(boxOf(field), picture));
    found.set(place, [...(found.get(place) ?? []), `${name} ${field.size}`]);
  }
  return [...found].map(([place, names]) => html`<i class="rv-field" style=${place}><span>${names.join(", ")}</span></i>`);
}
