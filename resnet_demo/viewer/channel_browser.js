// The browser of feature maps: a stage's channels, best first, page by page, and a card for each.

import { channelCard } from "./channel_card.js";
import { channelsOf, continues } from "./channels.js";
import { coloursOf, SEQUENTIAL } from "./colour.js";
import { menu, segmented, slider } from "./controls.js";
import { show } from "./dialog.js";
import { displayFrom } from "./display.js";
import { drawMap } from "./draw_map.js";
import { cellAt } from "./geometry.js";
import { html, nothing, render } from "./lit-html/lit-html.js";
import { crossHair } from "./marks.js";
import { formatCount, formatShare, formatShort, formatValue } from "./numbers.js";
import { painted } from "./painted.js";
import { lookupOf } from "./raster.js";
import { scaleOf } from "./scale.js";
import { readerOf } from "./texts.js";

const LONGEST = 64; // pixels of a smooth map in the grid, which may hold 2,048 of them

/**
 * Mount a browser of feature maps inside `host`.
 *
 * payload  what payload.py's feature_maps_payload made, or null
 * texts, colours, state   as for the stage viewer; `opacity` is 1 unless given: maps alone, without the view
 * part     an element for the end of the card, or null: what its owner adds to a channel
 * on       stage(name), rank("evidence" or "activation"), more(first rank of the next page), open({stage, channel}),
 *          state(state). Without stage, rank or more these are not offered.
 *
 * Returns {update, setPatches, setPin, setTexts, setBusy, read, destroy}, also as `host.__viewer`. A payload that goes on where
 * the last one ended is added to it; any other takes its place. `setPatches({stage, channel, photos})` tells how strongly
 * photos excite a channel, each as patchesOf() takes it; the channel's card shows where. `setPin(point or null)` tells of
 * the place pinned in the view: it is marked in every channel, whose value there is told.
 */
export function mount(host, { payload = null, texts, colours, state = null, part = null, on = {} }) {
  host.__viewer?.destroy();
  const browser = new ChannelBrowser(host, { texts, colours, state, part, on });
  host.__viewer = {
    update: (next) => browser.update(next),
    setPatches: (found) => browser.setPatches(found),
    setPin: (point) => browser.setPin(point),
    setTexts: (next) => browser.setTexts(next),
    setBusy: (text) => browser.setBusy(text),
    read: () => browser.read(),
    destroy: () => browser.destroy(),
  };
  browser.update(payload);
  return host.__viewer;
}

const CLOSED = { channel: null, weighted: false, point: null };

class ChannelBrowser {
  constructor(host, { texts, colours, state, part, on }) {
    Object.assign(this, { host, texts, part, on, payload: null, channels: [], patches: null, pin: null, busy: null, card: CLOSED });
    this.colours = Object.fromEntries(Object.entries(colours).map(([name, table]) => [name, coloursOf(table)]));
    this.display = displayFrom({ opacity: 1, ...state });
    this.root = host.querySelector(":scope .rv-channels") ?? host.appendChild(document.createElement("div"));
    this.root.className = "rv rv-channels";
  }

  update(payload) {
    const more = Boolean(payload) && continues(this.payload, this.channels.length, payload);
    const before = this.channels.length;
    if (more) this.channels = [...this.channels, ...channelsOf(payload)];
    else {
      Object.assign(this, { payload, channels: payload ? channelsOf(payload) : [] });
      this.root.querySelector(".rv-card[open]")?.close();
    }
    this.draw();
    if (more) this.root.querySelectorAll(".rv-channel")[before]?.focus();
  }

  draw() {
    this.t = readerOf(this.texts);
    this.root.classList.toggle("rv-busy", Boolean(this.busy));
    this.root.setAttribute("aria-busy", String(Boolean(this.busy)));
    render(this.whole(), this.root);
  }

  whole() {
    const { t, payload, display, part, colours } = this;
    const on = {
      change: (card) => {
        this.card = card;
        this.draw();
      },
      step: (by) => this.step(by),
      close: () => this.closed(),
    };
    return html`
      ${payload ? this.choices() : nothing} ${this.displayControls()}
      <p class="rv-count" role="status">${payload ? this.count() : t("channels.empty")}</p>
      <div class="rv-row-frame">
        <div class="rv-grid" role="group" aria-label=${t("channels.label")} style="--rv-map-opacity: ${display.opacity}">
          ${payload ? this.thumbnails() : nothing}
        </div>
        <p class="rv-busy-note" role="status">${this.busy ?? ""}</p>
      </div>
      ${payload ? this.more() : nothing}
      <div class="rv-notes"><p>${t("channels.read")}</p><p>${t("channels.not")}</p></div>
      ${channelCard(this.card, { payload, display, photos: this.photos(), part: part ?? nothing, t, colours, on })}
    `;
  }

  /** Which stage, and in which order: what only its owner can answer, where it does. */
  choices() {
    const { payload, t, on } = this;
    const stages = payload.stages.map(({ name }) => [name, name]);
    const ranks = ["evidence", "activation"].map((order) => [order, t(`channels.by_${order}`)]);
    if (!on.stage && !on.rank) return nothing;
    return html`
      <div class="rv-controls">
        ${on.stage
          ? html`<span class="rv-labelled">
              <span aria-hidden="true">${t("channels.stage")}</span>
              ${segmented(t("channels.stage"), stages, payload.stage, (name) => on.stage(name))}
            </span>`
          : nothing}
        ${on.rank ? segmented(t("channels.order"), ranks, payload.ranked_by, (order) => on.rank(order)) : nothing}
      </div>
    `;
  }

