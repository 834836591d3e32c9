// The channels of a stage as the browser of feature maps shows them: unpacked, joined page by page, cut into patches.

import { float16, rangeOf } from "./arrays.js";
import { receptiveField } from "./geometry.js";

/**
 * The channels of a payload, best first: {id, rank, weight, evidence, mean, sum, share, values, range}. `sum` is the sum
 * of the activation over positions; `share` is the evidence, gradient x activation summed over positions, as a share of
 * all evidence of the stage, for and against taken together, so it lies between -1 and 1 whatever cancels out.
 */
export function channelsOf(payload) {
  const { rows, columns, totals } = payload;
  const cells = rows * columns;
  const numbers = float16(payload.maps, payload.ids.length * cells);
  const all = totals.for - totals.against;
  return payload.ids.map((id, i) => {
    const values = numbers.subarray(i * cells, (i + 1) * cells).map((value) => value * payload.scales[i]);
    return {
      id,
      rank: payload.first_rank + i,
      weight: payload.weights[i],
      evidence: payload.evidence[i],
      mean: payload.means[i],
      sum: payload.means[i] * cells,
      share: all > 0 ? payload.evidence[i] / all : 0,
      values,
      range: rangeOf(values),
    };
  });
}

/** Whether a payload goes on where `held` channels of `shown` end: the same question, stage and order, the next rank. */
export function continues(shown, held, payload) {
  const same = ["id", "stage", "ranked_by"].every((name) => shown?.[name] === payload[name]);
  return same && payload.first_rank > 0 && payload.first_rank === held;
}

/**
 * Where a channel is strongest in each photo, strongest first; photos in which it is silent are left out. A photo is
 * {name, view, rows, columns, receptive_field, peak, cell}: the largest value and the number of its cell, row by row. A
 * patch is {name, view, value, rows, columns, cell, box}: the receptive field of that cell, in view pixels, clipped to
 * the view.
 */
export function patchesOf(photos) {
  return photos
    .filter(({ peak }) => peak > 0)
    .map(({ name, view, rows, columns, receptive_field, peak, cell: place }) => {
      const cell = { row: Math.floor(place / columns), column: place % columns };
      const { box } = receptiveField(cell, receptive_field, view);
      return { name, view, value: peak, rows, columns, cell, box };
    })
    .sort((a, b) => b.value - a.value);
}
