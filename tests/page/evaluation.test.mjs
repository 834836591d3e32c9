// Accuracy, confusions, calibration and means, each beside a calculation by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as evaluation from "../../resnet_demo/page/static/evaluation.js";
import { csvOf, jsonOf } from "../../resnet_demo/page/static/evaluation_files.js";
import { newPhoto } from "../../resnet_demo/page/static/state.js";

const near = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what ?? ""} ${a} is not ${b}`);
const NAMES = ["cat", "dog", "cow", "hen", "pig", "fox"];

/** A photo of `truth` whose answer names these classes, the first with this probability. */
function photo(name, truth, told, probability, fields = {}) {
  const top = told.map((label, i) => ({
    index: NAMES.indexOf(label),
    wnid: null,
    label,
    probability: i ? (1 - probability) / 2 ** i : probability,
  }));
  const answer = { id: `answer-${name}`, top, network: { depth: 18, weights: "made" } };
  return newPhoto({ key: name, name: `${name}.jpg`, truth, answer, ...fields });
}

const truthOf = ({ truth }) => (NAMES.includes(truth) ? String(NAMES.indexOf(truth)) : null);
const rowsOf = (photos, areas = new Map()) => evaluation.rowsOf(photos, truthOf, areas, false);

const photos = [
  photo("a", "cat", ["cat", "dog", "cow", "hen", "pig"], 0.95),
  photo("b", "cat", ["dog", "cat", "cow", "hen", "pig"], 0.85),
  photo("c", "cat", ["dog", "cow", "hen", "pig", "cat"], 0.55),
  photo("d", "fox", ["dog", "cow", "hen", "pig", "cat"], 0.55),
  photo("e", "dog", ["dog", "cow", "hen", "pig", "cat"], 1),
  photo("f", "unicorn", ["dog", "cow", "hen", "pig", "cat"], 0.4),
  photo("g", null, ["dog", "cow", "hen", "pig", "cat"], 0.4),
  newPhoto({ key: "h", name: "h.jpg", truth: "cat", error: { code: "photo-truncated", details: {} } }),
];

test("top-1 and top-5 count the photos whose true class the network has", () => {
  const { top1, top5 } = evaluation.accuracyOf(rowsOf(photos));
  assert.deepEqual([top1.hits, top1.count, top1.share], [2, 5, 0.4], "a and e of a to e");
  assert.deepEqual([top5.hits, top5.count, top5.share], [4, 5, 0.8], "all but the fox");
  assert.deepEqual(rowsOf(photos).map(({ place }) => place), [1, 2, 5, 0, 1, null, null, null]);
  assert.deepEqual(evaluation.accuracyOf(rowsOf(photos.slice(5))), { top1: null, top5: null });
});

test("the interval's ends are the shares from which what was found is 1.96 standard deviations away", () => {
  for (const [hits, count] of [[2, 5], [20, 32], [1, 1000]]) {
    const { low, high } = evaluation.share(hits, count);
    for (const p of [low, high]) near(Math.abs(hits / count - p) / Math.sqrt((p * (1 - p)) / count), 1.959964, `${hits}/${count}`);
  }
  assert.equal(evaluation.share(0, 4).low, 0);
  near(evaluation.share(4, 4).high, 1);
});

test("confusions are counted by the pair of classes, the most frequent first", () => {
  const found = evaluation.confusionsOf(rowsOf(photos));
  assert.deepEqual(found.map(({ given, label, rows }) => [given, label, rows.map(({ key }) => key).join("")]), [
    ["cat", "dog", "bc"],
    ["fox", "dog", "d"],
  ]);
});

test("the calibration error is the bins' gaps weighted by their photos", () => {
  const { bins, error } = evaluation.reliabilityOf(rowsOf(photos));
  // In (0.5, 0.6]: c and d, both wrong. In (0.8, 0.9]: b, wrong. In (0.9, 1]: a and e, both right.
  const told = bins.filter(({ count }) => count).map(({ count, confidence, accuracy }) => [count, confidence, accuracy]);
  assert.equal(told.length, 3);
  for (const [place, expected] of [[2, 0.55, 0], [1, 0.85, 0], [2, 0.975, 1]].entries()) {
    expected.forEach((value, i) => near(told[place][i], value));
  }
  near(error, (2 * 0.55 + 1 * 0.85 + 2 * 0.025) / 5);
  assert.equal(bins.reduce((sum, { count }) => sum + count, 0), 5);
  assert.equal(evaluation.reliabilityOf([]).error, null);
});

test("a perfectly calibrated guesser has no calibration error, and one always sure and wrong has all", () => {
  const guesses = (right) => Array.from({ length: 4 }, (_, i) => photo(`${i}`, i < right ? "cat" : "dog", ["cat", "cow"], 0.75));
  near(evaluation.reliabilityOf(rowsOf(guesses(3))).error, 0);
  near(evaluation.reliabilityOf(rowsOf(guesses(0))).error, 0.75);
});

const finding = (deletion, insertion) => {
  const of = (d, i) => ({ deletion_area: d, insertion_area: i });
  return { stages: { layer4: { map: of(deletion, insertion), shuffled: of(0.5, 0.5) } }, centre: of(0.4, 0.6) };
};

test("means of areas and their standard errors, over the photos that were measured", () => {
  const areas = new Map([
    ["answer-a", evaluation.areasOf(finding(0.1, 0.9), "layer4")],
    ["answer-b", evaluation.areasOf(finding(0.3, 0.5), "layer4")],
    ["answer-of-before", evaluation.areasOf(finding(9, 9), "layer4")],
  ]);
  const { count, map, shuffled, centre } = evaluation.meansOf(rowsOf(photos, areas));
  assert.equal(count, 2);
  near(map.deletion.mean, 0.2);
  near(map.deletion.error, 0.1, "sqrt(0.02) / sqrt(2)");
  near(map.insertion.mean, 0.7);
  near(map.insertion.error, 0.2);
  near(shuffled.deletion.error, 0);
  near(centre.insertion.mean, 0.6);
  assert.deepEqual(evaluation.meansOf(rowsOf(photos)), { count: 0 });
  const one = evaluation.meansOf(rowsOf(photos, new Map([["answer-a", evaluation.areasOf(finding(0.1, 0.9), "layer4")]])));
  assert.equal(one.map.deletion.error, null, "one photo has no spread");
});

test("a row's margin is the lead of the first class over the second, and one that is asked for is due", () => {
  const [row] = rowsOf([photo("a", null, ["cat", "dog"], 0.7)]);
  near(row.margin, 0.7 - 0.15);
  assert.equal(row.depth, 18);
  const asked = newPhoto({ key: "b", name: "b.jpg", wanted: true });
  assert.equal(evaluation.rowsOf([asked], truthOf, new Map(), true)[0].due, true);
  assert.equal(evaluation.rowsOf([asked], truthOf, new Map(), false)[0].due, false);
});

test("rows are sorted by any column, and what has no value stays last", () => {
  const by = (value, descending) => evaluation.inOrder(rowsOf(photos), value, descending).map(({ key }) => key).join("");
  assert.equal(by(({ probability }) => probability, false), "fgcdbaeh");
  assert.equal(by(({ probability }) => probability, true), "eabcdfgh");
  assert.equal(by(({ given }) => given, true).at(-1), "g");
});

test("the table is CSV in which no name is a formula, the JSON holds every number unrounded", () => {
  const odd = [photo("a", "cat", ["cat", "dog"], 1 / 3, { name: '=1+1,"x".jpg', path: "/uploads/secret" })];
  const [, line] = csvOf(rowsOf(odd)).split("\n");
  assert.ok(line.startsWith('"\'=1+1,""x"".jpg",cat,0,cat,,0.3333333333333333,'), line);
  assert.ok(!csvOf(rowsOf(odd)).includes("secret"), "no path of the server's");
  const whole = JSON.parse(jsonOf(rowsOf(photos), { depth: 18, weights: "made" }));
  assert.equal(whole.top1.hits, 2);
  assert.equal(whole.photos.length, photos.length);
  assert.equal(whole.photos[0].top.length, 5);
  assert.deepEqual(whole.confusions[0], { truth: "cat", label: "dog", files: ["b.jpg", "c.jpg"] });
  assert.equal(whole.photos.at(-1).error, "photo-truncated");
});
