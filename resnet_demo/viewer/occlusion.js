// What the answer loses when a patch covers each part of the photo, for a report.

import { mapOf, rangeOf } from "./arrays.js";
import { coloursOf, DIVERGING } from "./colour.js";
import { drawSigned } from "./draw_map.js";
import { html, nothing, render } from "./lit-html/lit-html.js";
import { formatProbability, formatSigned, formatValue } from "./numbers.js";
import { painted } from "./painted.js";
import { readerOf } from "./texts.js";

const LONGEST = 224; // pixels of the smooth picture

/**
 * Draw an occlusion inside `host`. `payload` is {occlusion: an Occlusion as a document with what follows from it, src: the
 * view's picture, label: the class's}; texts, colours and `smooth` are as for the ledger.
 */
export function mount(host, { payload, texts, colours, smooth = true }) {
  const { occlusion, src, label } = payload;
  const t = readerOf(texts);
  const map = mapOf(occlusion.drops);
  const { max, argmax } = rangeOf(map.values);
  const longest = smooth ? LONGEST : 0;
  const table = coloursOf(colours[DIVERGING]);
  const facts = {
    class: label,
    side: occlusion.side,
    fill: t(`occlusion.${occlusion.fill}`),
    change: formatSigned(-max),
    logit: formatValue(occlusion.logit),
    probability: formatProbability(mapOf(occlusion.probabilities).values[argmax]),
    from: formatProbability(occlusion.probability),
  };
  const root = host.appendChild(document.createElement("div"));
  root.className = "rv rv-ledger";
  render(
    html`
      <h3>${t("occlusion.title")}</h3>
      <p class="rv-ledger-read">${t("occlusion.read", facts)}</p>
      <figure class="rv-ledger-map">
        <div class="rv-ledger-picture" role="img" aria-label=${t("occlusion.worst", facts)}>
          ${src ? html`<img src=${src} alt="" />` : nothing}
          <canvas width="1" height="1" ${painted((canvas) => drawSigned(canvas, map, table, longest), map.values)}></canvas>
        </div>
        <p class="rv-ledger-sum">${t("occlusion.worst", facts)}</p>
      </figure>
    `,
    root,
  );
}
