import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { colourAt, coloursOf, DIVERGING, SEQUENTIAL } from "../../resnet_demo/viewer/colour.js";

const TABLES = JSON.parse(readFileSync(new URL("../../resnet_demo/viewer/colour_maps.json", import.meta.url)));

test("two hexadecimal digits are one byte", () => {
  assert.deepEqual([...coloursOf("0080ff440154")], [0, 128, 255, 68, 1, 84]);
});

test("every colour map offered has 256 colours", () => {
  assert.deepEqual(Object.keys(TABLES).sort(), [...SEQUENTIAL, DIVERGING].sort());
  for (const table of Object.values(TABLES)) assert.equal(coloursOf(table).length, 768);
});

test("a map's ends are its first and its last colour, and what lies beyond stays there", () => {
  const viridis = coloursOf(TABLES.viridis);
  assert.deepEqual(colourAt(viridis, 0), [68, 1, 84]); // matplotlib's first colour: 0.267004, 0.004874, 0.329415
  assert.deepEqual(colourAt(viridis, 1), [253, 231, 37]); // and its last: 0.993248, 0.906157, 0.143936
  assert.deepEqual(colourAt(viridis, -1), colourAt(viridis, 0));
  assert.deepEqual(colourAt(viridis, 2), colourAt(viridis, 1));
});

test("a place between two colours takes the nearer one", () => {
  const three = coloursOf("000000808080ffffff");
  assert.deepEqual(colourAt(three, 0.24), [0, 0, 0]);
  assert.deepEqual(colourAt(three, 0.26), [128, 128, 128]);
});
