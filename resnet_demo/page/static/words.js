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

const PAPERS = {
  resnet: "https://arxiv.org/abs/1512.03385",
  identity: "https://arxiv.org/abs/1603.05027",
  ensembles: "https://arxiv.org/abs/1605.06431",
  rise: "https://arxiv.org/abs/1806.07421",
  sanity: "https://arxiv.org/abs/1810.03292",
  probes: "https://arxiv.org/abs/1610.01644",
  fields: "https://arxiv.org/abs/1701.04128",
  visualization: "https://distill.pub/2017/feature-visualization/",
};

/**
 * A text as parts: {text}, {text, paper} with a paper's address, or {text, term} with the key of a term's meaning. In the
 * text they are written [He et al. 2016](paper:resnet) and [logit](term:logit).
 */
export function partsOf(text) {
  return text.split(/(\[[^\][]*\]\((?:paper|term):\w+\))/).flatMap((part, place) => {
    if (place % 2 === 0) return part ? [{ text: part }] : [];
    const [, shown, kind, key] = part.match(/^\[(.*)\]\((\w+):(\w+)\)$/);
    return [kind === "paper" ? { text: shown, paper: PAPERS[key] } : { text: shown, term: key }];
  });
}

/** A number with its sign, minus as printers set it. */
export const signed = (value, digits = 2) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;

/** A change of a probability, in points of a hundred. */
export const signedPercent = (change, digits = 1) => `${signed(100 * change, digits)} %`;
