// The stage viewer: the answer, the view and every stage's map side by side, and what it takes to read them. This is the
// thin shell: what is shown is decided in picture.js, and the parts draw it. Nothing here asks the server for anything;
// what only the server can do (another class, a wider network) is reported through `on`.

import { answerOf } from "./answer.js";
import { bandOf } from "./band.js";
import { coloursOf, DIVERGING } from "./colour.js";
import { show } from "./dialog.js";
import { changesFor, displayFor, displayFrom } from "./display.js";
import { enlarged } from "./enlarged.js";
import { besideSwitch, KIND_NAMES, kindNote } from "./kind_note.js";
import { html, nothing, render } from "./lit-html/lit-html.js";
import { formatProbability } from "./numbers.js";
import { photoPanel, shownShare } from "./photo_panel.js";
import { gridsOf, pictureOf, unpack } from "./picture.js";
import * as pin from "./pin.js";
import { classWords, questionOf } from "./question.js";
import { lookupOf } from "./raster.js";
import { readoutLine, Speaker } from "./readout.js";
import { stageTable } from "./stage_table.js";
import { lineNote } from "./line.js";
import { readerOf } from "./texts.js";
import { noneOf, tileOf } from "./tile.js";
import { toolbar } from "./toolbar.js";

const LONGEST = 256; // pixels of a smooth map in the row
const LARGE = 640; // and enlarged
const SMALL = 96; // and in the band
const TYPING = "input, select, textarea";

/**
 * Mount a viewer inside `host`.
 *
 * payload  what payload.py's analysis_payload made, or null while there is nothing to show
 * texts    the sentences by key (texts.en.json, texts.zh.json)
 * colours  the colour tables by name (colour_maps.json)
 * state    how to look at first: the names of display.js, `stage` (a tile's name, "view" or a stage) and `pin` ({x, y} of
 *          the view, 0 to 1); whatever is missing has its default
 * question an element in place of the line that says what the maps are for, or null: what its owner asks it with
 * on       target(index): a bar was clicked; contrast(index or null): a class to set against; widen(): a network with
 *          more classes is wanted; state(state): the visitor looks at it another way. All may be missing: what they
 *          would do is then not offered.
 *
 * Returns {update, setTrust, setTexts, setBusy, setBand, pinAt, read, destroy}, also as `host.__viewer`.
 */
export function mount(host, { payload = null, texts, colours, state = null, question = null, on = {} }) {
  host.__viewer?.destroy();
  const viewer = new StageViewer(host, { texts, colours, state, question, on });
  host.__viewer = {
    /** Show another analysis once its pictures are decoded; resolves when it is drawn, or overtaken by a later one. */
    update: (next) => viewer.update(next),
    /** How far maps foretell what single cells are worth, {stage: {kind: correlation}}, for the analysis on screen. */
    setTrust: (next) => viewer.setTrust(next),
    /** Say everything in another language. */
    setTexts: (next) => viewer.setTexts(next),
    /** Say that something is being worked out, and dim what is on screen under its own label; null when it is done. */
    setBusy: (text) => viewer.setBusy(text),
    /** Draw the tiles once more, small, inside an element, with the same cross-hair; null where they are not wanted. */
    setBand: (element) => viewer.setBand(element),
    /** Pin the cross-hair at a point of the view. */
    pinAt: (point) => viewer.setPin({ ...viewer.pin, point, pinned: true }, true),
    /** What is on screen, as plain values. */
    read: () => viewer.read(),
    destroy: () => viewer.destroy(),
  };
  viewer.update(payload);
  return host.__viewer;
}

