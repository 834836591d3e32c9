// The stage viewer: the answer, the view and every stage's map side by side, and what it takes to read them. This is the
// thin shell: what is shown is decided in picture.js, and the parts draw it. Nothing here asks the server for anything;
// what only the server can do (another class, a wider network) is reported through `on`.

import { answerOf } from "./answer.js";
import { coloursOf, DIVERGING } from "./colour.js";
import { displayFrom } from "./display.js";
import { decoded, element } from "./elements.js";
import { Enlarged } from "./enlarged.js";
import { KIND_NAMES, KindNote } from "./kind_note.js";
import { formatProbability } from "./numbers.js";
import { PhotoPanel, shownShare } from "./photo_panel.js";
import { gridsOf, pictureOf, unpack } from "./picture.js";
import * as pin from "./pin.js";
import { classWords, questionOf } from "./question.js";
import { lookupOf } from "./raster.js";
import { Readout } from "./readout.js";
import { StageTable } from "./stage_table.js";
import { readerOf } from "./texts.js";
import { Tile } from "./tile.js";
import { Toolbar } from "./toolbar.js";

const LONGEST = 256; // pixels of a smooth map in the row
const TYPING = "input, select, textarea";

/**
 * Mount a viewer inside `host`.
 *
 * payload  what payload.py's analysis_payload made, or null while there is nothing to show
 * texts    the sentences by key (texts.en.json, texts.zh.json)
 * colours  the colour tables by name (colour_maps.json)
 * state    how to look at first: the names of display.js, `stage` (a tile's name, "view" or a stage) and `pin` ({x, y} of
 *          the view, 0 to 1); whatever is missing has its default
 * on       target(index): a bar was clicked; contrast(index or null): a class to set against; widen(): a network with
 *          more classes is wanted; state(state): the visitor looks at it another way. All may be missing: what they
 *          would do is then not offered.
 *
 * Returns {update, setTexts, setBusy, read, destroy}, also as `host.__viewer`.
 */
export function mount(host, { payload = null, texts, colours, state = null, on = {} }) {
  host.__viewer?.destroy();
  const viewer = new StageViewer(host, { texts, colours, state, on });
  host.__viewer = {
    /** Show another analysis once its pictures are decoded; resolves when it is drawn, or overtaken by a later one. */
    update: (next) => viewer.update(next),
    /** Say everything in another language. */
    setTexts: (next) => viewer.setTexts(next),
    /** Say that something is being worked out, and dim what is on screen under its own label; null when it is done. */
    setBusy: (text) => viewer.setBusy(text),
    /** What is on screen, as plain values. */
    read: () => viewer.read(),
    destroy: () => viewer.destroy(),
  };
  viewer.update(payload);
  return host.__viewer;
}

class StageViewer {
  constructor(host, { texts, colours, state, on }) {
    Object.assign(this, { host, texts, on });
    this.colours = Object.fromEntries(Object.entries(colours).map(([name, table]) => [name, coloursOf(table)]));
    this.display = displayFrom(state);
    this.wanted = { stage: state?.stage ?? null, point: state?.pin ?? null };
    this.analysis = null;
    this.pin = pin.atRest(0);
    this.newest = 0;
    this.root = host.querySelector(":scope .rv-viewer") ?? host.appendChild(element("div", { class: "rv rv-viewer" }));
    this.onkeydown = (event) => this.keydown(event);
    this.root.addEventListener("keydown", this.onkeydown);
    this.build();
  }

  /** The parts that live as long as the language; an analysis only fills them. */
  build() {
    const t = (this.t = readerOf(this.texts));
    const change = (changes) => this.change(changes);
    const look = {
      hover: (index, point) => this.setPin(pin.hover(this.pin, index, point)),
      leave: () => this.setPin(pin.leave(this.pin)),
      click: (index, point) => this.setPin(pin.click(this.pin, index, point, this.grids[index]), true),
    };
    this.look = look;
    this.top = element("div", { class: "rv-top" });
    this.question = element("div", {});
    this.row = element("div", {
      class: "rv-row",
      role: "group",
      "aria-label": t("row.label"),
      onscroll: () => this.scrolled(),
    });
    this.busyNote = element("p", { class: "rv-busy-note", role: "status" });
    this.announcement = element("p", { class: "rv-unseen", "aria-live": "polite" });
    this.toolbar = new Toolbar({ t, display: this.display, colours: this.colours, change });
    this.readout = new Readout({ t });
    this.kindNote = new KindNote({ t });
    this.table = new StageTable({ t });
    this.photoPanel = new PhotoPanel({
      t,
      on: {
        hover: (point) => look.hover(this.pin.tile, point),
        leave: look.leave,
        click: (point) => look.click(this.pin.tile, point),
      },
    });
    this.tileNames = null;
    this.root.replaceChildren(
      this.top,
      this.question,
      element("div", { class: "rv-row-frame" }, this.row, this.busyNote),
      this.toolbar.node,
      this.readout.node,
      element("div", { class: "rv-notes" }, this.howToRead(), this.kindNote.node),
      this.table.node,
      this.announcement,
    );
    this.showBusy();
  }

