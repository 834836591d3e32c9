import assert from "node:assert/strict";
import { test } from "node:test";

import { float16, float32, halfToNumber, rangeOf } from "../../resnet_demo/viewer/arrays.js";

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");

test("a half is read bit by bit as IEEE 754 says", () => {
  const written = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125], // the half nearest to a third: 1365 / 4096
    [0x7bff, 65504], // the largest
    [0x0400, 2 ** -14], // the smallest normal one
    [0x0001, 2 ** -24], // the smallest of all
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
  ];
  for (const [half, number] of written) assert.equal(halfToNumber(half), number);
  assert.ok(Number.isNaN(halfToNumber(0x7e00)));
});

test("float16 arrays are little-endian and multiplied by their scale", () => {
  // 1.0 is 0x3c00 and -2.0 is 0xc000: low byte first.
  assert.deepEqual([...float16(base64(0x00, 0x3c, 0x00, 0xc0), 2, 3)], [3, -6]);
});

test("float32 arrays come back to the bit", () => {
  const sent = Float32Array.of(0.1, -1e-30, 3.4e38, 0);
  assert.deepEqual(float32(Buffer.from(sent.buffer).toString("base64"), 4), sent);
});

test("an array of the wrong length is refused, with both sizes named", () => {
  assert.throws(() => float32(base64(1, 2, 3, 4), 2), /2 numbers has 8 bytes, but 4 came/);
  assert.throws(() => float16(base64(1, 2, 3, 4), 1), /1 numbers has 2 bytes, but 4 came/);
});

test("the range names the first place of the smallest and of the largest value", () => {
  assert.deepEqual(rangeOf(Float32Array.of(2, -3, 5, 5, -3)), { min: -3, max: 5, argmin: 1, argmax: 2 });
});

test("what is no finite number doesn't count for the range", () => {
  assert.deepEqual(rangeOf(Float32Array.of(NaN, 1, Infinity, -Infinity)), { min: 1, max: 1, argmin: 1, argmax: 1 });
  assert.deepEqual(rangeOf(Float32Array.of(NaN)), { min: 0, max: 0, argmin: -1, argmax: -1 });
});
