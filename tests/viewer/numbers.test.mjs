import assert from "node:assert/strict";
import { test } from "node:test";

import * as numbers from "../../resnet_demo/viewer/numbers.js";

test("values have three figures and a true minus sign", () => {
  assert.equal(numbers.formatValue(2.13587), "2.14");
  assert.equal(numbers.formatValue(-0.0107390), "−0.0107");
  assert.equal(numbers.formatValue(322.4), "322");
  assert.equal(numbers.formatValue(0), "0");
  assert.equal(numbers.formatValue(9.996), "10.0"); // rounding up must not add a figure
  assert.equal(numbers.formatValue(1.5, 2), "1.5");
});

test("very small and very large values are powers of ten", () => {
  assert.equal(numbers.formatValue(0.00001234), "1.23 × 10⁻⁵");
  assert.equal(numbers.formatValue(-2500000), "−2.50 × 10⁶");
  assert.equal(numbers.formatValue(0.0001), "0.000100");
});

test("the short form keeps two figures and writes powers with an e", () => {
  assert.equal(numbers.formatShort(-0.0000123), "−1.2e−5");
  assert.equal(numbers.formatShort(4.56e12), "4.6e12");
  assert.equal(numbers.formatShort(0.00834), "0.0083");
  assert.equal(numbers.formatShort(-0.000834), "−8.3e−4");
});

test("a signed value carries a plus where it is above zero and nothing at zero", () => {
  assert.equal(numbers.formatSigned(0.5), "+0.500");
  assert.equal(numbers.formatSigned(-0.5), "−0.500");
  assert.equal(numbers.formatSigned(0), "0");
});

test("a probability is never a false 0 or a false 100 per cent", () => {
  assert.equal(numbers.formatProbability(0.8387), "83.9 %");
  assert.equal(numbers.formatProbability(0.00699), "0.70 %");
  assert.equal(numbers.formatProbability(0.00997), "1.0 %");
  assert.equal(numbers.formatProbability(0.00001), "< 0.01 %");
  assert.equal(numbers.formatProbability(0.99996), "> 99.9 %");
  assert.equal(numbers.formatProbability(1), "100.0 %");
  assert.equal(numbers.formatProbability(0), "0 %");
});

test("a share says which way it goes", () => {
  assert.equal(numbers.formatShare(0.051), "+5.1 %");
  assert.equal(numbers.formatShare(-0.0004), "−0.04 %");
  assert.equal(numbers.formatShare(-0.00001), "≈ 0 %");
  assert.equal(numbers.formatShare(0), "0 %");
});

test("only a correlation of 1 is printed as 1.00", () => {
  assert.equal(numbers.formatCorrelation(1), "1.00");
  assert.equal(numbers.formatCorrelation(0.998), "> 0.99");
  assert.equal(numbers.formatCorrelation(0.9512), "0.95");
  assert.equal(numbers.formatCorrelation(-0.27), "−0.27");
});

test("thousands are set apart and times are milliseconds", () => {
  assert.equal(numbers.formatCount(11279112), "11,279,112");
  assert.equal(numbers.formatCount(999), "999");
  assert.equal(numbers.formatTime(0.0432), "43 ms");
  assert.equal(numbers.formatTime(0.0042), "4.2 ms");
  assert.equal(numbers.formatTime(12.34), "12.3 s");
});
