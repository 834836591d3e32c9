// The charts of the bench: what share of each stage's channels is tuned to something, and one channel's tuning curves.
import { html, svg } from "../../viewer/lit-html/lit-html.js";
import { formatProbability, formatValue } from "../../viewer/numbers.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [240, 118, 38, 18, 6];
const COLOURS = ["--accent", "--good", "--warn", "--bad", "--muted"];

/** The colour of a network by its place among those compared. */
export const colourOf = (place) => `var(${COLOURS[place % COLOURS.length]})`;

/** A share, and in brackets that of the null, which may be unknown. */
export const shareText = (share, chance) =>
  `${formatProbability(share)} (${chance === undefined ? "–" : formatProbability(chance)})`;

const up = (share) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);

/**
 * Shares over stages, one line a network, and dotted what the same network with random weights has. `networks` are
 * {name, place, shares, nulls}: the place among those compared, and lists over the `stages`, `nulls` null where unknown.
 */
export function shareChart(label, stages, networks) {
  const x = (place) => LEFT + 14 + (place * (WIDTH - LEFT - 30)) / Math.max(1, stages.length - 1);
  const line = (shares) =>
    shares.map((share, place) => `${x(place)},${up(share)}`).join(" ");
  const told = networks.map(({ name, shares }) => `${name}: ${shares.map(formatProbability).join(", ")}`).join("; ");
  const whole = `${label}. ${stages.join(", ")}. ${told}`;
  return html`
    <svg class="rd-shares" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${whole}>
      ${[0, 0.5, 1].map(
        (share) => svg`
          <line class="rd-rule" x1=${LEFT} x2=${WIDTH} y1=${up(share)} y2=${up(share)}></line>
          <text x=${LEFT - 4} y=${up(share) + 3.5} text-anchor="end">${Math.round(100 * share)} %</text>`,
      )}
      ${stages.map((stage, place) => svg`<text x=${x(place)} y=${HEIGHT - 4} text-anchor="middle">${stage}</text>`)}
      ${networks.map(
        ({ name, place, shares, nulls }) => svg`
          ${nulls ? svg`<polyline class="rd-null" style="stroke: ${colourOf(place)}" points=${line(nulls)}></polyline>` : ""}
          <polyline style="stroke: ${colourOf(place)}" points=${line(shares)}></polyline>
          ${shares.map(
            (share, i) => svg`
              <circle r="3" cx=${x(i)} cy=${up(share)} style="fill: ${colourOf(place)}">
                <title>${name}, ${stages[i]}: ${shareText(share, nulls?.[i])}</title>
              </circle>`,
          )}`,
      )}
    </svg>
  `;
}

/** One curve as bars: `values` at `steps`, which are said below. `colour(step)` may give a bar its own. */
export function curveChart(title, steps, values, colour = () => null) {
  const most = Math.max(...values, Number.MIN_VALUE);
  const told = steps.map((step, i) => `${step} ${formatValue(values[i])}`).join(", ");
  return html`
    <figure class="rd-curve">
      <figcaption>${title}</figcaption>
      <div class="rd-curve-bars" role="img" aria-label="${title}: ${told}">
        ${steps.map(
          (step, i) => html`
            <span title="${step}: ${formatValue(values[i])}">
              <i style="height: ${(100 * values[i]) / most}%; background: ${colour(step) ?? "var(--accent)"}"></i>
              <small>${step}</small>
            </span>
          `,
        )}
      </div>
    </figure>
  `;
}

/** The picture of this number on a sheet of them, {src, columns, rows}, `size` pixels large. */
export function sheetPicture({ src, columns, rows }, number, size, label) {
  const [x, y] = [number % columns, Math.floor(number / columns)];
  const style =
    `width: ${size}px; height: ${size}px; background-image: url(${src}); ` +
    `background-size: ${columns * size}px ${rows * size}px; background-position: ${-x * size}px ${-y * size}px`;
  return html`<span class="rd-sheet" role="img" aria-label=${label} style=${style}></span>`;
}
