// From values to colours: what counts as the end of the scale, what is hidden, what is seen through.

/**
 * The ends of a map's scale. `range` is the map's own {min, max}, `all` every stage's. For evidence for the class alone
 * the scale runs from 0 to the largest value, for evidence for and against it from -peak to +peak, so that zero is in
 * the middle. With `shared` all stages have the scale of the strongest.
 */
export function scaleOf(range, { signed, shared }, all) {
  const peakOf = ({ min, max }) => (signed ? Math.max(max, -min) : max);
  const peak = Math.max(0, shared ? Math.max(...all.map(peakOf)) : peakOf(range));
  return { low: signed ? -peak : 0, high: peak };
}

/** The end of a map's own scale as a share, 0 to 1, of the strongest map's. */
export function shareOfLargest(range, all, { signed }) {
  const largest = scaleOf(range, { signed, shared: true }, all).high;
  return largest > 0 ? scaleOf(range, { signed, shared: false }, all).high / largest : 0;
}

/**
 * What a map has to say: "shown", or why there is nothing to draw. "against" holds values below zero only and the
 * picture asks for evidence for the class; "empty" is zero everywhere. Stretching either would paint noise.
 */
export function evidenceIn({ min, max }, signed) {
  if (min === 0 && max === 0) return "empty";
  return max > 0 || signed ? "shown" : "against";
}

/** Where a value lies on its scale, 0 to 1. */
export function placeOnScale(value, { low, high }) {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
}

/** Whether a value is too weak to be drawn: below `threshold`, a share of the scale's end. */
export function isHidden(value, { low, high }, threshold) {
  if (threshold <= 0) return false;
  return (low < 0 ? Math.abs(value) : value) < threshold * high;
}

const FAINT = 0.16; // below this share of the scale's end colour fades, so that the photo stays legible where little is said

/**
 * How opaque a value is drawn, 0 to 1: `strength` is its distance from zero as a share of the scale's end. Weak values
 * are fainter, the less so the further the slider is pushed; at its end every value is opaque and colours are exact.
 */
export function opacityOf(strength, opacity) {
  const s = Math.min(1, strength / FAINT);
  const fade = s * s * (3 - 2 * s);
  return opacity * (fade + (1 - fade) * opacity ** 4);
}

/** What the colour bar says, from left to right: {at: 0..1, value}. */
export function ticksOf({ low, high }) {
  return [0, 0.5, 1].map((at) => ({ at, value: low + at * (high - low) }));
}
