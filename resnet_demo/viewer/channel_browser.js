// The browser of feature maps: a stage's channels, best first, page by page, and a card for each.

import { channelsOf, continues } from "./channels.js";
import { ChannelCard } from "./channel_card.js";
import { coloursOf, SEQUENTIAL } from "./colour.js";
import { menu, segmented, slider } from "./controls.js";
import { displayFrom } from "./display.js";
import { drawMap } from "./draw_map.js";
import { element } from "./elements.js";
import { formatCount, formatShare, formatValue } from "./numbers.js";
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
 * Returns {update, setPatches, setTexts, setBusy, read, destroy}, also as `host.__viewer`. A payload that goes on where
 * the last one ended is added to it; any other takes its place. `setPatches({stage, channel, photos})` tells how strongly
 * photos excite a channel, each as patchesOf() takes it; the channel's card shows where.
 */
export function mount(host, { payload = null, texts, colours, state = null, part = null, on = {} }) {
  host.__viewer?.destroy();
  const browser = new ChannelBrowser(host, { texts, colours, state, part, on });
  host.__viewer = {
    update: (next) => browser.update(next),
    setPatches: (found) => browser.setPatches(found),
    setTexts: (next) => browser.setTexts(next),
    setBusy: (text) => browser.setBusy(text),
    read: () => browser.read(),
    destroy: () => browser.destroy(),
  };
  browser.update(payload);
  return host.__viewer;
}

class ChannelBrowser {
  constructor(host, { texts, colours, state, part, on }) {
    Object.assign(this, { host, texts, part, on, payload: null, channels: [], patches: null, busy: null });
    this.colours = Object.fromEntries(Object.entries(colours).map(([name, table]) => [name, coloursOf(table)]));
    this.display = displayFrom({ opacity: 1, ...state });
    this.root = host.querySelector(":scope .rv-channels") ?? host.appendChild(element("div", { class: "rv rv-channels" }));
    this.build();
  }

  build() {
    const t = (this.t = readerOf(this.texts));
    this.choices = element("div", { class: "rv-controls" });
    this.count = element("p", { class: "rv-count", role: "status" });
    this.grid = element("div", { class: "rv-grid", role: "group", "aria-label": t("channels.label") });
    this.more = element("button", { type: "button", class: "rv-more", onclick: () => this.on.more?.(this.channels.length) });
    this.busyNote = element("p", { class: "rv-busy-note", role: "status" });
    this.root.replaceChildren(
      this.choices,
      this.displayControls(),
      this.count,
      element("div", { class: "rv-row-frame" }, this.grid, this.busyNote),
      this.more,
      element(
        "div",
        { class: "rv-notes" },
        element("p", {}, t("channels.read")),
        element("p", {}, t("channels.not")),
      ),
    );
    this.card = new ChannelCard(this.root, {
      t,
      colours: this.colours,
      part: this.part,
      on: { step: (by) => this.step(by), close: () => this.opened?.focus() },
    });
    this.setBusy(this.busy);
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
    return element(
      "div",
      { class: "rv-controls" },
      slider(t("opacity.label"), display.opacity, (opacity) => change({ opacity })).node,
      segmented(t("shared.label"), own, display.shared, (shared) => change({ shared })).node,
      segmented(t("smooth.label"), cells, display.smooth, (smooth) => change({ smooth })).node,
      menu(t("colours.label"), names, display.colours, (colours) => change({ colours })).node,
    );
  }

  update(payload) {
    if (payload && continues(this.payload, this.channels.length, payload)) {
      const before = this.channels.length;
      this.channels = [...this.channels, ...channelsOf(payload)];
      this.show(before);
      this.grid.children[before]?.focus();
      return;
    }
    this.payload = payload;
    this.channels = payload ? channelsOf(payload) : [];
    if (this.card.node.open) this.card.node.close();
    this.showChoices();
    this.show(0);
  }

  showChoices() {
    const { payload, t, on } = this;
    if (!payload) return this.choices.replaceChildren();
    const stages = payload.stages.map(({ name }) => [name, name]);
    const ranks = ["evidence", "activation"].map((order) => [order, t(`channels.by_${order}`)]);
    return this.choices.replaceChildren(
      ...[
        on.stage && segmented(t("channels.stage"), stages, payload.stage, (name) => on.stage(name)).node,
        on.rank && segmented(t("channels.order"), ranks, payload.ranked_by, (order) => on.rank(order)).node,
      ].filter(Boolean),
    );
  }