class StageViewer {
  constructor(host, { texts, colours, state, question, on }) {
    Object.assign(this, { host, texts, question, on });
    this.colours = Object.fromEntries(Object.entries(colours).map(([name, table]) => [name, coloursOf(table)]));
    this.display = displayFrom(state);
    this.wanted = { stage: state?.stage ?? null, point: state?.pin ?? null };
    this.pin = pin.atRest(0);
    this.newest = 0;
    this.flow = 0; // answers that the data has flowed for along the line
    this.trust = {};
    // What is on screen beside the display and the pin.
    Object.assign(this, { analysis: null, picture: null, enlargedAt: null, tableOpen: false, busy: null, announced: "", band: null });
    this.look = {
      hover: (index, point) => this.setPin(pin.hover(this.pin, index, point)),
      leave: () => this.setPin(pin.leave(this.pin)),
      click: (index, point) => this.setPin(pin.click(this.pin, index, point, this.grids[index]), true),
    };
    this.root = host.querySelector(":scope .rv-viewer") ?? host.appendChild(document.createElement("div"));
    this.root.className = "rv rv-viewer";
    this.onkeydown = (event) => this.keydown(event);
    this.root.addEventListener("keydown", this.onkeydown);
    this.speaker = new Speaker((sentence) => {
      this.root.querySelector(".rv-spoken").textContent = sentence;
    });
    this.draw();
  }

  /** How the analysis on screen is drawn. */
  get drawn() {
    return displayFor(this.analysis, this.display);
  }

  get names() {
    return ["view", ...this.analysis.stages.map(({ name }) => name)];
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
    const { pinned } = this.pin;
    this.analysis = payload && unpack(payload);
    if (before?.id !== this.analysis?.id) this.trust = {};
    if (before?.id !== this.analysis?.id) this.flow += 1;
    if (this.analysis) this.aim(before);
    if (before && this.analysis) this.announced = this.announcement();
    this.draw();
    if (before && pinned && !this.pin.pinned) this.on.state?.(this.state());
  }

  /** Where the cross-hair is on a new analysis: where it was on the same view, let go on another. */
  aim(before) {
    const { names } = this;
    this.grids = gridsOf(this.analysis);
    if (!(this.display.kind in this.analysis.stages[0].maps)) this.display = { ...this.display, kind: "grad-cam" };
    if (!before) {
      const tile = names.indexOf(this.wanted.stage);
      this.pin = pin.atRest(tile < 0 ? names.length - 1 : tile);
      if (this.wanted.point) this.pin = { ...this.pin, point: this.wanted.point, pinned: true };
      return;
    }
    const name = ["view", ...before.stages.map((stage) => stage.name)][this.pin.tile];
    this.pin = { ...this.pin, tile: Math.max(0, names.indexOf(name)) };
    if (before.view.src !== this.analysis.view.src) this.pin = pin.letGo(this.pin);
  }

  // What the visitor does

  change(changes) {
    this.display = { ...this.display, ...changesFor(this.analysis, changes) };
    this.draw();
    this.on.state?.(this.state());
  }

  setPin(next, keep = next.pinned !== this.pin.pinned || next.tile !== this.pin.tile) {
    if (next === this.pin) return;
    this.pin = next;
    this.draw();
    if (keep) this.on.state?.(this.state());
  }

