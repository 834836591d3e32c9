// Below the browser of feature maps: what one channel looks for, what the class loses without some, and how strongly
// the visitor's photos excite them.
import { colourAt, coloursOf } from "../../viewer/colour.js";
import { bars, heat, savePlot } from "./charts.js";
import { el } from "./dom.js";
import { progressLine } from "./work.js";

const PLOTS = { ablation: "rd-ablation-plot", heat: "rd-heat-plot" };
const MOST_CUT = 16;
const PAUSE = 300; // ms

/** `work` is the tab's; `browser` that of the feature maps; `draw()` asks Gradio for the figures anew. */
export class ChannelLab {
  chosen = null; // {stage, channel} whose card was opened last
  #image = null;
  #ablation = null;
  #heat = null; // {stage, channels, rows: [{name, values}]}
  #turn = 0;
  #question = null;

  constructor(page, work, browser, draw) {
    Object.assign(this, { page, work, browser, draw });
    this.line = progressLine(work, page);
    for (const [slot, id] of Object.entries(PLOTS)) document.getElementById(id).slot = slot;
    this.slots = Object.fromEntries(Object.keys(PLOTS).map((name) => [name, el("slot", { name })]));
    this.node = el("div", { class: "rd-tab rd-lab" });
  }

  /** A channel's card was opened. */
  choose(chosen) {
    this.chosen = chosen;
    this.show();
  }

  receive(found, { what }) {
    if (what === "excite") this.#image = found;
    else this.#ablation = found;
    this.draw();
  }

