// Whether the server is still there while something is awaited of it: a connection that breaks says nothing by itself.
import { url } from "./resources.js";

const PAUSE = 2000; // ms between two questions
const PATIENCE = 15000; // ms for one answer: a server that computes answers late
const MISSED = 2; // questions in a row without an answer: then it is gone

/** Calls `lost()` once where the server that made this page does not answer any more while `awaited()` is true. */
export function watchOver(awaited, lost, missed = 0) {
  setTimeout(async () => {
    if (!awaited()) return;
    const server = await serverThere();
    const now = server ? 0 : missed + 1;
    if (!awaited()) return;
    // A server that has been started anew knows neither this page nor its photos.
    if (now === MISSED || (server && server !== window.gradio_config?.app_id)) lost();
    else watchOver(awaited, lost, now);
  }, PAUSE);
}

/** The number of the server that answers now, null where none does. */
export async function serverThere() {
  try {
    // The query tells this question from Gradio's own (boot.js).
    const asked = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    return (await (await fetch(url("gradio_api/app_id?pulse"), asked)).json()).app_id;
  } catch {
    return null;
  }
}
