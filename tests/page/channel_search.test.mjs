// Which channels answer to something, from numbers made by hand.
import assert from "node:assert/strict";
import test from "node:test";

import { answering, bestOf, channelsOf, firing } from "../../resnet_demo/page/static/channel_search.js";

const array = (kind, dtype, shape, values) => ({ dtype, shape, base64: Buffer.from(new kind(values).buffer).toString("base64") });
const floats = (shape, values) => array(Float32Array, "float32", shape, values);
const steps = (values) => array(Int32Array, "int32", [values.length], values);

const TUNING = {
  hues: steps([1, -1, 1, 0]),
  curves: {
    hue: floats([4, 2], [1, 4, 9, 9, 0, 3, 5, 1]),
    dot: floats([4, 1], [8, 0, 3, 5]),
  },
  best: { shape: [4, 9] },
};

test("a channel's best answer is the largest on any of its curves", () => {
  assert.deepEqual(bestOf(TUNING), [8, 9, 3, 5]);
});

test("channels that answer to a hue are told by how near that is to their best answer, nearest first", () => {
  assert.deepEqual(answering(TUNING, 1), [
    { channel: 2, share: 1 },
    { channel: 0, share: 0.5 },
  ]);
  assert.deepEqual(answering(TUNING, 0), [{ channel: 3, share: 1 }]);
  assert.deepEqual(channelsOf(TUNING.hues, 1), [0, 2]);
  assert.deepEqual(channelsOf(TUNING.hues, 5), []);
});

test("channels that fire more than usual come strongest first, those that are usually silent before all others", () => {
  const found = firing({ ratios: floats([5], [1, 2.5, 0, Infinity, 4]) });
  assert.deepEqual(found, [
    { channel: 3, ratio: Infinity },
    { channel: 4, ratio: 4 },
    { channel: 1, ratio: 2.5 },
  ]);
});
