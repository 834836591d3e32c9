// Which networks there are, which one is chosen, what it knows, and the download of one that is not here yet.
import { json } from "./resources.js";

export class Networks {
  byDepth = null; // the choices of weights of each depth with their figures, and what "auto" takes
  classes = []; // of the chosen network: {key, label}
  downloading = { running: false, depth: null, name: null, done: 0, total: 0, error: null };
  #newest = null;

  async load() {
    this.byDepth = await json("ui/networks.json");
  }

  /** The weights that `depth` and a name mean; without a name, or with one that depth has not, what "auto" takes. */
  choice(depth, name) {
    const here = this.byDepth?.[depth];
    if (!here) return null;
    const wanted = name ?? here.auto;
    return here.choices.find((each) => each.name === wanted) ?? here.choices[0] ?? null;
  }

  /** The weights that another depth would use when `name` was chosen by hand: the same ones, where they are here. */
  kept(depth, name) {
    return this.byDepth[depth].choices.some((each) => each.name === name && each.available) ? name : null;
  }

  /** Weights of a depth that know a thousand classes: those here first, else those to be had. */
  wider(depth) {
    const wide = this.byDepth[depth].choices.filter((each) => each.classes >= 1000);
    return wide.find((each) => each.available) ?? wide[0] ?? null;
  }

  /** Fetch the classes of a choice. Returns false when another one was asked for meanwhile. */
  async loadClasses(choice) {
    this.#newest = choice;
    const found = choice ? await json(`ui/classes/${choice.depth}/${encodeURIComponent(choice.name)}.json`) : [];
    if (this.#newest !== choice) return false;
    this.classes = found;
    return true;
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
