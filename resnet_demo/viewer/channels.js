// The channels of a stage as the browser of feature maps shows them: unpacked, joined page by page, cut into patches.

import { float16, rangeOf } from "./arrays.js";
import { receptiveField } from "./geometry.js";

/**
 * The channels of a payload, best first: {id, rank, weight, evidence, mean, sum, share, values, range}. `sum` is the sum
 * of the activation over positions, so that weight x sum is the evidence; `share` is the evidence as a share of all
 * evidence of the stage, for and against taken together, so it lies between -1 and 1 whatever cancels out.
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
 * Where a channel is strongest in each photo, strongest first. `photos` are payloads of the same stage, one a photo; those
 * without the channel are left out. Each patch is {name, view, value, cell, box}: the receptive field of the strongest
 * cell, in view pixels, clipped to the view.
 */
export function patchesOf(photos, stage, id) {
  return photos
    .filter((photo) => photo.stage === stage && photo.ids.includes(id))
    .map((photo) => {
      const { rows, columns, view } = photo;
      const cells = rows * columns;
      const place = photo.ids.indexOf(id);
      const values = float16(photo.maps, photo.ids.length * cells).subarray(place * cells, (place + 1) * cells);
      const { max, argmax } = rangeOf(values);
      const cell = { row: Math.floor(argmax / columns), column: argmax % columns };
      const { box } = receptiveField(cell, photo.receptive_field, view);
      return { name: photo.photo.name, view, value: max * photo.scales[place], rows, columns, cell, box };
    })
    .sort((a, b) => b.value - a.value);
}
