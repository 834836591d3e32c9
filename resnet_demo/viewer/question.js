// What the maps answer: the class they are for, the one it is set against, and the kind of map.

import { menu } from "./controls.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { pieces } from "./texts.js";

/**
 * The line above the tiles. With `on.contrast(index or null)` the other class can be chosen among the most probable
 * ones; without it, as in a report, the line only says which it is.
 */
export function questionOf(analysis, { t, texts, on }) {
  const { target, contrast } = analysis;
  const rather = t("question.rather_than");
  return html`
    <div class="rv-question">
      <h3 class="rv-asked">
        ${pieces(texts["question.maps_for"], { class: html`<b>${target.label}</b>` })}
        ${contrast && !on.contrast ? html`${rather} <b>${contrast.label}</b>` : nothing}
      </h3>
      ${on.contrast ? contrastMenu(analysis, rather, t, on) : nothing}
    </div>
  `;
}

function contrastMenu({ target, contrast, predictions }, label, t, on) {
  const others = predictions.filter(({ index }) => index !== target.index);
  if (contrast && !others.some(({ index }) => index === contrast.index)) others.push(contrast);
  const options = [["", t("question.no_contrast")], ...others.map((other) => [String(other.index), other.label])];
  const report = (value) => on.contrast(value === "" ? null : Number(value));
  return menu(label, options, contrast ? String(contrast.index) : "", report);
}

/** The class of an analysis in words: "espresso", or "espresso rather than cup". */
export function classWords({ target, contrast }, t) {
  return contrast ? t("question.pair", { class: target.label, other: contrast.label }) : target.label;
}
