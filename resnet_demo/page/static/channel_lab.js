// Below the browser of feature maps: what the class loses without each of the best channels, and how strongly the
// visitor's photos excite them.
import { colourAt, coloursOf } from "../../viewer/colour.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { bars, heat, savePlot } from "./charts.js";
import { button, channelLink, foldedTable, link, note, problem, row, section } from "./panels.js";
import { progressLine } from "./work.js";
import { formatPoints, formatSigned, formatValue } from "../../viewer/numbers.js";

const PLOTS = { ablation: "rd-ablation-plot", heat: "rd-heat-plot" };
const MOST = 16; // channels in the charts
const PAUSE = 300; // ms: what is looked at first comes first

/** `work` is the tab's; `draw()` asks Gradio for the figures anew, `show()` writes the tab's words anew. */
export class ChannelLab {
  #shown = { answer: null, stage: null, channels: [] };
  #heat = null; // {stage, channels, rows: [{name, values}]}
  #failed = false;
  #turn = 0;

  constructor(page, work, findings, { draw, show }) {
    Object.assign(this, { page, work, findings, draw, show });
    for (const [slot, id] of Object.entries(PLOTS)) document.getElementById(id).slot = slot;
  }

  /** Other channels stand in the browser. */
  look({ answer, stage, channels }) {
    this.#shown = { answer, stage, channels: channels.slice(0, MOST) };
    this.draw();
    this.show();
    this.compare();
  }

  /** Fetch anew how strongly each photo excites the channels in the browser. */
  async compare() {
    const mine = ++this.#turn;
    this.#failed = false;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (mine !== this.#turn) return;
    const { stage, channels } = this.#shown;
    let compared = null;
    if (channels.length && this.findings.photos().length > 1) {
      try {
        const found = await this.findings.acrossPhotos(stage, channels);
        compared = { stage, channels, rows: found.map(({ name, means }) => ({ name, values: means })) };
      } catch {
        this.#failed = true;
      }
      if (mine !== this.#turn) return;
    }
    this.#heat = compared;
    this.draw();
    this.show();
  }

  /** What is lost without each channel, once all have been tried. */
  #changes() {
    const { answer, stage, channels } = this.#shown;
    const known = channels.map((channel) => ({ channel, ...this.findings.change(answer, { stage, channel }) }));
    return known.length && known.every(({ logit }) => logit !== undefined) ? known : null;
  }

  /** The figures of both charts; called by Gradio's event. `chosen` is the channel that stands out. */
  figures(chosen) {
    const { say } = this.page;
    const changes = this.#changes();
    const warm = this.#heat;
    return [
      changes
        ? bars({
            names: changes.map(({ channel }) => `#${channel}`),
            values: changes.map(({ logit }) => logit),
            marked: new Set([`#${chosen}`]),
            texts: changes.map(({ channel, logit }) => `#${channel}: ${formatSigned(logit)}`),
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

  /** What stands below the browser of channels. */
  words() {
    const { page, work } = this;
    const { say } = page;
    const { answer, stage, channels } = this.#shown;
    const label = page.payload?.target.label ?? "";
    const changes = this.#changes();
    if (!channels.length) return nothing;
    const start = () => work.start("channel-ablation", { answer, stage, channels });
    return html`
      <div class="rd-tab rd-lab">
        ${section(
          say("lab.without"),
          note(say("lab.without.read", { label, count: channels.length }), page),
          row(button(say("lab.without.go"), !work.running, start)),
          // What a channel's card asked for is told there.
          progressLine(work, page, ({ what, channels: asked }) => what === "channel-ablation" && asked.length > 1),
          changes ? [html`<slot name="ablation"></slot>`, this.#save("ablation"), this.#changesTable(changes)] : nothing,
        )}
        ${this.#comparison()}
      </div>
    `;
  }

  #comparison() {
    const { say } = this.page;
    const about = [say("lab.photos"), note(say("lab.photos.read"), this.page)];
    if (this.#failed) return section(...about, problem(this.page.sentence({ code: "connection", details: {} })));
    if (!this.#heat) return nothing;
    const { stage, channels, rows } = this.#heat;
    const numbers = foldedTable(
      "heat",
      say("chart.numbers"),
      [say("table.file"), ...channels.map((channel) => channelLink(this.page, { stage, channel }))],
      rows.map(({ name, values }) => [name, ...values.map((value) => formatValue(value))]),
    );
    return section(...about, html`<slot name="heat"></slot>`, this.#save("heat"), numbers);
  }

  #save(name) {
    return link(this.page.say("chart.save"), () => savePlot(PLOTS[name], name));
  }

  #changesTable(changes) {
    const { say } = this.page;
    return foldedTable(
      "ablation",
      say("chart.numbers"),
      [say("lab.channel"), say("lab.change"), say("block.change.probability")],
      changes.map(({ channel, logit, probability }) => [
        channelLink(this.page, { stage: this.#shown.stage, channel }),
        formatSigned(logit),
        formatPoints(probability),
      ]),
    );
  }
}