  howToRead() {
    return element("div", {}, element("p", {}, this.t("note.read")), element("p", {}, this.t("note.not")));
  }

  async update(payload) {
    const turn = ++this.newest;
    if (payload) {
      const sources = [payload.view.src, payload.photo.src];
      const known = [this.analysis?.view.src, this.analysis?.photo.src];
      await Promise.all(sources.filter((source) => !known.includes(source)).map(decoded));
      if (turn !== this.newest) return;
    }
    const before = this.analysis;
    this.analysis = payload && unpack(payload);
    if (this.analysis) this.aim(before);
    this.show();
    if (before && this.analysis) this.announce();
  }

  /** Where the cross-hair is on a new analysis: where it was on the same view, let go on another. */
  aim(before) {
    const names = ["view", ...this.analysis.stages.map(({ name }) => name)];
    this.grids = gridsOf(this.analysis);
    if (!before) {
      const tile = names.indexOf(this.wanted.stage);
      this.pin = pin.atRest(tile < 0 ? names.length - 1 : tile);
      if (this.wanted.point) this.pin = { ...this.pin, point: this.wanted.point, pinned: true };
      return;
    }
    const name = this.names[this.pin.tile];
    this.pin = { ...this.pin, tile: Math.max(0, names.indexOf(name)) };
    if (before.view.src !== this.analysis.view.src) this.pin = pin.letGo(this.pin);
  }

  get names() {
    return ["view", ...this.analysis.stages.map(({ name }) => name)];
  }

  /** Put the analysis into the parts. */
  show() {
    const { analysis, t } = this;
    this.root.classList.toggle("rv-empty", !analysis);
    if (!analysis) {
      this.top.replaceChildren(element("p", { class: "rv-nothing" }, t("empty")));
      this.question.replaceChildren();
      this.row.replaceChildren(...Array.from({ length: 6 }, () => element("div", { class: "rv-face" })));
      this.tileNames = null;
      return;
    }
    if (!(this.display.kind in analysis.stages[0].maps)) this.display = { ...this.display, kind: "grad-cam" };
    this.photoPanel.show(analysis);
    this.top.replaceChildren(answerOf(analysis, { t, on: this.on }), this.photoPanel.node);
    this.showQuestion();
    this.showTiles();
    this.drawMaps();
  }

  showQuestion() {
    const { analysis, t, texts, display, on } = this;
    const change = (changes) => this.change(changes);
    this.question.replaceChildren(questionOf(analysis, { t, texts, display, change, on }));
  }

  showTiles() {
    const { analysis, t, names } = this;
    if (this.tileNames?.join() !== names.join()) {
      const on = { ...this.look, enlarge: (index) => this.enlarge(index) };
      const titles = [t("tile.view"), ...names.slice(1)];
      this.tiles = titles.map((name, index) => new Tile({ index, name, t, on, longest: LONGEST }));
      for (const tile of this.tiles) tile.face.addEventListener("focus", () => this.setPin(pin.choose(this.pin, tile.index)));
      this.row.replaceChildren(...this.tiles.map(({ node }) => node));
      this.enlarged?.node.remove();
      this.enlarged = new Enlarged(this.root, {
        t,
        names: titles,
        colours: this.colours,
        on: { ...this.look, choose: (index) => this.enlarge(index) },
      });
      this.tileNames = names;
    }
    for (const tile of this.shownTiles()) tile.setView(analysis.view);
  }

  // What the visitor does

  change(changes) {
    this.display = { ...this.display, ...changes };
    if (this.analysis) this.drawMaps();
    this.on.state?.(this.state());
  }

  setPin(next, keep = next.pinned !== this.pin.pinned || next.tile !== this.pin.tile) {
    if (next === this.pin) return;
    this.pin = next;
    this.drawPin();
    if (keep) this.on.state?.(this.state());
  }

