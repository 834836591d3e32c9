// The colour bar: the colours of a scale as maps are painted with them, its numbers, and a mark at the pin's value.

import { DIVERGING } from "./colour.js";
import { drawBar } from "./draw_map.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { formatValue } from "./numbers.js";
import { painted } from "./painted.js";
import { ticksOf } from "./scale.js";

/** What the numbers of a picture's bar are, in words. */
export function barWords({ bar }, t) {
  if (!(bar.scale.high > 0)) return t("bar.none", { name: bar.name });
  return bar.shared ? t("bar.shared") : t("bar.own", { name: bar.name });
}

/** What the two ends of a bar of evidence for and against speak for; a contrast has a class at each. */
const endsOf = ({ target, contrast }, t) =>
  contrast
    ? [t("bar.for", { class: contrast.label }), t("bar.for", { class: target.label })]
    : [t("bar.against", { class: target.label }), t("bar.for", { class: target.label })];

/** The bar of a picture of an analysis; `colours` holds the tables by name. */
export function colourBar(picture, analysis, { t, colours }) {
  const { bar, display } = picture;
  const { signed, opacity, threshold } = display;
  const table = colours[signed ? DIVERGING : display.colours];
  const usable = bar.scale.high > 0;
  const ticks = ticksOf(bar.scale).map(({ value }) => (usable ? formatValue(value) : "–"));
  const draw = (canvas) => drawBar(canvas, { colours: table, opacity, threshold, signed });
  const words = barWords(picture, t);
  const [low, high] = signed ? endsOf(analysis, t) : [];
  return html`
    <div class="rv-key" role="img" aria-label=${usable ? [`${words}: ${ticks[0]} … ${ticks[2]}`, low, high].filter(Boolean).join(", ") : words}>
      <div class="rv-ends"><span>${low}</span><span>${high}</span></div>
      <div class="rv-strip-frame">
        <canvas class="rv-strip" width="512" height="1" ${painted(draw, table, opacity, threshold, signed)}></canvas>
        ${bar.mark === null ? nothing : html`<i class="rv-strip-mark" style="left: ${100 * bar.mark}%"></i>`}
      </div>
      <div class="rv-ticks">${ticks.map((text) => html`<span>${text}</span>`)}</div>
    </div>
  `;
}
