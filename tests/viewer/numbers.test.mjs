// Numbers read as the one table says that JavaScript and Python are held to.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
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

test("numbers are written in one place", () => {
  // What a paper printed, and a number that goes into a sentence of the server's.
  const own = { "architecture.js": 2, "incoming.js": 1 };
  for (const folder of ["../../resnet_demo/viewer/", "../../resnet_demo/page/static/"]) {
    const here = new URL(folder, import.meta.url);
    for (const name of readdirSync(here).filter((each) => each.endsWith(".js") && each !== "numbers.js")) {
      const text = readFileSync(new URL(name, here), "utf-8");
      const found = text.match(/\.toFixed\(|\.toPrecision\(|\.toLocaleString\(|\.toExponential\(/g) ?? [];
      assert.equal(found.length, own[name] ?? 0, `${name} writes numbers of its own: see viewer/numbers.js`);
    }
  }
});
