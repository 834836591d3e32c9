// The page's one state, and its two doors: Gradio's components on one side, the server on the other.
// Every part of the page is mounted here with an element and shows itself from this state.
import { mountArchitecture } from "./architecture.js";
import { mountAtlas } from "./atlas.js";
import { mountBand } from "./band.js";
import { mountBlock } from "./block.js";
import { mountBrush } from "./brush.js";
import { mountCompare } from "./compare.js";
import { Controls, finishFields, nameFields, NONE, PLACES } from "./controls.js";
import { mountDegradation } from "./degradation.js";
import { mountExplorer } from "./explorer.js";
import { mountFeatureMaps } from "./feature_maps.js";
import { mountFooter } from "./footer.js";
import { mountHeader } from "./header.js";
import { addFiles, bringBack, examplePhoto, release, restore } from "./incoming.js";
import { dropFiles, dropOldFiles, keepList, recallPhotos } from "./kept_photos.js";
import { mountLedger } from "./ledger.js";
import { isStep, linkFor, parseLink, withChoice } from "./link.js";
import { mountFacts } from "./network.js";
import { mountManyPhotos } from "./many_photos.js";
import { Networks } from "./networks.js";
import { mountPicker } from "./picker.js";
import { watchOver } from "./pulse.js";
import { mountReceptiveField } from "./receptive_field.js";
import { json, loadResources, remember, url } from "./resources.js";
import * as model from "./state.js";
import { keyOf } from "./state.js";
import { mountStimuli } from "./stimuli.js";
import { mountStrip } from "./strip.js";
import { mountTakeAway } from "./take_away.js";
import { mountTrust } from "./trust.js";
import { stepOf } from "./tour_steps.js";
import { formatProbability } from "../../viewer/numbers.js";
import { nameClasses, sentenceOf, speaker } from "./words.js";

const TABS = "maps compare field ledger brush block trust atlas stimuli architecture degradation photos take".split(" ");
const LINK_PAUSE = 300; // ms: browsers refuse an address that is rewritten at every step of the pin
const ESSENTIAL = ["header", "facts", "picker", "strip", "explorer"];
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

class Page {
  state = model.newState();
  networks = new Networks();
  language = document.documentElement.dataset.language ?? "en";
  refused = []; // sentences about files that were not even sent
  payload = null; // the answer on screen
  display = null; // how the visitor looks at its maps
  stage = null;
  tab = "maps";
  channel = null; // {stage, channel} whose card is open in the atlas: it has an address of its own
  block = null; // the block that the tab of blocks is to open at
  parts = new Map();
  url = url;
  json = json;
  #resources = null;
  #controls = new Controls();
  #results = new Map(); // payloads by result id, the newest last
  #desk = null;
  #started = false;
  #sought = null; // {tab, channel} that is to be shown once the tab is there
  #roots = new Map(); // by part, what it is drawn in
  #tour = null;
  #place = null; // what of the page the entry in the browser's history is of
  #returning = false; // Back or Forward is being followed
  #listed = true; // whether the photos here are those to come back after a reload
  #written = 0;

  async prepare() {
    this.#resources = await loadResources();
    const { config, colours } = this.#resources;
    const { limits, examples, start, stages, mcp, captions, source } = config;
    Object.assign(this, { limits, examples, start, stages, mcp, captions, source, colours });
    // Parts are mounted at this tab and with these looks; the rest waits until it is known what networks there are.
    const { stage, tab, kind, shared, pin } = this.#link();
    Object.assign(this, { stage, tab: tab ?? TABS[0] });
    this.asked = Object.fromEntries(Object.entries({ kind, shared, pin }).filter(([, value]) => value !== null));
    this.#setTexts();
    addEventListener("popstate", ({ state }) => this.#return(state?.photo));
  }

  // Words and looks

  #setTexts() {
    const texts = this.#resources.texts[this.language];
    this.say = speaker(texts);
    this.sentence = (error) => sentenceOf(error, texts);
    this.nameOf = (wnid, english) => texts[`class.${wnid}`] ?? english;
  }

  viewerTexts() {
    return this.#resources.viewerTexts[this.language];
  }

  speak(language) {
    if (language === this.language) return;
    this.language = language;
    remember("language", language);
    this.#chosen("lang", language);
    document.documentElement.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    this.#setTexts();
    this.networks.order(language);
    this.show();
    for (const part of this.parts.values()) part.spoken?.();
  }

  switchTheme() {
    const theme = window.resnetDemoTheme.dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember("theme", theme);
    this.#chosen("__theme", theme);
    window.resnetDemoTheme.apply();
  }