  /** Put the channels into the grid, from the one of rank `first` on. */
  show(first) {
    const { payload, channels, t } = this;
    if (first === 0) this.grid.replaceChildren();
    if (!payload) {
      this.count.textContent = t("channels.empty");
      this.more.hidden = true;
      return;
    }
    this.grid.append(...channels.slice(first).map((channel) => this.thumbnail(channel)));
    this.count.textContent = t(`channels.count_${payload.ranked_by}`, {
      shown: formatCount(channels.length),
      channels: formatCount(payload.channels),
    });
    const left = payload.channels - channels.length;
    this.more.hidden = left <= 0 || !this.on.more;
    this.more.textContent = t("channels.more", { left: formatCount(left) });
    this.draw();
  }

  thumbnail(channel) {
    const { payload, t } = this;
    const shown = payload.ranked_by === "evidence" ? formatShare(channel.share) : formatValue(channel.mean);
    const silent = channel.range.max <= 0;
    const frame = element(
      "span",
      { class: "rv-face", "aria-hidden": "true" },
      element("img", { class: "rv-photo", alt: "" }),
      element("canvas", { class: "rv-map", width: 1, height: 1 }),
      silent ? element("span", { class: "rv-none" }, t("channels.silent")) : null,
    );
    frame.style.aspectRatio = `${payload.view.width} / ${payload.view.height}`;
    return element(
      "button",
      {
        type: "button",
        class: `rv-channel${silent ? " rv-silent" : ""}`,
        "data-channel": channel.id,
        "aria-label": t("channels.one", { id: channel.id, rank: channel.rank + 1, value: shown }),
        onclick: () => this.open(channel),
      },
      frame,
      element("span", { class: "rv-channel-foot" }, element("b", {}, `#${channel.id}`), " ", element("span", {}, shown)),
    );
  }

  draw() {
    const { payload, channels, display } = this;
    if (!payload) return;
    const lookup = lookupOf(this.colours[display.colours], { opacity: 1, signed: false });
    const ranges = channels.map(({ range }) => range);
    const { rows, columns } = payload;
    this.grid.style.setProperty("--rv-map-opacity", String(display.opacity));
    channels.forEach(({ values, range }, i) => {
      const [photo, canvas] = this.grid.children[i].firstChild.children;
      if (display.opacity < 1 && payload.view.src && !photo.src) photo.src = payload.view.src;
      const scale = scaleOf(range, { signed: false, shared: display.shared }, ranges);
      const longest = display.smooth ? LONGEST : 0;
      drawMap(canvas, { values, rows, columns }, { scale, threshold: 0, lookup, longest });
    });
    if (this.card.node.open) this.openCard(this.card.channel);
  }

  open(channel) {
    this.opened = this.grid.children[channel.rank - this.channels[0].rank];
    this.openCard(channel);
    this.on.open?.({ stage: this.payload.stage, channel: channel.id });
  }

  openCard(channel) {
    const { payload, display, patches } = this;
    const known = patches?.stage === payload.stage && patches.channel === channel.id;
    this.card.show(channel, { payload, display, photos: known ? patches.photos : [] });
  }

  /** The neighbour in the ranking, round and round among those at hand. */
  step(by) {
    const place = this.channels.indexOf(this.card.channel) + by;
    this.open(this.channels[(place + this.channels.length) % this.channels.length]);
  }

  setPatches(found) {
    this.patches = found;
    if (this.card.node.open) this.openCard(this.card.channel);
  }

  setTexts(texts) {
    this.texts = texts;
    this.build();
    this.showChoices();
    this.show(0);
  }

  setBusy(text) {
    this.busy = text;
    this.root.classList.toggle("rv-busy", Boolean(text));
    this.root.setAttribute("aria-busy", String(Boolean(text)));
    this.busyNote.textContent = text ?? "";
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
      count: this.count.textContent,
      card: card.node.open ? {
        ...plain(card.channel),
        weighted: card.weighted,
        patches: [...card.node.querySelectorAll(".rv-patch")].map((node) => Number(node.dataset.value)),
      } : null,
    };
  }

  destroy() {
    this.root.replaceChildren();
    delete this.host.__viewer;
  }
}
