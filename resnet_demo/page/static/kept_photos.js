// The visitor's photos through a reload of the page: their files in the browser's database, and what was chosen for each
// in the tab's own memory. Nothing of it leaves the browser.
import { serverThere } from "./pulse.js";

const STORE = "files"; // by the photo's key: {file, since}
const LIST = "resnet-demo-photos"; // of this tab, in sessionStorage
const DAY = 24 * 3600 * 1000; // ms: files of tabs that were closed go after it

/** Load the page anew once the server is there: Gradio's scripts need it. Resolves to whether it could. */
export async function reconnect() {
  if (!(await serverThere())) return false;
  location.reload();
  return true;
}

/** Keep the files of photos until they are dropped. A browser may refuse; then `recallPhotos` has no file for them. */
export function keepFiles(photos) {
  const since = Date.now();
  return inStore("readwrite", (store) => photos.map(({ key, file }) => store.put({ file, since }, key)));
}

/** What is known of this tab's photos, in the order in which they stand. */
export function keepList({ photos, selected }) {
  const kept = ["key", "name", "from", "truth", "example", "target", "contrast"];
  const list = photos.map((photo) => Object.fromEntries(kept.map((field) => [field, photo[field]])));
  try {
    sessionStorage.setItem(LIST, JSON.stringify({ selected, photos: list }));
  } catch {
    return; // a framed page may have no storage
  }
}

/** Photos that were removed. */
export function dropFiles(photos) {
  return inStore("readwrite", (store) => photos.map(({ key }) => store.delete(key)));
}

/** Keep nothing: neither the list of this tab nor any tab's files. */
export async function dropAll() {
  await inStore("readwrite", (store) => [store.clear()]);
  try {
    sessionStorage.removeItem(LIST);
  } catch {
    return; // as above
  }
}

/** {selected, photos}: the list with the `file` of each upload that the browser has kept. */
export async function recallPhotos() {
  let list = { selected: null, photos: [] };
  try {
    list = JSON.parse(sessionStorage.getItem(LIST)) ?? list;
  } catch {
    return list;
  }
  const uploads = list.photos.filter(({ example }) => !example);
  const found = await inStore("readonly", (store) => uploads.map(({ key }) => store.get(key)));
  uploads.forEach((photo, place) => {
    photo.file = found[place]?.file ?? null;
  });
  return list;
}

/** Forget the files of tabs that were closed long ago. */
export async function dropOldFiles() {
  const [keys, kept] = await inStore("readonly", (store) => [store.getAllKeys(), store.getAll()]);
  const old = (keys ?? []).filter((_, place) => Date.now() - kept[place].since > DAY);
  if (old.length) await dropFiles(old.map((key) => ({ key })));
}

/** Resolves to what each request finds, to nothing where the browser has no such store for this page. */
async function inStore(mode, ask) {
  const settled = (request) =>
    new Promise((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  try {
    const opened = indexedDB.open("resnet-demo", 2);
    opened.onupgradeneeded = () => {
      for (const name of [...opened.result.objectStoreNames]) opened.result.deleteObjectStore(name);
      opened.result.createObjectStore(STORE);
    };
    const base = await settled(opened);
    try {
      return await Promise.all(ask(base.transaction(STORE, mode).objectStore(STORE)).map(settled));
    } finally {
      base.close();
    }
  } catch {
    return [];
  }
}
