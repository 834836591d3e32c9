// Photos on their way in: files of the visitor's, uploaded a few at a time, and examples, which are on the server.
import * as model from "./state.js";
import { url } from "./resources.js";

const AT_ONCE = 3;

let count = 0;
const newKey = () => `${Date.now().toString(36)}-${(count += 1)}`;

/** An example as a photo. */
export function examplePhoto(name, fields = {}) {
  const thumb = url(`ui/examples/${encodeURIComponent(name)}`);
  return model.newPhoto({ key: newKey(), name, example: name, thumb, ...fields });
}

/**
 * Add files to the page and upload them; each is explained as it arrives. What is too large is told at once and not
 * sent.
 */
export async function addFiles(page, files) {
  const { state, limits, say } = page;
  const large = files.filter((file) => file.size > limits.megabytes * 1e6);
  page.refused = large.map(({ name, size }) =>
    say("error.photo-too-large", { name, limit_mb: limits.megabytes, size_mb: (size / 1e6).toFixed(1) }),
  );
  state.photos = state.photos.filter((photo) => !photo.example);
  const photos = files.filter((file) => !large.includes(file)).map(newUpload);
  const left = model.addPhotos(state, photos, limits.photos);
  if (left.length) page.refused.push(say("photos.full", limits));
  for (const photo of photos) photo.wanted = false; // until it has arrived
  await sendAll(
    page,
    photos.filter((photo) => !left.includes(photo)),
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

function newUpload(file) {
  const thumb = URL.createObjectURL(file);
  return { ...model.newPhoto({ key: newKey(), name: file.name, thumb }), uploading: true, file };
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