  keydown(event) {
    if (!this.analysis || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest(TYPING)) return;
    const onFace = event.target.closest(".rv-face") !== null;
    if (event.key === "Escape" && this.enlarged.open) return; // the dialog closes, the pin stays
    if (event.key === "Enter" && onFace && !this.enlarged.open) {
      event.preventDefault();
      this.enlarge(this.pin.tile);
      return;
    }
    if (event.key.startsWith("Arrow") && !onFace) return;
    const next = pin.key(this.pin, event.key, this.grids);
    if (!next) return;
    event.preventDefault();
    const moved = next.tile !== this.pin.tile;
    this.setPin(next, true);
    if (!moved) return;
    if (this.enlarged.open) this.enlarge(next.tile);
    else this.tiles[next.tile].face.focus();
  }

  /** On a narrow screen the row scrolls, and the tile at its edge is the chosen one. */
  scrolled() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const edge = this.row.getBoundingClientRect().left;
      const distance = ({ node }) => Math.abs(node.getBoundingClientRect().left - edge);
      const nearest = this.tiles.reduce((a, b) => (distance(b) < distance(a) ? b : a));
      this.setPin(pin.choose(this.pin, nearest.index));
    }, 120);
  }

  enlarge(index) {
    this.setPin(pin.choose(this.pin, index));
    this.enlarged.show(index, this.analysis.view, (tile) => {
      this.paint(tile, this.picture);
      tile.markPin(this.picture, this.analysis.view);
    });
    this.enlarged.repeat(this.picture, this.readout.line);
  }

  // Drawing

  /** Everything that follows from the display; the pin with it, as its values are those of the kind shown. */
  drawMaps() {
    const { signed, opacity, colours } = this.display;
    this.lookup = lookupOf(this.colours[signed ? DIVERGING : colours], { opacity, signed });
    this.picture = pictureOf(this.analysis, this.display, this.pin);
    for (const tile of this.shownTiles()) this.paint(tile, this.picture);
    this.kindNote.show(this.picture);
    this.drawPin();
  }

  drawPin() {
    const picture = (this.picture = pictureOf(this.analysis, this.display, this.pin));
    for (const tile of this.shownTiles()) tile.markPin(picture, this.analysis.view);
    this.photoPanel.markPin(picture);
    this.toolbar.show(picture);
    this.readout.show(picture);
    if (this.enlarged.open) this.enlarged.repeat(this.picture, this.readout.line);
    const caption = this.t("table.caption", { kind: KIND_NAMES[picture.kind], class: classWords(this.analysis, this.t) });
    this.table.show(picture, this.analysis, caption);
  }

  shownTiles() {
    return this.enlarged.open ? [...this.tiles, this.enlarged.tile] : this.tiles;
  }

  paint(tile, picture) {
    const { analysis, t, display, lookup } = this;
    if (tile.index === 0) {
      const share = Math.round(100 * shownShare(analysis.photo, analysis.box));
      tile.describeView(analysis.view, t("tile.share", { share }));
      return;
    }
    const { values } = analysis.stages[tile.index - 1].maps[display.kind];
    tile.paintMap(picture.tiles[tile.index - 1], values, {
      ...display,
      lookup,
      kindName: KIND_NAMES[display.kind],
      className: classWords(analysis, t),
    });
  }

  // Around it

  setTexts(texts) {
    this.texts = texts;
    this.build();
    this.show();
  }

  setBusy(text) {
    this.busy = text;
    this.showBusy();
  }

  showBusy() {
    const busy = Boolean(this.busy);
    this.root.classList.toggle("rv-busy", busy);
    this.root.setAttribute("aria-busy", String(busy));
    this.busyNote.textContent = this.busy ?? "";
  }

  announce() {
    const { label, probability } = this.analysis.predictions[0];
    this.announcement.textContent = this.t("announce", {
      label,
      probability: formatProbability(probability),
      class: classWords(this.analysis, this.t),
    });
  }

  state() {
    return {
      ...this.display,
      stage: this.analysis ? this.names[this.pin.tile] : this.wanted.stage,
      pin: this.pin.pinned ? this.pin.point : null,
    };
  }

  read() {
    const { analysis, picture } = this;
    const common = { busy: this.busy ?? null, state: this.state(), id: analysis?.id ?? null };
    if (!analysis) return { ...common, tiles: [] };
    const { label, probability } = analysis.predictions[0];
    return structuredClone({
      ...common,
      answer: { label, probability },
      target: analysis.target,
      contrast: analysis.contrast,
      place: picture.place,
      bar: picture.bar,
      tiles: picture.tiles.map((tile, i) => ({ ...tile, kind: picture.kind, none: this.tiles[i + 1].none.textContent })),
      readout: this.readout.line.textContent,
      enlarged: this.enlarged.open ? this.names[this.enlarged.tile.index] : null,
    });
  }

  destroy() {
    this.newest++;
    this.root.removeEventListener("keydown", this.onkeydown);
    this.root.replaceChildren();
    delete this.host.__viewer;
  }
}
