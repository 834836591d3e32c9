// Photos on their way in: files of the visitor's, uploaded a few at a time, and examples, which are on the server.
import { keepFiles } from "./kept_photos.js";
import * as model from "./state.js";
import * as truth from "./truth.js";
import { url } from "./resources.js";

const AT_ONCE = 3;

let count = 0;
// No two tabs of one browser may have the same: they keep their files in one place.
const newKey = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${(count += 1)}`;

/** An example as a photo. */
export function examplePhoto(name, fields = {}) {
  const thumb = url(`ui/examples/${encodeURIComponent(name)}`);
  return model.newPhoto({ key: newKey(), name, example: name, thumb, ...fields });
}

/**
 * Add files to the page and upload them; each is explained as it arrives. What is too large is told at once and not
 * sent. A table among them tells what photos really show.
 */
export async function addFiles(page, files) {
  const { state, limits, say } = page;
  const { photos: given, tables, others } = truth.sorted(files);
  const large = given.filter((file) => file.size > limits.megabytes * 1e6);
  page.refused = large.map(({ name, size }) =>
    say("error.photo-too-large", { name, limit_mb: limits.megabytes, size_mb: (size / 1e6).toFixed(1) }),
  );
  if (others.length) page.refused.push(say("photos.passed_over", { count: others.length }));
  if (given.length) state.photos = state.photos.filter((photo) => !photo.example);
  const sendable = given.filter((file) => !large.includes(file));
  const taken = truth.spread(sendable, limits.photos - state.photos.length);
  if (taken.length < sendable.length) page.refused.push(say("photos.full", limits));
  const photos = taken.map((file) => newUpload(file));
  model.addPhotos(state, photos, limits.photos);
  for (const photo of photos) photo.wanted = false; // until it has arrived
  for (const table of tables) await label(page, table);
  keepFiles(photos);
  await sendAll(page, photos);
}

/** What a table tells of the photos that are here. */
async function label(page, table) {
  const truths = truth.truthsOf(await table.text());
  const { photos } = page.state;
  const found = photos.map(({ name, from }) => truth.truthFor(truths, from ?? name));
  if (found.every((each) => each === null)) page.refused.push(page.say("photos.labels_of_none", table));
  found.forEach((each, place) => {
    if (each !== null) photos[place].truth = each;
  });
}

/**
 * Photos that stood here before the page was loaded anew, with their files: they are sent again, as the server has
 * deleted them. `name`d ones that the browser did not keep are told.
 */
export function bringBack(page, { photos, selected }) {
  const { state, say } = page;
  const gone = photos.filter(({ example, file }) => !example && !file);
  const back = photos.filter((photo) => !gone.includes(photo));
  const before = back.map(({ file, ...fields }) => (file ? newUpload(file, fields) : examplePhoto(fields.example, fields)));
  state.photos = [...before, ...state.photos]; // after them what has been chosen since the page began
  state.selected ??= (model.photoOf(state, selected) ?? state.photos[0])?.key ?? null;
  if (gone.length) page.refused.push(say("photos.not_kept", { names: gone.map(({ name }) => name).join(", ") }));
  state.photos.filter(({ example }) => example).forEach(model.want);
  sendAll(
    page,
    before.filter(({ file }) => file),
  );
}

/** Send photos once more that the server no longer keeps: their files are still in the browser. */
export async function sendAgain(page) {
  const photos = page.state.photos.filter(isLost);
  for (const photo of photos) Object.assign(photo, { uploading: true, error: null });
  await sendAll(page, photos);
}

/**
 * Send once more, unasked, what the server has let go since it came, after a broken connection for example. Only once: a
 * photo that is gone again before it was answered waits for its visitor.
 */
export async function restore(page) {
  const { photos } = page.state;
  const gone = photos.filter(({ error, file, restored }) => file && !restored && error?.code === "photo-gone");
  for (const photo of photos) if (photo.answer) photo.restored = false;
  for (const photo of gone) Object.assign(photo, { uploading: true, error: null, restored: true });
  if (gone.length) await sendAll(page, gone);
}

/** Whether a photo could be sent once more. */
export const isLost = ({ error, file }) => Boolean(file) && ["photo-gone", "upload-failed"].includes(error?.code);

async function sendAll(page, photos) {
  const { state } = page;
  const waiting = [...photos];
  page.show();
  const sender = async () => {
    for (let photo = waiting.shift(); photo; photo = waiting.shift()) {
      await send(photo, page.upload);
      if (photo.path && !state.running) page.run();
      else page.show();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
}

function newUpload(file, fields = {}) {
  const thumb = URL.createObjectURL(file);
  const from = truth.pathOf(file);
  const told = { from, truth: truth.folderOf(from) };
  return { ...model.newPhoto({ key: newKey(), name: file.name, thumb, ...told, ...fields }), uploading: true, file };
}

async function send(photo, upload) {
  try {
    photo.path = (await upload(photo.file)).path;
    model.want(photo);
  } catch {
    photo.error = { code: "upload-failed", details: { name: photo.name } };
  }
  photo.uploading = false;
}

/** Let go of the pictures of photos that are no longer shown. */
export function release(photos) {
  for (const { thumb } of photos) if (thumb?.startsWith("blob:")) URL.revokeObjectURL(thumb);
}
