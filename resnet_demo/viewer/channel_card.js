// One channel in full: its map on the view, the numbers that make its share of the evidence, and the patches it answers to.

import { rangeOf } from "./arrays.js";
import { patchesOf } from "./channels.js";
import { DIVERGING } from "./colour.js";
import { segmented } from "./controls.js";
import { dialog, iconButton } from "./dialog.js";
import { drawMap } from "./draw_map.js";
import { cellAt, cellBox, placed, pointIn, shareOf } from "./geometry.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { formatCount, formatShare, formatSigned, formatValue } from "./numbers.js";
import { painted } from "./painted.js";
import { patchRow } from "./patches.js";
import { lookupOf } from "./raster.js";
import { scaleOf } from "./scale.js";

const LONGEST = 512;

/**
 * The dialog of a channel, empty without one. `card` is {channel, weighted, point}: whether values are times the weight,
 * and the place pointed at, or null. `payload` is the stage's, `display` the browser's, `photos` those that patches are
 * cut from, `part` what its owner adds. `on` holds change(card), step(by) for a neighbour in the ranking, and close().
 */
export function channelCard(card, { payload, display, photos, part, t, colours, on }) {
  const { channel } = card;
  const keydown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && channel) on.step(by);
  };
  const content = () => html`
    <div class="rv-card-columns">
      <div>${face(card, { payload, display, t, colours, on })}</div>
      <div>
        <dl class="rv-facts">
          ${factsOf(channel, payload, t).map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}
        </dl>
        <div>${photos.length ? patchRow(patchesOf(photos), photos.length, t) : nothing}</div>
      </div>
    </div>
  `;
  return html`<div @keydown=${keydown}>
    ${dialog({
      label: t("card.label"),
      style: "rv-card",
      title: channel ? t("card.title", { stage: payload.stage, id: channel.id }) : "",
      close: t("enlarged.close"),
      buttons: [
        iconButton("previous", t("card.previous"), () => on.step(-1)),
        iconButton("next", t("card.next"), () => on.step(1)),
      ],
      closed: on.close,
      content: [channel ? content() : nothing, part],
    })}
  </div>`;
}

/** The channel's map over the view, what is read off it, and whether it is weighted. */
function face(card, { payload, display, t, colours, on }) {
  const { channel, weighted, point } = card;
  const { rows, columns, view } = payload;
  const factor = weighted ? channel.weight : 1;
  const { min, max } = rangeOf(channel.values.map((value) => value * factor));
  const table = colours[weighted ? DIVERGING : display.colours];
  const opacity = Math.min(display.opacity, 0.75); // the card is there to find the channel on the photo
  const longest = display.smooth ? LONGEST : 0;
  const draw = (canvas) => {
    const values = channel.values.map((value) => value * factor);
    const scale = scaleOf(rangeOf(values), { signed: weighted, shared: false }, []);
    const lookup = lookupOf(table, { opacity, signed: weighted });
    drawMap(canvas, { values, rows, columns }, { scale, threshold: 0, lookup, longest });
  };
  const pointed = ({ clientX, clientY, currentTarget }) => pointIn(clientX, clientY, currentTarget.getBoundingClientRect());
  const cell = point && cellAt(point, rows, columns);
  const place = () => placed(shareOf(cellBox(cell, rows, columns), { width: 1, height: 1 }));
  const reading = () => formatSigned(channel.values[cell.row * columns + cell.column] * factor);
  const kinds = [
    [false, t("card.activation")],
    [true, t("card.weighted")],
  ];
  return html`
    <div
      class="rv-face"
      style="aspect-ratio: ${view.width} / ${view.height}"
      role="img"
      aria-label=${t("card.map", { id: channel.id, min: formatValue(min), max: formatValue(max) })}
      @pointermove=${(event) => on.change({ ...card, point: pointed(event) })}
      @pointerleave=${() => on.change({ ...card, point: null })}
    >
      ${view.src ? html`<img class="rv-photo" src=${view.src} alt="" />` : nothing}
      <canvas
        class="rv-map"
        width="1"
        height="1"
        aria-hidden="true"
        ${painted(draw, channel, factor, table, opacity, longest)}
      ></canvas>
      <div class="rv-marks" aria-hidden="true">${cell ? html`<i class="rv-cell" style=${place()}></i>` : nothing}</div>
    </div>
    <p class="rv-reading" aria-live="polite">
      ${cell ? html`<b>${reading()}</b> ${t("tile.cell", cell)}` : t("card.hint")}
    </p>
    ${segmented(t("card.what"), kinds, weighted, (value) => on.change({ ...card, weighted: value }))}
  `;
}

/** [term, value] of the channel, in the order in which they make its share. */
function factsOf(channel, { ranked_by, channels, totals }, t) {
  const { weight, sum, evidence, range, mean, share, rank } = channel;
  const totalled = {
    for: formatSigned(totals.for),
    against: formatValue(totals.against),
    sum: formatSigned(totals.for + totals.against),
  };
  const values = { min: formatValue(range.min), max: formatValue(range.max), mean: formatValue(mean) };
  return [
    [t("card.rank"), t(`card.rank.${ranked_by}`, { rank: rank + 1, channels: formatCount(channels) })],
    [t("card.values"), t("card.range", values)],
    [t("card.weight"), formatSigned(weight)],
    [t("card.sum"), formatValue(sum)],
    [t("card.evidence"), html`<b>${formatSigned(evidence)}</b> ${t("card.evidence_of")}`],
    [t("card.share"), html`<b>${formatShare(share)}</b> ${t("card.share_of")}`],
    [t("card.stage_sum"), t("card.totals", totalled)],
  ];
}
