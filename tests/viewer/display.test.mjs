import assert from "node:assert/strict";
import { test } from "node:test";

import { changesFor, DEFAULTS, displayFor, displayFrom, KINDS } from "../../resnet_demo/viewer/display.js";
import { KIND_NAMES, PAPERS } from "../../resnet_demo/viewer/kind_note.js";

test("nothing kept is the first look", () => {
  assert.deepEqual(displayFrom(null), DEFAULTS);
  assert.deepEqual(displayFrom({}), DEFAULTS);
});

test("what was kept is taken up again", () => {
  const kept = { kind: "layercam", opacity: 0.3, threshold: 0.1, colours: "magma", smooth: false, shared: true, signed: true, contrasted: false, untempered: true, beside: true, tools: true, more: true };
  assert.deepEqual(displayFrom(kept), kept);
});

test("what can't be used is left at its default, and nothing else gets in", () => {
  const kept = { kind: "jet-cam", opacity: 3, threshold: "0.5", colours: "hot", smooth: "yes", stage: "layer3", __proto__: { shared: true } };
  assert.deepEqual(displayFrom(kept), DEFAULTS);
});

test("a contrast is drawn for and against at first, and each of the two ways to draw is remembered by itself", () => {
  const alone = { contrast: null };
  const contrast = { contrast: { index: 1 } };
  assert.equal(displayFor(alone, DEFAULTS).signed, false);
  assert.equal(displayFor(contrast, DEFAULTS).signed, true);
  const changed = { ...DEFAULTS, ...changesFor(contrast, { signed: false, smooth: false }) };
  assert.deepEqual(changed, { ...DEFAULTS, contrasted: false, smooth: false });
  assert.equal(displayFor(contrast, changed).signed, false);
  assert.deepEqual(changesFor(alone, { signed: true }), { signed: true });
  assert.deepEqual(changesFor(alone, { opacity: 0.5 }), { opacity: 0.5 });
});

test("every kind has a name and a paper behind a safe address", () => {
  for (const kind of KINDS) {
    assert.ok(KIND_NAMES[kind]);
    assert.match(PAPERS[kind][0], /^[A-Z][\w .]+ \d{4}$/);
    assert.match(PAPERS[kind][1], /^https:\/\/(arxiv\.org|doi\.org)\//);
  }
});
