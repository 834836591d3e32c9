// How to look: kind of map, scale, sign, cells, opacity, threshold, colours.

import { barWords, colourBar } from "./colour_bar.js";
import { DIVERGING, SEQUENTIAL } from "./colour.js";
import { menu, segmented, slider } from "./controls.js";
import { kindMenu } from "./kind_note.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { temperatureNote } from "./temperature.js";

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
 * The toolbar under the tiles: the colour bar, and folded away how maps are drawn; `picture` and `analysis` are null while
 * there are none. `change({name: value})` is told of every choice;
 * `colours` holds the tables by name.
 */
export function toolbar(picture, analysis, { t, display, colours, change }) {
  const put = (name) => (value) => change({ [name]: value });
  const switched = ([name, label, ...values]) => {
    const options = values.map(([value, text, meaning]) => [value, t(text), t(meaning)]);
    return segmented(t(label), options, display[name], put(name));
  };
  const names = [...SEQUENTIAL, DIVERGING].map((name) => [name, t(`colours.${name}`)]);
  // Colours and sign go together: only the diverging map has a zero in its middle.
  const choose = (value) => change(value === DIVERGING ? { signed: true } : { signed: false, colours: value });
  const toggled = ({ target: { open } }) => open !== display.tools && change({ tools: open });
  return html`
    <div class="rv-toolbar">
      <div class="rv-key-row">
        ${picture ? colourBar(picture, analysis, { t, colours }) : nothing}
        <p class="rv-bar-words">${picture ? barWords(picture, t) : ""}</p>
      </div>
      <details class="rv-tools" ?open=${display.tools} @toggle=${toggled}>
        <summary>${t("tools.summary")}</summary>
        <div class="rv-controls">
          ${analysis ? kindMenu(analysis, { t, display, change }) : nothing} ${SWITCHES.map(switched)}
          ${slider(t("opacity.label"), display.opacity, put("opacity"))}
          ${slider(t("threshold.label"), display.threshold, put("threshold"), t("threshold.meaning"))}
          ${menu(t("colours.label"), names, display.signed ? DIVERGING : display.colours, choose)}
        </div>
        ${analysis ? temperatureNote(analysis.network, { t, display, change }) : nothing}
      </details>
    </div>
  `;
}
