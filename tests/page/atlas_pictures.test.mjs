// Where the image that was made for a channel lies in its stage's picture.
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeImage } from "../../resnet_demo/page/static/atlas_pictures.js";

const channels = (...numbers) => ({
  dtype: "int32",
  shape: [numbers.length],
  base64: Buffer.from(Int32Array.from(numbers).buffer).toString("base64"),
});
const ATLAS = { image_columns: 2, image_channels: { layer1: channels(4, 9, 11, 30, 31) } };
const style = ({ values: [text] }) => text;

test("an image lies where its channel comes in the list, not where its number says", () => {
  // Five images, two a row: 11 is the third, so first in the second of three rows.
  assert.equal(style(madeImage("a.webp", ATLAS, "layer1", 11)), 'background: url("a.webp") 0% 50% / 200% 300%');
  assert.equal(style(madeImage("a.webp", ATLAS, "layer1", 9)), 'background: url("a.webp") 100% 0% / 200% 300%');
});

test("a channel that is not in the list has none, and none has one in a stage that is not there", () => {
  assert.equal(madeImage("a.webp", ATLAS, "layer1", 2), null);
  assert.equal(madeImage("a.webp", ATLAS, "layer2", 4), null);
  assert.equal(madeImage("a.webp", { image_columns: null, image_channels: {} }, "layer1", 4), null);
});
