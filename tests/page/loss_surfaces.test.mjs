// Pictures of losses side by side: where each lies, and what its lines are of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logarithms, places } from "../../resnet_demo/page/static/loss_surfaces.js";

test("pictures stand in rows, in reading order, and never overlap", () => {
  assert.deepEqual(places(1, 1), [[[0, 1], [0, 1]]]);
  const four = places(4, 2);
  const [[firstAcross, firstUp], [secondAcross], , [lastAcross, lastUp]] = four;
  assert.ok(firstAcross[1] < secondAcross[0] && firstUp[0] > lastUp[1]);
  assert.deepEqual(secondAcross, lastAcross);
  for (const spans of four) for (const [from, to] of spans) assert.ok(0 <= from && from < to && to <= 1);
});

test("what is drawn are powers of ten, row by row", () => {
  const bytes = new Uint8Array(Float32Array.of(1, 10, 100, 0.1, 1, 1).buffer);
  const surface = { dtype: "float32", shape: [2, 3], base64: btoa(String.fromCharCode(...bytes)) };
  const rows = logarithms({ surface }).map((row) => row.map((value) => Math.round(value * 1e5) / 1e5));
  assert.deepEqual(rows, [[0, 1, 2], [-1, 0, 0]]);
});
