// The address bar: what is read from it, and what is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkFor, parseLink } from "../../resnet_demo/page/static/link.js";

const there = {
  networks: { 18: { choices: [{ name: "tiny-imagenet" }] }, 50: { choices: [{ name: "imagenet1k-v1" }] } },
  stages: ["stem", "layer1", "layer2", "layer3", "layer4"],
  examples: ["coffee.png", "cat & dog.png"],
};

test("what a link was made from comes back from it", () => {
  const shown = {
    depth: 18,
    weights: "tiny-imagenet",
    target: "n07920052",
    contrast: "17",
    stage: "layer3",
    example: "cat & dog.png",
    channel: { stage: "layer3", channel: 117 },
  };
  assert.deepEqual(parseLink(linkFor(shown), there), shown);
});

test("parts that there are not are left out, each by itself", () => {
  const query = "?depth=50&weights=tiny-imagenet&class=<b>&contrast=12345&stage=layer9&example=../x&channel=layer9.3";
  const found = { depth: 50, weights: null, target: null, contrast: null, stage: null, example: null, channel: null };
  assert.deepEqual(parseLink(query, there), found);
});

test("an unknown depth takes its weights with it", () => {
  assert.equal(parseLink("?depth=19&weights=tiny-imagenet", there).weights, null);
});

test("parameters of others stay, ours go when they no longer hold", () => {
  const query = linkFor({ depth: 18 }, "?__theme=dark&class=n1&depth=50");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(query)), { __theme: "dark", depth: "18" });
});
