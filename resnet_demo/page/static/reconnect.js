// The way back after the server was gone: Gradio's scripts need the page loaded anew, and the visitor's photos go along.
// They are kept in the browser for that moment alone: whoever takes them removes them.
import { serverThere } from "./pulse.js";

const STORE = "photos";

/** Load the page anew once the server is there, and keep `files` for it. Resolves to whether it could. */
export async function reconnect(files) {
  if (!(await serverThere())) return false;
  if (files.length) await inStore("readwrite", (store) => store.put(files, STORE));
  location.reload();
  return true;
}

/** The files that were kept for this page, which are kept no longer. */
export async function takeFiles() {
  try {
    const files = await inStore("readonly", (store) => store.get(STORE));
    if (files) await inStore("readwrite", (store) => store.clear());
    return files ?? [];
  } catch {
    return []; // a framed page may have no storage, and then nothing was kept
  }
}

async function inStore(mode, ask) {
  const settled = (request) =>
    new Promise((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  const opened = indexedDB.open("resnet-demo", 1);
  opened.onupgradeneeded = () => opened.result.createObjectStore(STORE);
  const base = await settled(opened);
  try {
    return await settled(ask(base.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    base.close();
  }
}
