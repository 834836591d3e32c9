// Searching the atlas: which channels of a stage answer to a class, to a colour, or to a place in the photo.
import { cellAt, cellBox, placed, receptiveField, shareOf } from "../../viewer/geometry.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatValue } from "../../viewer/numbers.js";
import { answering, channelsOf, firing } from "./channel_search.js";
import { button, note, row, segments } from "./panels.js";
import { table } from "./tables.js";
import { progressLine } from "./work.js";

const PAUSE = 250; // ms the pin must rest before the server is asked
const WAYS = ["class", "colour", "place"];

export class AtlasSearch {
  way = "class";
  text = "";
  step = 0; // of the hue that is sought
  #tunings = new Map(); // by key, a network's
  #cell = null; // {key, found}: what fires in a cell, and which cell of which answer
  #timer = null;

  /** `work` is the tab's; `current()` is {key, network, stage} of the wall on screen, null without one. */
  constructor(page, work, current, changed) {
    Object.assign(this, { page, work, current, changed });
  }

  /** Takes what is its own of what has come. */
  receive(result, { what, answer, depth, weights, stage, row, column }) {
    if (what === "tuning") this.#tunings.set(`${depth}/${weights}`, result);
    if (what === "cell-activations") this.#cell = { key: [answer, stage, row, column].join(), found: result };
    this.follow();
  }

