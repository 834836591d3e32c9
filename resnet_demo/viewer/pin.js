// Where the cross-hair is and what holds it. Pointing moves it, a click pins it, arrow keys move it by a cell of the
// chosen tile, Escape lets go. States are values: every function takes one and returns the next.

import { cellAt, cellCentre } from "./geometry.js";

/** Nothing pointed at; `tile` 0 is the view, the stages follow. */
export const atRest = (tile) => ({ tile, point: null, pinned: false });

/** The pointer is over a tile. A pinned cross-hair stays where it is, on the tile where it was pinned. */
export function hover(state, tile, point) {
  return state.pinned ? state : { tile, point, pinned: false };
}

/** The pointer has left. */
export function leave(state) {
  return state.pinned ? state : { ...state, point: null };
}

/** A click pins; a click on the pinned cell lets go. `grid` is the tile's {rows, columns}. */
export function click(state, tile, point, grid) {
  if (state.pinned && state.tile === tile && sameCell(state.point, point, grid)) return letGo(state);
  return { tile, point, pinned: true };
}

/** Another tile is chosen; the cross-hair stays. */
export function choose(state, tile) {
  return { ...state, tile };
}

/** Whatever was pinned is let go. */
export function letGo(state) {
  return { ...state, point: null, pinned: false };
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * A key was pressed. `grids` holds {rows, columns} of every tile. Returns the next state, or null for a key that means
 * nothing here. The first arrow pins the middle of the picture; further ones go from cell to cell and stop at the edge.
 */
export function key(state, name, grids) {
  if (name === "Escape") return state.point ? letGo(state) : null;
  const number = Number(name);
  if (Number.isInteger(number) && number >= 1 && number <= grids.length) return choose(state, number - 1);
  const step = STEPS[name];
  if (!step) return null;
  const { rows, columns } = grids[state.tile];
  const cell = cellAt(state.point ?? { x: 0.5, y: 0.5 }, rows, columns);
  if (state.point) {
    cell.row = Math.min(rows - 1, Math.max(0, cell.row + step[0]));
    cell.column = Math.min(columns - 1, Math.max(0, cell.column + step[1]));
  }
  return { tile: state.tile, point: cellCentre(cell, rows, columns), pinned: true };
}

function sameCell(a, b, { rows, columns }) {
  const first = cellAt(a, rows, columns);
  const second = cellAt(b, rows, columns);
  return first.row === second.row && first.column === second.column;
}
