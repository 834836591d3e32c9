// A ledger as rows: where each bar of its waterfall begins and ends, and the map of each row. Plain numbers.

import { mapOf, numbersOf } from "./arrays.js";

/**
 * The rows of a ledger (results/ledger.py), first unit to last, {name, part, value, total, from, to}: `by` "stage", one
 * a stage with its projection's bias in it, or "block", one an entry. The bar of a row runs `from` the sum before it `to`
 * the sum with it, and the last one ends at the logit.
 */
export function rowsOf({ contributions }, by) {
  return running(by === "stage" ? stagesOf(contributions) : contributions);
}

/** The same of the mean over several photos (LedgerProfile), each row with its `spread`. */
export function meanRows({ entries, stage_means, stage_spreads }, by) {
  const means =
    by === "stage"
      ? Object.keys(stage_means).map((name) => ({ name, part: "stage", value: stage_means[name], spread: stage_spreads[name] }))
      : entries.map(({ name, part, mean, spread }) => ({ name, part, value: mean, spread }));
  return running(means.map((row) => ({ ...row, total: null })));
}

function running(rows) {
  let sum = 0;
  return rows.map(({ name, part, value, total, spread = null }) => {
    const from = sum;
    sum += value;
    return { name, part, value, total, spread, from, to: sum };
  });
}

function stagesOf(contributions) {
  const sums = new Map();
  for (const { stage, value } of contributions) sums.set(stage, (sums.get(stage) ?? 0) + value);
  return [...sums].map(([name, value]) => ({ name, part: "stage", value, total: null }));
}

/** The ends of the axis that all bars, and the whiskers around their ends, lie on; zero is always on it. */
export function axisOf(rows) {
  const ends = rows.flatMap(({ from, to, spread }) => [from, to, to - (spread ?? 0), to + (spread ?? 0)]);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  return { low, high: high > low ? high : low + 1 };
}

/** Where a bar lies on an axis, as shares of its width: {left, width}. */
export function barOn({ low, high }, from, to) {
  const at = (value) => (value - low) / (high - low);
  return { left: at(Math.min(from, to)), width: Math.abs(at(to) - at(from)) };
}

const added = new WeakMap(); // contributions to the maps of their rows: a picture asks for them whenever it is drawn

/**
 * The map of a row, {values, rows, columns}: of an entry by its name, of a stage the sum of its entries' maps, of "" the
 * sum of all of them, on the finest grid. What a coarse cell holds is spread evenly over the fine ones in it, so that
 * every map adds up to the value of its row.
 */
export function mapOfRow({ contributions }, name) {
  if (!added.has(contributions)) added.set(contributions, new Map());
  const known = added.get(contributions);
  if (!known.has(name)) {
    const entries = name === "" ? contributions : entriesOf(contributions, name);
    known.set(name, sumOf(entries.map(({ map }) => mapOf(map))));
  }
  return known.get(name);
}

/**
 * The channels that wrote most into a row, for or against, {stage, channel, value}, most first: of an entry by its name,
 * of a stage those of all its entries together. Nothing for a row whose channels are not of one stage.
 */
export function channelsOfRow({ contributions }, name, most = 6) {
  const entries = entriesOf(contributions, name);
  return entries.length ? largest(byChannel(entries), most, entries[0].stage) : [];
}

/** The channels of a stage into which more, or less, is written in one ledger than in another, as `channelsOfRow`. */
export function changedChannels(before, after, stage, most = 4) {
  const [first, now] = [before, after].map(({ contributions }) => byChannel(entriesOf(contributions, stage)));
  return largest(now.map((value, channel) => value - first[channel]), most, stage);
}

/** The entries of a row: that of its name, or all of a stage. */
function entriesOf(contributions, name) {
  const own = contributions.filter((each) => each.name === name && each.part !== "stem");
  return own.length ? own : contributions.filter(({ stage }) => stage === name);
}

function byChannel(entries) {
  const sums = new Float64Array(entries[0].channels.shape[0]);
  for (const { channels } of entries) numbersOf(channels).forEach((value, channel) => (sums[channel] += value));
  return sums;
}

function largest(values, most, stage) {
  return [...values]
    .map((value, channel) => ({ stage, channel, value }))
    .filter(({ value }) => value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, most);
}

export function sumOf(maps) {
  const finest = maps.reduce((a, b) => (b.rows * b.columns > a.rows * a.columns ? b : a));
  const { rows, columns } = finest;
  const values = new Float32Array(rows * columns);
  for (const map of maps) {
    const down = Int32Array.from({ length: rows }, (_, row) => Math.floor((row * map.rows) / rows));
    const across = Int32Array.from({ length: columns }, (_, column) => Math.floor((column * map.columns) / columns));
    const shares = new Float32Array(map.values.length);
    for (const r of down) for (const c of across) shares[r * map.columns + c] += 1;
    for (let i = 0; i < values.length; i++) {
      const from = down[Math.floor(i / columns)] * map.columns + across[i % columns];
      values[i] += map.values[from] / shares[from];
    }
  }
  return { values, rows, columns };
}