  /** The pinned cell of the stage on the wall, {key, stage, row, column}; null without a pin. */
  #pinned() {
    const { payload, display } = this.page;
    const at = this.current();
    const grid = at && payload?.stages.find(({ name }) => name === at.stage);
    if (!grid || !display?.pin) return null;
    const { row, column } = cellAt(display.pin, grid.rows, grid.columns);
    return { key: [this.page.selected()?.answer?.id, at.stage, row, column].join(), stage: at.stage, row, column, grid };
  }

  /** Ask for what fires in the pinned cell, where that is sought and not known; other work is not disturbed. */
  follow() {
    clearTimeout(this.#timer);
    if (this.way !== "place" || !this.page.isOpen("atlas")) return;
    this.#timer = setTimeout(() => {
      const cell = this.#pinned();
      const { running, error } = this.work;
      const asked = running || error ? this.work.request() : null;
      if (!cell || cell.key === this.#cell?.key || (running && asked.what !== "cell-activations")) return;
      if (asked?.what === "cell-activations" && [asked.answer, asked.stage, asked.row, asked.column].join() === cell.key) return;
      const { stage, row, column } = cell;
      this.work.start("cell-activations", { stage, row, column });
    }, PAUSE);
  }

  /**
   * The channels of the stage on the wall that are found, best first: {channel}, with a `share` for its bar or what is
   * `told` of it; null for all of them. `names(channel)` are what a channel is known by.
   */
  found({ stage, widths, named, names, selective }) {
    if (this.way === "colour") {
      const tuning = this.#tuning();
      if (!tuning) return null;
      return answering(tuning.stages[stage], this.step);
    }
    if (this.way === "place") {
      const cell = this.#pinned();
      if (!cell || this.#cell?.key !== cell.key) return null;
      return firing(this.#cell.found).map(({ channel, ratio }) => ({ channel, told: `× ${formatValue(ratio, 2)}` }));
    }
    const text = this.text.trim().toLowerCase();
    if (!text || !named) return null;
    const all = Array.from({ length: widths[stage] }, (_, channel) => ({ channel }));
    const says = ({ channel }) => names(channel).some((each) => each.toLowerCase().includes(text));
    return all.filter(says).sort((a, b) => selective[b.channel] - selective[a.channel]);
  }

  #tuning() {
    const at = this.current();
    return at && this.#tunings.get(at.key);
  }

  /** The controls, and what is to be said of what they find: `found` as above, of `all` channels. */
  view({ stage, named, all }, found) {
    const { say } = this.page;
    const ways = WAYS.map((each) => [each, say(`atlas.find.${each}`)]);
    const turn = (way) => {
      this.way = way;
      this.changed();
      this.follow();
    };
    return html`
      ${row(segments(say("atlas.find"), ways, this.way, turn), this.way === "class" && named ? this.#words() : nothing)}
      ${this.way === "colour" ? this.#colours(stage, found, all) : nothing}
      ${this.way === "place" ? this.#place(stage, found) : nothing}
      ${progressLine(this.work, this.page, ({ what }) => ["tuning", "cell-activations"].includes(what))}
    `;
  }

  #words() {
    const type = ({ target }) => {
      this.text = target.value;
      this.changed();
    };
    const label = this.page.say("atlas.search");
    return html`<input type="search" class="rd-search" placeholder=${label} aria-label=${label} .value=${this.text} @input=${type} />`;
  }

  #colours(stage, found, all) {
    const { say } = this.page;
    const tuning = this.#tuning();
    const { network } = this.current();
    if (!tuning) {
      const measure = () => this.work.start("tuning", network);
      return [note(say("atlas.colour.read"), this.page), row(button(say("stimuli.go", network), !this.work.running, measure, "rd-primary"))];
    }
    const pick = (step) => {
      this.step = step;
      this.changed();
    };
    const called = (degrees) => say(`hue.${degrees}`);
    const swatches = tuning.steps.hue.map(
      (degrees, step) => html`
        <button type="button" aria-pressed=${String(step === this.step)} @click=${() => pick(step)}>
          <i style="background: hsl(${degrees} 80% 50%)"></i>${called(degrees)}
        </button>
      `,
    );
    const colour = called(tuning.steps.hue[this.step]);
    const counts = ({ hues, null_hues }) => [hues, null_hues].map((each) => channelsOf(each, this.step).length);
    const [count, chance] = counts(tuning.stages[stage]);
    const facts = { colour, stage, count: formatCount(count), all: formatCount(all), chance: formatCount(chance) };
    const stages = Object.keys(tuning.stages);
    const rows = [0, 1].map((place) => [
      say(place ? "stimuli.null" : "atlas.colour.trained"),
      ...stages.map((each) => formatCount(counts(tuning.stages[each])[place])),
    ]);
    return html`
      <div class="rd-chips rd-hues" role="group" aria-label=${say("atlas.find.colour")}>${swatches}</div>
      ${note(say("atlas.colour.read"), this.page)}
      <p class="rd-note" role="status">
        ${say(count ? "atlas.colour.count" : "atlas.colour.none", facts)} ${count && count <= chance ? say("atlas.colour.chance", facts) : ""}
      </p>
      ${table(say("atlas.colour.stages", { colour }), [say("atlas.colour.stages", { colour }), ...stages], rows)}
    `;
  }

  #place(stage, found) {
    const { say, payload } = this.page;
    const cell = this.#pinned();
    if (!cell) return note(say(payload ? "atlas.place.pin" : "tab.nothing"), this.page);
    const { row: at, column, grid } = cell;
    const { view } = payload;
    const mark = shareOf(cellBox(cell, grid.rows, grid.columns), { width: 1, height: 1 });
    const { box } = receptiveField(cell, grid.receptive_field, view);
    const measured = this.#cell?.key === cell.key ? this.#cell.found.measured_on : null;
    const told = { stage, row: at, column, name: payload.photo.name, photos: measured ?? "" };
    const picture = html`
      <div class="rd-picture rd-place" role="img" aria-label=${say("atlas.place.cell", told)}>
        <img src=${view.src} alt="" />
        <i class="rd-frame" style=${placed(shareOf(box, view))}></i><i class="rd-cell" style=${placed(mark)}></i>
      </div>
    `;
    return html`<div class="rd-row rd-middle">
      ${picture}
      <div class="rd-tab">
        <p class="rd-note">${say("atlas.place.cell", told)}</p>
        ${found ? note(say(measured ? "atlas.place.read" : "atlas.place.read.photo", told), this.page) : nothing}
      </div>
    </div>`;
  }
}
