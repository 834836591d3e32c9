// The page's one state, and its two doors: Gradio's components on one side, the server on the other.
// Every part of the page (parts.js) shows itself from this state.
import { chooseLanguage } from "./choices.js";
import { Controls, finishFields, nameFields, NONE, PLACES } from "./controls.js";
import { addFiles, bringBack, examplePhoto, release } from "./incoming.js";
import { dropFiles, dropOldFiles, keepList, recallPhotos } from "./kept_photos.js";
import { Networks } from "./networks.js";
import { Parts } from "./parts.js";
import { json, loadResources, remember, url } from "./resources.js";
import { Results } from "./results.js";
import { Runs } from "./runs.js";
import * as model from "./state.js";
import { keyOf } from "./state.js";
import { stepOf } from "./tour_steps.js";
import { Trail } from "./trail.js";
import { nameClasses, wordsOf } from "./words.js";

const TABS = "maps compare field ledger brush block trust atlas stimuli architecture degradation photos take".split(" ");
const ESSENTIAL = ["header", "facts", "picker", "strip", "explorer"];

class Page {
  state = model.newState();
  networks = new Networks();
  started = false;
  language = document.documentElement.dataset.language ?? "en";
  refused = []; // sentences about files that were not even sent
  payload = null; // the answer on screen
  display = null; // how the visitor looks at its maps
  stage = null;
  tab = "maps";
  channel = null; // {stage, channel} whose card is open in the atlas: it has an address of its own
  block = null; // the block that the tab of blocks is to open at
  url = url;
  json = json;
  #resources = null;
  #controls = new Controls();
  #results = new Results((path) => this.found(path));
  #desk = null;
  #runs = null;
  #sought = null; // {tab, channel} that is to be shown once the tab is there
  #tour = null;
  #listed = true; // whether the photos here are those to come back after a reload
  #trail = new Trail(this, TABS);

  async prepare() {
    this.#resources = await loadResources();
    const { config, colours } = this.#resources;
    const { limits, examples, start, stages, mcp, captions, source, accounts } = config;
    Object.assign(this, { limits, examples, start, stages, mcp, captions, source, accounts, colours });
    this.parts = new Parts(this, this.#resources.sheets);
    // Parts are mounted at this tab and with these looks; the rest waits until it is known what networks there are.
    const { stage, tab, kind, shared, pin } = this.#trail.asked();
    Object.assign(this, { stage, tab: tab ?? TABS[0] });
    this.asked = Object.fromEntries(Object.entries({ kind, shared, pin }).filter(([, value]) => value !== null));
    this.#setTexts();
  }

  // Words and looks

  #setTexts = () => Object.assign(this, wordsOf(this.#resources.texts[this.language]));

  viewerTexts = () => this.#resources.viewerTexts[this.language];

  speak(language) {
    if (language === this.language) return;
    this.language = language;
    chooseLanguage(language);
    this.#setTexts();
    this.networks.order(language);
    this.show();
    this.parts.tell("spoken");
  }

  // Parts

  /** Called by each HTML component when it is in the document; `gradio` holds what Gradio hands to it. */
  async mount(name, element, gradio) {
    await ready;
    if (name === "desk") {
      this.#desk = gradio;
      this.upload = gradio.upload; // resolves to the {path} of a file
      this.#runs = new Runs(this, gradio);
    } else {
      this.parts.mount(name, element, gradio);
      if (this.isOpen(name)) this.parts.tellOne(name, "opened");
      this.#handOver(name);
    }
    if (!this.started && this.#desk && ESSENTIAL.every((each) => this.parts.has(each))) {
      this.started = true;
      await this.#start();
    }
  }

  async #start() {
    this.networks.named = this.named;
    const [before] = await Promise.all([recallPhotos(), this.networks.load()]);
    const link = this.#trail.asked();
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
    finishFields(this);
    document.body.classList.add("rd-ready");
    if (link.channel) this.showChannel("atlas", link.channel);
    const step = stepOf(location.search);
    if (step) this.tour(step);
  }

