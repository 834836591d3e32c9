// Runs: what is asked of the server about the photos here, and what becomes of it.
import { formatProbability } from "../../viewer/numbers.js";
import { restore } from "./incoming.js";
import { watchOver } from "./pulse.js";
import * as model from "./state.js";

export class Runs {
  #page;
  #desk;

  /** `desk` is the component whose events reach the server, and whose value is what it says. */
  constructor(page, desk) {
    this.#page = page;
    this.#desk = desk;
    desk.watch("value", () => this.#receive(desk.props.value));
  }

  /** Ask for everything that is due. */
  begin() {
    const { state } = this.#page;
    if (this.#page.chosenWeights()?.available && state.photos.some((photo) => photo.wanted)) {
      state.running = true;
      this.#desk.trigger("run");
    }
    this.#page.show();
  }

  stop() {
    model.stop(this.#page.state);
    this.#desk.trigger("stop");
    this.#page.show();
  }

  /** What the server is asked, at the moment it is sent. */
  request() {
    const { state } = this.#page;
    const asked = model.request(state);
    watchOver(
      () => state.running && state.run === asked.run,
      () => this.fail({ code: "connection", details: {} }),
    );
    return asked;
  }

  /** What was asked comes to nothing. */
  fail(error) {
    model.fail(this.#page.state, error);
    this.#page.show();
  }

  async #receive(message) {
    const page = this.#page;
    const { state, networks } = page;
    if (message?.kind === "download") {
      const { depth, name } = networks.downloading;
      const ended = await networks.receive(message);
      const wanted = page.chosenWeights();
      // A network that was fetched to be compared is none of the answer on screen.
      return ended && wanted?.depth === depth && wanted?.name === name ? this.begin() : page.show();
    }
    if (!message || !model.receive(state, page.named(message))) return undefined;
    if (state.selected in message.photos) this.#announce();
    if (message.done) restore(page);
    return message.done && state.photos.some((photo) => photo.wanted) ? this.begin() : page.show();
  }

  #announce() {
    const { say, sentence, parts } = this.#page;
    const { name, answer, error } = this.#page.selected();
    const [first] = answer?.top ?? [];
    const probability = first && formatProbability(first.probability);
    parts.tellOne("strip", "announce", error ? sentence(error) : say("answer.announced", { name, label: first.label, probability }));
  }
}
