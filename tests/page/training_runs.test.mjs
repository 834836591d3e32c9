// What is said of runs of training, on runs whose numbers are written down here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { extremes, lengthOf, pairs, rowOf, upTo, verdict, withShortcuts } from "../../resnet_demo/page/static/training_runs.js";
import { errorsAt } from "../../resnet_demo/page/static/scaled_shortcuts.js";
import { mostProbable } from "../../resnet_demo/page/static/small_networks.js";

function array(values, shape = [values.length]) {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { dtype: "float32", shape, base64: btoa(String.fromCharCode(...bytes)) };
}

function run(name, layers, trainErrors, testErrors = trainErrors, seed = 0) {
  const measured = { train_error: array(trainErrors), test_error: array(testErrors) };
  return { name, arrangement: name.split("-")[0], layers, seed, epochs: array(trainErrors.map((_, i) => i + 1)), ...measured };
}

const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("the shallowest and the deepest of a kind are set against each other after the epoch in view", () => {
  const runs = [
    run("plain-20", 20, [0.5, 0.25, 0.125], [0.5, 0.375, 0.25]),
    run("plain-56", 56, [0.75, 0.5, 0.25], [0.75, 0.625, 0.5]),
    run("plain-32", 32, [0.9, 0.9, 0.9]),
    run("original-20", 20, [0.5, 0.25, 0.125]),
  ];
  const found = pairs(runs, 2);
  assert.equal(found.length, 1); // of the residual ones there is one depth
  const [{ shallow, deep, epoch, more, test: inTest }] = found;
  assert.deepEqual([shallow.name, deep.name, epoch], ["plain-20", "plain-56", 2]);
  near(more, 0.25);
  near(inTest, 0.25);
});

test("the extremes of depth are of each kind and seed, and one depth alone is both", () => {
  const runs = [
    run("original-44", 44, [0.5]),
    run("plain-20", 20, [0.5]),
    run("plain-32", 32, [0.5]),
    run("plain-56", 56, [0.5]),
    run("plain-32", 32, [0.5], undefined, 1),
  ];
  assert.deepEqual(
    extremes(runs).map(({ name, seed }) => `${name}/${seed}`),
    ["original-44/0", "plain-20/0", "plain-56/0", "plain-32/1"],
  );
});

test("runs of another seed are never mixed, and the shorter one ends the comparison", () => {
  const runs = [
    run("plain-20", 20, [0.5, 0.25]),
    run("plain-56", 56, [0.5, 0.125, 0.125], undefined, 1),
    run("plain-20", 20, [0.75, 0.5, 0.25], undefined, 1),
  ];
  const found = pairs(runs, 3);
  assert.deepEqual(found.map(({ shallow, deep }) => [shallow.seed, deep.seed]), [[1, 1]]);
  near(found[0].more, -0.125);
  assert.equal(pairs([run("plain-20", 20, [0.5, 0.25, 0.1]), run("plain-56", 56, [0.5, 0.5])], 3)[0].epoch, 2);
});

test("a plain network is set against the one of its depth and seed that has shortcuts", () => {
  const runs = [
    run("plain-20", 20, [0.5, 0.25, 0.125]),
    run("plain-56", 56, [0.5, 0.25, 0.125]),
    run("original-56", 56, [0.5, 0.25]),
    run("full-pre-activation-20", 20, [0.5]),
    run("original-20", 20, [0.5], undefined, 1),
  ];
  const found = withShortcuts(runs, 3);
  assert.deepEqual(found.map(({ plain, residual, epoch }) => [plain.name, residual.name, epoch]), [
    ["plain-56", "original-56", 2],
  ]);
});

test("what is wrong with shortcuts of a size is taken at the nearest scale that was measured", () => {
  const scaled = { scales: array([1, 0.75, 0.25, 0]), errors: array([0.125, 0.25, 0.5, 1]), errors_anew: array([0.125, 0.25, 0.375, 0.75]) };
  assert.deepEqual(errorsAt({ scaled }, 0.3), { scale: 0.25, kept: 0.5, anew: 0.375 });
  assert.deepEqual(errorsAt({ scaled }, 0), { scale: 0, kept: 1, anew: 0.75 });
});

test("half a point either way is about the same", () => {
  assert.deepEqual([0.02, 0.004, 0, -0.004, -0.02].map((more) => verdict({ more })), [
    "worse",
    "alike",
    "alike",
    "alike",
    "better",
  ]);
});

test("a row of units is that of its epoch, a curve ends where the film has come", () => {
  const table = array([1, 2, 3, 4, 5, 6], [3, 2]);
  assert.deepEqual([0, 2].map((epoch) => rowOf(table, epoch)), [[1, 2], [5, 6]]);
  const some = run("plain-20", 20, [0.5, 0.25, 0.125]);
  assert.equal(lengthOf(some), 3);
  assert.deepEqual(upTo(some, "train_error", 2), [0.5, 0.25]);
  assert.deepEqual(upTo(some, "train_error", 0), []);
});

test("of ten classes the three most probable are named", () => {
  const answer = { probabilities: array([0.1, 0.5, 0.05, 0.35]) };
  const found = mostProbable(answer, ["cat", "dog", "ship", "frog"], (key) => key);
  assert.deepEqual(found.map(({ label }) => label), ["deg.class.dog", "deg.class.frog", "deg.class.cat"]);
  near(found[1].probability, 0.35);
});