  show() {
    this.parts.tell("show");
    this.#tour?.show();
    if (!this.started) return;
    const { dataset } = document.body;
    const waits = this.standing() !== "missing" && model.unanswered(this.state, this.chosenWeights()).length > 0;
    dataset.run = this.state.running ? "runs" : waits ? "waits" : "rests";
    dataset.stale = String(this.standing() !== "done"); // what is on screen is of another question
    nameFields(this.say);
    this.#desk.trigger("sync"); // Gradio's own components answer through controls()
    if (this.#listed) keepList(this.state);
    this.#trail.write();
  }

  /** Updates for Gradio's own components; called by its event. */
  controls() {
    return this.#controls.updates(this, TABS);
  }

  /** A tab was opened. */
  open(tab) {
    this.tab = tab;
    this.#tour?.show();
    this.parts.tellOne(tab, "opened");
    this.#trail.write();
  }

  /** Open a tab; Gradio, who draws them, is asked by its own button. */
  turnTo(tab) {
    this.tab = tab;
    const chosen = document.querySelector(`#rd-tabs [role="tab"][data-tab-id="${tab}"]`);
    if (!chosen) return;
    chosen.click();
    const [row, own] = [chosen.parentElement, chosen.getBoundingClientRect()];
    row.scrollLeft += own.left - row.getBoundingClientRect().left - (row.clientWidth - own.width) / 2; // on a phone
  }

  /** Show a channel, {stage, channel}, in the tab of this name, which may not be mounted yet. */
  showChannel(tab, channel) {
    this.#sought = { tab, channel };
    this.turnTo(tab);
    this.#handOver(tab);
  }

  #handOver(tab) {
    if (this.#sought?.tab !== tab || !this.parts.has(tab)) return;
    const { channel } = this.#sought;
    this.#sought = null;
    this.parts.tellOne(tab, "choose", channel);
  }

  /** The card of a channel is open in the atlas, or none is. */
  lookAtChannel(channel) {
    this.channel = channel;
    this.#trail.write();
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

  isOpen = (tab) => this.tab === tab;

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
    if (wider) this.useNetwork(wider.depth, wider.name);
  }

  #chooseNetwork(depth, weights) {
    model.chooseNetwork(this.state, depth, weights);
    if (!this.networks.downloading.running) this.networks.downloading.error = null;
    this.run();
  }

  /** A network that was not chosen by its controls. */
  useNetwork(depth, weights) {
    this.#controls.touched(PLACES.depth, PLACES.weights);
    this.#chooseNetwork(depth, weights);
  }

  /** A network that is here, in place of one that is not. */
  useInstead() {
    const { depth } = this.networks.instead(this.state.depth);
    this.useNetwork(depth, null);
  }

  download(choice = this.chosenWeights()) {
    this.networks.begin(choice);
    this.#desk.trigger("download");
    this.show();
  }

  stopDownload = () => this.#desk.trigger("stop_download");

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
    this.#runs.begin();
  }

  /** What Run does: everything that has no answer yet. */
  runWaiting() {
    model.unanswered(this.state, this.chosenWeights()).forEach(model.want);
    this.run();
  }

  stop() {
    this.#runs.stop();
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
    return this.#runs.request();
  }

  /** The server is gone, and what it knew of this page. */
  disconnected() {
    this.#runs.fail({ code: "connection", details: {} });
  }

  /** The server did not take a run; called by Gradio's event. */
  failed() {
    if (this.state.running) this.#runs.fail({ code: "not-taken", details: {} });
  }

  // Answers

  /** What was found, at a path of the server, its classes called by their names in the language in use. */
  async found(path) {
    return this.named(await json(path));
  }

  /** The whole answer behind a result's id, fetched once. */
  result(id) {
    return this.#results.get(id, 2 * this.limits.photos);
  }

  named = (answer) => nameClasses(answer, (id, english) => this.nameOf(id, english), (data) => this.dataOf(data));

  /** A result is on screen, and these are the classes that its network knows. */
  shown(payload, classes) {
    this.payload = payload;
    this.networks.know(classes, this.language);
    this.#desk.trigger("sync");
    this.parts.tell("answered", payload);
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

  /** How the visitor looks at the maps, and the stage they look at: for the link and the tabs below. */
  looked(display) {
    Object.assign(this, { display, stage: display.stage });
    const { stage, pin, untempered, ...looks } = display; // those belong to the answer
    remember("display", JSON.stringify(looks));
    this.parts.tell("looked", display);
    this.#tour?.show();
    this.#trail.writeSoon();
  }
}

export const page = new Page();
const ready = page.prepare();
window.resnetDemo = page; // Gradio's event handlers are strings: this is what they call
export const mount = (name, element, gradio) => page.mount(name, element, gradio);
