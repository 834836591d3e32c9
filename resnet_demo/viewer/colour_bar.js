// The colour bar: the colours of a scale as maps are painted with them, its numbers, and a mark at the pin's value.

import { DIVERGING } from "./colour.js";
import { drawBar } from "./draw_map.js";
import { element } from "./elements.js";
import { formatValue } from "./numbers.js";
import { ticksOf } from "./scale.js";

export class ColourBar {
  /** `colours` holds the tables by name. */
  constructor({ t, colours }) {
    Object.assign(this, { t, colours, drawn: null });
    this.strip = element("canvas", { class: "rv-strip", width: 512, height: 1 });
    this.mark = element("i", { class: "rv-strip-mark" });
    this.ticks = element("div", { class: "rv-ticks" });
    this.node = element(
      "div",
      { class: "rv-key", role: "img" },
      element("div", { class: "rv-strip-frame" }, this.strip, this.mark),
      this.ticks,
    );
  }

  /** Draw the bar of a picture; returns the words for what its numbers are. */
  show({ bar, display }) {
    const { t } = this;
    const { signed, opacity, threshold } = display;
    const colours = signed ? DIVERGING : display.colours;
    const drawn = [colours, opacity, threshold].join();
    if (drawn !== this.drawn) drawBar(this.strip, { colours: this.colours[colours], opacity, threshold, signed });
    this.drawn = drawn; // the pin moves far more often than the colours change
    const usable = bar.scale.high > 0;
    const ticks = ticksOf(bar.scale).map(({ value }) => (usable ? formatValue(value) : "–"));
    this.ticks.replaceChildren(...ticks.map((text) => element("span", {}, text)));
    this.mark.hidden = bar.mark === null;
    if (bar.mark !== null) this.mark.style.left = `${100 * bar.mark}%`;
    const words = bar.shared ? t("bar.shared") : t("bar.own", { name: bar.name });
    this.node.setAttribute("aria-label", usable ? `${words}: ${ticks[0]} … ${ticks[2]}` : t("bar.none", { name: bar.name }));
    return usable ? words : t("bar.none", { name: bar.name });
  }
}
