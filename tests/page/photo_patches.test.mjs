// Where the patches of a channel lie in their photos.
import assert from "node:assert/strict";
import { test } from "node:test";
import { patchesOfChannel, patchPlaces } from "../../resnet_demo/page/static/photo_patches.js";

const array = (kind, dtype, values, columns) => ({
  dtype,
  shape: [values.length / columns, columns],
  base64: Buffer.from(kind.from(values).buffer).toString("base64"),
});

// Two channels on a grid of 2 x 3 cells, 10 pixels apart, which see 16 pixels from 3 before their own; a view of 30.
const PATCHES = {
  photos: ["a.webp", "b.webp"],
  view_size: 30,
  seen: { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 },
  stages: {
    layer1: {
      photos: array(Int32Array, "int32", [1, 0, 0, -1], 2),
      cells: array(Int32Array, "int32", [4, 0, 5, 0], 2),
      values: array(Float32Array, "float32", [8, 2, 3, 0], 2),
      rows: 3,
      columns: 3,
      field: { size: 16, step: 10, start: -3 },
    },
  },
};

test("a patch is the receptive field of its cell, clipped to the view", () => {
  const [first, second] = patchesOfChannel(PATCHES, "layer1", 0);
  // Cell 4 of three columns is row 1, column 1: from 10 - 3 on, 16 pixels.
  assert.deepEqual(first, {
    photo: "b.webp",
    value: 8,
    relative: 1,
    cell: { left: 10, top: 10, right: 20, bottom: 20 },
    box: { left: 7, top: 7, right: 23, bottom: 23 },
  });
  assert.equal(second.relative, 0.25);
  assert.deepEqual(second.box, { left: 0, top: 0, right: 13, bottom: 13 });
});

test("a photo that does not excite the channel has no patch", () => {
  assert.deepEqual(
    patchesOfChannel(PATCHES, "layer1", 1).map(({ photo }) => photo),
    ["a.webp"],
  );
});

test("the photo lies around the view, and what is narrower than high stands in the middle", () => {
  const [patch] = patchesOfChannel(PATCHES, "layer1", 1);
  // Cell 5: row 1, column 2, so from x 17 to the view's edge at 30, 13 wide, and from y 7 to 23, 16 high.
  assert.deepEqual(patch.box, { left: 17, top: 7, right: 30, bottom: 23 });
  const places = patchPlaces(patch, PATCHES);
  assert.deepEqual(places.patch, { left: 1.5 / 16, top: 0, width: 13 / 16, height: 1 });
  // The view is half of the photo: that has 60 pixels, and begins 15 before the view.
  assert.deepEqual(places.photo, { left: -32 / 13, top: -22 / 16, width: 60 / 13, height: 60 / 16 });
  assert.deepEqual(places.cell, { left: 3 / 13, top: 3 / 16, width: 10 / 13, height: 10 / 16 });
});
