// Sentences as people read them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as words from "../../resnet_demo/page/static/words.js";

const read = (language) => JSON.parse(readFileSync(new URL(`../../resnet_demo/page/texts/${language}.json`, import.meta.url)));
const texts = {
  hello: "Hello {name}",
  "error.photo-empty": "{name} is empty.",
  "error.way-own": "Choose another, {name}.",
  "error.unexpected": "Number {reference}.",
};

test("a sentence is filled in, and a missing one shows its key", () => {
  const say = words.speaker(texts);
  assert.equal(say("hello", { name: "<b>" }), "Hello <b>");
  assert.equal(say("nothing"), "nothing");
});

test("an error is told by its code with the way out that it names, else by its number", () => {
  const told = (error) => words.sentenceOf(error, texts);
  assert.equal(told({ code: "photo-empty", details: { name: "a.png" } }), "a.png is empty.");
  const withWay = { code: "photo-empty", details: { name: "a.png", way: "way-own" } };
  assert.equal(told(withWay), "a.png is empty. Choose another, a.png.");
  assert.equal(told({ code: "new", details: {} }), "Number new.");
  assert.equal(told({ code: "unexpected", details: { reference: "4f" } }), "Number 4f.");
});

test("what a file is is told in words of its own, and numbers in the language's own units", () => {
  const told = { ...texts, "error.is": "{name}：{thing}，{pixels*100} 万", "error.thing-pdf": "PDF {bits}" };
  const details = { name: "a", thing: "thing-pdf", bits: 8, pixels: 40.02 };
  assert.equal(words.sentenceOf({ code: "is", details }, told), "a：PDF 8，4002 万");
});

test("classes are called by their names in the language in use, and keep their labels", () => {
  let names = {};
  const answer = { top: [{ wnid: "n1", label: "koala" }], target: { key: "n2", label: "lion" }, title: { label: "x" } };
  words.nameClasses(answer, (wnid, english) => names[wnid] ?? english, (data) => data);
  assert.deepEqual([answer.top[0].label, answer.target.label, answer.title.label], ["koala", "lion", "x"]);
  names = { n1: "考拉" };
  assert.deepEqual([answer.top[0].label, answer.top[0].english, answer.target.label], ["考拉", "koala", "lion"]);
  assert.equal({ ...answer.top[0] }.label, "考拉");
});

test("what figures were measured on is said in the language that is chosen, once more after the browser's store", () => {
  let data = {};
  const told = (value) => words.nameClasses(value, (wnid, english) => english, (english) => data[english] ?? english);
  const answer = told({ network: { top1: 0.5, measured_on: "photos" }, probes: { measured_on: null } });
  data = { photos: "照片" };
  assert.equal(answer.network.measured_on, "照片");
  const kept = told(structuredClone(answer));
  data = {};
  assert.deepEqual([kept.network.measured_on, kept.probes.measured_on], ["photos", null]);
});

test("titles and classes that the program puts together are in the language in use, those of the owner as they are", () => {
  const zh = { "weights.own.unnamed": "{file}，{classes} 类", "class.numbered": "类别 {index}", "class.channel": "通道 {index}" };
  const own = { name: "file", title: "a.pth, 1,200 classes without names", classes: 1200, composed: ["unnamed", "a.pth"] };
  const say = words.speaker({ ...zh, "weights.name.tiny-imagenet": "自带权重", "weights.in_full": "{title}，{classes} 类" });
  assert.equal(words.weightsTitle(own, say), "a.pth，1,200 类");
  assert.equal(words.weightsInFull(own, say), "a.pth，1,200 类");
  assert.equal(words.weightsTitle({ ...own, title: "mine", composed: null }, say), "mine");
  assert.equal(words.weightsInFull({ name: "tiny-imagenet", title: "Bundled", classes: 200 }, say), "自带权重，200 类");
  assert.equal(words.classNamed(3, "class 3", zh), "类别 3");
  assert.equal(words.classNamed("12", "channel 12 of layer4", zh), "通道 12");
  assert.equal(words.classNamed(3, "class 4", zh), "class 4");
  assert.equal(words.classNamed("n1", "koala", { "class.n1": "考拉" }), "考拉");
  const answer = { top: [{ index: 3, wnid: null, label: "class 3" }] };
  words.nameClasses(answer, (id, english) => words.classNamed(id, english, zh), (data) => data);
  assert.equal(answer.top[0].label, "类别 3");
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

test("which network weights began as is told of each kind, and of what began afresh or says nothing", () => {
  for (const language of ["en", "zh"]) {
    const say = words.speaker(read(language));
    const grown = { name: "tiny-imagenet", depth: 50, grown_from: 18, grown_by: "bottlenecks" };
    const [published, other] = [34, 18].map((depth) => ({ ...grown, depth, grown_from: null, grown_by: "published" }));
    const told = [grown, published, other, { ...grown, grown_by: "added-blocks" }];
    const sentences = told.map((each) => words.kinOf(each, say));
    assert.equal(new Set(sentences).size, told.length);
    sentences.forEach((sentence, i) => {
      assert.ok(sentence.includes(`ResNet-${told[i].depth}`) && !/[{}]|kin\./.test(sentence), sentence);
    });
    assert.equal(words.originOf(grown, say), "ResNet-18");
    assert.equal(words.originOf(published, say), language === "en" ? "a published ResNet" : "一个公开发布的 ResNet");
    assert.equal(words.kinOf({ name: "tiny-imagenet", depth: 18, grown_from: null, grown_by: null }, say), "");
    assert.equal(words.originOf({ name: "file", grown_from: null, grown_by: null }, say), "–");
  }
});
