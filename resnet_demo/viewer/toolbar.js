// How to look: opacity, threshold, scale, sign, cells, colours.

import { barWords, colourBar } from "./colour_bar.js";
import { DIVERGING, SEQUENTIAL } from "./colour.js";
import { menu, segmented, slider } from "./controls.js";
import { html, nothing } from "./lit-html/lit-html.js";

/** Names of choices between two, with the texts of the choice and of each value with its meaning. */
const SWITCHES = [
  ["shared", "shared.label", [false, "shared.own", "shared.own.meaning"], [true, "shared.one", "shared.one.meaning"]],
  ["signed", "signed.label", [false, "signed.for", "signed.for.meaning"], [true, "signed.both", "signed.both.meaning"]],
  [
    "smooth",
    "smooth.label",
    [true, "smooth.smooth", "smooth.smooth.meaning"],
    [false, "smooth.cells", "smooth.cells.meaning"],
  ],
];

/**
 * The toolbar under the tiles; `picture` is null while there is none. `change({name: value})` is told of every choice;
 * `colours` holds the tables by name.
 */
export function toolbar(picture, { t, display, colours, change }) {
  const put = (name) => (value) => change({ [name]: value });
  const switched = ([name, label, ...values]) => {
    const options = values.map(([value, text, meaning]) => [value, t(text), t(meaning)]);
    return segmented(t(label), options, display[name], put(name));
  };
  const names = [...SEQUENTIAL, DIVERGING].map((name) => [name, t(`colours.${name}`)]);
  // Colours and sign go together: only the diverging map has a zero in its middle.
  const choose = (value) => change(value === DIVERGING ? { signed: true } : { signed: false, colours: value });
  return html`
    <div class="rv-toolbar">
      <div class="rv-controls">
        ${slider(t("opacity.label"), display.opacity, put("opacity"))}
        ${slider(t("threshold.label"), display.threshold, put("threshold"), t("threshold.meaning"))}
        ${SWITCHES.map(switched)}
      </div>
      <div class="rv-key-row">
        ${menu(t("colours.label"), names, display.signed ? DIVERGING : display.colours, choose)}
        ${picture ? colourBar(picture, { t, colours }) : nothing}
        <p class="rv-bar-words">${picture ? barWords(picture, t) : ""}</p>
      </div>
    </div>
  `;
}
