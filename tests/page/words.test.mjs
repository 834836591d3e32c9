// Sentences as people read them.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as words from "../../resnet_demo/page/static/words.js";

const texts = {
  hello: "Hello {name}",
  "error.photo-empty": "{name} is empty.",
  "error.kind.Busy": "Busy.",
  "error.unexpected": "Number {reference}.",
};

test("a sentence is filled in, and a missing one shows its key", () => {
  const say = words.speaker(texts);
  assert.equal(say("hello", { name: "<b>" }), "Hello <b>");
  assert.equal(say("nothing"), "nothing");
});

test("an error is told by its code, else by its kind, else by its number", () => {
  const told = (error) => words.sentenceOf(error, texts);
  assert.equal(told({ code: "photo-empty", kind: "InputError", details: { name: "a.png" } }), "a.png is empty.");
  assert.equal(told({ code: "new", kind: "Busy", details: {} }), "Busy.");
  assert.equal(told({ code: "unexpected", kind: null, details: { reference: "4f" } }), "Number 4f.");
});

test("an object's own names are no texts", () => {
  assert.equal(words.speaker(texts)("constructor"), "constructor");
});

test("a text names its papers and its terms, and everything else stays as it is", () => {
  assert.deepEqual(words.partsOf("A [logit](term:logit), as in [He et al. 2016](paper:resnet)."), [
    { text: "A " },
    { text: "logit", term: "logit" },
    { text: ", as in " },
    { text: "He et al. 2016", paper: "https://arxiv.org/abs/1512.03385" },
    { text: "." },
  ]);
  assert.deepEqual(words.partsOf("[cat](javascript:alert)"), [{ text: "[cat](javascript:alert)" }]);
});
