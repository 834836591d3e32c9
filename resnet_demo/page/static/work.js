// A tab's work on the server: one piece at a time, with progress and a stop; an older piece's news is not listened to.
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { watchOver } from "./pulse.js";

/**
 * `gradio` is the tab's component. `start(what, fields)` asks the server; `done(result, asked)` gets what it found;
 * `changed()` is called whenever the state has changed.
 */
export class Work {
  running = false;
  progress = null;
  place = null;
  error = null;
  #number = 0;
  #asked = null;
  #taken = Promise.resolve();

  constructor(page, gradio, { done, changed = () => {} }) {
    Object.assign(this, { page, gradio, done, changed });
    gradio.watch("value", () => {
      const told = gradio.props.value;
      // One after the other: a result is fetched before the news that the work is done is acted on.
      this.#taken = this.#taken.then(() => this.#receive(told));
    });
  }

  start(what, fields = {}) {
    this.#number += 1;
    this.#asked = { number: this.#number, what, answer: this.page.selected()?.answer?.id ?? "", ...fields };
    Object.assign(this, { running: true, progress: null, place: null, error: null });
    this.changed();
    const { number } = this.#asked;
    watchOver(
      () => this.running && this.#number === number,
      () => {
        this.failed("connection");
        this.page.disconnected();
      },
    );
    this.gradio.trigger("work");
  }

  stop() {
    this.forget();
    this.gradio.trigger("stop");
  }

  /** What is asked for is no longer wanted; nothing that still comes of it is shown. */
  forget() {
    this.#number += 1;
    Object.assign(this, { running: false, progress: null, place: null, error: null });
    this.changed();
  }

  /** The server did not take the request, or went away; called by Gradio's event. */
  failed(code = "not-taken") {
    if (!this.running) return;
    Object.assign(this, { running: false, place: null, error: { code, details: {} } });
    this.changed();
  }

  /** What the server is sent; called by Gradio's event. */
  request() {
    return this.#asked;
  }

  async #receive(told) {
    if (told?.number !== this.#number) return;
    const asked = this.#asked;
    Object.assign(this, { progress: told.progress ?? this.progress, place: told.place, error: told.error });
    if (told.done) this.running = false;
    if (told.result && told.result !== this.received) {
      this.received = told.result;
      try {
        const found = await this.page.found(`ui/results/${told.result}`);
        if (asked !== this.#asked || told.number !== this.#number) return;
        this.done(found, asked);
      } catch {
        this.error = { code: "connection", details: {} };
      }
    }
    this.changed();
  }
}

/**
 * A line that shows how far work is, with a Stop; and, where it went wrong, why. `mine(asked)` says whether a piece of work
 * is told of here.
 */
export function progressLine(work, { say, sentence }, mine = () => true) {
  const { running, progress, place, error } = work;
  const shown = (running || error) && mine(work.request());
  const told = () => {
    if (place) return say("answer.queue", { place });
    if (!progress?.total) return say("work.running");
    return say("work.done", { done: Math.round(progress.done), total: Math.round(progress.total) });
  };
  return html`
    <div class="rd-work" ?hidden=${!shown}>
      <div class="rd-progress" role="status" ?hidden=${!running}>
        ${progressBar(progress?.done, progress?.total, say("work.progress"))}
        <span class="rd-told">${told()}</span>
        <button type="button" class="rd-quiet" @click=${() => work.stop()}>${say("stop")}</button>
      </div>
      <p class="rd-problem" role="alert" ?hidden=${!error}>${error ? sentence(error) : ""}</p>
    </div>
  `;
}

/** How far something is; without a total, that it goes on. */
export const progressBar = (done, total, label) => html`
  <progress max="1" value=${total ? done / total : nothing} aria-label=${label}></progress>
`;
