// A map onto a canvas. The canvas holds the map's own cells or a smooth picture of them; the style sheet stretches it
// over its tile, so nothing is redrawn when the page is resized.

import { rangeOf } from "./arrays.js";
import { lookupOf, paint, resample } from "./raster.js";
import { scaleOf } from "./scale.js";

const resampled = new WeakMap(); // values to their smooth picture, as colours change far more often than values

function smoothOf(values, rows, columns, height, width) {
  const known = resampled.get(values);
  if (known?.height === height && known.width === width) return known.pixels;
  const pixels = resample(values, rows, columns, height, width);
  resampled.set(values, { height, width, pixels });
  return pixels;
}

/**
 * Paint a map. `map` holds values (row-major), rows and columns; `scale`, `threshold` and `lookup` are as in paint();
 * `longest` is the longer side in pixels of the smooth picture, and 0 asks for cells.
 */
export function drawMap(canvas, { values, rows, columns }, { scale, threshold, lookup, longest }) {
  const enlarged = longest / Math.max(rows, columns);
  const height = longest ? Math.round(rows * enlarged) : rows;
  const width = longest ? Math.round(columns * enlarged) : columns;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.classList.toggle("rv-cells", !longest);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = longest ? smoothOf(values, rows, columns, height, width) : values;
  paint(pixels, new Uint32Array(image.data.buffer), { scale, threshold, lookup });
  context.putImageData(image, 0, 0);
}

/** A map for and against on a scale of its own, zero in the middle, over what lies below; `colours` are a table's. */
export function drawSigned(canvas, map, colours, longest) {
  const range = rangeOf(map.values);
  const scale = scaleOf(range, { signed: true, shared: false }, [range]);
  drawMap(canvas, map, { scale, threshold: 0, lookup: lookupOf(colours, { opacity: 0.75, signed: true }), longest });
}

/** Nothing on a canvas. */
export function clearMap(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

/** The colours of a scale from left to right, as maps are painted with them: what is hidden is left out here too. */
export function drawBar(canvas, { colours, opacity, threshold, signed }) {
  const width = 512;
  Object.assign(canvas, { width, height: 1 });
  const scale = { low: signed ? -1 : 0, high: 1 };
  const values = Float32Array.from({ length: width }, (_, i) => scale.low + ((i + 0.5) / width) * (1 - scale.low));
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, 1);
  paint(values, new Uint32Array(image.data.buffer), { scale, threshold, lookup: lookupOf(colours, { opacity, signed }) });
  context.putImageData(image, 0, 0);
}
