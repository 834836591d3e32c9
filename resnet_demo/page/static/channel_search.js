// Which channels of a stage answer to something, from what was measured of them. Plain numbers.
import { numbersOf } from "../../viewer/arrays.js";

/**
 * The channels of a stage's tuning that answer to the hue at a step, {channel, share}: how near that comes to their best
 * answer to any of the bench's pictures, nearest first.
 */
export function answering({ hues, curves, best }, step) {
  const most = bestOf({ curves, best });
  const width = curves.hue.shape[1];
  return channelsOf(hues, step)
    .map((channel) => ({ channel, share: numbersOf(curves.hue)[channel * width + step] / most[channel] }))
    .sort((a, b) => b.share - a.share);
}

/** The channels whose entry in a list of steps is this one. */
export function channelsOf(hues, step) {
  const steps = numbersOf(hues);
  return [...steps.keys()].filter((channel) => steps[channel] === step);
}

/** The channels that fire more than usual in a cell (CellActivations), {channel, ratio}, most first. */
export function firing({ ratios }) {
  const all = [...numbersOf(ratios)].map((ratio, channel) => ({ channel, ratio }));
  return all.filter(({ ratio }) => ratio > 1).sort((a, b) => b.ratio - a.ratio || a.channel - b.channel);
}

/** The largest value on any of a stage's curves, for each channel. */
export function bestOf({ curves, best }) {
  const most = new Array(best.shape[0]).fill(0);
  for (const table of Object.values(curves)) {
    const values = numbersOf(table);
    const width = table.shape[1];
    values.forEach((value, i) => {
      const channel = Math.floor(i / width);
      most[channel] = Math.max(most[channel], value);
    });
  }
  return most;
}
