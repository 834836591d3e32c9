import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { fill, pieces, readerOf } from "../../resnet_demo/viewer/texts.js";

const folder = new URL("../../resnet_demo/viewer/", import.meta.url);
const read = (name) => readFileSync(new URL(name, folder), "utf8");
const languages = readdirSync(folder).filter((name) => /^texts\.\w+\.json$/.test(name));
const english = JSON.parse(read("texts.en.json"));
const places = (sentence) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("places are filled in once, whatever is put into them", () => {
  assert.equal(fill("{a} and {b}", { a: "{b}", b: 2 }), "{b} and 2");
  assert.equal(fill("{a} and {c}", { a: 1 }), "1 and {c}");
});

test("a sentence comes in pieces where a place is an element", () => {
  const node = { an: "element" };
  assert.deepEqual(pieces("Maps for {class} here", { class: node }), ["Maps for ", node, " here"]);
  assert.deepEqual(pieces("{class}", { class: node }), [node]);
});

test("a key without a sentence is a mistake", () => {
  assert.throws(() => readerOf({})("no.such"), /there is no text no\.such/);
});

test("every language has the same sentences with the same places", () => {
  assert.ok(languages.length >= 2);
  for (const name of languages) {
    const texts = JSON.parse(read(name));
    assert.deepEqual(Object.keys(texts), Object.keys(english), `${name} has other keys, or in another order`);
    for (const [key, sentence] of Object.entries(texts)) {
      assert.notEqual(sentence.trim(), "", `${name}: ${key} is empty`);
      assert.deepEqual(places(sentence), places(english[key]), `${name}: ${key} has other places`);
    }
  }
});

test("every sentence is said somewhere, and nothing is said that has no sentence", () => {
  const code = readdirSync(folder)
    .filter((name) => name.endsWith(".js"))
    .map(read)
    .join("\n");
  const said = [...code.matchAll(/["`]([a-z_]+(?:\.[\w$+{}.\-]+)+|empty|announce)["`]/g)].map(([, key]) => key);
  // `none.${evidence}` stands for every key that begins with "none.".
  const patterns = said.map((key) => new RegExp(`^${key.replace(/[.+]/g, "\\$&").replace(/\$\{.*?\}/g, ".+")}$`));
  const unsaid = Object.keys(english).filter((key) => !patterns.some((pattern) => pattern.test(key)));
  assert.deepEqual(unsaid, []);
  const heads = new Set(Object.keys(english).map((key) => key.split(".")[0]));
  const missing = said.filter((key) => heads.has(key.split(".")[0]) && !key.includes("$") && !key.endsWith(".js") && !(key in english));
  assert.deepEqual(missing, []);
});
