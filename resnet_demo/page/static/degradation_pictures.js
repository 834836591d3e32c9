// Two older uses of residuals as small pictures that answer to the hand: residual vectors of a picture's features, and
// corrections from coarser grids.
import { html, svg } from "../../viewer/lit-html/lit-html.js";
import { formatProbability } from "../../viewer/numbers.js";
import { cycle, errorAfter, size, smooth } from "./poisson.js";
import { nearest, sumsOfResiduals } from "./residual_vectors.js";

const WIDTH = 360;
const HEIGHT = 200;

/** Features of a made picture, and the three centres as they stand at first: places in WIDTH × HEIGHT. */
const POINTS = [
  [52, 60], [70, 42], [88, 70], [64, 88], [104, 52], [120, 84],
  [232, 48], [250, 66], [268, 40], [286, 72], [300, 52],
  [170, 150], [190, 164], [206, 140], [228, 158], [182, 128], [246, 136],
];
const CENTRES = [[80, 74], [262, 60], [196, 152]];
let centres = CENTRES.map((each) => [...each]);

/** Whether the visitor has moved a centre; `back` sets them where they were. */
export function centresMoved(back = false) {
  if (back) centres = CENTRES.map((each) => [...each]);
  return centres.some(([x, y], number) => x !== CENTRES[number][0] || y !== CENTRES[number][1]);
}

const STEPS = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
const within = (value, most) => Math.min(most - 8, Math.max(8, value));

/** Points, centres that can be dragged or moved with the arrow keys, and each centre's sum of residuals. */
export function vladPicture(say, changed) {
  const move = (number, x, y) => {
    centres[number] = [within(x, WIDTH), within(y, HEIGHT)];
    changed();
  };
  const drag = (number) => (event) => {
    if (!event.buttons) return;
    const frame = event.currentTarget.ownerSVGElement;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(frame.getScreenCTM().inverse());
    move(number, x, y);
  };
  const key = (number) => (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    move(number, centres[number][0] + step[0], centres[number][1] + step[1]);
  };
  const sums = sumsOfResiduals(POINTS, centres);
  const told = (number) => say("deg.vlad.centre", { number: number + 1, x: Math.round(sums[number][0]), y: Math.round(sums[number][1]) });
  return html`
    <svg class="rd-idea" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label=${say("deg.vlad")}>
      ${POINTS.map(([x, y]) => {
        const [cx, cy] = centres[nearest([x, y], centres)];
        return svg`<line class="rd-idea-thin" x1=${cx} y1=${cy} x2=${x} y2=${y} /><circle class="rd-idea-point" cx=${x} cy=${y} r="3.5" />`;
      })}
      ${centres.map(([x, y], number) => {
        const [dx, dy] = sums[number];
        return svg`
          <line class="rd-idea-sum" x1=${x} y1=${y} x2=${x + dx / 2} y2=${y + dy / 2} />
          <rect
            class="rd-idea-centre" x=${x - 8} y=${y - 8} width="16" height="16" rx="3" tabindex="0" role="button"
            aria-label=${told(number)} @pointerdown=${drag(number)} @pointermove=${drag(number)} @keydown=${key(number)}
          ><title>${told(number)}</title></rect>
        `;
      })}
    </svg>
  `;
}

const POINTS_OF_LINE = 63;

/** A first error with long waves and short ones. */
export const FIRST = Array.from({ length: POINTS_OF_LINE }, (_, i) => {
  const x = (i + 1) / (POINTS_OF_LINE + 1);
  return (Math.sin(Math.PI * x) + 0.5 * Math.sin(3 * Math.PI * x) + 0.5 * Math.sin(24 * Math.PI * x)) / 1.6;
});

/** As many sweeps as a V-cycle costs: three passes over the points, and half as many on each coarser grid. */
export const SWEEPS = 6;

/** What is left of the error after so many V-cycles, and after as much work of smoothing alone. */
export function poissonPicture(cycles, say) {
  const lines = [
    ["smoothing", errorAfter(SWEEPS * cycles, smooth, FIRST)],
    ["corrected", errorAfter(cycles, cycle, FIRST)],
  ];
  const path = (values) =>
    [0, ...values, 0]
      .map((value, i, { length }) => `${i ? "L" : "M"}${(i * WIDTH) / (length - 1)} ${HEIGHT / 2 - value * 80}`)
      .join("");
  return html`
    <svg class="rd-idea" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${say("deg.poisson")}>
      <line class="rd-idea-axis" x1="0" x2=${WIDTH} y1=${HEIGHT / 2} y2=${HEIGHT / 2} />
      ${lines.map(([name, values]) => svg`<path class="rd-idea-line rd-idea-${name}" d=${path(values)} />`)}
    </svg>
    <dl class="rd-inline">
      ${lines.map(
        ([name, values]) => html`
          <div>
            <dt><span class="rd-idea-key rd-idea-${name}"></span>${say(`deg.poisson.${name}`)}</dt>
            <dd>${say("deg.poisson.left", { error: formatProbability(size(values) / size(FIRST)) })}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}
