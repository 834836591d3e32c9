// What is known of the chosen network, and the way to weights that are not on this machine.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatLarge, formatProbability, formatSize } from "../../viewer/numbers.js";
import { bothNames } from "./controls.js";
import { inOrder } from "./networks.js";
import { progressBar } from "./work.js";
import { kinOf, originOf, weightsInFull, weightsTitle } from "./words.js";

const unknown = "…";

/** The figures of the weights in use: never another set's. */
export function mountFacts(root, page) {
  let listed = []; // the classes in the dialog
  let wide = false; // on a phone the figures and the weights fold under one line, so that the photo is near

  function open(whole) {
    wide = whole;
    document.getElementById("rd-side").classList.toggle("rd-open", wide);
  }

  /** [key of the name, value] of each figure. */
  function figures(info, choice, say) {
    const names = ["block", "parameters", "multiply_adds", "top1", "origin"];
    if (!info) return names.map((name) => [`facts.${name}`, unknown]);
    const { block, blocks, parameters, multiply_adds, view_size, top1 } = info;
    return [
      ["facts.block", `${block} × ${blocks.reduce((a, b) => a + b, 0)}`],
      ["facts.parameters", formatLarge(parameters)],
      ["facts.multiply_adds", say("facts.at", { value: formatLarge(multiply_adds), side: view_size[0] })],
      ["facts.top1", top1 === null ? say("facts.unmeasured") : formatProbability(top1)],
      ["facts.origin", originOf(choice, say)],
    ];
  }

  /** The way to all classes that a network knows, and the list of them. */
  function knownClasses(choice) {
    const { say } = page;
    const classes = choice?.classes ?? null;
    const title = say("classes.title", { classes: classes === null ? unknown : formatCount(classes) });
    const opened = async () => {
      listed = await page.networks.classesOf(choice.depth, choice.name);
      show();
      root.querySelector("dialog").showModal();
    };
    return html`
      <button type="button" class="rd-link rd-known" ?disabled=${!choice} @click=${opened}>${title}</button>
      <dialog class="rd-dialog" aria-label=${title} @click=${({ target, currentTarget }) => target === currentTarget && target.close()}>
        <div class="rd-dialog-head">
          <h2>${title}</h2>
          <button type="button" class="rd-quiet" @click=${() => root.querySelector("dialog").close()}>${say("close")}</button>
        </div>
        <ul class="rd-classes" tabindex="0">${inOrder(listed, page.language).map((each) => html`<li>${bothNames(each)}</li>`)}</ul>
      </dialog>
    `;
  }

  function show() {
    const { say } = page;
    const choice = page.chosenWeights();
    const info = choice?.info ?? null;
    const words = { classes: info ? formatCount(info.classes) : unknown, data: info?.measured_on ?? "" };
    const kin = (choice && kinOf(choice, say)) || say("facts.origin.meaning");
    const line = ([key, value]) => html`
      <dt title=${key === "facts.origin" ? kin : say(`${key}.meaning`, words)}>${say(key, words)}</dt>
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
        <dl class="rd-facts${wide ? " rd-open" : ""}">${figures(info, choice, say).map(line)}</dl>
        ${knownClasses(choice)}
      `,
      root,
    );
  }
  return { show };
}

/** What the network chosen lacks, the download of it, and what there is in its place. */
export function missingWeights(page) {
  const { say, sentence } = page;
  const { downloading } = page.networks;
  const choice = page.chosenWeights();
  const { depth, name, downloadable, size_bytes } = choice;
  const mine = downloading.depth === depth && downloading.name === name;
  const { done, total, error } = downloading;
  const get = () => say("weights.get", { title: weightsTitle(choice, say), size: formatSize(size_bytes) });
  const instead = page.networks.instead(depth);
  const other = instead && weightsTitle(instead, say);
  return html`
    <p>${say(downloadable ? "weights.missing" : "weights.denied", { depth })}</p>
    ${mine && error ? html`<p class="rd-problem" role="alert">${sentence(error)}</p>` : nothing}
    ${mine && downloading.running
      ? html`<div class="rd-progress">
          ${progressBar(done, total, say("weights.loading"))}
          <span class="rd-told">${total ? `${formatSize(done)} / ${formatSize(total)}` : say("weights.connecting")}</span>
          <button type="button" class="rd-quiet" @click=${() => page.stopDownload()}>${say("stop")}</button>
        </div>`
      : html`<div class="rd-row">
          ${downloadable
            ? html`<button type="button" class="rd-primary" ?disabled=${downloading.running} @click=${() => page.download()}>${get()}</button>`
            : nothing}
          ${instead
            ? html`<button type="button" class="rd-quiet" @click=${() => page.useInstead()}>
                ${say("weights.instead", { depth: instead.depth, title: other })}
              </button>`
            : nothing}
        </div>`}
  `;
}
