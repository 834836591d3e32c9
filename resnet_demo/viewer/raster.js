// Maps into pixels, without a canvas: resampling and painting of plain arrays.

import { opacityOf } from "./scale.js";
import { colourAt } from "./colour.js";

/** For each of `size` pixels: the two cells of `count` between whose centres it lies, and how far along. */
function neighbours(size, count) {
  const first = new Int32Array(size);
  const second = new Int32Array(size);
  const share = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const at = ((i + 0.5) / size) * count - 0.5;
    const below = Math.floor(at);
    first[i] = Math.min(count - 1, Math.max(0, below));
    second[i] = Math.min(count - 1, below + 1);
    share[i] = at - below;
  }
  return { first, second, share };
}

/**
 * A map (rows, columns) bilinearly at (height, width). Centres of cells stay where they are: cell (r, c) keeps the
 * rectangle [c / columns, (c + 1) / columns] of the picture, and beyond the outermost centres values hold.
 */
export function resample(values, rows, columns, height, width) {
  const across = neighbours(width, columns);
  const down = neighbours(height, rows);
  const out = new Float32Array(height * width);
  const upper = new Float32Array(width);
  const lower = new Float32Array(width);
  const blendRow = (row, into) => {
    for (let x = 0; x < width; x++) {
      const a = values[row * columns + across.first[x]];
      const b = values[row * columns + across.second[x]];
      into[x] = a + (b - a) * across.share[x];
    }
  };
  let held = -1;
  for (let y = 0; y < height; y++) {
    const row = down.first[y] * rows + down.second[y];
    if (row !== held) {
      blendRow(down.first[y], upper);
      blendRow(down.second[y], lower);
      held = row;
    }
    for (let x = 0; x < width; x++) out[y * width + x] = upper[x] + (lower[x] - upper[x]) * down.share[y];
  }
  return out;
}

const STEPS = 1023;

/**
 * Colour and opacity along a scale: 1,024 pixels as an ImageData's 32-bit words. `signed` says that zero lies in the
 * middle of the scale.
 */
export function lookupOf(colours, { opacity, signed }) {
  const words = new Uint32Array(STEPS + 1);
  const bytes = new Uint8ClampedArray(words.buffer);
  for (let i = 0; i <= STEPS; i++) {
    const place = i / STEPS;
    const strength = signed ? Math.abs(2 * place - 1) : place;
    bytes.set([...colourAt(colours, place), 255 * opacityOf(strength, opacity)], 4 * i);
  }
  return words;
}

/**
 * Paint values into the 32-bit words of an ImageData of the same number of pixels. Nothing is drawn where a value is
 * weaker than `threshold`, a share of the scale's end, or is no number.
 */
export function paint(values, words, { scale, threshold, lookup }) {
  const { low, high } = scale;
  const steps = high > low ? STEPS / (high - low) : 0;
  const cut = threshold > 0 ? threshold * high : -Infinity;
  const signed = low < 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!((signed && value < 0 ? -value : value) >= cut)) {
      words[i] = 0;
      continue;
    }
    const step = (value - low) * steps + 0.5; // clipped before it is made whole: 32 bits would wrap around
    words[i] = lookup[step < 1 ? 0 : step > STEPS ? STEPS : step | 0];
  }
}
