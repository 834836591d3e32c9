// The address bar: what is read from it, what is written, and which changes Back undoes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isStep, linkFor, parseLink, withChoice } from "../../resnet_demo/page/static/link.js";

const there = {
  networks: { 18: { choices: [{ name: "tiny-imagenet" }] }, 50: { choices: [{ name: "imagenet1k-v1" }] } },
  stages: ["stem", "layer1", "layer2", "layer3", "layer4"],
  examples: ["coffee.png", "cat & dog.png"],
  tabs: ["maps", "trust"],
};
const nothing = Object.fromEntries(
  ["depth", "weights", "target", "contrast", "stage", "example", "tab", "kind", "shared", "pin", "channel"].map((name) => [name, null]),
);

test("what a link was made from comes back from it", () => {
  const shown = {
    depth: 18,
    weights: "tiny-imagenet",
    target: "n07920052",
    contrast: "17",
    stage: "layer3",
    example: "cat & dog.png",
    channel: { stage: "layer3", channel: 117 },
    tab: "trust",
  };
  for (const display of [
    { kind: "hirescam", shared: true, pin: { x: 0.125, y: 1 } },
    { kind: "grad-cam", shared: false, pin: { x: 0, y: 0.3333 } },
    { kind: "layercam", shared: false, pin: null },
  ]) {
    assert.deepEqual(parseLink(linkFor({ ...shown, display }), there), { ...shown, ...display, unknown: [] });
  }
});

test("parts that there are not are left out, each by itself, and told", () => {
  const query =
    "?depth=50&weights=tiny-imagenet&class=<b>&contrast=12345&stage=layer9&example=../x&channel=layer9.3" +
    "&tab=constructor&kind=saliency&scale=two&pin=0.5,1.5&lang=zh&__theme=dark";
  const { unknown, ...found } = parseLink(query, there);
  assert.deepEqual(found, { ...nothing, depth: 50 });
  assert.deepEqual(
    unknown.map((each) => each.split("=")[0]).sort(),
    ["channel", "class", "contrast", "example", "kind", "pin", "scale", "stage", "tab", "weights"],
  );
  assert.ok(unknown.includes("kind=saliency"));
});

test("names that every object has are no networks, and a long value is told by its beginning", () => {
  const { depth, unknown } = parseLink(`?depth=constructor&tab=${"x".repeat(5000)}`, there);
  assert.equal(depth, null);
  assert.deepEqual(unknown, ["depth=constructor", `tab=${"x".repeat(40)}`]);
});

test("half a pin and one of other numbers are none", () => {
  for (const pin of ["0.5", "0.5,0.5,0.5", "-0.5,0.5", "1e-3,0", ",", "NaN,1", "0.5, 0.5"]) {
    assert.equal(parseLink(`?pin=${encodeURIComponent(pin)}`, there).pin, null, pin);
  }
  assert.deepEqual(parseLink("?pin=0.5,1", there).pin, { x: 0.5, y: 1 });
});

test("an unknown depth takes its weights with it", () => {
  assert.equal(parseLink("?depth=19&weights=tiny-imagenet", there).weights, null);
});

test("parameters of others stay, ours go when they no longer hold", () => {
  const display = { kind: "grad-cam", shared: false, pin: null };
  const query = linkFor({ depth: 18, display }, "?__theme=dark&class=n1&depth=50&pin=0.5,0.5&tab=trust");
  assert.deepEqual(Object.fromEntries(new URLSearchParams(query)), {
    __theme: "dark",
    depth: "18",
    kind: "grad-cam",
    scale: "own",
  });
  assert.match(linkFor({ depth: 18, display: null }, "?pin=0.5,0.5"), /pin=0\.5,0\.5/, "no viewer has told of its pin yet");
});

test("a choice made on the page takes the place of what the address asked for, and is not written where it did not", () => {
  assert.equal(withChoice("?__theme=dark&depth=18", "__theme", "light"), "?__theme=light&depth=18");
  assert.equal(withChoice("?depth=18", "__theme", "light"), "?depth=18");
  assert.equal(withChoice("", "lang", "zh"), "");
});

test("another photo, network or tab is a step that Back undoes; what is gone or the same is none", () => {
  const place = { photo: "a", example: null, depth: 18, weights: null, tab: "maps" };
  const photos = [{ key: "a" }, { key: "b" }];
  for (const change of [{ photo: "b" }, { depth: 50 }, { weights: "file" }, { tab: "trust" }]) {
    assert.equal(isStep(place, { ...place, ...change }, photos), true, JSON.stringify(change));
  }
  assert.equal(isStep(null, place, photos), false, "the first place there is");
  assert.equal(isStep(place, { ...place }, photos), false);
  assert.equal(isStep(place, { ...place, photo: "b" }, [{ key: "b" }]), false, "the photo was removed");
  const example = { ...place, photo: "e", example: "coffee.png" };
  assert.equal(isStep(example, { ...place, photo: "b" }, [{ key: "b" }]), true, "an example can be had again");
});
