import assert from "node:assert/strict";
import { test } from "node:test";

import { axisOf, barOn, changedChannels, channelsOfRow, mapOfRow, meanRows, rowsOf, sumOf } from "../../resnet_demo/viewer/ledger_rows.js";

const array = (values, shape) => ({
  dtype: "float32",
  shape,
  base64: Buffer.from(Float32Array.from(values).buffer).toString("base64"),
});
const CHANNELS = {
  stem: [0.5, 0, 1.5],
  "layer1.0": [-4, 1, 0],
  "layer2.0": [3, 0, 1, 0],
  "layer2.0.downsample": [-2, 0, 3, 1],
  fc: [],
};
const entry = (name, stage, part, values, shape, total = null) => ({
  name,
  stage,
  part,
  value: values.reduce((a, b) => a + b, 0),
  map: array(values, shape),
  channels: array(CHANNELS[name], [CHANNELS[name].length]),
  total,
});
const LEDGER = {
  logit: 6,
  contributions: [
    entry("stem", "stem", "stem", [1, 0, 0, 1], [2, 2]),
    entry("layer1.0", "layer1", "branch", [0, -3, 0, 0], [2, 2], 5),
    entry("layer2.0", "layer2", "branch", [4], [1, 1], 4),
    entry("layer2.0.downsample", "layer2", "projection", [2], [1, 1]),
    entry("fc", "fc", "bias", [1], [1, 1]),
  ],
};

test("the bars of a waterfall begin where the one before ended, and the last ends at the logit", () => {
  const rows = rowsOf(LEDGER, "block");
  assert.deepEqual(rows.map(({ from, to }) => [from, to]), [[0, 2], [2, -1], [-1, 3], [3, 5], [5, 6]]);
  assert.deepEqual(rows.map(({ total }) => total), [null, 5, 4, null, null]);
  assert.equal(rows.at(-1).to, LEDGER.logit);
});

test("a stage's row holds its blocks and its projection's bias", () => {
  const rows = rowsOf(LEDGER, "stage");
  assert.deepEqual(rows.map(({ name, value }) => [name, value]), [["stem", 2], ["layer1", -3], ["layer2", 6], ["fc", 1]]);
});

test("the mean over photos keeps the spread of each row", () => {
  const profile = {
    entries: [{ name: "stem", part: "stem", mean: 1, spread: 0.5 }, { name: "fc", part: "bias", mean: -2, spread: 0 }],
    stage_means: { stem: 1, fc: -2 },
    stage_spreads: { stem: 0.5, fc: 0 },
  };
  for (const by of ["block", "stage"]) {
    assert.deepEqual(meanRows(profile, by).map(({ to, spread }) => [to, spread]), [[1, 0.5], [-1, 0]]);
  }
});

test("the axis holds zero, every end and every whisker", () => {
  assert.deepEqual(axisOf(rowsOf(LEDGER, "block")), { low: -1, high: 6 });
  assert.deepEqual(axisOf([{ from: 2, to: 3, spread: 4 }]), { low: -1, high: 7 });
  assert.deepEqual(axisOf([{ from: 0, to: 0, spread: null }]), { low: 0, high: 1 });
  assert.deepEqual(barOn({ low: -1, high: 3 }, 2, 1), { left: 0.5, width: 0.25 });
});

test("every map adds up to its row, and that of the sum to the logit", () => {
  const sum = ({ values }) => values.reduce((a, b) => a + b, 0);
  for (const by of ["block", "stage"]) {
    for (const { name, value } of rowsOf(LEDGER, by)) assert.equal(sum(mapOfRow(LEDGER, name)), value, name);
  }
  const whole = mapOfRow(LEDGER, "");
  assert.deepEqual([whole.rows, whole.columns], [2, 2]);
  // Each place has a quarter of what the coarse maps hold, 4 + 2 + 1.
  assert.deepEqual([...whole.values], [2.75, -1.25, 1.75, 2.75]);
});

test("grids that do not divide each other add up all the same", () => {
  const fine = { values: new Float32Array(25).fill(1), rows: 5, columns: 5 };
  const coarse = { values: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]), rows: 3, columns: 3 };
  const { values } = sumOf([coarse, fine]);
  assert.ok(Math.abs(values.reduce((a, b) => a + b, 0) - 70) < 1e-4);
});

test("a row's channels are those that wrote most, for or against, of a stage all its entries together", () => {
  const told = (name, most) => channelsOfRow(LEDGER, name, most).map(({ stage, channel, value }) => [stage, channel, value]);
  assert.deepEqual(told("layer1.0"), [["layer1", 0, -4], ["layer1", 1, 1]]);
  assert.deepEqual(told("layer2"), [["layer2", 2, 4], ["layer2", 0, 1], ["layer2", 3, 1]]);
  assert.deepEqual(told("layer2", 1), [["layer2", 2, 4]]);
  assert.deepEqual(told("stem"), [["stem", 2, 1.5], ["stem", 0, 0.5]]);
  assert.deepEqual(told("fc"), []);
  assert.deepEqual(told(""), []);
});

test("channels that changed are those of the difference", () => {
  const contributions = LEDGER.contributions.map((each) =>
    each.name === "layer2.0" ? { ...each, channels: array([3, 5, 0, 0], [4]) } : each,
  );
  const found = changedChannels(LEDGER, { contributions }, "layer2");
  assert.deepEqual(found.map(({ channel, value }) => [channel, value]), [[1, 5], [2, -1]]);
});
