// Which network is offered where the one in use knows too few classes.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.window = { gradio_config: { root: "http://localhost" } };
const { Networks } = await import("../../resnet_demo/page/static/networks.js");

const weights = (depth, name, classes, available) => ({ depth, name, classes, available });

function networks(...choices) {
  const found = new Networks();
  found.byDepth = {};
  for (const each of choices) (found.byDepth[each.depth] ??= { choices: [] }).choices.push(each);
  return found;
}

const named = ({ depth, name }) => [depth, name];

test("a thousand classes of this depth come first, then those of the nearest depth, then what can be had", () => {
  const small = [18, 34, 50, 101].map((depth) => weights(depth, "tiny-imagenet", 200, true));
  const published = [18, 34, 50, 101].map((depth) => weights(depth, "imagenet1k-v1", 1000, false));
  const distilled = weights(34, "imagenet-1k-distilled", 1000, true);
  const all = networks(...published, ...small, distilled);
  assert.deepEqual(named(all.wider(18)), [34, "imagenet-1k-distilled"]);
  assert.deepEqual(named(all.wider(34)), [34, "imagenet-1k-distilled"]);
  assert.deepEqual(named(all.wider(101)), [34, "imagenet-1k-distilled"]);
  assert.deepEqual(named(networks(...published, ...small).wider(50)), [50, "imagenet1k-v1"]);
  assert.equal(networks(...small).wider(18), null);
  all.byDepth[101].choices[0].available = true;
  assert.deepEqual(named(all.wider(101)), [101, "imagenet1k-v1"]);
  assert.deepEqual(named(all.wider(50)), [34, "imagenet-1k-distilled"]);
});