  displayControls() {
    const { t, display } = this;
    const change = (changes) => {
      this.display = { ...this.display, ...changes };
      this.draw();
      this.on.state?.(this.display);
    };
    const own = [[false, t("shared.own")], [true, t("shared.one")]];
    const cells = [[true, t("smooth.smooth")], [false, t("smooth.cells")]];
    const names = SEQUENTIAL.map((name) => [name, t(`colours.${name}`)]);
    return html`
      <div class="rv-controls">
        ${slider(t("opacity.label"), display.opacity, (opacity) => change({ opacity }))}
        ${segmented(t("shared.label"), own, display.shared, (shared) => change({ shared }))}
        ${segmented(t("smooth.label"), cells, display.smooth, (smooth) => change({ smooth }))}
        ${menu(t("colours.label"), names, display.colours, (colours) => change({ colours }))}
      </div>
    `;
  }

  /** The cell of the shown stage under the pinned place; null without one. */
  pinned() {
    const { pin, payload } = this;
    return pin && cellAt(pin, payload.rows, payload.columns);
  }

  count() {
    const { payload, channels, t } = this;
    const counts = { shown: formatCount(channels.length), channels: formatCount(payload.channels) };
    const cell = this.pinned();
    if (cell) return t("channels.count_pinned", { ...counts, ...cell });
    return t(`channels.count_${payload.ranked_by}`, counts);
  }

  more() {
    const left = this.payload.channels - this.channels.length;
    return html`
      <button
        type="button"
        class="rv-more"
        ?hidden=${left <= 0 || !this.on.more}
        @click=${() => this.on.more(this.channels.length)}
      >
        ${this.t("channels.more", { left: formatCount(left) })}
      </button>
    `;
  }

  thumbnails() {
    const { channels, display } = this;
    const table = this.colours[display.colours];
    const lookup = lookupOf(table, { opacity: 1, signed: false });
    const ranges = channels.map(({ range }) => range);
    return channels.map((channel) => {
      const scale = scaleOf(channel.range, { signed: false, shared: display.shared }, ranges);
      return this.thumbnail(channel, scale, table, lookup);
    });
  }

  thumbnail(channel, scale, table, lookup) {
    const { payload, display, t } = this;
    const { rows, columns, view } = payload;
    const { id, rank, values, range, share, mean } = channel;
    const cell = this.pinned();
    const ranked = () => (payload.ranked_by === "evidence" ? formatShare(share) : formatValue(mean));
    const shown = cell ? formatShort(values[cell.row * columns + cell.column]) : ranked();
    const silent = range.max <= 0;
    const longest = display.smooth ? LONGEST : 0;
    const draw = (canvas) => drawMap(canvas, { values, rows, columns }, { scale, threshold: 0, lookup, longest });
    return html`
      <button
        type="button"
        class="rv-channel${silent ? " rv-silent" : ""}"
        data-channel=${id}
        aria-label=${t("channels.one", { id, rank: rank + 1, value: shown })}
        @click=${() => this.open(channel)}
      >
        <span class="rv-face" aria-hidden="true" style="aspect-ratio: ${view.width} / ${view.height}">
          ${display.opacity < 1 && view.src ? html`<img class="rv-photo" alt="" src=${view.src} />` : nothing}
          <canvas class="rv-map" width="1" height="1" ${painted(draw, values, scale.high, table, longest)}></canvas>
          ${silent ? html`<span class="rv-none">${t("channels.silent")}</span>` : nothing}
          ${cell ? html`<span class="rv-marks rv-pointed rv-pinned">${crossHair(this.pin, cell, payload)}</span>` : nothing}
        </span>
        <span class="rv-channel-foot"><b>#${id}</b> <span>${shown}</span></span>
      </button>
    `;
  }

  photos() {
    const { patches, payload, card } = this;
    const known = card.channel && patches?.stage === payload.stage && patches.channel === card.channel.id;
    return known ? patches.photos : [];
  }

  open(channel) {
    this.card = { ...this.card, channel, point: null };
    this.opened = channel;
    this.draw();
    show(this.root.querySelector(".rv-card"));
    this.on.open?.({ stage: this.payload.stage, channel: channel.id });
  }

  /** The card has closed: the focus is on the channel that it showed last. */
  closed() {
    this.card = { ...this.card, channel: null };
    this.draw();
    this.root.querySelectorAll(".rv-channel")[this.channels.indexOf(this.opened)]?.focus();
  }

  /** The neighbour in the ranking, round and round among those at hand. */
  step(by) {
    const place = this.channels.indexOf(this.card.channel) + by;
    this.open(this.channels[(place + this.channels.length) % this.channels.length]);
  }

  setPin(point) {
    const same = (axis) => this.pin?.[axis] === point?.[axis];
    if (same("x") && same("y")) return;
    this.pin = point;
    this.draw();
  }

  setPatches(found) {
    this.patches = found;
    this.draw();
  }

  setTexts(texts) {
    this.texts = texts;
    this.draw();
  }

  setBusy(text) {
    this.busy = text;
    this.draw();
  }

  read() {
    const { payload, channels, card } = this;
    const plain = ({ id, rank, weight, evidence, mean, sum, share, range }) => ({
      id, rank, weight, evidence, mean, sum, share, min: range.min, max: range.max,
    });
    return {
      id: payload?.id ?? null,
      stage: payload?.stage ?? null,
      ranked_by: payload?.ranked_by ?? null,
      busy: this.busy ?? null,
      display: { ...this.display },
      channels: channels.map(plain),
      count: this.root.querySelector(".rv-count").textContent,
      card: this.root.querySelector(".rv-card").open ? {
        ...plain(card.channel),
        weighted: card.weighted,
        patches: [...this.root.querySelectorAll(".rv-patch")].map((node) => Number(node.dataset.value)),
      } : null,
    };
  }

  destroy() {
    render(nothing, this.root);
    delete this.host.__viewer;
  }
}
