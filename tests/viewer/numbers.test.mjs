// Numbers read as the one table says that JavaScript and Python are held to.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as numbers from "../../resnet_demo/viewer/numbers.js";

const TABLE = JSON.parse(readFileSync(new URL("../numbers.json", import.meta.url), "utf-8"));
const nameOf = (key) => (key === "seconds" ? "formatTime" : `format${key[0].toUpperCase()}${key.slice(1)}`);

test("every way of writing a number is in the table", () => {
  assert.deepEqual(Object.keys(numbers).sort(), Object.keys(TABLE).map(nameOf).sort());
});

for (const [key, cases] of Object.entries(TABLE)) {
  test(`${key}: every number reads as the table says`, () => {
    for (const [number, text] of cases) assert.equal(numbers[nameOf(key)](number), text, String(number));
  });
}

test("fewer figures may be asked for, and what is no number says so", () => {
  assert.equal(numbers.formatValue(1.5, 2), "1.5");
  assert.equal(numbers.formatValue(Infinity), "∞");
  assert.equal(numbers.formatValue(NaN), "not a number");
});
