import assert from "node:assert/strict";
import { test } from "node:test";

import { channelsOf, continues, patchesOf } from "../../resnet_demo/viewer/channels.js";

// Halves of 0, 1 and 0.5.
const HALVES = { 0: 0x0000, 1: 0x3c00, 0.5: 0x3800 };
const base64 = (...values) => Buffer.from(Uint16Array.from(values, (value) => HALVES[value]).buffer).toString("base64");

// Two channels of two by two cells out of four channels, the ranks 2 and 3.
const PAYLOAD = {
  id: "a",
  stage: "layer3",
  ranked_by: "evidence",
  rows: 2,
  columns: 2,
  channels: 4,
  first_rank: 2,
  ids: [7, 5],
  weights: [0.5, -1],
  evidence: [3, -6],
  means: [1.5, 1.5],
  totals: { for: 14, against: -6 },
  maps: base64(0, 1, 0, 0.5, 0.5, 0, 0, 1),
  scales: [4, 4],
  receptive_field: { size: 6, step: 4, start: -1 },
  view: { width: 8, height: 8, src: "data:," },
  photo: { name: "one.jpg" },
};

test("a channel has its values, its rank and its numbers", () => {
  const [first, second] = channelsOf(PAYLOAD);
  assert.deepEqual([...first.values], [0, 4, 0, 2]);
  assert.deepEqual([...second.values], [2, 0, 0, 4]);
  assert.deepEqual([first.id, first.rank, second.rank], [7, 2, 3]);
  assert.deepEqual([first.range.min, first.range.max], [0, 4]);
});

test("a channel has the sum of its map and its evidence", () => {
  for (const channel of channelsOf(PAYLOAD)) {
    assert.equal(channel.sum, channel.values.reduce((a, b) => a + b));
  }
  assert.deepEqual(channelsOf(PAYLOAD).map(({ evidence }) => evidence), [3, -6]);
});

test("a share is of all evidence, for and against, and keeps its sign", () => {
  assert.deepEqual(channelsOf(PAYLOAD).map(({ share }) => share), [3 / 20, -6 / 20]);
  assert.equal(channelsOf({ ...PAYLOAD, totals: { for: 0, against: 0 } })[0].share, 0);
});

test("a page goes on only where the one before it ended, with the same question", () => {
  const shown = { id: "a", stage: "layer3", ranked_by: "evidence" };
  assert.equal(continues(shown, 2, PAYLOAD), true);
  assert.equal(continues(shown, 1, PAYLOAD), false);
  assert.equal(continues(null, 2, PAYLOAD), false);
  for (const other of [{ id: "b" }, { stage: "layer4" }, { ranked_by: "activation" }]) {
    assert.equal(continues({ ...shown, ...other }, 2, PAYLOAD), false);
  }
  assert.equal(continues(shown, 0, { ...PAYLOAD, first_rank: 0 }), false);
});

// Two photos of eight by eight pixels in which a channel of two by two cells is strongest at the cells 1 and 2.
const FIELD = { rows: 2, columns: 2, receptive_field: PAYLOAD.receptive_field, view: PAYLOAD.view };
const ONE = { ...FIELD, name: "one.jpg", peak: 4, cell: 1 };
const TWO = { ...FIELD, name: "two.jpg", peak: 8, cell: 2 };

test("patches are cut where the channel is strongest, the strongest photo first", () => {
  const patches = patchesOf([ONE, TWO]);
  assert.deepEqual(patches.map(({ name, value }) => [name, value]), [["two.jpg", 8], ["one.jpg", 4]]);
  // one.jpg: row 0, column 1, so from -1 (clipped to 0) down and from 3 across, six wide: to 5 and to 9 (clipped to 8).
  assert.deepEqual(patches[1].cell, { row: 0, column: 1 });
  assert.deepEqual(patches[1].box, { left: 3, top: 0, right: 8, bottom: 5 });
  assert.deepEqual(patches[0].box, { left: 0, top: 3, right: 5, bottom: 8 });
});

test("photos in which the channel is silent have no patch", () => {
  assert.deepEqual(patchesOf([{ ...ONE, peak: 0 }, TWO]).map(({ name }) => name), ["two.jpg"]);
  assert.deepEqual(patchesOf([]), []);
});
