// What the cross-hair points at, in words: one line for the eye, one for those who listen.

import { element } from "./elements.js";
import { formatSigned } from "./numbers.js";

const PAUSE = 250; // milliseconds of rest before a place is spoken: a moving pointer would never stop talking

export class Readout {
  constructor({ t }) {
    this.t = t;
    this.line = element("p", { class: "rv-readout" });
    this.spoken = element("p", { class: "rv-unseen", "aria-live": "polite" });
    this.node = element("div", { class: "rv-readout-frame" }, this.line, this.spoken);
  }

  /** Show the place of a picture. */
  show(picture) {
    const { t } = this;
    const { place } = picture;
    clearTimeout(this.pending);
    if (!place) {
      this.line.replaceChildren(t(matchMedia("(hover: none)").matches ? "readout.hint_touch" : "readout.hint"));
      this.spoken.textContent = "";
      return;
    }
    const chosen = picture.tiles[picture.tile - 1];
    const parts = [
      t("readout.photo", place.photo),
      t("readout.view", place.view),
      chosen ? fieldWords(chosen, t) : t("readout.fields"),
      t(picture.pinned ? "readout.pinned" : "readout.pointing"),
    ];
    this.line.replaceChildren(...parts.map((text) => element("span", {}, text)));
    this.pending = setTimeout(() => {
      this.spoken.textContent = [parts[0], ...valuesOf(picture)].join(", ");
    }, PAUSE);
  }
}

/** "stem +0.0021" for every stage. */
export function valuesOf(picture) {
  return picture.tiles.map((tile) => `${tile.name} ${formatSigned(tile.value)}`);
}

function fieldWords({ name, cell, field }, t) {
  const words = { name, ...cell, size: field.size };
  if (field.whole) return t("readout.field_whole", words);
  return t(field.clipped ? "readout.field_clipped" : "readout.field", words);
}
