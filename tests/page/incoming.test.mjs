// Photos that the server has let go are sent once more, as long as the browser has their files.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.window = { gradio_config: { root: "http://localhost" } };
const { restore } = await import("../../resnet_demo/page/static/incoming.js");

const gone = (key, fields = {}) => ({ key, name: key, file: { name: key }, error: { code: "photo-gone", details: {} }, ...fields });

function page(photos) {
  const sent = [];
  const upload = async (file) => {
    sent.push(file.name);
    return { path: `/new/${file.name}` };
  };
  return { state: { photos, running: false }, sent, upload, show() {}, run() {} };
}

test("a photo that is gone is sent again, unasked and once", async () => {
  const photo = gone("a");
  const here = page([photo]);
  await restore(here);
  assert.deepEqual(here.sent, ["a"]);
  assert.equal(photo.path, "/new/a");
  assert.equal(photo.error, null);
  photo.error = { code: "photo-gone", details: {} };
  await restore(here);
  assert.deepEqual(here.sent, ["a"], "gone again before it was answered: its visitor decides");
  Object.assign(photo, { error: null, answer: {} });
  await restore(here);
  photo.error = { code: "photo-gone", details: {} };
  await restore(here);
  assert.deepEqual(here.sent, ["a", "a"], "after an answer it is sent once more");
});

test("what has another error, or no file any more, is left as it is", async () => {
  const here = page([gone("a", { file: undefined }), gone("b", { error: { code: "photo-damaged", details: {} } }), gone("c", { error: null })]);
  await restore(here);
  assert.deepEqual(here.sent, []);
});
