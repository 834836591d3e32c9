// The answer and the stage viewer for the photo in view. The viewer draws; this decides what it is given, and when.
import { html, render } from "../../viewer/lit-html/lit-html.js";
import { mount as mountViewer } from "../../viewer/stage_viewer.js";
import { keyOf } from "./state.js";
import { weightsInFull } from "./words.js";

const BUSY_AFTER = 120; // ms: an answer that comes sooner needs no sign that it is awaited

export function mountExplorer(root, page) {
  showNote();
  const host = root.querySelector(".rd-viewer");

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
    const { predictions, further } = page.payload;
    const prediction = [...predictions, ...further].find((each) => each.index === index);
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
    showNote();
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
  }

  /** What is to be said beside the answer. */
  function told() {
    const { say, state } = page;
    const photo = page.selected();
    if (state.error) return page.sentence(state.error);
    if (!photo) return say("answer.no_photo");
    if (state.stopped && !photo.answer) return say("answer.stopped");
    return photo.dropped ? say("answer.dropped", { label: photo.dropped }) : "";
  }

  function showNote() {
    const sentence = told();
    // The class fields are Gradio's: they are children of this part's element and appear where the slot is.
    render(
      html`
        <div class="rd-explorer">
          <div class="rd-viewer"></div>
          <slot></slot>
          <p class="rd-note rd-told${page.state.error ? " rd-problem" : ""}" role="status" ?hidden=${!sentence}>${sentence}</p>
        </div>
      `,
      root,
    );
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
      await viewer.update(inWords(payload));
      host.classList.remove("rd-nothing");
      shown = id;
      page.shown(payload);
    } catch (error) {
      if (wanted !== id) return;
      wanted = null;
      page.lost(photo, error);
    }
  }

  return { show, viewer };
}
