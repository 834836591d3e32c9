// The line that the data takes through the row of tiles: how wide and how fine it is between two stages, what each stage
// would answer by itself, and the label at its end.

import { html, nothing } from "./lit-html/lit-html.js";
import { formatCount, formatProbability } from "./numbers.js";

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
    style="--from: ${high(before)}; --to: ${high(tiles[index - 1])}; --thick: ${thicknessOf(channels)}px"
  ></i>`;
}

/** What a linear classifier guesses from a stage alone, and how strong its map is beside the strongest. */
export const foundAt = ({ guess, share }, t) => html`
  <div class="rv-strength" title=${t("line.strength")}><i style="width: ${100 * share}%"></i></div>
  ${guess
    ? html`<p class="rv-guess" title=${t("line.guess", guess)}>
        <span>${guess.label}</span><b>${formatProbability(guess.probability)}</b>
      </p>`
    : nothing}
`;

/** The end of the line: layer4's channels averaged over their places, one linear layer, a label. */
export function endOfLine({ predictions }, { tiles, display }, t) {
  const { label, probability, untempered } = predictions[0];
  const { rows, columns, channels } = tiles.at(-1);
  return html`
    <div class="rv-end" title=${t("line.average.meaning", { rows, columns, channels: formatCount(channels) })}>
      <i class="rv-arrow" style="--from: 4%; --to: 4%; --thick: ${thicknessOf(channels)}px"></i>
      <small>${t("line.average")}</small>
      <b>${label}</b>
      <span>${formatProbability(display.untempered ? untempered : probability)}</span>
    </div>
  `;
}
