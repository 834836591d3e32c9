// One channel in full: its map on the view, the numbers that make its share of the evidence, and the patches it answers to.

import { patchesOf } from "./channels.js";
import { DIVERGING } from "./colour.js";
import { segmented } from "./controls.js";
import { dialogIn, iconButton } from "./dialog.js";
import { drawMap } from "./draw_map.js";
import { element, ICONS, placeAt } from "./elements.js";
import { cellAt, cellBox, pointIn, shareOf } from "./geometry.js";
import { formatCount, formatShare, formatSigned, formatValue } from "./numbers.js";
import { patchRow } from "./patches.js";
import { lookupOf } from "./raster.js";
import { scaleOf } from "./scale.js";
import { rangeOf } from "./arrays.js";

const LONGEST = 512;

export class ChannelCard {
  /**
   * `part` is what its owner adds to the card, or null. `on.step(by)` asks for a neighbour in the ranking, `on.close()`
   * is told when the card closes.
   */
  constructor(root, { t, colours, part, on }) {
    Object.assign(this, { t, colours, weighted: false, channel: null });
    const { node, title, body, open } = dialogIn(root, {
      label: t("card.label"),
      className: "rv-card",
      close: t("enlarged.close"),
      buttons: [
        iconButton(ICONS.previous, t("card.previous"), () => on.step(-1)),
        iconButton(ICONS.next, t("card.next"), () => on.step(1)),
      ],
      closed: () => {
        this.channel = null;
        on.close();
      },
    });
    Object.assign(this, { node, title, body, open });
    this.image = element("img", { class: "rv-photo", alt: "" });
    this.map = element("canvas", { class: "rv-map", width: 1, height: 1, "aria-hidden": "true" });
    this.cell = element("i", { class: "rv-cell", hidden: true });
    this.reading = element("p", { class: "rv-reading", "aria-live": "polite" });
    this.face = element(
      "div",
      {
        class: "rv-face",
        role: "img",
        onpointermove: (event) => this.point(pointIn(event.clientX, event.clientY, this.face.getBoundingClientRect())),
        onpointerleave: () => this.point(null),
      },
      this.image,
      this.map,
      element("div", { class: "rv-marks", "aria-hidden": "true" }, this.cell),
    );
    this.what = segmented(
      t("card.what"),
      [
        [false, t("card.activation")],
        [true, t("card.weighted")],
      ],
      this.weighted,
      (weighted) => {
        this.weighted = weighted;
        this.draw();
      },
    );
    this.facts = element("dl", { class: "rv-facts" });
    this.patches = element("div", {});
    this.body.append(
      element(
        "div",
        { class: "rv-card-columns" },
        element("div", {}, this.face, this.reading, this.what.node),
        element("div", {}, this.facts, this.patches),
      ),
      ...(part ? [part] : []),
    );
    node.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) on.step(by);
    });
  }

  /**
   * Open the card, or turn it to another channel. `payload` is the stage's, `display` the browser's, `photos` those that
   * patches are cut from.
   */
  show(channel, { payload, display, photos }) {
    Object.assign(this, { channel, payload, display });
    this.title.textContent = this.t("card.title", { stage: payload.stage, id: channel.id });
    this.image.hidden = !payload.view.src;
    if (payload.view.src) this.image.src = payload.view.src;
    this.face.style.aspectRatio = `${payload.view.width} / ${payload.view.height}`;
    this.facts.replaceChildren(...this.factsOf(channel).flatMap(([term, ...values]) => [
      element("dt", {}, term),
      element("dd", {}, ...values),
    ]));
    this.patches.replaceChildren(...(photos.length ? [patchRow(patchesOf(photos), photos.length, this.t)] : []));
    this.draw();
    this.open();
  }

  /** [term, value…] of the channel, in the order in which they make its share. */
  factsOf(channel) {
    const { t, payload } = this;
    const { weight, sum, evidence, range, mean } = channel;
    const rank = t(`card.rank.${payload.ranked_by}`, { rank: channel.rank + 1, channels: formatCount(payload.channels) });
    const { totals } = payload;
    return [
      [t("card.rank"), rank],
      [t("card.values"), t("card.range", { min: formatValue(range.min), max: formatValue(range.max), mean: formatValue(mean) })],
      [t("card.weight"), formatSigned(weight)],
      [t("card.sum"), formatValue(sum)],
      [
        t("card.evidence"),
        `${formatSigned(weight)} × ${formatValue(sum)} = `,
        element("b", {}, formatSigned(evidence)),
      ],
      [t("card.share"), element("b", {}, formatShare(channel.share)), " ", t("card.share_of")],
      [
        t("card.stage_sum"),
        t("card.totals", {
          for: formatSigned(totals.for),
          against: formatValue(totals.against),
          sum: formatSigned(totals.for + totals.against),
        }),
      ],
    ];
  }

  draw() {
    const { channel, payload, display, weighted, t } = this;
    const { rows, columns } = payload;
    this.values = weighted ? channel.values.map((value) => value * channel.weight) : channel.values;
    const range = rangeOf(this.values);
    const scale = scaleOf(range, { signed: weighted, shared: false }, []);
    const lookup = lookupOf(this.colours[weighted ? DIVERGING : display.colours], {
      opacity: Math.min(display.opacity, 0.75), // the card is there to find the channel on the photo
      signed: weighted,
    });
    drawMap(this.map, { values: this.values, rows, columns }, {
      scale,
      threshold: 0,
      lookup,
      longest: display.smooth ? LONGEST : 0,
    });
    this.face.setAttribute(
      "aria-label",
      t("card.map", { id: channel.id, min: formatValue(range.min), max: formatValue(range.max) }),
    );
    this.point(null);
  }

  point(point) {
    this.cell.hidden = point === null;
    if (!point) {
      this.reading.textContent = this.t("card.hint");
      return;
    }
    const { rows, columns } = this.payload;
    const cell = cellAt(point, rows, columns);
    placeAt(this.cell, shareOf(cellBox(cell, rows, columns), { width: 1, height: 1 }));
    const value = formatSigned(this.values[cell.row * columns + cell.column]);
    this.reading.replaceChildren(element("b", {}, value), ` ${this.t("tile.cell", cell)}`);
  }
}
