// What the page adds to a channel's card: an image of what the channel looks for, and what the class loses without it.
import { el } from "./dom.js";
import { button, note, row } from "./panels.js";
import { progressLine } from "./work.js";
import { formatPoints, formatSigned, formatValue } from "../../viewer/numbers.js";

export class SingleChannel {
  chosen = null; // {stage, channel} whose card was opened last
  problem = null;
  #about = null; // {answer, network} whose channels are on screen

  /** The card is the viewer's and has its looks; inside `node` are the page's, from `sheets`. */
  constructor(page, work, findings, sheets) {
    Object.assign(this, { page, work, findings });
    this.line = progressLine(work, page, ({ what, channels }) => what === "channel-image" || channels?.length === 1);
    this.whole = el("div", { class: "rd-single" });
    this.node = el("div");
    this.root = this.node.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = sheets;
    this.root.append(this.whole);
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
    const { say } = this.page;
    const { chosen, work } = this;
    this.line.show();
    if (!chosen) return;
    const focused = this.root.activeElement;
    const image = this.findings.image(chosen);
    const change = this.findings.change(this.#about?.answer, chosen);
    const label = this.page.payload?.target.label ?? "";
    const ask = (what, text, fields) => {
      const made = button(text, !work.running, () => work.start(what, { ...this.#about, ...fields }));
      made.dataset.asks = what;
      return made;
    };
    this.whole.replaceChildren(
      el(
        "div",
        { class: "rd-asked" },
        el("h3", { class: "rd-title3", textContent: say("lab.one") }),
        note(say("lab.one.read"), this.page),
        row(
          ask("channel-image", say("lab.one.go"), chosen),
          ask("channel-ablation", say("lab.one.cut"), { stage: chosen.stage, channels: [chosen.channel] }),
        ),
        this.line.node,
        ...(this.problem ? [el("p", { class: "rd-problem", textContent: this.page.sentence(this.problem) })] : []),
        el("p", { class: "rd-lost", role: "status", textContent: change ? this.#lost(change, label) : "" }),
      ),
      ...(image ? [this.#made(image)] : []),
    );
    if (focused && !this.root.activeElement) {
      const same = this.whole.querySelector(`[data-asks="${focused.dataset.asks}"]:enabled`);
      (same ?? this.node.closest("dialog"))?.focus();
    }
  }

  #lost({ logit, probability }, label) {
    const told = { label, logit: formatSigned(logit), points: formatPoints(probability) };
    return this.page.say("lab.one.lost", told);
  }

  #made({ image, activations }) {
    const { say } = this.page;
    const from = activations[0];
    const to = activations.at(-1);
    const { stage, channel } = this.chosen;
    return el(
      "figure",
      { class: "rd-card rd-excited" },
      el("div", { class: "rd-picture" }, el("img", { src: image, alt: say("lab.one.alt", this.chosen) })),
      el(
        "figcaption",
        { class: "rd-fine rd-muted" },
        to > 0 ? say("lab.one.rise", { from: formatValue(from), to: formatValue(to) }) : say("lab.one.silent"),
        " ",
        el("a", { href: image, download: `${stage}-channel-${channel}.png`, textContent: say("chart.save") }),
      ),
    );
  }
}
