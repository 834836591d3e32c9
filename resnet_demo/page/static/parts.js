// The parts of the page: each draws into an element of Gradio's layout. They hear of what happens one after the other, and
// one that fails takes none of the others with it.
import { mountArchitecture } from "./architecture.js";
import { mountAtlas } from "./atlas.js";
import { mountBand } from "./band.js";
import { mountBlock } from "./block.js";
import { mountBrush } from "./brush.js";
import { mountCompare } from "./compare.js";
import { mountDegradation } from "./degradation.js";
import { mountExplorer } from "./explorer.js";
import { mountFeatureMaps } from "./feature_maps.js";
import { mountFooter } from "./footer.js";
import { mountHeader } from "./header.js";
import { mountLedger } from "./ledger.js";
import { mountFacts } from "./network.js";
import { mountManyPhotos } from "./many_photos.js";
import { mountPicker } from "./picker.js";
import { mountReceptiveField } from "./receptive_field.js";
import { mountStimuli } from "./stimuli.js";
import { mountStrip } from "./strip.js";
import { mountTakeAway } from "./take_away.js";
import { mountTrust } from "./trust.js";

const MOUNTS = {
  header: mountHeader,
  facts: mountFacts,
  picker: mountPicker,
  strip: mountStrip,
  explorer: mountExplorer,
  band: mountBand,
  maps: mountFeatureMaps,
  compare: mountCompare,
  field: mountReceptiveField,
  ledger: mountLedger,
  brush: mountBrush,
  block: mountBlock,
  trust: mountTrust,
  atlas: mountAtlas,
  stimuli: mountStimuli,
  architecture: mountArchitecture,
  degradation: mountDegradation,
  photos: mountManyPhotos,
  take: mountTakeAway,
  footer: mountFooter,
};

export class Parts {
  #page;
  #sheets;
  #parts = new Map();
  #roots = new Map(); // by part, what it is drawn in
  #failed = new Map(); // by part, what it could not do

  constructor(page, sheets) {
    this.#page = page;
    this.#sheets = sheets;
  }

  get(name) {
    return this.#parts.get(name);
  }

  has(name) {
    return this.#parts.has(name);
  }

  rootOf(name) {
    return this.#roots.get(name);
  }

  /** Draw a part into an element, from the page's state; `gradio` holds what Gradio hands to it. */
  mount(name, element, gradio) {
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = this.#sheets;
    this.#roots.set(name, root);
    this.#try(name, "mount", () => this.#parts.set(name, MOUNTS[name](root, this.#page, gradio)));
    this.tellOne(name, "show");
  }

  /** Call a method of every part that has it. */
  tell(method, ...told) {
    for (const name of this.#parts.keys()) this.tellOne(name, method, ...told);
  }

  /** Call a method of a part, if it is here and has it. */
  tellOne(name, method, ...told) {
    const part = this.get(name);
    if (part?.[method]) this.#try(name, method, () => part[method](...told));
  }

  #try(name, method, work) {
    const failed = (error) => this.#fail(name, method, error);
    try {
      const done = work();
      if (done instanceof Promise) done.then(() => this.#mend(name, method), failed);
      else this.#mend(name, method);
    } catch (error) {
      failed(error);
    }
  }

  /** The console has the cause; where the part would be stands a sentence. */
  #fail(name, method, error) {
    console.error(error);
    this.#failed.set(name, method);
    const root = this.rootOf(name);
    const note = root.querySelector(".rd-part-failed") ?? root.appendChild(document.createElement("p"));
    note.className = "rd-problem rd-part-failed";
    note.setAttribute("role", "alert");
    note.textContent = this.#page.say("part.failed");
  }

  /** What could not be done before has been done. */
  #mend(name, method) {
    if (this.#failed.get(name) !== method) return;
    this.#failed.delete(name);
    this.rootOf(name).querySelector(".rd-part-failed")?.remove();
  }
}
