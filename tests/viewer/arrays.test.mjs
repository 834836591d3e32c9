import assert from "node:assert/strict";
import { test } from "node:test";

import { float16, float32, halfToNumber, mapOf, mapsOf, numbersOf, pictureOf, rangeOf } from "../../resnet_demo/viewer/arrays.js";

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

const written = (dtype, shape, values) => ({ dtype, shape, base64: base64(...new Uint8Array(values.buffer)) });

test("a document's array is read as the type and in the order that it names", () => {
  const float = Float32Array.of(0.5, NaN, -Infinity);
  assert.deepEqual(numbersOf(written("float32", [3], float)), float);
  assert.deepEqual(numbersOf({ dtype: "int32", shape: [1, 2], base64: base64(2, 0, 0, 0, 255, 255, 255, 255) }), Int32Array.of(2, -1));
  assert.deepEqual(numbersOf(written("float64", [2], Float64Array.of(0.1, 7))), Float64Array.of(0.1, 7));
  assert.equal(numbersOf(written("float32", [0, 7], Float32Array.of())).length, 0);
  assert.throws(() => numbersOf(written("float32", [2, 2], float)), /4 numbers has 16 bytes, but 12 came/);
});

test("a document's maps lie row by row, one behind the other", () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i);
  const one = { values: values.subarray(0, 6), rows: 2, columns: 3 };
  assert.deepEqual(mapOf(written("float32", [2, 3], values.slice(0, 6))), one);
  assert.deepEqual(mapsOf(written("float32", [2, 2, 3], values)), [one, { ...one, values: values.subarray(6) }]);
});

test("a document's picture is a PNG by its address", () => {
  assert.equal(pictureOf({ png: "iVBORw0K" }), "data:image/png;base64,iVBORw0K");
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
