// Sentences in the visitor's language. Pure: no document, no state.
import { formatCount } from "../../viewer/numbers.js";
import { fill } from "../../viewer/texts.js";

/** A function from key and values to a sentence. A key without a text shows itself, so that it is noticed. */
export function speaker(texts) {
  return (key, values) => (Object.hasOwn(texts, key) ? fill(texts[key], values) : key);
}

/**
 * An error as it comes from the server, {code, details}, in words: its sentence, and the way out that it names. One of a
 * code that this page does not know is told as a bug, by its code.
 */
export function sentenceOf({ code, details }, texts) {
  if (!Object.hasOwn(texts, `error.${code}`)) return fill(texts["error.unexpected"], { reference: code });
  const codes = details.way ? [code, details.way] : [code];
  const thing = texts[`error.${details.thing}`]; // what a file is or holds
  const facts = thing ? { ...details, thing: fill(thing, details) } : details;
  const told = codes.map((each) => fill(texts[`error.${each}`], facts));
  return told.join(" ").replace("。 ", "。");
}

const KNOWN = ["tiny-imagenet", "imagenet-1k-distilled", "imagenet1k-v1", "imagenet1k-v2"];

/** What weights are called in the visitor's language; a file of one's own keeps the title that somebody gave it. */
export function weightsTitle({ name, title, classes, composed }, say) {
  if (KNOWN.includes(name)) return say(`weights.name.${name}`);
  if (!composed) return title;
  const [note, file] = composed;
  return say(`weights.own.${note}`, { file, classes: formatCount(classes ?? 0) });
}

/** The same with the number of classes, which the title of a file of one's own tells already. */
export function weightsInFull(choice, say) {
  const title = weightsTitle(choice, say);
  if (!KNOWN.includes(choice.name)) return title;
  return say("weights.in_full", { title, classes: formatCount(choice.classes) });
}

/** The network that these weights began as; "–" for a file of one's own, which does not say. */
export function originOf({ name, grown_from, grown_by }, say) {
  if (grown_from) return `ResNet-${grown_from}`;
  if (grown_by === "published") return say("facts.origin.published");
  return KNOWN.includes(name) ? say("facts.origin.random") : "–";
}

/** Which network these weights began as and what that does to the figures; "" where they began afresh. */
export function kinOf({ depth, grown_from, grown_by }, say) {
  if (!grown_by) return "";
  if (grown_by === "published") return say(`kin.published.${depth}`);
  return say(`kin.${grown_by}`, { depth, from: grown_from });
}

/**
 * What a class is called, by its WordNet id or else its index: in this language where `texts` have it, or where it is no
 * more than numbered, else as the card has it.
 */
export function classNamed(id, english, texts) {
  const [, numbered] = english.match(/^class (\d+)$/) ?? [];
  const [, channel] = english.match(/^channel (\d+) of layer4$/) ?? [];
  const index = numbered ?? channel;
  if (index === undefined || index !== String(id)) return texts[`class.${id}`] ?? english;
  return fill(texts[numbered ? "class.numbered" : "class.channel"], { index });
}

/**
 * Lets what the server takes from cards be in the language in use, whichever that comes to be: at any depth the `label` of
 * a class, {wnid, key or index, label, …}, as `nameOf(id, english)` says it, and what figures were `measured_on`, as
 * `dataOf(english)` does. `english` stays what the card has.
 */
export function nameClasses(value, nameOf, dataOf) {
  if (value === null || typeof value !== "object") return value;
  const id = value.wnid ?? value.key ?? value.index;
  if (typeof value.label === "string" && id !== undefined) spoken(value, "label", (english) => nameOf(id, english));
  if (typeof value.measured_on === "string") spoken(value, "measured_on", dataOf);
  for (const each of Array.isArray(value) ? value : Object.values(value)) nameClasses(each, nameOf, dataOf);
  return value;
}

/** What the page says in one language, as functions, from its `texts`. */
export const wordsOf = (texts) => ({
  say: speaker(texts),
  sentence: (error) => sentenceOf(error, texts),
  nameOf: (id, english) => classNamed(id, english, texts),
  kindOf: (english) => texts[`kind.${english}`] ?? english,
  dataOf: (english) => texts[`data.${english}`] ?? english,
});

function spoken(value, field, say) {
  const english = value.english ?? value[field]; // what comes from the browser's store was spoken before
  Object.defineProperty(value, field, { get: () => say(english), enumerable: true, configurable: true });
  value.english = english;
}

const PAPERS = {
  resnet: "https://arxiv.org/abs/1512.03385",
  identity: "https://arxiv.org/abs/1603.05027",
  meanfield: "https://arxiv.org/abs/1902.08129",
  landscape: "https://arxiv.org/abs/1712.09913",
  vlad: "https://doi.org/10.1109/TPAMI.2011.235",
  multigrid: "https://doi.org/10.1137/1.9780898719505",
  ensembles: "https://arxiv.org/abs/1605.06431",
  rise: "https://arxiv.org/abs/1806.07421",
  hirescam: "https://arxiv.org/abs/2011.08891",
  roar: "https://arxiv.org/abs/1806.10758",
  calibration: "https://arxiv.org/abs/1706.04599",
  sanity: "https://arxiv.org/abs/1810.03292",
  probes: "https://arxiv.org/abs/1610.01644",
  stream: "https://transformer-circuits.pub/2021/framework/index.html",
  lens: "https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru/interpreting-gpt-the-logit-lens",
  occlusion: "https://arxiv.org/abs/1311.2901",
  fields: "https://arxiv.org/abs/1701.04128",
  visualization: "https://distill.pub/2017/feature-visualization/",
  niell: "https://doi.org/10.1523/JNEUROSCI.0623-08.2008",
  valois: "https://doi.org/10.1016/0042-6989(82)90113-4",
  johnson: "https://doi.org/10.1038/86061",
  rafegas: "https://doi.org/10.1016/j.visres.2018.03.010",
  pasupathy: "https://doi.org/10.1152/jn.1999.82.5.2490",
  curves: "https://distill.pub/2020/circuits/curve-detectors/",
  geirhos: "https://arxiv.org/abs/1811.12231",
  morcos: "https://arxiv.org/abs/1803.06959",
  rust: "https://doi.org/10.1523/JNEUROSCI.0179-10.2010",
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
