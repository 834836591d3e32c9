// What is known of the chosen network, and the way to weights that are not on this machine.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatLarge, formatProbability, formatSize } from "../../viewer/numbers.js";
import { progressBar } from "./work.js";
import { kinOf, weightsInFull, weightsTitle } from "./words.js";

const unknown = "…";

/** The figures of the weights in use: never another set's. */
export function mountFacts(root, page) {
  let wide = false; // on a phone the figures and the weights fold under one line, so that the photo is near

  function open(whole) {
    wide = whole;
    document.getElementById("rd-side").classList.toggle("rd-open", wide);
  }

  /** [key of the name, value] of each figure. */
  function figures(info, say) {
    if (!info) return ["block", "parameters", "multiply_adds", "top1"].map((name) => [`facts.${name}`, unknown]);
    const { block, blocks, parameters, multiply_adds, view_size, top1 } = info;
    return [
      ["facts.block", `${block} × ${blocks.reduce((a, b) => a + b, 0)}`],
      ["facts.parameters", formatLarge(parameters)],
      ["facts.multiply_adds", say("facts.at", { value: formatLarge(multiply_adds), side: view_size[0] })],
      ["facts.top1", top1 === null ? say("facts.unmeasured") : formatProbability(top1)],
    ];
  }

  function show() {
    const { say } = page;
    const choice = page.chosenWeights();
    const info = choice?.info ?? null;
    if (choice && !choice.available) open(true);
    const words = { classes: info ? formatCount(info.classes) : unknown, data: info?.measured_on ?? "" };
    const line = ([key, value]) => html`
      <dt title=${say(`${key}.meaning`, words)}>${say(key, words)}</dt>
      <dd>${value}</dd>
    `;
    const fold = () => {
      open(!wide);
      show();
    };
    render(
      html`
        <button type="button" class="rd-fold" aria-expanded=${String(wide)} @click=${fold}>
          ${choice
            ? `${weightsInFull(choice, say)} · ${say(choice.available ? "weights.here" : "weights.away")}`
            : unknown}
        </button>
        <dl class="rd-facts${wide ? " rd-open" : ""}">${figures(info, say).map(line)}</dl>
        ${choice && kinOf(choice, say) ? html`<p class="rd-note rd-fine rd-kin">${kinOf(choice, say)}</p>` : nothing}
      `,
      root,
    );
  }
  return { show };
}

/** Offers the download of the chosen weights where they are not here, and shows how far one is. */
export function mountDownload(root, page) {
  function show() {
    const { say, sentence } = page;
    const { downloading } = page.networks;
    const choice = page.chosenWeights();
    const missing = choice !== null && !choice.available;
    const mine = downloading.depth === choice?.depth && downloading.name === choice?.name;
    const running = downloading.running && mine;
    const failed = mine ? downloading.error : null;
    render(
      html`
        <div class="rd-download" ?hidden=${!missing && !running && !failed}>
          ${missing && !running ? offer(choice, downloading.running) : nothing}
          ${running ? progress(downloading) : nothing}
          <p class="rd-problem" role="alert" ?hidden=${!failed}>${failed ? sentence(failed) : ""}</p>
        </div>
      `,
      root,
    );

    function offer({ depth, downloadable, size_bytes }, busy) {
      const get = () => say("weights.get", { title: weightsTitle(choice, say), size: formatSize(size_bytes) });
      return html`
        <p class="rd-note">${say(downloadable ? "weights.missing" : "weights.denied", { depth })}</p>
        ${downloadable
          ? html`<button type="button" class="rd-primary" ?disabled=${busy} @click=${() => page.download()}>${get()}</button>`
          : nothing}
      `;
    }

    function progress({ done, total }) {
      return html`
        <div class="rd-progress">
          ${progressBar(done, total, say("weights.loading"))}
          <span class="rd-told">${total ? `${formatSize(done)} / ${formatSize(total)}` : say("weights.connecting")}</span>
          <button type="button" class="rd-quiet" @click=${() => page.stopDownload()}>${say("stop")}</button>
        </div>
      `;
    }
  }
  return { show };
}
