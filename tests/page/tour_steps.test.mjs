import assert from "node:assert/strict";
import { test } from "node:test";

import { isDone, linkOf, STEPS, stepOf } from "../../resnet_demo/page/static/tour_steps.js";

const page = { stage: null, payload: { photo: { name: "a" }, target: { index: 3 } }, tab: "maps" };
const step = (name) => STEPS.find((each) => each.name === name);

test("a step waits until the visitor has used the control it points at", () => {
  const used = {
    photo: { payload: { photo: { name: "b" } } },
    stem: { stage: "stem" },
    stages: { stage: "layer4" },
    evidence: { payload: { target: { index: 5 } } },
    block: { tab: "block" },
    doubt: { tab: "trust" },
  };
  assert.deepEqual(STEPS.map(({ name }) => name), Object.keys(used));
  for (const [name, change] of Object.entries(used)) {
    const began = step(name).seen(page) ?? null;
    assert.equal(isDone(step(name), page, began), false, name);
    assert.equal(isDone(step(name), { ...page, ...change }, began), true, name);
  }
});

test("a photo that went away is none that was chosen", () => {
  assert.equal(isDone(step("photo"), { ...page, payload: null }, "a"), false);
});

test("a link names a step, and keeps what else it says", () => {
  assert.equal(stepOf("?depth=18&tour=3"), 3);
  for (const wrong of ["?tour=0", "?tour=7", "?tour=x", "?tour=1.5", "?depth=18", ""]) assert.equal(stepOf(wrong), null);
  assert.equal(linkOf("?depth=18", 2), "?depth=18&tour=2");
  assert.equal(linkOf("?depth=18&tour=2", null), "?depth=18");
  assert.equal(linkOf("?tour=2", null), "");
});
