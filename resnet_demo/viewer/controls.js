// The controls of the toolbars. Each shows the value it is given and reports another one; none remembers anything.

import { html, nothing } from "./lit-html/lit-html.js";

/** A row of buttons of which one is down. `options` are [value, text], or [value, text, what it means on pointing]. */
export const segmented = (label, options, value, report) => html`
  <div class="rv-segments" role="group" aria-label=${label}>
    ${options.map(
      ([option, text, meaning]) => html`
        <button
          type="button"
          class="rv-segment"
          title=${meaning ?? nothing}
          aria-pressed=${String(option === value)}
          @click=${() => report(option)}
        >
          ${text}
        </button>
      `,
    )}
  </div>
`;

/** A slider from 0 to 100 for a share in 0..1, with its number beside it. `meaning` is told on pointing. */
export function slider(label, value, report, meaning = nothing) {
  const percent = `${Math.round(100 * value)} %`;
  return html`
    <label class="rv-slider" title=${meaning}>
      <span>${label}</span>
      <input
        type="range"
        min="0"
        max="100"
        step="1"
        .value=${String(Math.round(100 * value))}
        aria-valuetext=${percent}
        @input=${({ target }) => report(Number(target.value) / 100)}
      />
      <output class="rv-slider-value">${percent}</output>
    </label>
  `;
}

/** A menu with its label in front. `options` are [value, text]; values are texts. */
export const menu = (label, options, value, report) => html`
  <label class="rv-menu">
    <span>${label}</span>
    <select class="rv-select" aria-label=${label} @change=${({ target }) => report(target.value)}>
      ${options.map(([option, text]) => html`<option value=${option} .selected=${option === value}>${text}</option>`)}
    </select>
  </label>
`;
