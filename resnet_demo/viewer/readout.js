// What the cross-hair points at, in words: one line for the eye, one for those who listen.

import { html } from "./lit-html/lit-html.js";
import { formatSigned } from "./numbers.js";

const PAUSE = 250; // milliseconds of rest before a place is spoken: a moving pointer would never stop talking

/** The line for the eye. */
export function readoutLine(picture, t) {
  const hint = () => t(matchMedia("(hover: none)").matches ? "readout.hint_touch" : "readout.hint");
  const told = picture?.place ? placeWords(picture, t) : [hint()];
  return html`<p class="rv-readout">${told.map((text) => html`<span>${text}</span>`)}</p>`;
}

function placeWords(picture, t) {
  const { place } = picture;
  const chosen = picture.tiles[picture.tile - 1];
  return [
    t("readout.photo", place.photo),
    t("readout.view", place.view),
    chosen ? fieldWords(chosen, t) : t("readout.fields"),
    t(picture.pinned ? "readout.pinned" : "readout.pointing"),
  ];
}

function fieldWords({ name, cell, field }, t) {
  const words = { name, ...cell, size: field.size };
  if (field.whole) return t("readout.field_whole", words);
  return t(field.clipped ? "readout.field_clipped" : "readout.field", words);
}

/** "stem +0.0021" for every stage. */
export const valuesOf = ({ tiles }) => tiles.map((tile) => `${tile.name} ${formatSigned(tile.value)}`);

/** Speaks of the place pointed at once the pointer rests: `tell(sentence)` puts it into a live region. */
export class Speaker {
  #sentence = "";

  constructor(tell) {
    this.tell = tell;
  }

  /** The place of a picture. */
  show(picture, t) {
    const { place } = picture;
    const sentence = place ? [t("readout.photo", place.photo), ...valuesOf(picture)].join(", ") : "";
    if (sentence === this.#sentence) return;
    this.#sentence = sentence;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.tell(sentence), sentence ? PAUSE : 0);
  }
}
