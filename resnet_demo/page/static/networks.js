// Which networks there are, which one is chosen, what it knows, and the download of one that is not here yet.
import { json } from "./resources.js";
import { weightsInFull } from "./words.js";

export class Networks {
  named = (answer) => answer; // has what cards say in the visitor's language
  byDepth = null; // the choices of weights of each depth with their figures, and what "auto" takes
  classes = []; // of the network whose answer is on screen: {key, label}
  downloading = { running: false, depth: null, name: null, done: 0, total: 0, error: null };
  #lists = new Map();
  #known = [];

  async load() {
    this.byDepth = this.named(await json("ui/networks.json"));
  }

  /** The weights that `depth` and a name mean; without a name, or with one that depth has not, what "auto" takes. */
  choice(depth, name) {
    const here = this.byDepth?.[depth];
    if (!here) return null;
    const wanted = name ?? here.auto;
    return here.choices.find((each) => each.name === wanted) ?? here.choices[0] ?? null;
  }

  /** What the weights of an answer's network are called, with the number of classes. */
  titleOf({ depth, weights, title, classes }, say) {
    const listed = this.byDepth[depth].choices.find((each) => each.name === weights && each.title === title);
    return weightsInFull({ name: weights, title, classes, composed: listed?.composed }, say);
  }

  /** The weights that another depth would use when `name` was chosen by hand: the same ones, where they are here. */
  kept(depth, name) {
    return this.byDepth[depth].choices.some((each) => each.name === name && each.available) ? name : null;
  }

  /** Weights that know a thousand classes: of this depth or the nearest that has some here, else to be had for this one. */
  wider(depth) {
    const near = Object.keys(this.byDepth).sort((a, b) => Math.abs(a - depth) - Math.abs(b - depth));
    const wide = near.flatMap((each) => this.byDepth[each].choices).filter((each) => each.classes >= 1000);
    return wide.find((each) => each.available) ?? wide[0] ?? null;
  }

  /** What there is here in place of weights that are not: of this depth, else of the nearest below it, else above. */
  instead(depth) {
    const depths = Object.keys(this.byDepth).map(Number);
    const below = depths.filter((each) => each < depth).reverse();
    const near = [depth, ...below, ...depths.filter((each) => each > depth)];
    return near.flatMap((each) => this.byDepth[each].choices).find(({ available }) => available) ?? null;
  }

  /** These are the classes of the network whose answer is on screen. */
  know(classes, language) {
    this.#known = classes;
    this.order(language);
  }

  /** They stand in the order of the alphabet of this language. */
  order(language) {
    this.classes = inOrder(this.#known, language);
  }

  /** The classes of a network, fetched once. */
  async classesOf(depth, weights) {
    const path = `ui/classes/${depth}/${encodeURIComponent(weights)}.json`;
    if (!this.#lists.has(path)) this.#lists.set(path, json(path).then(this.named));
    try {
      return await this.#lists.get(path);
    } catch (error) {
      this.#lists.delete(path);
      throw error;
    }
  }

  /** A download of these weights begins. */
  begin({ depth, name }) {
    this.downloading = { running: true, depth, name, done: 0, total: 0, error: null };
  }

  /** Take in how far the download is. Resolves to whether it has ended. */
  async receive({ size, total, error, done }) {
    Object.assign(this.downloading, { done: size, total, error });
    if (!done) return false;
    await this.load();
    this.downloading.running = false;
    return true;
  }
}

/** Classes in the order of the alphabet of a language; the server sends them in that of English. */
export function inOrder(classes, language) {
  if (language === "en") return classes;
  const { compare } = new Intl.Collator(language);
  return [...classes].sort((a, b) => compare(a.label, b.label));
}