  keydown(event) {
    if (!this.analysis || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest(TYPING)) return;
    const onFace = event.target.closest(".rv-face") !== null;
    const large = this.enlargedAt !== null;
    if (event.key === "Escape" && large) return; // the dialog closes, the pin stays
    if (event.key === "Enter" && onFace && !large) {
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
    if (large) this.enlarge(next.tile);
    else event.currentTarget.querySelectorAll(".rv-row:not(.rv-second) .rv-face")[next.tile].focus();
  }

  enlarge(index) {
    const moved = this.enlargedAt !== index;
    this.enlargedAt = index;
    this.pin = pin.choose(this.pin, index);
    this.draw();
    this.on.state?.(this.state());
    const dialog = this.root.querySelector(".rv-enlarged");
    if (show(dialog) || moved) dialog.querySelector(".rv-face").focus();
  }

  // Drawing

  /** Everything that is on screen, from what is known. */
  draw() {
    const { analysis, drawn, root } = this;
    this.t = readerOf(this.texts);
    this.picture = analysis && pictureOf(analysis, drawn, this.pin, this.trust);
    root.classList.toggle("rv-empty", !analysis);
    root.classList.toggle("rv-busy", Boolean(this.busy));
    root.setAttribute("aria-busy", String(Boolean(this.busy)));
    render(this.whole(), root);
    if (this.band) render(analysis ? this.small() : nothing, this.band);
    if (analysis) this.speaker.show(this.picture, this.t);
  }

  whole() {
    const { analysis, picture, t, texts, drawn: display, colours, on } = this;
    const change = (changes) => this.change(changes);
    const toggled = (open) => {
      this.tableOpen = open;
      this.draw();
    };
    const caption = () => t("table.caption", { kind: KIND_NAMES[picture.kind], class: classWords(analysis, t) });
    const line = readoutLine(picture, t);
    return html`
      <div class="rv-top">
        ${analysis ? this.answer() : html`<p class="rv-nothing">${t("empty")}</p>`}
      </div>
      <div>${this.question ?? (analysis ? questionOf(analysis, { t, texts, on }) : nothing)}</div>
      <div class="rv-row-frame">
        <div class="rv-row ${this.flow % 2 ? "rv-flow-a" : "rv-flow-b"}" role="group" aria-label=${t("row.label")}>
          ${analysis ? this.tiles() : Array.from({ length: 6 }, () => html`<div class="rv-tile"><div class="rv-face"></div></div>`)}
        </div>
        ${analysis && display.beside && display.kind === "grad-cam" ? this.second() : nothing}
        <p class="rv-busy-note" role="status">${this.busy ?? ""}</p>
      </div>
      <p class="rv-line-note">
        <span>${analysis ? lineNote(analysis, t) : ""}</span>
        ${picture ? besideSwitch(picture, t, change) : nothing}
      </p>
      ${toolbar(picture, analysis, { t, display, colours, change })}
      <div class="rv-readout-frame">${line}<p class="rv-unseen rv-spoken" aria-live="polite"></p></div>
      <div class="rv-notes">
        <p>${analysis?.contrast ? contrastNote(analysis, t) : t("note.read")}</p>
        <details ?open=${display.more} @toggle=${({ target: { open } }) => open !== display.more && change({ more: open })}>
          <summary>${t("more.summary")}</summary>
          <div class="rv-note-columns"><p>${t("note.not")}</p>${picture ? kindNote(picture, t) : nothing}</div>
        </details>
      </div>
      ${stageTable(picture, analysis, { t, caption: picture ? caption() : "", open: this.tableOpen, toggled })}
      <p class="rv-unseen" aria-live="polite">${this.announced}</p>
      ${analysis ? this.dialog(line) : nothing}
    `;
  }

  answer() {
    const { analysis, picture, t, look } = this;
    const on = {
      hover: (point) => look.hover(this.pin.tile, point),
      leave: look.leave,
      click: (point) => look.click(this.pin.tile, point),
    };
    const { display } = this;
    return html`${answerOf(analysis, { t, display, on: this.on })} ${photoPanel(analysis, picture, { t, on })}`;
  }

  tiles() {
    const on = {
      ...this.look,
      focus: (index) => this.setPin(pin.choose(this.pin, index)),
      enlarge: (index) => this.enlarge(index),
    };
    return this.names.map((_, index) => this.tile(index, on, LONGEST));
  }

  /** The band; Tab stops once in it, at the chosen tile. */
  small() {
    const { analysis, t } = this;
    const on = { ...this.look, focus: (index) => this.setPin(pin.choose(this.pin, index)) };
    const small = this.names.map((_, index) => this.tile(index, on, SMALL, this.picture, index === this.pin.tile));
    return bandOf(analysis, small, this.words(), t);
  }

  /** HiResCAM under Grad-CAM, stage by stage, at the same place and looked at in the same way. */
  second() {
    const { analysis, drawn: display, t } = this;
    const kind = "hirescam";
    const picture = pictureOf(analysis, { ...display, kind }, this.pin, this.trust);
    const on = { ...this.look, focus: (index) => this.setPin(pin.choose(this.pin, index)) };
    const tiles = analysis.stages.map((_, place) => this.tile(place + 1, on, LONGEST, picture));
    return html`
      <div class="rv-row rv-second" role="group" aria-label=${KIND_NAMES[kind]}>
        <p class="rv-second-name"><b>${KIND_NAMES[kind]}</b><br />${t("beside.what")}</p>
        ${tiles}
      </div>
    `;
  }

  tile(index, on, longest, picture = this.picture, stop = true) {
    const { analysis, t } = this;
    return tileOf(index, { analysis, picture, lookup: this.lookup(), t, words: this.words(), on, longest, stop });
  }

  dialog(line) {
    const { analysis, picture, names, t, colours, enlargedAt: index } = this;
    const closed = () => {
      this.enlargedAt = null;
      this.draw();
    };
    const step = (by) => this.enlarge((index + by + names.length) % names.length);
    const tile = index === null ? nothing : this.tile(index, this.look, LARGE);
    return enlarged({ index, names, tile, line, picture, analysis, t, colours, step, closed });
  }

  /** Colours and opacity of the maps: made anew only when they change, as maps are painted only when it does. */
  lookup() {
    const { signed, opacity, colours } = this.drawn;
    const table = this.colours[signed ? DIVERGING : colours];
    const made = [table, signed, opacity];
    if (!this.made?.every((value, i) => value === made[i])) this.painter = lookupOf(table, { opacity, signed });
    this.made = made;
    return this.painter;
  }

  /** What tiles say of the whole analysis. */
  words() {
    const { analysis, t } = this;
    return { className: classWords(analysis, t), share: Math.round(100 * shownShare(analysis.photo, analysis.box)) };
  }

  // Around it

  setTexts(texts) {
    this.texts = texts;
    this.draw();
  }

  setTrust(trust) {
    this.trust = trust;
    this.draw();
  }

  setBand(element) {
    if (element === this.band) return;
    if (this.band) {
      render(nothing, this.band);
      this.band.removeEventListener("keydown", this.onkeydown);
    }
    this.band = element;
    element?.addEventListener("keydown", this.onkeydown);
    this.draw();
  }

  setBusy(text) {
    this.busy = text;
    this.draw();
  }

  announcement() {
    const t = readerOf(this.texts);
    const { label, probability } = this.analysis.predictions[0];
    const words = { label, probability: formatProbability(probability), class: classWords(this.analysis, t) };
    return t("announce", words);
  }

  state() {
    return {
      ...this.display,
      stage: this.analysis ? this.names[this.pin.tile] : this.wanted.stage,
      pin: this.pin.pinned ? this.pin.point : null,
    };
  }

  read() {
    const { analysis, picture, t } = this;
    const common = { busy: this.busy ?? null, state: this.state(), id: analysis?.id ?? null };
    if (!analysis) return { ...common, tiles: [] };
    const { label, probability } = analysis.predictions[0];
    const words = this.words();
    return structuredClone({
      ...common,
      answer: { label, probability },
      target: analysis.target,
      contrast: analysis.contrast,
      place: picture.place,
      bar: picture.bar,
      tiles: picture.tiles.map((tile) => ({ ...tile, kind: picture.kind, none: noneOf(tile, t, words) })),
      readout: this.root.querySelector(".rv-readout").textContent,
      enlarged: this.root.querySelector(".rv-enlarged").open ? this.names[this.enlargedAt] : null,
    });
  }

  destroy() {
    this.newest++;
    this.setBand(null);
    this.root.removeEventListener("keydown", this.onkeydown);
    render(nothing, this.root);
    delete this.host.__viewer;
  }
}

const contrastNote = ({ target, contrast }, t) =>
  t("note.contrast", { class: target.label, other: contrast.label });

/** A picture that is decoded before anyone sees it, so that it never appears later than the words beside it. */
async function decoded(source) {
  if (!source) return;
  const image = new Image();
  image.src = source;
  await image.decode();
}
