// What the tabs are made of: sections, notes with their papers and terms, rows of buttons.
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { withChannel } from "./link.js";
import { savePanel } from "./panel_png.js";
import { table } from "./tables.js";
import { partsOf } from "./words.js";

export const note = (text, page) => html`<p class="rd-note">${words(text, page)}</p>`;

export const fineNote = (text) => html`<p class="rd-note rd-fine">${text}</p>`;

export const problem = (text) => (text ? html`<p class="rd-problem">${text}</p>` : nothing);

export const row = (...content) => html`<div class="rd-row rd-middle">${content}</div>`;

export const section = (title, ...content) => html`
  <section class="rd-panel-part"><h3 class="rd-title3">${title}</h3>${content}</section>
`;

/**
 * A button. One that can't be used now keeps the focus, so that whoever works with the keyboard stays where they are.
 */
export const button = (text, enabled, click, style = "rd-quiet") => html`
  <button type="button" class=${style} aria-disabled=${enabled ? nothing : "true"} @click=${enabled ? click : nothing}>
    ${text}
  </button>
`;

export const link = (text, click) => html`<button type="button" class="rd-link" @click=${click}>${text}</button>`;

/** The name of a channel, {stage, channel}, as a link to its card in the atlas. */
export function channelLink(page, named, text = `#${named.channel}`) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // into a tab of its own
    event.preventDefault();
    page.showChannel("atlas", named);
  };
  const { stage, channel } = named;
  const label = page.say("channel.link", { stage, channel });
  return html`<a class="rd-channel" href=${withChannel(location.search, named)} title=${label} @click=${follow}>${text}</a>`;
}

/** A section that can be saved as a picture of this name. */
export function panel(title, name, { say }, ...content) {
  const save = ({ currentTarget }) => {
    const whole = currentTarget.closest("section");
    savePanel(whole, name).catch(() => {
      whole.querySelector(".rd-problem.rd-save").hidden = false;
    });
  };
  return html`
    <section class="rd-panel-part rd-saved">
      <h3 class="rd-title3">${title}</h3>
      <button type="button" class="rd-link rd-save" aria-label="${say("chart.save")}: ${title}" @click=${save}>
        ${say("chart.save")}
      </button>
      ${content}
      <p class="rd-problem rd-save" hidden>${say("chart.unsaved")}</p>
    </section>
  `;
}

/** A text whose papers are links and whose terms say on pointing, or with the focus, what they mean. */
export function words(text, { say }) {
  return partsOf(text).map(({ text: plain, paper, term }) => {
    if (paper) return html`<a href=${paper} target="_blank" rel="noopener">${plain}</a>`;
    if (term) return html`<dfn class="rd-term" tabindex="0" data-meaning=${say(`term.${term}`)}>${plain}</dfn>`;
    return plain;
  });
}

/** A row of buttons of which one is pressed. `choices` are [key, text]. */
export const segments = (label, choices, value, pick) => html`
  <div class="rd-segments rd-wrap" role="group" aria-label=${label}>
    ${choices.map(
      ([key, text]) => html`
        <button type="button" aria-pressed=${String(key === value)} @click=${() => pick(key)}>${text}</button>
      `,
    )}
  </div>
`;

/** Terms with what is to be said of each, [term, value], side by side. */
export const facts = (pairs) => html`
  <dl class="rd-inline">
    ${pairs.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}
  </dl>
`;

const unfolded = new Set(); // what a visitor has opened stays open when it comes back

/** Something folded away under `summary`; `name` tells it from everything else that is. */
export function folded(name, summary, content) {
  const toggled = ({ target }) => {
    if (!target.isConnected) return;
    if (target.open) unfolded.add(name);
    else unfolded.delete(name);
  };
  return html`
    <details class="rd-details" ?open=${unfolded.has(name)} @toggle=${toggled}>
      <summary>${summary}</summary>
      ${content}
    </details>
  `;
}

export const foldedTable = (name, label, heads, rows) => folded(name, label, table(label, heads, rows));
