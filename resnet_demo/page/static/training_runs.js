// What runs of training show: their numbers after so many epochs, and which are set against each other.
import { numbersOf } from "../../viewer/arrays.js";

const ALIKE = 0.005; // a difference of half a percentage point is called about the same

/** A row of a run's table of units: what was measured after so many epochs, 0 before training. */
export function rowOf(array, epoch) {
  const [, width] = array.shape;
  return [...numbersOf(array).subarray(epoch * width, (epoch + 1) * width)];
}

/** A run's measure after each of its first `epochs`. */
export const upTo = (run, measure, epochs) => [...numbersOf(run[measure])].slice(0, epochs);

/** How many epochs a run has. */
export const lengthOf = (run) => run.epochs.shape[0];

/** Of each arrangement and seed the shallowest run and the deepest, in the order that they come in. */
export function extremes(runs) {
  const ends = (run, pick) => pick(...runs.filter((other) => kind(other) === kind(run)).map(({ layers }) => layers));
  return runs.filter((run) => [Math.min, Math.max].some((pick) => ends(run, pick) === run.layers));
}

const kind = ({ arrangement, seed }) => `${arrangement}/${seed}`;

/**
 * The shallowest and the deepest of each arrangement and seed that has several depths: {shallow, deep, more}, where
 * `more` is how much larger the deep one's training error is after `epoch` (or the last that both have), and `test` the
 * same of its test error.
 */
export function pairs(runs, epoch) {
  const kin = new Map();
  for (const run of runs) {
    kin.set(kind(run), [...(kin.get(kind(run)) ?? []), run]);
  }
  return [...kin.values()]
    .filter((each) => new Set(each.map(({ layers }) => layers)).size > 1)
    .map((each) => {
      const [shallow, deep] = [Math.min, Math.max].map((pick) => {
        const layers = pick(...each.map((run) => run.layers));
        return each.find((run) => run.layers === layers);
      });
      const last = Math.min(epoch, lengthOf(shallow), lengthOf(deep)) - 1;
      const more = (measure) => numbersOf(deep[measure])[last] - numbersOf(shallow[measure])[last];
      return { shallow, deep, epoch: last + 1, more: more("train_error"), test: more("test_error") };
    });
}

/** Plain networks and the ones like them that have shortcuts, {plain, residual, epoch}, by layers and seed. */
export function withShortcuts(runs, epoch) {
  return runs
    .filter(({ arrangement }) => arrangement === "plain")
    .flatMap((plain) =>
      runs
        .filter((run) => run.arrangement === "original" && run.layers === plain.layers && run.seed === plain.seed)
        .map((residual) => ({ plain, residual, epoch: Math.min(epoch, lengthOf(plain), lengthOf(residual)) })),
    );
}

/** What a pair shows, as the name of a text. */
export const verdict = ({ more }) => (Math.abs(more) < ALIKE ? "alike" : more > 0 ? "worse" : "better");
