// What the page adds to a channel's card: an image of what the channel looks for, and what the class loses without it.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatPoints, formatSigned, formatValue } from "../../viewer/numbers.js";
import { button, note, problem, row } from "./panels.js";
import { progressLine } from "./work.js";

export class SingleChannel {
  chosen = null; // {stage, channel} whose card was opened last
  problem = null;
  #about = null; // {answer, network} whose channels are on screen

  /** The card is the viewer's and has its looks; inside `node` are the page's, from `sheets`. */
  constructor(page, work, findings, sheets) {
    Object.assign(this, { page, work, findings });
    this.node = document.createElement("div");
    this.root = this.node.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = sheets;
  }

  choose(chosen) {
    this.chosen = chosen;
    this.show();
  }

  look(about) {
    this.#about = about;
    this.show();
  }

  show() {
    const { page, chosen, work } = this;
    const { say } = page;
    if (!chosen) return;
    const image = this.findings.image(chosen);
    const change = this.findings.change(this.#about?.answer, chosen);
    const ask = (what, fields) => () => work.start(what, { ...this.#about, ...fields });
    const alone = { stage: chosen.stage, channels: [chosen.channel] };
    const mine = ({ what, channels }) => what === "channel-image" || channels?.length === 1;
    const focused = this.root.activeElement;
    render(
      html`
        <div class="rd-single">
          <div class="rd-asked">
            <h3 class="rd-title3">${say("lab.one")}</h3>
            ${note(say("lab.one.read"), page)}
            ${row(
              button(say("lab.one.go"), !work.running, ask("channel-image", chosen)),
              button(say("lab.one.cut"), !work.running, ask("channel-ablation", alone)),
              button(say("lab.one.atlas"), true, () => {
                this.node.closest("dialog")?.close();
                page.showChannel("atlas", chosen);
              }),
            )}
            ${progressLine(work, page, mine)} ${problem(this.problem && page.sentence(this.problem))}
            <p class="rd-lost" role="status">${change ? this.#lost(change) : ""}</p>
          </div>
          ${image ? this.#made(image) : nothing}
        </div>
      `,
      this.root,
    );
    // What had the focus may be gone with its channel; the card's keys go on working.
    if (focused && !this.root.activeElement) this.node.closest("dialog")?.focus();
  }

  #lost({ logit, probability }) {
    const label = this.page.payload?.target.label ?? "";
    return this.page.say("lab.one.lost", { label, logit: formatSigned(logit), points: formatPoints(probability) });
  }

  #made({ image, activations }) {
    const { say } = this.page;
    const [from, to] = [activations[0], activations.at(-1)];
    const { stage, channel } = this.chosen;
    return html`
      <figure class="rd-card rd-excited">
        <div class="rd-picture"><img src=${image} alt=${say("lab.one.alt", this.chosen)} /></div>
        <figcaption class="rd-fine rd-muted">
          ${to > 0 ? say("lab.one.rise", { from: formatValue(from), to: formatValue(to) }) : say("lab.one.silent")}
          <a href=${image} download="${stage}-channel-${channel}.png">${say("chart.save")}</a>
        </figcaption>
      </figure>
    `;
  }
}