  /** Other channels stand in the browser: what was known of the ones before is about another question. */
  async renewed() {
    const mine = ++this.#turn;
    await new Promise((resolve) => setTimeout(resolve, PAUSE)); // what is looked at comes first
    if (mine !== this.#turn) return;
    const { stage, channels } = this.browser.read();
    const question = [stage, ...channels.slice(0, MOST_CUT).map(({ id }) => id), this.page.payload?.id].join();
    if (question !== this.#question) this.#ablation = null;
    this.#question = question;
    this.#heat = null;
    const { depth, weights } = this.page.payload?.network ?? {};
    const photos = this.page.state.photos.filter(
      ({ answer }) => answer?.network.depth === depth && answer.network.weights === weights,
    );
    if (photos.length > 1 && channels.length) {
      const ids = channels.slice(0, MOST_CUT).map(({ id }) => id);
      const rows = await this.page.json(
        `ui/means/${stage}?ids=${photos.map(({ answer }) => answer.id).join()}&channels=${ids.join()}`,
      );
      if (mine !== this.#turn) return;
      const known = photos.filter(({ answer }) => rows[answer.id]);
      this.#heat = { stage, channels: ids, rows: known.map(({ name, answer }) => ({ name, values: rows[answer.id] })) };
    }
    this.draw();
    this.show();
  }

  /** The figures of both charts; called by Gradio's event. */
  figures() {
    const { say } = this.page;
    const ablation = this.#ablation;
    const warm = this.#heat;
    return [
      ablation
        ? bars({
            names: ablation.channels.map((id) => `#${id}`),
            values: ablation.logits,
            marked: new Set([`#${this.chosen?.channel}`]),
            texts: ablation.channels.map((id, i) => `#${id}: ${ablation.logits[i].toFixed(3)}`),
            title: say("lab.change"),
            height: 240,
          })
        : undefined,
      warm
        ? heat({
            rows: warm.rows.map(({ name }, place) => `${place + 1} ${name.slice(0, 18)}`),
            columns: warm.channels.map((id) => `#${id}`),
            values: warm.rows.map(({ values }) => values),
            colourscale: this.#scale(),
            title: say("lab.mean"),
          })
        : undefined,
    ];
  }

  #scale() {
    const colours = coloursOf(this.page.colours.viridis);
    return Array.from({ length: 17 }, (_, i) => [i / 16, `rgb(${colourAt(colours, i / 16)})`]);
  }

  show() {
    const { say } = this.page;
    const { stage, channels } = this.browser.read();
    const ready = !this.work.running && Boolean(this.page.selected()?.answer);
    const label = this.page.selected()?.answer?.target.label ?? "";
    this.line.show();
    this.node.hidden = !channels.length;
    const shown = channels.slice(0, MOST_CUT).map(({ id }) => id);
    this.node.replaceChildren(
      this.line.node,
      section(
        say("lab.without"),
        note(say("lab.without.read", { label, count: shown.length })),
        row(button(say("lab.without.go"), ready, () => this.work.start("ablate", { stage, channels: shown }))),
        ...(this.#ablation ? [this.slots.ablation, this.#save("ablation"), this.#ablationTable()] : []),
      ),
      section(say("lab.one"), ...this.#one(ready)),
      ...(this.#heat
        ? [
            section(
              say("lab.photos"),
              note(say("lab.photos.read")),
              this.slots.heat,
              this.#save("heat"),
              this.#heatTable(),
            ),
          ]
        : []),
    );
  }

  #one(ready) {
    const { say } = this.page;
    const { chosen } = this;
    if (!chosen) return [note(say("lab.one.hint"))];
    // A channel of the same number in another network is another channel.
    const meant = { ...chosen, depth: this.page.payload?.network.depth, weights: this.page.payload?.network.weights };
    const same = ["depth", "weights", "stage", "channel"].every((part) => this.#image?.[part] === meant[part]);
    const image = same ? this.#image : null;
    return [
      note(say("lab.one.read", chosen)),
      row(button(say("lab.one.go", chosen), ready, () => this.work.start("excite", chosen))),
      ...(image
        ? [
            el(
              "figure",
              { class: "rd-card rd-excited" },
              el("div", { class: "rd-picture" }, el("img", { src: image.image, alt: say("lab.one.alt", chosen) })),
              el("figcaption", {
                class: "rd-fine rd-muted",
                textContent:
                  image.activations.at(-1) > 0
                    ? say("lab.one.rise", {
                        from: image.activations[0].toFixed(3),
                        to: image.activations.at(-1).toFixed(3),
                      })
                    : say("lab.one.silent"),
              }),
            ),
          ]
        : []),
    ];
  }

  #save(name) {
    return el("button", {
      type: "button",
      class: "rd-link",
      textContent: this.page.say("chart.save"),
      on: { click: () => savePlot(PLOTS[name], name) },
    });
  }

  #ablationTable() {
    const { say } = this.page;
    const { channels, logits, probabilities } = this.#ablation;
    const rows = channels.map((id, i) => [`#${id}`, logits[i].toFixed(3), `${(100 * probabilities[i]).toFixed(2)} %`]);
    return table(say("chart.numbers"), [say("lab.channel"), say("lab.change"), say("block.change.probability")], rows);
  }

  #heatTable() {
    const { say } = this.page;
    const { channels, rows } = this.#heat;
    return table(
      say("chart.numbers"),
      [say("table.file"), ...channels.map((id) => `#${id}`)],
      rows.map(({ name, values }) => [name, ...values.map((value) => value.toFixed(3))]),
    );
  }
}

const note = (text) => el("p", { class: "rd-note", textContent: text });
const row = (...children) => el("div", { class: "rd-row" }, ...children);
const section = (title, ...children) =>
  el("section", { class: "rd-panel-part" }, el("h3", { class: "rd-title3", textContent: title }), ...children);
const button = (text, enabled, click) =>
  el("button", { type: "button", class: "rd-quiet", disabled: !enabled, textContent: text, on: { click } });

/** A folded table: the first column names the rows. */
function table(summary, heads, rows) {
  const side = (place) => (place ? "rd-number" : "");
  return el(
    "details",
    { class: "rd-details" },
    el("summary", { textContent: summary }),
    el(
      "div",
      { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": summary },
      el(
        "table",
        { class: "rd-table" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...heads.map((text, place) => el("th", { scope: "col", class: side(place), textContent: text })),
          ),
        ),
        el(
          "tbody",
          {},
          ...rows.map(([name, ...cells]) =>
            el(
              "tr",
              {},
              el("th", { scope: "row", textContent: name }),
              ...cells.map((text) => el("td", { class: "rd-number", textContent: text })),
            ),
          ),
        ),
      ),
    ),
  );
}
