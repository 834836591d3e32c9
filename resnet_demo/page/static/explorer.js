// The answer and the stage viewer for the photo in view. The viewer draws; this decides what it is given, and when.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { mount as mountViewer } from "../../viewer/stage_viewer.js";
import { missingWeights } from "./network.js";
import { reconnect } from "./kept_photos.js";
import { recall } from "./resources.js";
import { isAnswered, keyOf } from "./state.js";

const BUSY_AFTER = 120; // ms: an answer that comes sooner needs no sign that it is awaited

export function mountExplorer(root, page) {
  showNote();
  const host = root.querySelector(".rd-viewer");
  const fields = document.createElement("slot"); // for the class fields, Gradio's, which are children of this part's element

  const viewer = mountViewer(host, {
    payload: null,
    texts: page.viewerTexts(),
    colours: page.colours,
    state: { ...recall("display"), ...page.asked, stage: page.stage },
    question: fields,
    on: {
      target: (index) => page.chooseClass(keyAt(index), page.selected()?.contrast ?? null),
      contrast: (index) => page.chooseClass(page.explained().target, index === null ? null : keyAt(index)),
      widen: () => page.widen(),
      state: (display) => page.looked(display),
    },
  });
  page.display = { ...viewer.read().state, pin: page.asked.pin ?? null };
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
    return { ...payload, network: { ...network, title: page.networks.titleOf(network, page.say) } };
  }

  function show() {
    if (language !== page.language) {
      language = page.language;
      viewer.setTexts(page.viewerTexts());
      if (shown && page.payload) viewer.update(inWords(page.payload));
    }
    showBusy();
    showNote();
    return showAnswer();
  }

  /** What is on screen is dimmed under its own label whenever it is not what is asked for. */
  function showBusy() {
    const standing = page.standing();
    clearTimeout(busyTimer);
    if (standing === "done") viewer.setBusy(null);
    else if (standing === "stopped") viewer.setBusy(page.say("answer.before"));
    else busyTimer = setTimeout(() => viewer.setBusy(awaited(standing)), shown ? BUSY_AFTER : 0);
  }

  /** What the page waits for, in words; "" where it waits for nothing. */
  function awaited(standing) {
    const { say, state } = page;
    const { name } = page.selected() ?? {};
    if (standing === "queue") return say("answer.queue", { place: state.place });
    if (standing === "uploading") return say("answer.uploading", { name });
    return standing === "working" ? [say("answer.working", { name }), progress()].join(" ") : "";
  }

  /** How many of several photos have their answer. */
  function progress() {
    const { photos } = page.state;
    const done = photos.filter((photo) => isAnswered(photo, page.chosenWeights())).length;
    return photos.length > 1 ? page.say("answer.progress", { done, count: photos.length }) : "";
  }

  /** Whether the viewer is on screen: with an answer, or while one is awaited. */
  function isViewed(standing) {
    return standing === "stopped" ? Boolean(page.selected().answer) : !["none", "failed", "missing"].includes(standing);
  }

  const onward = (text, click) => html`
    <div class="rd-row"><button type="button" class="rd-primary" @click=${click}>${text}</button></div>
  `;

  /** What stands beside an answer, or in its place. */
  function situation(standing) {
    const { say, state } = page;
    const photo = page.selected();
    if (standing === "missing") return missingWeights(page);
    if (standing === "none") return html`<p>${say("answer.no_photo")}</p>`;
    if (standing === "failed") return html`<p>${say("photo.failed", photo)}</p>`;
    if (state.error) {
      const files = state.photos.flatMap((each) => each.file ?? []);
      const gone = state.error.code === "connection";
      return html`
        <p class="rd-problem">${page.sentence(state.error)}</p>
        ${gone && files.length ? html`<p>${say("photos.lost", { count: files.length })}</p>` : nothing}
        ${onward(say(gone && files.length ? "photos.send_again" : "answer.again"), () =>
          gone ? reconnect() : page.runWaiting(),
        )}
      `;
    }
    if (standing === "stopped") {
      return html`
        <p>${say("answer.stopped")} ${progress()}</p>
        ${onward(say("answer.go_on"), () => page.runWaiting())}
      `;
    }
    const caption = page.captions[photo?.example];
    if (standing === "done" && caption && !page.networks.classes.some(({ key }) => caption.classes?.includes(key))) {
      if (shown === photo.answer.id) return html`<p>${say("answer.unknown")}</p>`;
    }
    return photo?.dropped ? html`<p>${say("answer.dropped", { label: photo.dropped })}</p>` : nothing;
  }

  function showNote() {
    const standing = page.standing();
    const viewed = isViewed(standing);
    const { thumb, unseen } = page.selected() ?? {};
    const told = situation(standing);
    render(
      html`
        <div class="rd-explorer">
          <div class="rd-situation${standing === "done" ? " rd-aside" : ""}" role="status" ?hidden=${told === nothing}>
            ${thumb && !unseen && !viewed ? html`<img src=${thumb} alt="" />` : nothing}
            <div>${told}</div>
          </div>
          <div class="rd-viewer" ?hidden=${!viewed}></div>
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
      // Until a first answer comes the last picture stays, dimmed under its own label.
      if (isViewed(page.standing())) return;
      wanted = shown = null;
      await viewer.update(null);
      return;
    }
    wanted = id;
    let found;
    try {
      const payload = await page.result(id);
      found = [payload, await page.networks.classesOf(payload.network.depth, payload.network.weights)];
    } catch (error) {
      if (wanted !== id) return;
      if (error.status === 404) wanted = null; // another answer may come under the same id
      page.lost(photo, error);
      return;
    }
    if (wanted !== id) return;
    const [payload, classes] = found;
    await viewer.update(inWords(payload));
    shown = id;
    page.looked(viewer.read().state); // another photo has let go of the pin
    page.shown(payload, classes);
    showNote();
  }

  /** How far each kind of map foretells what single cells are worth: for the tiles, where no contrast is drawn. */
  function measured(answer, stages) {
    if (answer !== page.selected()?.answer?.id || page.payload.contrast) return;
    viewer.setTrust(Object.fromEntries(Object.entries(stages).map(([name, each]) => [name, each.trust])));
  }

  return { show, measured, viewer, row: () => host.querySelector(".rv-row-frame") };
}
