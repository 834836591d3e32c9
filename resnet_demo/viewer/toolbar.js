// How to look: opacity, threshold, scale, sign, cells, colours, and the colour bar with its numbers.

import { DIVERGING, SEQUENTIAL } from "./colour.js";
import { menu, segmented, slider } from "./controls.js";
import { drawBar } from "./draw_map.js";
import { element } from "./elements.js";
import { formatValue } from "./numbers.js";
import { ticksOf } from "./scale.js";

/** The toolbar under the tiles. `change({name: value})` is told of every choice; `colours` holds the tables by name. */
export class Toolbar {
  constructor({ t, display, colours, change }) {
    Object.assign(this, { t, colours });
    const switched = (name, label, words) =>
      segmented(
        label,
        words.map(([value, key]) => [value, t(key)]),
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
      [false, "signed.for"],
      [true, "signed.both"],
    ]);
    this.strip = element("canvas", { class: "rv-strip", width: 512, height: 1 });
    this.mark = element("i", { class: "rv-strip-mark" });
    this.ticks = element("div", { class: "rv-ticks" });
    this.words = element("p", { class: "rv-bar-words" });
    this.key = element(
      "div",
      { class: "rv-key", role: "img" },
      element("div", { class: "rv-strip-frame" }, this.strip, this.mark),
      this.ticks,
    );
    this.node = element(
      "div",
      { class: "rv-toolbar" },
      element(
        "div",
        { class: "rv-controls" },
        slider(t("opacity.label"), display.opacity, (value) => change({ opacity: value })).node,
        slider(t("threshold.label"), display.threshold, (value) => change({ threshold: value })).node,
        switched("shared", t("shared.label"), [
          [false, "shared.own"],
          [true, "shared.one"],
        ]).node,
        this.sign.node,
        switched("smooth", t("smooth.label"), [
          [true, "smooth.smooth"],
          [false, "smooth.cells"],
        ]).node,
      ),
      element("div", { class: "rv-key-row" }, this.colourMenu.node, this.key, this.words),
    );
  }

  /** Draw the colour bar of a picture. */
  show({ bar, display }) {
    const { t } = this;
    const { signed, opacity, threshold } = display;
    const colours = signed ? DIVERGING : display.colours;
    const drawn = [colours, opacity, threshold].join();
    if (drawn !== this.drawn) drawBar(this.strip, { colours: this.colours[colours], opacity, threshold, signed });
    this.drawn = drawn; // the pin moves far more often than the colours change
    this.colourMenu.set(colours);
    this.sign.set(signed);
    const usable = bar.scale.high > 0;
    const ticks = ticksOf(bar.scale).map(({ value }) => (usable ? formatValue(value) : "–"));
    this.ticks.replaceChildren(...ticks.map((text) => element("span", {}, text)));
    const words = bar.shared ? t("bar.shared") : t("bar.own", { name: bar.name });
    this.words.textContent = usable ? words : t("bar.none", { name: bar.name });
    this.key.setAttribute("aria-label", `${words}: ${ticks[0]} … ${ticks[2]}`);
    this.mark.hidden = bar.mark === null;
    if (bar.mark !== null) this.mark.style.left = `${100 * bar.mark}%`;
  }
}
