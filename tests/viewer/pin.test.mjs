import assert from "node:assert/strict";
import { test } from "node:test";

import * as pin from "../../resnet_demo/viewer/pin.js";

const GRIDS = [8, 8, 4, 2].map((n) => ({ rows: n, columns: n }));
const PLACE = { x: 0.3, y: 0.6 };
const press = (state, ...names) => names.reduce((now, name) => pin.key(now, name, GRIDS), state);

test("the cross-hair follows the pointer and goes when it leaves; the tile stays chosen", () => {
  const pointing = pin.hover(pin.atRest(3), 2, PLACE);
  assert.deepEqual(pointing, { tile: 2, point: PLACE, pinned: false });
  assert.deepEqual(pin.leave(pointing), { tile: 2, point: null, pinned: false });
});

test("a click wins over pointing: a pinned cross-hair neither follows nor goes", () => {
  const pinned = pin.click(pin.atRest(3), 2, PLACE, GRIDS[2]);
  assert.deepEqual(pinned, { tile: 2, point: PLACE, pinned: true });
  assert.equal(pin.hover(pinned, 1, { x: 0.9, y: 0.9 }), pinned);
  assert.equal(pin.leave(pinned), pinned);
});

test("a click elsewhere moves the pin, one into the pinned cell lets go", () => {
  const pinned = pin.click(pin.atRest(2), 2, PLACE, GRIDS[2]);
  const elsewhere = { x: 0.9, y: 0.6 };
  assert.deepEqual(pin.click(pinned, 2, elsewhere, GRIDS[2]).point, elsewhere);
  // On a grid of four, x 0.3 and 0.4 are both in column 1, y 0.6 and 0.7 both in row 2.
  assert.equal(pin.click(pinned, 2, { x: 0.4, y: 0.7 }, GRIDS[2]).point, null);
  // The same place on another tile is another cell.
  assert.deepEqual(pin.click(pinned, 1, PLACE, GRIDS[1]), { tile: 1, point: PLACE, pinned: true });
});

test("the first arrow pins the middle cell, further ones go cell by cell of the chosen tile", () => {
  const first = press(pin.atRest(2), "ArrowRight");
  assert.deepEqual(first, { tile: 2, point: { x: 0.625, y: 0.625 }, pinned: true }); // cell 2, 2 of four
  assert.deepEqual(press(first, "ArrowLeft").point, { x: 0.375, y: 0.625 });
  assert.deepEqual(press(first, "ArrowUp").point, { x: 0.625, y: 0.375 });
  assert.deepEqual(press({ ...first, tile: 1 }, "ArrowDown").point, { x: 0.6875, y: 0.8125 }); // cells of an eighth
});

test("arrows stop at the edge", () => {
  const corner = { tile: 3, point: { x: 0.75, y: 0.25 }, pinned: true };
  assert.deepEqual(press(corner, "ArrowRight", "ArrowUp").point, { x: 0.75, y: 0.25 });
});

test("an arrow takes over from the pointer", () => {
  const pointing = pin.hover(pin.atRest(2), 2, PLACE);
  assert.deepEqual(press(pointing, "ArrowRight"), { tile: 2, point: { x: 0.625, y: 0.625 }, pinned: true });
});

test("numbers choose the tile, as many as there are, and leave the cross-hair", () => {
  const pinned = { tile: 2, point: PLACE, pinned: true };
  assert.deepEqual(press(pinned, "4"), { tile: 3, point: PLACE, pinned: true });
  assert.deepEqual(press(pinned, "1").tile, 0);
  assert.equal(pin.key(pinned, "5", GRIDS), null);
  assert.equal(pin.key(pinned, "0", GRIDS), null);
});

test("Escape lets go once, and then means nothing here", () => {
  const free = press({ tile: 2, point: PLACE, pinned: true }, "Escape");
  assert.deepEqual(free, { tile: 2, point: null, pinned: false });
  assert.equal(pin.key(free, "Escape", GRIDS), null);
});

test("other keys are left to the page", () => {
  for (const name of ["Tab", "a", " ", "Home"]) assert.equal(pin.key(pin.atRest(0), name, GRIDS), null);
});

test("every step returns a new state and leaves the old one alone", () => {
  const state = Object.freeze({ tile: 2, point: Object.freeze({ ...PLACE }), pinned: true });
  press(state, "ArrowRight");
  pin.click(state, 1, { x: 0.1, y: 0.1 }, GRIDS[1]);
  pin.choose(state, 1);
  assert.deepEqual(state, { tile: 2, point: PLACE, pinned: true });
});
