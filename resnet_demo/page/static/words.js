// Sentences in the visitor's language, and numbers as people write them. Pure: no document, no state.
import { fill } from "../../viewer/texts.js";

/** A function from key and values to a sentence. A key without a text shows itself, so that it is noticed. */
export function speaker(texts) {
  return (key, values) => (Object.hasOwn(texts, key) ? fill(texts[key], values) : key);
}

/**
 * An error as it comes from the server, {code, kind, details}, as a sentence. One whose code has no sentence of its own
 * is told by its kind; a bug by its reference number.
 */
export function sentenceOf({ code, kind, details }, texts) {
  const key = [`error.${code}`, `error.kind.${kind}`, "error.unexpected"].find((each) => Object.hasOwn(texts, each));
  return fill(texts[key], { file: "", cause: code, reference: code, ...details });
}

export const percent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits)} %`;

export const millions = (count) => `${(count / 1e6).toFixed(1)} M`;

export const billions = (count) => `${(count / 1e9).toFixed(1)} G`;

export const megabytes = (bytes) => `${bytes < 9.95e6 ? (bytes / 1e6).toFixed(1) : Math.round(bytes / 1e6)} MB`;

export const milliseconds = (seconds) =>
  seconds < 0.0995
    ? `${(1000 * seconds).toFixed(0)} ms`
    : seconds < 10
      ? `${seconds.toFixed(2)} s`
      : `${seconds.toFixed(0)} s`;

const KNOWN = ["tiny-imagenet", "imagenet1k-v1", "imagenet1k-v2"];

/** What weights are called in the visitor's language; a file of one's own keeps the name that the server gives it. */
export const weightsTitle = ({ name, title }, say) => (KNOWN.includes(name) ? say(`weights.name.${name}`) : title);

/** The same with the number of classes, which the name of a file of one's own tells already. */
export function weightsInFull(choice, say) {
  const title = weightsTitle(choice, say);
  if (!KNOWN.includes(choice.name)) return title;
  return say("weights.in_full", { title, classes: choice.classes.toLocaleString("en") });
}
