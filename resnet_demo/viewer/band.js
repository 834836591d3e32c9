// The tiles once more, small: a band that stays in sight while what lies below the row is read.

import { html } from "./lit-html/lit-html.js";
import { formatProbability } from "./numbers.js";

/** The band of small `tiles` of an analysis; `className` says what its maps are for. */
export function bandOf({ predictions, photo }, tiles, { className }, t) {
  const [{ label, probability }] = predictions;
  return html`
    <div class="rv-band-words" aria-hidden="true">
      <b>${label}</b> ${formatProbability(probability)}<br />
      <small>${t("band.for", { class: className })}</small><br />
      <small>${photo.name}</small>
    </div>
    <div class="rv-row" role="group" aria-label=${t("band.label")}>${tiles}</div>
  `;
}
