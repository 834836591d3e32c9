// The line that the data takes through the row of tiles: how wide and how fine it is between two stages, what each stage
// would answer by itself, and the label at its end.

import { html, nothing } from "./lit-html/lit-html.js";
import { formatCount, formatProbability, formatSigned } from "./numbers.js";

const WIDEST = 2048; // channels: layer4 of the networks with bottlenecks
const THICKNESS = 28; // px of the arrow that carries them

const thicknessOf = (channels) => Math.max(4, THICKNESS * Math.sqrt(channels / WIDEST));

/**
 * The arrow into the tile at `index`, 1 for the stem: it narrows as the grid does, from the picture's height to the
 * tile's rows, and its shaft is as thick as there are channels (by the square root, so that 64 are seen beside 2,048).
 */
export function arrowInto(index, { tiles }, view, t) {
  const before = index > 1 ? tiles[index - 2] : { rows: view.height };
  const { rows, columns, channels } = tiles[index - 1];
  const high = (each) => `${(100 * each.rows) / view.height}%`;
  const title = t("line.arrow", { channels: formatCount(channels), rows, columns });
  return html`<i
    class="rv-arrow"
    title=${title}
    style="--place: ${index}; --from: ${high(before)}; --to: ${high(tiles[index - 1])}; --thick: ${thicknessOf(channels)}px"
  ></i>`;
}

/**
 * What a linear classifier guesses from a stage alone, or of two classes set against each other what the stage wrote
 * into the difference; and how strong its map is beside the strongest.
 */
export const foundAt = ({ guess, wrote, share }, t) => html`
  <div class="rv-strength" title=${t("line.strength")}><i style="width: ${100 * share}%"></i></div>
  ${wrote === null ? guessOf(guess, t) : wroteOf(wrote, t)}
`;

const guessOf = (guess, t) =>
  guess
    ? html`<p class="rv-guess" title=${t(guess.own ? "line.own" : "line.guess", guess)}>
        <span>${guess.label}</span><b>${formatProbability(guess.probability)}</b>
      </p>`
    : nothing;

const wroteOf = (value, t) => html`
  <p class="rv-guess rv-wrote" title=${t("line.wrote.meaning")}>
    <span>${t("line.wrote")}</span><b class=${value < 0 ? "rv-lowers" : "rv-raises"}>${formatSigned(value)}</b>
  </p>
`;

/** One sentence on what stands under the tiles. */
export function lineNote({ stages, split, target, contrast }, t) {
  if (!split) return t(stages[0].guess ? "line.note" : "line.note_bars");
  const sum = split.reduce((all, { value }) => all + value, 0);
  const bias = split.find(({ name }) => name === "fc").value;
  const told = { class: target.label, other: contrast.label, sum: formatSigned(sum), bias: formatSigned(bias) };
  return t("line.note_split", told);
}

/** The end of the line: layer4's channels averaged over their places, one linear layer, a label. */
export function endOfLine({ predictions, split, contrast }, { tiles, display }, t) {
  const { label, probability, untempered } = predictions[0];
  const { rows, columns, channels } = tiles.at(-1);
  const sum = split?.reduce((all, { value }) => all + value, 0);
  return html`
    <div class="rv-end" title=${t("line.average.meaning", { rows, columns, channels: formatCount(channels) })}>
      <i class="rv-arrow" style="--place: ${tiles.length + 1}; --from: 4%; --to: 4%; --thick: ${thicknessOf(channels)}px"></i>
      <small>${t("line.average")}</small>
      <b>${label}</b>
      <span>${formatProbability(display.untempered ? untempered : probability)}</span>
      ${split ? html`<small class="rv-ahead">${t("line.ahead", { sum: formatSigned(sum), other: contrast.label })}</small>` : nothing}
    </div>
  `;
}