  /** What was chosen here goes before what the address asked for, also when the page is loaded anew. */
  #chosen(name, value) {
    history.replaceState(history.state, "", withChoice(location.search, name, value) + location.hash);
  }

  // Parts

  /** Called by each HTML component when it is in the document; `gradio` holds what Gradio hands to it. */
  async mount(name, element, gradio) {
    await ready;
    if (name === "desk") {
      this.#desk = gradio;
      this.upload = gradio.upload; // resolves to the {path} of a file
      gradio.watch("value", () => this.#receive(gradio.props.value));
    } else {
      const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = this.#resources.sheets;
      this.#roots.set(name, root);
      const part = MOUNTS[name](root, this, gradio);
      this.parts.set(name, part);
      part.show();
      if (this.isOpen(name)) part.opened?.();
      this.#handOver(name);
    }
    if (!this.#started && this.#desk && ESSENTIAL.every((each) => this.parts.has(each))) {
      this.#started = true;
      await this.#start();
    }
  }

  async #start() {
    this.networks.named = this.named;
    const [before] = await Promise.all([recallPhotos(), this.networks.load()]);
    const link = this.#link();
    const { target, contrast, example, unknown } = link;
    this.named(before);
    Object.assign(this.state, { depth: link.depth ?? this.start.depth, weights: link.weights });
    if (unknown.length) this.refused.push(this.say("link.unknown", { parts: unknown.join(", ") }));
    // A link to an example goes before the photos of this tab: those wait for the way back to them.
    const kept = before.photos.filter((photo) => !photo.example || this.examples.includes(photo.example));
    this.#listed = !example || kept.some((photo) => photo.example === example);
    if (this.#listed && kept.length) {
      bringBack(this, { ...before, photos: kept });
      if (target && this.selected()) Object.assign(this.selected(), { target, contrast });
    } else if (!this.state.photos.length) {
      model.replacePhotos(this.state, examplePhoto(example ?? this.start.example, { target, contrast }));
    }
    dropOldFiles();
    if (link.tab) this.turnTo(link.tab);
    this.run();
    finishFields((id) => this.#placeOf(id));
    document.body.classList.add("rd-ready");
    if (link.channel) this.showChannel("atlas", link.channel);
    const step = stepOf(location.search);
    if (step) this.tour(step);
  }

  #link() {
    const { networks, stages, examples } = this;
    return parseLink(location.search, { networks: networks.byDepth ?? {}, stages, examples, tabs: TABS });
  }

  /** The place in the list of a class field of what is chosen there. */
  #placeOf(id) {
    const { target, contrast } = this.explained();
    const place = (key) => this.networks.classes.findIndex((each) => each.key === key);
    return id === "rd-target" ? place(target) : 1 + place(contrast); // "no other class" comes first
  }

  show() {
    for (const part of this.parts.values()) part.show();
    this.#tour?.show();
    if (!this.#started) return;
    const { dataset } = document.body;
    const waits = this.standing() !== "missing" && model.unanswered(this.state, this.chosenWeights()).length > 0;
    dataset.run = this.state.running ? "runs" : waits ? "waits" : "rests";
    dataset.stale = String(this.standing() !== "done"); // what is on screen is of another question
    nameFields(this.say);
    this.#desk.trigger("sync"); // Gradio's own components answer through controls()
    if (this.#listed) keepList(this.state);
    this.#writeLink();
  }

  /** Updates for Gradio's own components; called by its event. */
  controls() {
    return this.#controls.updates(this, TABS);
  }

  /** A tab was opened. */
  open(tab) {
    this.tab = tab;
    this.#tour?.show();
    this.parts.get(tab)?.opened?.();
    if (this.#started) this.#writeLink();
  }

  /** Open a tab; Gradio, who draws them, is asked by its own button. */
  turnTo(tab) {
    this.tab = tab;
    document.querySelector(`#rd-tabs [role="tab"][data-tab-id="${tab}"]`)?.click();
  }

  /** Show a channel, {stage, channel}, in the tab of this name, which may not be mounted yet. */
  showChannel(tab, channel) {
    this.#sought = { tab, channel };
    document.querySelector(`#rd-tabs [role=tab][data-tab-id="${tab}"]`)?.click();
    this.#handOver(tab);
  }

  #handOver(tab) {
    if (this.#sought?.tab !== tab || !this.parts.has(tab)) return;
    const { channel } = this.#sought;
    this.#sought = null;
    this.parts.get(tab).choose(channel);
  }

  /** The card of a channel is open in the atlas, or none is. */
  lookAtChannel(channel) {
    this.channel = channel;
    this.#writeLink();
  }

  /** What a part is drawn in. */
  rootOf(part) {
    return this.#roots.get(part);
  }

  /** The tour, from a step on; one that is under way begins there anew. */
  async tour(step = 1) {
    const { beginTour } = await import("./tour.js");
    this.#tour?.end();
    this.#tour = beginTour(this, this.#resources.sheets, step, () => {
      this.#tour = null;
      this.show();
    });
  }

  /** Open the tab of blocks at one of them. */
  lookInside(block) {
    this.block = block;
    this.turnTo("block");
  }

  isOpen(tab) {
    return this.tab === tab;
  }

  // Networks

  chosenWeights() {
    return this.networks.choice(this.state.depth, this.state.weights);
  }

  /** Where the photo in view stands. */
  standing() {
    return model.standing(this.state, this.chosenWeights());
  }

  chooseDepth(depth) {
    this.#controls.touched(PLACES.depth);
    this.#chooseNetwork(Number(depth), this.networks.kept(depth, this.state.weights));
  }

  chooseWeights(name) {
    this.#controls.touched(PLACES.weights);
    this.#chooseNetwork(this.state.depth, name);
  }

  /** The way to a network that knows more classes. */
  widen() {
    const wider = this.networks.wider(this.state.depth);
    if (wider) this.chooseWeights(wider.name);
  }

  #chooseNetwork(depth, weights) {
    model.chooseNetwork(this.state, depth, weights);
    if (!this.networks.downloading.running) this.networks.downloading.error = null;
    this.run();
  }

  /** A network that is here, in place of one that is not. */
  useInstead() {
    const { depth } = this.networks.instead(this.state.depth);
    this.#controls.touched(PLACES.depth, PLACES.weights);
    this.#chooseNetwork(depth, null);
  }

  download(choice = this.chosenWeights()) {
    this.networks.begin(choice);
    this.#desk.trigger("download");
    this.show();
  }

  stopDownload() {
    this.#desk.trigger("stop_download");
  }

  downloadRequest() {
    const { depth, name } = this.networks.downloading;
    return { depth, weights: name };
  }

  // Photos

  selected() {
    return model.selectedPhoto(this.state);
  }

  select(key) {
    this.state.selected = key;
    this.show();
  }

  remove(key) {
    const removed = this.state.photos.filter((photo) => photo.key === key);
    release(removed);
    dropFiles(removed);
    model.removePhoto(this.state, key);
    this.refused = [];
    this.show();
  }

  useExample(name) {
    this.state.photos = this.state.photos.filter((photo) => !photo.example);
    const left = model.addPhotos(this.state, [examplePhoto(name)], this.limits.photos);
    this.refused = left.map(() => this.say("photos.full", this.limits));
    this.run();
  }

  async addFiles(files) {
    if (!files.length) return;
    this.#listed = true;
    await addFiles(this, files);
  }

  /** The server has deleted everything of this page; so does the page. */
  forgetPhotos() {
    model.stop(this.state);
    release(this.state.photos);
    dropFiles(this.state.photos);
    Object.assign(this.state, { photos: [], selected: null, stopped: false });
    Object.assign(this, { payload: null, refused: [] });
    this.#results.clear();
    this.show();
  }

  // Runs

  /** Ask for everything that is due. */
  run() {
    if (this.chosenWeights()?.available && this.state.photos.some((photo) => photo.wanted)) {
      this.state.running = true;
      this.#desk.trigger("run");
    }
    this.show();
  }

  /** What Run does: everything that has no answer yet. */
  runWaiting() {
    model.unanswered(this.state, this.chosenWeights()).forEach(model.want);
    this.run();
  }

  stop() {
    model.stop(this.state);
    this.#desk.trigger("stop");
    this.show();
  }

  /** From the two search fields. */
  chooseClasses(target, contrast) {
    this.#controls.touched(PLACES.target, PLACES.contrast);
    this.chooseClass(target, contrast === NONE ? null : contrast);
  }

  /** The classes that the maps are for: those on screen, or asked for instead. */
  explained() {
    const { wanted, target, contrast } = this.selected() ?? {};
    const { payload } = this;
    const shown = { target: payload ? keyOf(payload.target) : null, contrast: payload?.contrast ? keyOf(payload.contrast) : null };
    return wanted && target ? { target, contrast } : shown;
  }

  chooseClass(target, contrast) {
    const photo = this.selected();
    const explained = this.explained();
    if (!photo || (explained.target === target && explained.contrast === contrast)) return;
    model.chooseClass(photo, target, contrast);
    this.run();
  }

  /** What the server is asked; called by Gradio's event just before it is sent. */
  request() {
    const asked = model.request(this.state);
    const current = () => this.state.running && this.state.run === asked.run;
    watchOver(current, () => this.disconnected());
    return asked;
  }

  /** The server is gone, and what it knew of this page. */
  disconnected() {
    model.fail(this.state, { code: "connection", details: {} });
    this.show();
  }

  /** The server did not take a run; called by Gradio's event. */
  failed() {
    if (!this.state.running) return;
    model.fail(this.state, { code: "not-taken", details: {} });
    this.show();
  }

  async #receive(message) {
    if (message?.kind === "download") {
      const { depth, name } = this.networks.downloading;
      const ended = await this.networks.receive(message);
      const wanted = this.chosenWeights();
      // A network that was fetched to be compared is none of the answer on screen.
      return ended && wanted?.depth === depth && wanted?.name === name ? this.run() : this.show();
    }
    if (!message || !model.receive(this.state, this.named(message))) return undefined;
    if (this.state.selected in message.photos) this.#announce();
    if (message.done) restore(this);
    return message.done && this.state.photos.some((photo) => photo.wanted) ? this.run() : this.show();
  }

  #announce() {
    const { name, answer, error } = this.selected();
    const [first] = answer?.top ?? [];
    const probability = first && formatProbability(first.probability);
    const told = error ? this.sentence(error) : this.say("answer.announced", { name, label: first.label, probability });
    this.parts.get("strip").announce(told);
  }

  // Answers

  /** What was found, at a path of the server, its classes called by their names in the language in use. */
  async found(path) {
    return this.named(await json(path));
  }

  named = (answer) => nameClasses(answer, (wnid, english) => this.nameOf(wnid, english));

  /** The whole answer behind a result's id, fetched once. */
  async result(id) {
    if (!this.#results.has(id)) {
      this.#results.set(id, this.found(`ui/results/${id}`));
      while (this.#results.size > 2 * this.limits.photos) this.#results.delete(this.#results.keys().next().value);
    }
    try {
      return await this.#results.get(id);
    } catch (error) {
      this.#results.delete(id);
      throw error;
    }
  }

  /** A result is on screen, and these are the classes that its network knows. */
  shown(payload, classes) {
    this.payload = payload;
    this.networks.know(classes, this.language);
    this.#desk.trigger("sync");
    for (const part of this.parts.values()) part.answered?.(payload);
    this.#tour?.show();
  }

  /** A result is no longer kept: it is computed again. Or the server can't be reached. */
  lost(photo, error) {
    if (error.status === 404 && photo.answer) {
      photo.answer = null;
      model.want(photo);
      return this.run();
    }
    return this.disconnected();
  }

  /** How far each kind of map foretells what single cells are worth: for the tiles, where no contrast is drawn. */
  measured(answer, stages) {
    if (answer !== this.selected()?.answer?.id || this.payload.contrast) return;
    const trust = Object.fromEntries(Object.entries(stages).map(([name, each]) => [name, each.trust]));
    this.parts.get("explorer").viewer.setTrust(trust);
  }

  /** How the visitor looks at the maps, and the stage they look at: for the link and the tabs below. */
  looked(display) {
    Object.assign(this, { display, stage: display.stage });
    const { stage, pin, untempered, ...looks } = display; // those belong to the answer
    remember("display", JSON.stringify(looks));
    for (const part of this.parts.values()) part.looked?.(display);
    this.#tour?.show();
    clearTimeout(this.#written);
    this.#written = setTimeout(() => this.#writeLink(), LINK_PAUSE);
  }

  /**
   * Writes what is on screen into the address bar, and into that of a Space's page around this one. What Back should undo
   * makes an entry in the browser's history.
   */
  #writeLink() {
    if (this.#returning) return;
    const { depth, weights, photos } = this.state;
    const { key: photo = null, target, contrast, example = null } = this.selected() ?? {};
    const { stage, tab, display, channel } = this;
    const places = { stage, example, channel, tab: tab === TABS[0] ? null : tab };
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
    if (!this.#started) return;
    const { depth, weights, target, contrast, example, tab } = this.#link();
    this.#returning = true;
    this.turnTo(tab ?? TABS[0]);
    if (depth && (depth !== this.state.depth || weights !== this.state.weights)) {
      this.#controls.touched(PLACES.depth, PLACES.weights);
      this.#chooseNetwork(depth, weights);
    }
    const there = model.photoOf(this.state, photo) ?? this.state.photos.find((each) => example && each.example === example);
    if (there) this.select(there.key);
    else if (example) this.useExample(example);
    const shown = this.selected();
    if (shown && (shown.target !== target || shown.contrast !== contrast)) {
      model.chooseClass(shown, target, contrast);
      this.run();
    }
    this.#returning = false;
    this.#place = null;
    this.#writeLink();
  }
}

export const page = new Page();
const ready = page.prepare();
window.resnetDemo = page; // Gradio's event handlers are strings: this is what they call
export const mount = (name, element, gradio) => page.mount(name, element, gradio);
