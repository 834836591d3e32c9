import assert from "node:assert/strict";
import { test } from "node:test";

import * as scale from "../../resnet_demo/viewer/scale.js";

const ALL = [
  { min: -4, max: 1 },
  { min: -1, max: 3 },
];
const look = (signed, shared) => ({ signed, shared });

test("evidence for the class runs from zero to the map's own largest value", () => {
  assert.deepEqual(scale.scaleOf(ALL[0], look(false, false), ALL), { low: 0, high: 1 });
  assert.deepEqual(scale.scaleOf(ALL[1], look(false, false), ALL), { low: 0, high: 3 });
});

test("evidence both ways has zero in its middle", () => {
  assert.deepEqual(scale.scaleOf(ALL[0], look(true, false), ALL), { low: -4, high: 4 });
  assert.equal(scale.placeOnScale(0, { low: -4, high: 4 }), 0.5);
});

test("one scale is that of the strongest stage", () => {
  assert.deepEqual(scale.scaleOf(ALL[0], look(false, true), ALL), { low: 0, high: 3 });
  assert.deepEqual(scale.scaleOf(ALL[1], look(true, true), ALL), { low: -4, high: 4 });
});

test("a map without positive evidence has no scale to stretch", () => {
  assert.deepEqual(scale.scaleOf({ min: -2, max: -1 }, look(false, false), ALL), { low: 0, high: 0 });
});

test("a largest value of zero or less means no evidence for the class, in words", () => {
  assert.equal(scale.evidenceIn({ min: -2, max: -1 }, false), "against");
  assert.equal(scale.evidenceIn({ min: -2, max: 0 }, false), "against");
  assert.equal(scale.evidenceIn({ min: -2, max: 1e-30 }, false), "shown");
  assert.equal(scale.evidenceIn({ min: -2, max: -1 }, true), "shown");
  assert.equal(scale.evidenceIn({ min: 0, max: 0 }, false), "empty");
  assert.equal(scale.evidenceIn({ min: 0, max: 0 }, true), "empty");
});

test("a place on the scale is clipped to its ends", () => {
  assert.equal(scale.placeOnScale(5, { low: 0, high: 4 }), 1);
  assert.equal(scale.placeOnScale(-5, { low: 0, high: 4 }), 0);
  assert.equal(scale.placeOnScale(1, { low: 0, high: 4 }), 0.25);
});

test("opacity grows with strength, up to the slider's", () => {
  let before = -1;
  for (let strength = 0; strength <= 0.16; strength += 0.01) {
    const now = scale.opacityOf(strength, 0.5);
    assert.ok(now > before);
    before = now;
  }
  assert.equal(scale.opacityOf(0.16, 0.5), 0.5);
  assert.equal(scale.opacityOf(1, 0.5), 0.5);
});

test("at the end of the slider every value is opaque, at its start none is seen", () => {
  for (const strength of [0, 0.05, 1]) {
    assert.equal(scale.opacityOf(strength, 1), 1);
    assert.equal(scale.opacityOf(strength, 0), 0);
  }
});

test("the colour bar tells both ends and the middle", () => {
  assert.deepEqual(scale.ticksOf({ low: -4, high: 4 }), [
    { at: 0, value: -4 },
    { at: 0.5, value: 0 },
    { at: 1, value: 4 },
  ]);
});
