import assert from "node:assert/strict";
import { test } from "node:test";

import { lookupOf, paint, resample } from "../../resnet_demo/viewer/raster.js";

const close = (a, b, tolerance = 1e-6) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

test("between the centres of two cells values change in a straight line, beyond them they hold", () => {
  // Two cells on eight pixels: their centres lie at 1/4 and 3/4 of the width, pixel i's at (i + 1/2) / 8.
  const out = resample(Float32Array.of(0, 4), 1, 2, 1, 8);
  assert.deepEqual([...out], [0, 0, 0.5, 1.5, 2.5, 3.5, 4, 4]);
});

test("the middle pixel of a cell has the cell's own value, so a map is not shifted on its picture", () => {
  const rows = 3;
  const columns = 5;
  const values = Float32Array.from({ length: rows * columns }, (_, i) => (i * 7) % 11);
  const enlarged = 9; // odd: every cell has a pixel in its middle
  const out = resample(values, rows, columns, rows * enlarged, columns * enlarged);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const y = row * enlarged + 4;
      const x = column * enlarged + 4;
      close(out[y * columns * enlarged + x], values[row * columns + column]);
    }
  }
});

test("a symmetric map stays symmetric, at any size", () => {
  const values = Float32Array.of(1, 5, 1, 5, 9, 5, 1, 5, 1);
  for (const size of [7, 8, 64, 100]) {
    const out = resample(values, 3, 3, size, size);
    for (let i = 0; i < size * size; i++) {
      const [y, x] = [Math.floor(i / size), i % size];
      close(out[i], out[y * size + (size - 1 - x)], 1e-5);
      close(out[i], out[(size - 1 - y) * size + x], 1e-5);
      close(out[i], out[x * size + y], 1e-5);
    }
  }
});

test("a plane stays a plane between the outermost centres", () => {
  const values = Float32Array.from({ length: 16 }, (_, i) => 2 * Math.floor(i / 4) + (i % 4));
  const size = 40;
  const out = resample(values, 4, 4, size, size);
  for (let y = 5; y < 35; y++) {
    for (let x = 5; x < 35; x++) {
      close(out[y * size + x], 2 * ((y + 0.5) / 10 - 0.5) + ((x + 0.5) / 10 - 0.5), 1e-5);
    }
  }
});

test("a map at its own size is itself", () => {
  const values = Float32Array.of(3, -1, 4, 1, -5, 9);
  assert.deepEqual(resample(values, 2, 3, 2, 3), values);
});

// A colour map of the 256 greys, so that the red byte is the place on the scale.
const GREYS = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
const painted = (values, options) => {
  const words = new Uint32Array(values.length);
  const lookup = lookupOf(GREYS, { opacity: 1, signed: options.scale.low < 0 });
  paint(Float32Array.from(values), words, { threshold: 0, lookup, ...options });
  const bytes = new Uint8Array(words.buffer);
  return values.map((_, i) => [...bytes.subarray(4 * i, 4 * i + 4)]);
};

test("the ends of the scale have the ends of the colour map, and values beyond are clipped to them", () => {
  const colours = painted([0, 2, 4, -1, -1e9, 1e9], { scale: { low: 0, high: 4 } }).map(([red]) => red);
  assert.deepEqual(colours, [0, 128, 255, 0, 0, 255]);
});

test("on a signed scale zero has the middle colour", () => {
  const [below, zero, above] = painted([-3, 0, 3], { scale: { low: -3, high: 3 } });
  assert.equal(below[0], 0);
  assert.equal(zero[0], 128);
  assert.equal(above[0], 255);
});

test("what is weaker than the threshold is not drawn, and the threshold itself is", () => {
  const scale = { low: 0, high: 8 };
  const opaque = painted([1, 1.999, 2, 5], { scale, threshold: 0.25 }).map(([, , , alpha]) => alpha);
  assert.deepEqual(opaque, [0, 0, 255, 255]);
});

test("on a signed scale the threshold hides what is weak either way", () => {
  const scale = { low: -8, high: 8 };
  const opaque = painted([-5, -1, 0, 1, 5], { scale, threshold: 0.25 }).map(([, , , alpha]) => alpha);
  assert.deepEqual(opaque, [255, 0, 0, 0, 255]);
});

test("what is no number is not drawn", () => {
  assert.deepEqual(painted([NaN], { scale: { low: 0, high: 1 } }), [[0, 0, 0, 0]]);
});

test("strong values are as opaque as the slider says, zero fades away", () => {
  const half = new Uint8Array(lookupOf(GREYS, { opacity: 0.5, signed: false }).buffer);
  assert.equal(half[4 * 1023 + 3], 128);
  assert.equal(half[3], Math.round(255 * 0.5 ** 5)); // what is left at zero: the slider's fifth power
  const signed = new Uint8Array(lookupOf(GREYS, { opacity: 0.5, signed: true }).buffer);
  assert.equal(signed[3], 128);
  assert.equal(signed[4 * 1023 + 3], 128);
  assert.ok(signed[4 * 512 + 3] < 16);
});
