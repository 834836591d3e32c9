import assert from "node:assert/strict";
import { test } from "node:test";

import { coveredCells, extended, newStroke, scoreOf } from "../../resnet_demo/page/static/strokes.js";

const stroke = (radius) => newStroke({ on: "view", fill: "grey", radius });

test("a stroke grows by steps of a third of the brush", () => {
  const first = extended(stroke(0.3), { x: 0.5, y: 0.5 });
  assert.deepEqual(first.points, [0.5, 0.5]);
  assert.equal(extended(first, { x: 0.59, y: 0.5 }), first);
  assert.deepEqual(extended(first, { x: 0.61, y: 0.5 }).points, [0.5, 0.5, 0.61, 0.5]);
});

test("a stroke ends before it is more than the server takes", () => {
  let long = stroke(0.01);
  for (let i = 0; i < 1000; i++) long = extended(long, { x: (i % 2) / 2, y: i / 1000 });
  assert.equal(long.points.length, 800);
});

test("a stroke covers the cells whose middle it holds, and the one it begins in", () => {
  const dab = extended(stroke(0.3), { x: 0.5, y: 0.5 });
  assert.deepEqual([...coveredCells(dab, 4, 4)], [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...coveredCells(extended(stroke(0.01), { x: 1, y: 0 }), 2, 2)], [0, 1, 0, 0]);
});

test("a guess is scored by the best area of its size, and chance by the mean", () => {
  assert.deepEqual(scoreOf([1, 0, 0, 0], [4, 2, 2, -5]), { score: 1, chance: 0.5 });
  assert.deepEqual(scoreOf([0, 1, 0, 1], [4, 2, 2, -5]), { score: 2 / 6, chance: 4 / 6 });
});

test("nothing guessed, or nothing to be found, has no score", () => {
  assert.equal(scoreOf([0, 0], [1, 2]), null);
  assert.equal(scoreOf([1, 0], [-1, 0]), null);
});
