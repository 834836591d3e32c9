// The small pictures of the tab of degradation, held to what is known of their mathematics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cycle, errorAfter, residual, size, smooth } from "../../resnet_demo/page/static/poisson.js";
import { nearest, sumsOfResiduals } from "../../resnet_demo/page/static/residual_vectors.js";

const n = 63;
const h = 1 / (n + 1);
const wave = (k) => Array.from({ length: n }, (_, i) => Math.sin(k * Math.PI * (i + 1) * h));

test("a sweep damps each wave by its eigenvalue", () => {
  for (const k of [1, 3, 24, 63]) {
    const factor = 1 - (4 / 3) * Math.sin((k * Math.PI * h) / 2) ** 2; // 1 - 2 ω sin², ω = 2/3
    const after = smooth(wave(k), new Array(n).fill(0), h);
    wave(k).forEach((value, i) => assert.ok(Math.abs(after[i] - factor * value) < 1e-12));
  }
});

test("the exact solution leaves no residual, and a cycle does not move it", () => {
  const u = Array.from({ length: n }, (_, i) => (i + 1) * h * (1 - (i + 1) * h)); // of f = 2, on any grid
  const f = new Array(n).fill(2);
  assert.ok(residual(u, f, h).every((left) => Math.abs(left) < 1e-9));
  cycle(u, f, h).forEach((value, i) => assert.ok(Math.abs(value - u[i]) < 1e-12));
});

test("cycles reach it from zero, where as much smoothing stays far off", () => {
  const f = new Array(n).fill(2);
  let u = new Array(n).fill(0);
  for (let step = 0; step < 12; step++) u = cycle(u, f, h);
  u.forEach((value, i) => assert.ok(Math.abs(value - (i + 1) * h * (1 - (i + 1) * h)) < 1e-8));
  const long = wave(1);
  assert.ok(size(errorAfter(12, smooth, long)) > 0.98 * size(long));
  assert.ok(size(errorAfter(2, cycle, long)) < 0.1 * size(long));
});

test("residual vectors are summed for the nearest centre", () => {
  const centres = [[0, 0], [10, 0]];
  assert.equal(nearest([4, 1], centres), 0);
  assert.equal(nearest([6, 1], centres), 1);
  assert.deepEqual(sumsOfResiduals([[1, 1], [4, 1], [6, 1], [10, 5]], centres), [[5, 2], [-4, 6]]);
});
