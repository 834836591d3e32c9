// The answer and the stage viewer for the photo in view. The viewer draws; this decides what it is given, and when.
import { mount as mountViewer } from "../../viewer/stage_viewer.js";
import { el, follow } from "./dom.js";
import { keyOf } from "./state.js";
import { weightsInFull } from "./words.js";

const BUSY_AFTER = 120; // ms: an answer that comes sooner needs no sign that it is awaited

export function mountExplorer(root, page) {
  const host = el("div", { class: "rd-viewer" });
  // The class fields are Gradio's: they are children of this part's element and appear where the slot is.
  const fields = el("slot");
  const note = el("p", { class: "rd-note rd-told", role: "status" });
  root.replaceChildren(el("div", { class: "rd-explorer" }, host, fields, note));
  follow(host);

  const viewer = mountViewer(host, {
    payload: null,
    texts: page.viewerTexts(),
    colours: page.colours,
    state: page.stage ? { stage: page.stage } : null,
    on: {
      target: (index) => page.chooseClass(keyAt(index), page.selected()?.contrast ?? null),
      widen: () => page.widen(),
      state: (display) => page.looked(display),
    },
  });
  let language = page.language;
  let shown = null; // id of the result on screen
  let wanted = null;
  let busyTimer = null;

  const keyAt = (index) => {
    const prediction = page.selected()?.answer?.top.find((each) => each.index === index);
    return prediction ? keyOf(prediction) : null;
  };

  /** The payload with its weights called by their name in the visitor's language. */
  function inWords(payload) {
    const { network } = payload;
    const title = weightsInFull({ ...network, name: network.weights }, page.say);
    return { ...payload, network: { ...network, title } };
  }

  function show() {
    if (language !== page.language) {
      language = page.language;
      viewer.setTexts(page.viewerTexts());
      if (shown && page.payload) viewer.update(inWords(page.payload));
    }
    showBusy();
    showAnswer();
  }

  function showBusy() {
    const { say, state } = page;
    const photo = page.selected();
    const due = Boolean(photo?.wanted && state.running);
    clearTimeout(busyTimer);
    if (!due) viewer.setBusy(null);
    else {
      const text = state.place
        ? say("answer.queue", { place: state.place })
        : say("answer.working", { name: photo.name });
      busyTimer = setTimeout(() => viewer.setBusy(text), shown ? BUSY_AFTER : 0);
    }
    const told = state.error
      ? page.sentence(state.error)
      : !photo
        ? say("answer.no_photo")
        : state.stopped && !photo.answer
          ? say("answer.stopped")
          : photo.dropped
            ? say("answer.dropped", { label: photo.dropped })
            : "";
    note.textContent = told;
    note.classList.toggle("rd-problem", Boolean(state.error));
    note.hidden = !told;
  }

  async function showAnswer() {
    const photo = page.selected();
    const id = photo?.answer?.id ?? null;
    if (id === wanted) return;
    if (!id) {
      // Until a first answer comes the last picture stays, under its own label; a photo that failed has none.
      if (photo && photo.wanted && !photo.error) return;
      wanted = shown = null;
      host.classList.add("rd-nothing");
      await viewer.update(null);
      return;
    }
    wanted = id;
    try {
      const payload = await page.result(id);
      if (wanted !== id) return;
      const focused = root.activeElement?.dataset.index;
      await viewer.update(inWords(payload));
      host.classList.remove("rd-nothing");
      shown = id;
      if (focused !== undefined) root.querySelector(`.rv-bar[data-index="${focused}"]`)?.focus();
      page.shown(payload);
    } catch (error) {
      if (wanted !== id) return;
      wanted = null;
      page.lost(photo, error);
    }
  }

  return { show, viewer };
}
