import assert from "node:assert/strict";
import { test } from "node:test";

import * as geometry from "../../resnet_demo/viewer/geometry.js";

test("the pointer's place is a share of the rectangle under it", () => {
  const rect = { left: 100, top: 50, width: 200, height: 400 };
  assert.deepEqual(geometry.pointIn(150, 350, rect), { x: 0.25, y: 0.75 });
  assert.equal(geometry.pointIn(99, 60, rect), null);
  assert.equal(geometry.pointIn(150, 451, rect), null);
});

test("a cell holds its left and top edge, and the last cell the right and bottom edge too", () => {
  assert.deepEqual(geometry.cellAt({ x: 0.5, y: 0.25 }, 4, 2), { row: 1, column: 1 });
  assert.deepEqual(geometry.cellAt({ x: 0.4999, y: 0.2499 }, 4, 2), { row: 0, column: 0 });
  assert.deepEqual(geometry.cellAt({ x: 1, y: 1 }, 4, 2), { row: 3, column: 1 });
});

test("the middle of a cell lies in that cell, on every grid the five stages have", () => {
  for (const n of [56, 28, 14, 7, 32, 16, 8, 4]) {
    for (let row = 0; row < n; row++) {
      const cell = { row, column: n - 1 - row };
      assert.deepEqual(geometry.cellAt(geometry.cellCentre(cell, n, n), n, n), cell);
    }
  }
});

test("a cell covers its equal share of the view", () => {
  const box = geometry.cellBox({ row: 1, column: 3 }, 2, 4);
  assert.deepEqual(box, { left: 0.75, top: 0.5, right: 1, bottom: 1 });
});

test("the stem's receptive field in the middle of the view is 11 pixels wide", () => {
  // A 7x7 convolution with stride 2 and padding 3, then a 3x3 pool with stride 2 and padding 1: cell i of the pool
  // looks at convolutions 2i - 1 to 2i + 1, and convolution j at pixels 2j - 3 to 2j + 3, so at 4i - 5 to 4i + 5.
  const field = { size: 11, step: 4, start: -5 };
  const seen = geometry.receptiveField({ row: 10, column: 20 }, field, { width: 224, height: 224 });
  assert.deepEqual(seen, { box: { left: 75, top: 35, right: 86, bottom: 46 }, whole: false, clipped: false, size: 11 });
});

test("a receptive field is clipped to the view and says so", () => {
  const view = { width: 100, height: 60 };
  const corner = geometry.receptiveField({ row: 0, column: 0 }, { size: 11, step: 4, start: -5 }, view);
  assert.deepEqual(corner.box, { left: 0, top: 0, right: 6, bottom: 6 });
  assert.deepEqual([corner.clipped, corner.whole], [true, false]);
  const wide = geometry.receptiveField({ row: 1, column: 1 }, { size: 435, step: 32, start: -217 }, view);
  assert.deepEqual(wide.box, { left: 0, top: 0, right: 100, bottom: 60 });
  assert.deepEqual([wide.clipped, wide.whole], [true, true]);
});

test("a box of the view lies in the photo where the crop lies", () => {
  // The view is 100 x 100 and shows pixels 200 to 600 across and 50 to 450 down: four photo pixels for one of the view.
  const crop = { left: 200, top: 50, right: 600, bottom: 450 };
  const box = geometry.boxOnPhoto({ left: 10, top: 0, right: 20, bottom: 100 }, { width: 100, height: 100 }, crop);
  assert.deepEqual(box, { left: 240, top: 50, right: 280, bottom: 450 });
});

test("a share of a picture is clipped to it", () => {
  const share = geometry.shareOf({ left: -10, top: 25, right: 50, bottom: 100 }, { width: 100, height: 50 });
  assert.deepEqual(share, { left: 0, top: 0.5, width: 0.5, height: 0.5 });
});

test("pixels are counted from 0 and end one before the picture's size", () => {
  const picture = { width: 600, height: 400 };
  assert.deepEqual(geometry.pixelAt({ x: 0, y: 0 }, picture), { x: 0, y: 0 });
  assert.deepEqual(geometry.pixelAt({ x: 1, y: 1 }, picture), { x: 599, y: 399 });
  assert.deepEqual(geometry.pixelAt({ x: 0.5, y: 0.001 }, picture), { x: 300, y: 0 });
});

test("from the view to the photo and back is the same place", () => {
  const photo = { width: 800, height: 500 };
  const crop = { left: 200, top: 50, right: 600, bottom: 450 };
  const onPhoto = geometry.pointOnPhoto({ x: 0.25, y: 0.5 }, photo, crop);
  assert.deepEqual(onPhoto, { x: 300 / 800, y: 250 / 500 });
  assert.deepEqual(geometry.pointOnView(onPhoto, photo, crop), { x: 0.25, y: 0.5 });
});

test("where the network did not look there is no point of the view", () => {
  const photo = { width: 800, height: 500 };
  const crop = { left: 200, top: 50, right: 600, bottom: 450 };
  assert.equal(geometry.pointOnView({ x: 0.1, y: 0.5 }, photo, crop), null);
});
