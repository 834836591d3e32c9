// What the tables of the tab inside the block say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lesionCells } from "../../resnet_demo/page/static/block_views.js";

const lesion = (probability_change, logit_change, ...labels) => ({
  blocks: ["layer2.1"],
  probability_change,
  logit_change,
  after: { predictions: labels.map((label) => ({ label })) },
});

test("a loss is told with its sign, in points of a probability and in the logit's own units", () => {
  assert.deepEqual(lesionCells(lesion(-0.94, -10.87, "spider web", "espresso")), [
    "layer2.1",
    "−94.0",
    "−10.9",
    "spider web",
  ]);
  assert.deepEqual(lesionCells(lesion(0.002, 0.25, "espresso")).slice(1, 3), ["+0.2", "+0.250"]);
});

test("a network cut so that it has no answer has no change either", () => {
  assert.deepEqual(lesionCells(lesion(null, null)), ["layer2.1", "–", "–", "–"]);
});
