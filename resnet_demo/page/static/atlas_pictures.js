// The pictures of the atlas: a kernel as colours, the grating it passes best, and a channel's profile over the classes.
import { numbersOf } from "../../viewer/arrays.js";
import { html } from "../../viewer/lit-html/lit-html.js";
import { painted } from "../../viewer/painted.js";

/** conv1's kernel of a channel, [3, 7, 7], as a picture: mid-grey is 0, and its largest value fills the range. */
export function filterPicture({ kernels }, channel) {
  const [, , rows, columns] = kernels.shape;
  const size = rows * columns;
  const draw = (canvas) => {
    Object.assign(canvas, { width: columns, height: rows });
    const values = numbersOf(kernels).subarray(channel * 3 * size, (channel + 1) * 3 * size);
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
    const picture = new ImageData(columns, rows);
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) picture.data[4 * i + c] = 127.5 + (127.5 * values[c * size + i]) / most;
      picture.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(picture, 0, 0);
  };
  const shown = painted(draw, kernels, channel);
  return html`<canvas class="rd-kernel" width="7" height="7" aria-hidden="true" ${shown}></canvas>`;
}

/**
 * The image made ahead for a channel of a stage: its place in the stage's picture at `src`, `image_columns` a row;
 * null for a channel that has none.
 */
export function madeImage(src, { image_channels: channels, image_columns: columns }, stage, channel) {
  const made = channels[stage] ? numbersOf(channels[stage]) : [];
  const index = made.indexOf(channel);
  if (index < 0) return null;
  const rows = Math.ceil(made.length / columns);
  const place = (at, of) => (of > 1 ? (100 * at) / (of - 1) : 0);
  const left = place(index % columns, columns);
  const top = place(Math.floor(index / columns), rows);
  const style = `background: url("${src}") ${left}% ${top}% / ${100 * columns}% ${100 * rows}%`;
  return html`<i class="rd-made" aria-hidden="true" style=${style}></i>`;
}

/** The grating that a kernel passes best, as large as the kernel is drawn; plain where that has no stripes. */
export function stripes(orientation, frequency) {
  const scale = 96 / 7; // pixels on screen of one of the kernel's
  const period = frequency ? scale / frequency : 0;
  const ground = period
    ? `repeating-linear-gradient(${orientation}deg, #fff 0, #000 ${period / 2}px, #fff ${period}px)`
    : "#808080";
  return html`<span class="rd-stripes" aria-hidden="true" style="background: ${ground}"></span>`;
}

/** What a kernel passes, red, green and blue from −1 to 1, as two swatches: of its bright and of its dark places. */
export const hueText = (rgb) => html`
  <span class="rd-swatches" aria-hidden="true">
    ${[1, -1].map((sign) => {
      const colour = [...rgb].map((value) => Math.round(127.5 + 127.5 * sign * value)).join(" ");
      return html`<i style="background: rgb(${colour})"></i>`;
    })}
  </span>
`;

/** A channel's mean activation of every class, largest first, as one strip of bars. */
export function profileBars(label, profile, channel) {
  const [, classes] = profile.shape;
  const values = [...numbersOf(profile).subarray(channel * classes, (channel + 1) * classes)].sort((a, b) => b - a);
  const points = values.map((value, i) => `${i},${40 - (40 * value) / 255}`).join(" ");
  return html`
    <svg class="rd-profile" viewBox="0 0 ${classes} 40" preserveAspectRatio="none" role="img" aria-label=${label}>
      <polygon points="0,40 ${points} ${classes},40"></polygon>
    </svg>
  `;
}
