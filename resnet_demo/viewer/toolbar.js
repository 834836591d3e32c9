// How to look: opacity, threshold, scale, sign, cells, colours.

import { DIVERGING, SEQUENTIAL } from "./colour.js";
import { ColourBar } from "./colour_bar.js";
import { menu, segmented, slider } from "./controls.js";
import { element } from "./elements.js";

/** The toolbar under the tiles. `change({name: value})` is told of every choice; `colours` holds the tables by name. */
export class Toolbar {
  constructor({ t, display, colours, change }) {
    const switched = (name, label, words) =>
      segmented(
        label,
        words.map(([value, key, meaning]) => [value, t(key), t(meaning)]),
        display[name],
        (value) => change({ [name]: value }),
      );
    this.colourMenu = menu(
      t("colours.label"),
      [...SEQUENTIAL, DIVERGING].map((name) => [name, t(`colours.${name}`)]),
      display.signed ? DIVERGING : display.colours,
      // Colours and sign go together: only the diverging map has a zero in its middle.
      (value) => change(value === DIVERGING ? { signed: true } : { signed: false, colours: value }),
    );
    this.sign = switched("signed", t("signed.label"), [
      [false, "signed.for", "signed.for.meaning"],
      [true, "signed.both", "signed.both.meaning"],
    ]);
    this.bar = new ColourBar({ t, colours });
    this.words = element("p", { class: "rv-bar-words" });
    this.node = element(
      "div",
      { class: "rv-toolbar" },
      element(
        "div",
        { class: "rv-controls" },
        slider(t("opacity.label"), display.opacity, (value) => change({ opacity: value })).node,
        slider(
          t("threshold.label"),
          display.threshold,
          (value) => change({ threshold: value }),
          t("threshold.meaning"),
        ).node,
        switched("shared", t("shared.label"), [
          [false, "shared.own", "shared.own.meaning"],
          [true, "shared.one", "shared.one.meaning"],
        ]).node,
        this.sign.node,
        switched("smooth", t("smooth.label"), [
          [true, "smooth.smooth", "smooth.smooth.meaning"],
          [false, "smooth.cells", "smooth.cells.meaning"],
        ]).node,
      ),
      element("div", { class: "rv-key-row" }, this.colourMenu.node, this.bar.node, this.words),
    );
  }

  /** Show the colour bar of a picture, and the choices that follow from one another. */
  show(picture) {
    const { display } = picture;
    this.colourMenu.set(display.signed ? DIVERGING : display.colours);
    this.sign.set(display.signed);
    this.words.textContent = this.bar.show(picture);
  }
}
