// How well a network did on photos whose true classes are known. Pure: numbers in, numbers out.
import { keyOf } from "./state.js";

/**
 * A row for each photo: {key, name, path, thumb, given (the true label as it was given), truth (the key of its class in this
 * network, null for none), told (the answer's five most probable classes), label, probability, margin, place (of the true
 * class among those five, from 1; 0 for none of them; null where it can't be said), areas, error, due}.
 *
 * `truthOf(photo)` is the key of its true class; `areas` what was measured, by the answer's id.
 */
export function rowsOf(photos, truthOf, areas, running) {
  return photos.map((photo) => {
    const { key, name, from, thumb, unseen, answer, error } = photo;
    const told = answer?.top ?? [];
    const truth = truthOf(photo);
    const place = told.length && truth ? 1 + told.findIndex((each) => keyOf(each) === truth) : null;
    const [first, second] = told;
    return {
      key,
      name,
      path: from ?? name,
      thumb: unseen ? null : thumb,
      given: photo.truth ?? null,
      truth,
      told,
      label: first?.label ?? null,
      probability: first?.probability ?? null,
      margin: first && second ? first.probability - second.probability : null,
      place,
      areas: areas.get(answer?.id) ?? null,
      depth: answer?.network.depth ?? null,
      error,
      due: photo.wanted && running,
    };
  });
}

const Z = 1.959964; // of a normal distribution, 95 % lie within so many standard deviations

/** A share of a count with Wilson's 95 % interval (Wilson 1927): {share, low, high, hits, count}. */
export function share(hits, count) {
  if (!count) return null;
  const p = hits / count;
  const middle = (p + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count);
  const reach = (Z / (1 + Z ** 2 / count)) * Math.sqrt((p * (1 - p)) / count + Z ** 2 / (4 * count ** 2));
  return { share: p, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach), hits, count };
}

/** Top-1 and top-5 accuracy over the rows whose true class is known, null where there is none. */
export function accuracyOf(rows) {
  const judged = rows.filter(({ place }) => place !== null);
  const within = (most) => share(judged.filter(({ place }) => place >= 1 && place <= most).length, judged.length);
  return { top1: within(1), top5: within(5) };
}

/** What was taken for what, {given, label, rows}, the most frequent first. */
export function confusionsOf(rows) {
  const found = new Map();
  for (const row of rows.filter(({ place }) => place !== null && place !== 1)) {
    const pair = JSON.stringify([row.truth, keyOf(row.told[0])]);
    const known = found.get(pair) ?? { given: row.given, label: row.label, rows: [] };
    known.rows.push(row);
    found.set(pair, known);
  }
  return [...found.values()].sort((a, b) => b.rows.length - a.rows.length);
}

/**
 * Whether confidence is accuracy (Guo et al. 2017, section 2): equal bins of the first class's probability, each {low, high,
 * count, confidence, accuracy}, and `error`, the expected calibration error: their distance, weighted by their photos.
 */
export function reliabilityOf(rows, bins = 10) {
  const judged = rows.filter(({ place }) => place !== null);
  const found = Array.from({ length: bins }, (_, i) => {
    const [low, high] = [i / bins, (i + 1) / bins];
    // A bin holds its upper end, as in the paper; nothing has probability 0.
    const inside = judged.filter(({ probability }) => probability > low && probability <= high);
    const mean = (value) => (inside.length ? inside.reduce((sum, row) => sum + value(row), 0) / inside.length : null);
    const accuracy = mean(({ place }) => Number(place === 1));
    return { low, high, count: inside.length, confidence: mean(({ probability }) => probability), accuracy };
  });
  const gaps = found.filter(({ count }) => count).map((bin) => bin.count * Math.abs(bin.accuracy - bin.confidence));
  return { bins: found, error: judged.length ? gaps.reduce((sum, gap) => sum + gap, 0) / judged.length : null };
}

export const ORDERS = ["map", "shuffled", "centre"];
export const WAYS = ["deletion", "insertion"];

/** The areas under the curves of one finding (`faithfulness`), by order and way, for one stage. */
export function areasOf({ stages, centre }, stage) {
  const { map, shuffled } = stages[stage];
  const of = (curve) => Object.fromEntries(WAYS.map((way) => [way, curve[`${way}_area`]]));
  return { map: of(map), shuffled: of(shuffled), centre: of(centre) };
}

/** Mean areas over the rows that have some, each {mean, error (the standard error, null for one photo)}, and how many. */
export function meansOf(rows) {
  const measured = rows.flatMap(({ areas }) => areas ?? []);
  const of = (order, way) => {
    const values = measured.map((areas) => areas[order][way]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { mean, error: values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : null };
  };
  const table = (order) => Object.fromEntries(WAYS.map((way) => [way, of(order, way)]));
  return { count: measured.length, ...(measured.length ? Object.fromEntries(ORDERS.map((o) => [o, table(o)])) : {}) };
}

/** Rows in the order of what `value` says of each, words by the alphabet; what has no value comes last either way. */
export function inOrder(rows, value, descending) {
  const sign = descending ? -1 : 1;
  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compare(a, b);
  });
}
