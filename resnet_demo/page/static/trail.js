// The browser's history: what is on screen stands in the address bar, and Back and Forward lead to where the visitor was.
import { isStep, linkFor, parseLink } from "./link.js";
import * as model from "./state.js";

const LINK_PAUSE = 300; // ms: browsers refuse an address that is rewritten at every step of the pin

export class Trail {
  #page;
  #tabs;
  #place = null; // what of the page the entry in the browser's history is of
  #returning = false; // Back or Forward is being followed
  #due = 0;

  /** `tabs` are the names of all of the page's tabs; the first is open where the address names none. */
  constructor(page, tabs) {
    this.#page = page;
    this.#tabs = tabs;
    addEventListener("popstate", ({ state }) => page.started && this.#return(state?.photo));
  }

  /** What the address asks for. */
  asked() {
    const { networks, stages, examples } = this.#page;
    return parseLink(location.search, { networks: networks.byDepth ?? {}, stages, examples, tabs: this.#tabs });
  }

  /** As `write`, a moment after the last of several changes. */
  writeSoon() {
    clearTimeout(this.#due);
    this.#due = setTimeout(() => this.write(), LINK_PAUSE);
  }

  /**
   * Writes what is on screen into the address bar, and into that of a Space's page around this one. What Back should undo
   * makes an entry in the browser's history.
   */
  write() {
    const page = this.#page;
    if (this.#returning || !page.started) return;
    const { depth, weights, photos } = page.state;
    const { key: photo = null, target, contrast, example = null } = page.selected() ?? {};
    const { stage, tab, display, channel } = page;
    const places = { stage, example, channel, tab: tab === this.#tabs[0] ? null : tab };
    const query = linkFor({ depth, weights, target, contrast, ...places, display }, location.search);
    const place = { photo, example, depth, weights, tab };
    const step = isStep(this.#place, place, photos);
    this.#place = place;
    if (query === location.search && history.state?.photo === photo) return;
    history[step ? "pushState" : "replaceState"]({ ...history.state, photo }, "", query + location.hash);
    if (parent !== window) parent.postMessage({ queryString: query.slice(1) }, "https://huggingface.co");
  }

  /** Back or Forward: the photo, the network, the class and the tab of that entry. Looks stay as they are. */
  #return(photo) {
    const page = this.#page;
    const { depth, weights, target, contrast, example, tab } = this.asked();
    this.#returning = true;
    page.turnTo(tab ?? this.#tabs[0]);
    if (depth && (depth !== page.state.depth || weights !== page.state.weights)) page.useNetwork(depth, weights);
    const { state } = page;
    const there = model.photoOf(state, photo) ?? state.photos.find((each) => example && each.example === example);
    if (there) page.select(there.key);
    else if (example) page.useExample(example);
    const shown = page.selected();
    if (shown && (shown.target !== target || shown.contrast !== contrast)) {
      model.chooseClass(shown, target, contrast);
      page.run();
    }
    this.#returning = false;
    this.#place = null;
    this.write();
  }
}
