// The page's state: what is due, what has come back, and that nothing old is ever taken for new.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as model from "../../resnet_demo/page/static/state.js";

const photo = (key, fields = {}) => model.newPhoto({ key, name: `${key}.png`, path: `/uploads/${key}`, ...fields });
const answer = (label, fields = {}) => ({
  id: `result-of-${label}`,
  top: [
    { label, probability: 0.7 },
    { label: "other", probability: 0.2 },
  ],
  target: { key: "n1", label },
  chosen: { target: null, contrast: null },
  network: { depth: 18, weights: "tiny-imagenet" },
  ...fields,
});

function stateWith(...keys) {
  const state = model.newState();
  model.addPhotos(state, keys.map((key) => photo(key)), 10);
  return state;
}

test("the photo in view is asked for first", () => {
  const state = stateWith("a", "b", "c");
  state.selected = "b";
  assert.deepEqual(model.request(state).photos.map(({ key }) => key), ["b", "a", "c"]);
});

test("photos beyond the limit are handed back and not kept", () => {
  const state = model.newState();
  const left = model.addPhotos(state, [photo("a"), photo("b"), photo("c")], 2);
  assert.deepEqual(left.map(({ key }) => key), ["c"]);
  assert.equal(state.photos.length, 2);
});

test("an answer to an older run changes nothing", () => {
  const state = stateWith("a");
  const { run } = model.request(state);
  model.request(state);
  assert.equal(model.receive(state, { run, photos: { a: answer("cat") }, done: true }), false);
  assert.equal(state.photos[0].answer, null);
  assert.equal(state.running, true);
});

test("an answer that comes twice is taken once", () => {
  const state = stateWith("a", "b");
  const { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat") } });
  const first = state.photos[0].answer;
  model.receive(state, { run, photos: { a: answer("dog"), b: answer("cow") }, done: true });
  assert.equal(state.photos[0].answer, first);
  assert.equal(state.photos[1].answer.top[0].label, "cow");
  assert.equal(state.running, false);
});

test("a photo that failed keeps no label of before", () => {
  const state = stateWith("a");
  let { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat") }, done: true });
  model.chooseNetwork(state, 50, null);
  ({ run } = model.request(state));
  model.receive(state, { run, photos: { a: { error: { code: "photo-gone", details: {} } } }, done: true });
  assert.equal(state.photos[0].answer, null);
  assert.equal(state.photos[0].error.code, "photo-gone");
});

test("another network makes every photo due, another class only the one in view", () => {
  const state = stateWith("a", "b");
  const { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat"), b: answer("dog") }, done: true });
  model.chooseClass(state.photos[0], "n2", null);
  assert.deepEqual(model.request(state).photos.map(({ key, target }) => [key, target]), [["a", "n2"]]);
  model.chooseNetwork(state, 50, null);
  assert.equal(model.request(state).photos.length, 2);
});

test("work that was overtaken before it was answered is asked for again", () => {
  const state = stateWith("a", "b");
  const { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat") } });
  model.chooseClass(state.photos[0], "n2", null);
  assert.deepEqual(model.request(state).photos.map(({ key }) => key), ["a", "b"]);
});

test("a class that the new network lacks is said to be dropped", () => {
  const state = stateWith("a");
  let { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat", { chosen: { target: null, contrast: null } }) }, done: true });
  model.chooseClass(state.photos[0], "n9", null);
  ({ run } = model.request(state));
  model.receive(state, { run, photos: { a: answer("dog") }, done: true });
  assert.equal(state.photos[0].dropped, "cat");
  assert.equal(state.photos[0].target, null);
});

test("a class of a link that the network does not know is said by its key", () => {
  const state = model.newState();
  model.addPhotos(state, [photo("a", { target: "n9" })], 10);
  const { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat") }, done: true });
  assert.equal(state.photos[0].dropped, "n9");
});

test("a class is never set against itself", () => {
  const one = photo("a");
  model.chooseClass(one, "n1", "n1");
  assert.equal(one.contrast, null);
});

test("stopping leaves what was answered and takes nothing more in", () => {
  const state = stateWith("a", "b");
  const { run } = model.request(state);
  model.receive(state, { run, photos: { a: answer("cat") } });
  model.stop(state);
  assert.equal(model.receive(state, { run, photos: { b: answer("dog") }, done: true }), false);
  assert.equal(state.photos[0].answer.top[0].label, "cat");
  assert.equal(state.photos[1].answer, null);
});

test("removing the photo in view selects its neighbour", () => {
  const state = stateWith("a", "b", "c");
  state.selected = "b";
  model.removePhoto(state, "b");
  assert.equal(state.selected, "c");
  model.removePhoto(state, "c");
  assert.equal(state.selected, "a");
  model.removePhoto(state, "a");
  assert.equal(state.selected, null);
});

const here = { depth: 18, name: "tiny-imagenet", available: true };

test("a photo stands where its network, its answer and the run leave it", () => {
  const state = model.newState();
  assert.equal(model.standing(state, null), "working");
  assert.equal(model.standing(state, here), "none");
  model.addPhotos(state, [photo("a")], 10);
  assert.equal(model.standing(state, { ...here, available: false }), "missing");
  assert.equal(model.standing(state, here), "stopped");
  const { run } = model.request(state);
  assert.equal(model.standing(state, here), "working");
  model.receive(state, { run, photos: {}, place: 2, done: false });
  assert.equal(model.standing(state, here), "queue");
  model.receive(state, { run, photos: { a: answer("koala") }, done: true });
  assert.equal(model.standing(state, here), "done");
  assert.equal(model.standing(state, { ...here, depth: 50 }), "stopped");
  model.chooseClass(model.selectedPhoto(state), "n2", null);
  model.stop(state);
  assert.equal(model.standing(state, here), "stopped");
  assert.deepEqual(model.unanswered(state, here).map(({ key }) => key), ["a"]);
});
