import assert from "node:assert/strict";
import { test } from "node:test";

import { timeSpent } from "../../resnet_demo/viewer/answer.js";
import { DEFAULTS } from "../../resnet_demo/viewer/display.js";
import { shownShare } from "../../resnet_demo/viewer/photo_panel.js";
import { gridsOf, pictureOf, unpack } from "../../resnet_demo/viewer/picture.js";
import { atRest } from "../../resnet_demo/viewer/pin.js";
import { valuesOf } from "../../resnet_demo/viewer/readout.js";

const base64 = (...values) => Buffer.from(Float32Array.from(values).buffer).toString("base64");
const stage = (name, rows, columns, cam, other, field) => ({
  name,
  rows,
  columns,
  channels: 4,
  cams: { "grad-cam": base64(...cam), hirescam: base64(...other) },
  agreement: { hirescam: 0.5 },
  receptive_field: field,
  stats: { minimum: 0, maximum: 1, mean: 0.1, zeros: 0.5 },
});

// A view of 8 x 8 pixels, the right half of a photo of 32 x 16: two photo pixels for one of the view.
const ANALYSIS = unpack({
  photo: { width: 32, height: 16, src: null },
  view: { width: 8, height: 8, src: null },
  box: { left: 16, top: 0, right: 32, bottom: 16 },
  stages: [
    stage("stem", 2, 2, [1, -2, 3, 0.5], [0, 0, 0, 0], { size: 3, step: 4, start: -1 }),
    stage("layer1", 1, 1, [-7], [7], { size: 11, step: 8, start: -2 }),
  ],
});
const look = (changes) => ({ ...DEFAULTS, ...changes });
const PINNED = { tile: 1, point: { x: 0.75, y: 0.25 }, pinned: true };

test("each tile says its largest and smallest value and where they lie", () => {
  const [stem] = pictureOf(ANALYSIS, look(), atRest(2)).tiles;
  assert.deepEqual([stem.max, stem.maxAt], [3, { row: 1, column: 0 }]);
  assert.deepEqual([stem.min, stem.minAt], [-2, { row: 0, column: 1 }]);
});

test("the pin reads the value of the cell that holds it, in every stage", () => {
  const { tiles, place } = pictureOf(ANALYSIS, look(), PINNED);
  assert.deepEqual(tiles[0].cell, { row: 0, column: 1 });
  assert.deepEqual(tiles.map(({ value }) => value), [-2, -7]);
  assert.deepEqual(place.view, { x: 6, y: 2 });
  assert.deepEqual(place.photo, { x: 28, y: 4 }); // 16 + 0.75 x 16, and 0.25 x 16
});

test("the receptive field of the pin's cell is the stage's own, on the view", () => {
  const { tiles } = pictureOf(ANALYSIS, look(), PINNED);
  assert.deepEqual(tiles[0].field.box, { left: 3, top: 0, right: 6, bottom: 2 }); // from -1 + 4 column, -1 + 4 row
  assert.deepEqual([tiles[0].field.clipped, tiles[0].field.whole], [true, false]);
  assert.equal(tiles[1].field.whole, true);
});

test("without a pin there are no values", () => {
  const { tiles, place, bar } = pictureOf(ANALYSIS, look(), atRest(1));
  assert.deepEqual(tiles.map(({ value, cell, field }) => [value, cell, field]), Array(2).fill([null, null, null]));
  assert.deepEqual([place, bar.mark], [null, null]);
});

test("a stage with values below zero only says so while evidence for the class is asked for", () => {
  const evidence = (changes) => pictureOf(ANALYSIS, look(changes), atRest(1)).tiles.map((tile) => tile.evidence);
  assert.deepEqual(evidence({}), ["shown", "against"]);
  assert.deepEqual(evidence({ signed: true }), ["shown", "shown"]);
  assert.deepEqual(evidence({ kind: "hirescam" }), ["empty", "shown"]);
  assert.deepEqual(evidence({ shared: true }), ["shown", "against"]);
});

test("another kind of map has its own values, and its correlation with Grad-CAM", () => {
  const { tiles } = pictureOf(ANALYSIS, look({ kind: "hirescam" }), PINNED);
  assert.deepEqual(tiles.map(({ value, agreement }) => [value, agreement]), [[0, 0.5], [7, 0.5]]);
  assert.equal(pictureOf(ANALYSIS, look(), PINNED).tiles[0].agreement, null);
});

test("the colour bar is the chosen stage's, the last one's while the view is chosen", () => {
  const bar = (tile, changes) => pictureOf(ANALYSIS, look(changes), { ...PINNED, tile }).bar;
  assert.deepEqual([bar(1).name, bar(1).scale], ["stem", { low: 0, high: 3 }]);
  assert.deepEqual([bar(0, { signed: true }).name, bar(0, { signed: true }).scale], ["layer1", { low: -7, high: 7 }]);
  assert.equal(bar(1).mark, 0); // -2 lies below the scale's start
  assert.equal(bar(1, { signed: true }).mark, 1 / 6); // (-2 + 3) / 6
});

test("arrow keys on the view go by the finest stage's cells", () => {
  assert.deepEqual(gridsOf(ANALYSIS), [
    { rows: 2, columns: 2 },
    { rows: 2, columns: 2 },
    { rows: 1, columns: 1 },
  ]);
});

test("every stage's value is spoken", () => {
  assert.deepEqual(valuesOf(pictureOf(ANALYSIS, look(), PINNED)), ["stem −2.00", "layer1 −7.00"]);
});

test("how much of the photo the network saw is a share of its area, padding left out", () => {
  assert.equal(shownShare({ width: 32, height: 16 }, { left: 16, top: 0, right: 32, bottom: 16 }), 0.5);
  assert.equal(shownShare({ width: 10, height: 10 }, { left: -5, top: -5, right: 15, bottom: 15 }), 1);
});

test("neither waiting nor loading counts as the photo's time", () => {
  const { total, steps } = timeSpent({ load: 2, read: 0.25, wait: 5, pass: 0.5 });
  assert.equal(total, 0.75);
  assert.deepEqual(steps, [["read", 0.25], ["pass", 0.5]]);
});
