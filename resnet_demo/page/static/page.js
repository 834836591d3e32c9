// The page's one state, and its two doors: Gradio's components on one side, the server on the other.
// Every part of the page is mounted here with an element and shows itself from this state.
import { mountArchitecture } from "./architecture.js";
import { mountBlock } from "./block.js";
import { mountCompare } from "./compare.js";
import { mountHeader } from "./header.js";
import { mountDownload, mountFacts } from "./network.js";
import { mountPicker } from "./picker.js";
import { mountStrip } from "./strip.js";
import { mountTakeAway } from "./take_away.js";
import { mountTrust } from "./trust.js";
import { mountExplorer } from "./explorer.js";
import { mountFeatureMaps } from "./feature_maps.js";
import { linkFor, parseLink } from "./link.js";
import * as model from "./state.js";
import { megabytes, sentenceOf, speaker } from "./words.js";

const ROOT = `${(window.gradio_config?.root ?? location.origin).replace(/\/$/, "")}/`;
const url = (path) => new URL(path, ROOT).href;

async function json(path) {
  const answer = await fetch(url(path));
  if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status}`), { status: answer.status });
  return answer.json();
}

const NONE = "none"; // the choice "no other class" of the second search field
const TABS = ["maps", "compare", "block", "trust", "architecture", "take"];
const ESSENTIAL = ["header", "facts", "download", "picker", "strip", "explorer"];
const MOUNTS = { header: mountHeader, facts: mountFacts, download: mountDownload, picker: mountPicker, strip: mountStrip, explorer: mountExplorer, maps: mountFeatureMaps, compare: mountCompare, block: mountBlock, trust: mountTrust, architecture: mountArchitecture, take: mountTakeAway };

async function sheet(path) {
  const text = await (await fetch(url(path))).text();
  return new CSSStyleSheet().replace(text);
}

class Page {
  state = model.newState();
  language = document.documentElement.dataset.language ?? "en";
  limits = {};
  examples = [];
  refused = []; // sentences about files that were not even sent
  downloading = { running: false, depth: null, name: null, done: 0, total: 0, error: null };
  networks = null; // by depth: the choices of weights, and what "auto" takes
  parts = new Map();
  tab = "maps";
  url = url;
  json = json;
  #texts = {};
  #results = new Map(); // payloads by result id, the newest last
  #viewerTexts = {};
  #sheets = [];
  #controls = []; // what each of Gradio's components was last told to show
  #desk = null;
  #started = false;

  async prepare() {
    const [config, en, zh, ...sheets] = await Promise.all([
      json("ui/config.json"),
      json("ui/texts/en.json"),
      json("ui/texts/zh.json"),
      sheet("ui/viewer/viewer.css"),
      sheet("ui/page/static/parts.css"),
    ]);
    const [viewerEn, viewerZh, colours] = await Promise.all([
      json("ui/viewer/texts.en.json"),
      json("ui/viewer/texts.zh.json"),
      json("ui/viewer/colour_maps.json"),
    ]);
    this.#viewerTexts = { en: viewerEn, zh: viewerZh };
    this.colours = colours;
    this.#sheets = sheets;
    Object.assign(this, { limits: config.limits, examples: config.examples, start: config.start });
    this.#texts = { en, zh };
    this.#setTexts();
  }

  // Words

  #setTexts() {
    this.texts = this.#texts[this.language];
    this.say = speaker(this.texts);
    this.sentence = (error) => sentenceOf(error, this.texts);
  }

  viewerTexts() {
    return this.#viewerTexts[this.language];
  }

  speak(language) {
    if (language === this.language) return;
    this.language = language;
    remember("language", language);
    document.documentElement.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    this.#setTexts();
    this.show();
    for (const part of this.parts.values()) part.spoken?.();
  }

  switchTheme() {
    const theme = window.resnetDemoTheme.dark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember("theme", theme);
    window.resnetDemoTheme.apply();
  }

  // Parts

  /** Called by each HTML component when it is in the document; `gradio` holds what Gradio hands to it. */
  async mount(name, element, gradio) {
    await ready;
    if (name === "desk") {
      this.#desk = gradio;
      gradio.watch("value", () => this.#receive(gradio.props.value));
    } else {
      const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = this.#sheets;
      const part = MOUNTS[name](root, this, gradio);
      this.parts.set(name, part);
      part.show();
      if (this.isOpen(name)) part.opened?.();
    }
    if (!this.#started && this.#desk && ESSENTIAL.every((each) => this.parts.has(each))) {
      this.#started = true;
      await this.#start();
    }
  }

  /** A tab was opened; `open` is its name. */
  open(tab) {
    this.tab = tab;
    this.parts.get(tab)?.opened?.();
  }

  isOpen(tab) {
    return this.tab === tab;
  }

  show() {
    for (const part of this.parts.values()) part.show();
    this.#sync();
    if (this.#started) this.#writeLink();
  }

  /** Hands Gradio's own components what they should show; they answer through `controls()`. */
  #sync() {
    if (this.#started) this.#desk.trigger("sync");
  }

  // Networks

  async #loadNetworks() {
    this.networks = await json("ui/networks.json");
  }

  chosenWeights() {
    const here = this.networks?.[this.state.depth];
    if (!here) return null;
    const name = this.state.weights ?? here.auto ?? here.choices[0]?.name;
    return here.choices.find((choice) => choice.name === name) ?? here.choices[0] ?? null;
  }

  networkInfo() {
    return this.chosenWeights()?.info ?? null;
  }

  async #loadClasses() {
    const choice = this.chosenWeights();
    this.classes = choice ? await json(`ui/classes/${choice.depth}/${encodeURIComponent(choice.name)}.json`) : [];
    this.#sync();
  }

  chooseDepth(depth) {
    this.#touched(0);
    const weights = this.networks[depth].choices.find((choice) => choice.name === this.state.weights && choice.available);
    this.chooseNetwork(Number(depth), weights?.name ?? null);
  }

  chooseWeights(name) {
    this.#touched(1);
    this.chooseNetwork(this.state.depth, name);
  }

  chooseNetwork(depth, weights) {
    model.chooseNetwork(this.state, depth, weights);
    if (!this.downloading.running) this.downloading.error = null;
    this.#loadClasses();
    this.run();
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
    model.removePhoto(this.state, key);
    this.refused = [];
    this.show();
  }

  /** The server has deleted everything of this page; so does the page. */
  forgetPhotos() {
    model.stop(this.state);
    for (const photo of this.state.photos) if (photo.thumb?.startsWith("blob:")) URL.revokeObjectURL(photo.thumb);
    Object.assign(this.state, { photos: [], selected: null, stopped: false });
    this.#results.clear();
    this.payload = null;
    this.refused = [];
    this.show();
  }

  useExample(name) {
    this.state.photos = this.state.photos.filter((photo) => !photo.example);
    const photo = this.#example(name);
    this.refused = model.addPhotos(this.state, [photo], this.limits.photos).map(() => this.say("photos.full", this.limits));
    this.state.selected = photo.key;
    this.run();
  }

  #example(name, fields = {}) {
    return model.newPhoto({ key: crypto.randomUUID(), name, example: name, thumb: url(`ui/examples/${encodeURIComponent(name)}`), ...fields });
  }

  /** Upload files and run each as it arrives. What is too large is told at once and not sent. */
  async addFiles(files) {
    if (!files.length) return;
    this.state.photos = this.state.photos.filter((photo) => !photo.example);
    const large = files.filter((file) => file.size > this.limits.megabytes * 1e6);
    this.refused = large.map((file) => this.say("error.file-too-large", { name: file.name, limit_mb: this.limits.megabytes, size_mb: (file.size / 1e6).toFixed(1) }));
    const photos = files
      .filter((file) => !large.includes(file))
      .map((file) => Object.assign(model.newPhoto({ key: crypto.randomUUID(), name: file.name, thumb: URL.createObjectURL(file), uploading: true }), { file }));
    const left = model.addPhotos(this.state, photos, this.limits.photos);
    if (left.length) this.refused.push(this.say("photos.full", this.limits));
    for (const photo of photos) photo.wanted = false; // until it has arrived
    this.show();
    const waiting = photos.filter((photo) => !left.includes(photo));
    const sender = async () => {
      for (let photo = waiting.shift(); photo; photo = waiting.shift()) await this.#upload(photo);
    };
    await Promise.all([sender(), sender(), sender()]);
  }

  async #upload(photo) {
    try {
      photo.path = (await this.#desk.upload(photo.file)).path;
      model.want(photo);
    } catch {
      photo.error = { code: "upload-failed", details: { name: photo.name } };
    }
    photo.uploading = false;
    delete photo.file;
    if (photo.path && !this.state.running) this.run();
    else this.show();
  }

  // Runs

  /** Ask for everything that is due. */
  run() {
    const choice = this.chosenWeights();
    if (choice?.available && this.state.photos.some((photo) => photo.wanted)) {
      this.state.running = true;
      this.#desk.trigger("run");
    }
    this.show();
  }

  runAll() {
    this.state.photos.filter((photo) => photo.path || photo.example).forEach(model.want);
    this.run();
  }

  stop() {
    model.stop(this.state);
    this.#desk.trigger("stop");
    this.show();
  }

  /** From the two search fields. */
  chooseClasses(target, contrast) {
    this.#touched(2);
    this.#touched(3);
    this.chooseClass(target, contrast === NONE ? null : contrast);
  }

  chooseClass(target, contrast) {
    const photo = this.selected();
    if (!photo || ((photo.target ?? photo.answer?.target.key ?? null) === target && photo.contrast === contrast)) return;
    model.chooseClass(photo, target, contrast);
    this.run();
  }

  /** What the server is asked; called by Gradio's event just before it is sent. */
  request() {
    return { ...model.request(this.state), language: this.language };
  }

  #receive(message) {
    if (message?.kind === "download") return this.#receiveDownload(message);
    if (!message || !model.receive(this.state, message)) return;
    const arrived = Object.keys(message.photos ?? {});
    if (arrived.includes(this.state.selected)) this.#announce();
    if (message.done && this.state.photos.some((photo) => photo.wanted)) this.run();
    else this.show();
  }

  #announce() {
    const photo = this.selected();
    const first = photo.answer?.top[0];
    this.parts
      .get("strip")
      .announce(photo.error ? this.sentence(photo.error) : this.say("answer.announced", { name: photo.name, label: first.label, probability: (100 * first.probability).toFixed(1) }));
  }

  /** The whole answer behind a result's id, fetched once. */
  async result(id) {
    if (!this.#results.has(id)) {
      this.#results.set(id, json(`ui/results/${id}`));
      while (this.#results.size > 2 * this.limits.photos) this.#results.delete(this.#results.keys().next().value);
    }
    try {
      return await this.#results.get(id);
    } catch (error) {
      this.#results.delete(id);
      throw error;
    }
  }

  /** A result is on screen. */
  shown(payload) {
    this.payload = payload;
    for (const part of this.parts.values()) part.answered?.(payload);
  }

  /** A result is no longer kept, or could not be fetched: it is computed again. */
  lost(photo, error) {
    if (error.status === 404 && photo.answer) {
      photo.answer = null;
      model.want(photo);
      this.run();
      return;
    }
    this.state.error = { code: "connection", details: {} };
    this.show();
  }

  /** The way to a network that knows more classes: the widest one here, else the choice to download. */
  widen() {
    const choices = this.networks[this.state.depth].choices;
    const wider = choices.find((each) => each.available && each.classes >= 1000) ?? choices.find((each) => each.classes >= 1000);
    if (wider) this.chooseWeights(wider.name);
  }

  // Downloads of weights

  download(choice = this.chosenWeights()) {
    this.downloading = { running: true, depth: choice.depth, name: choice.name, done: 0, total: 0, error: null };
    this.#desk.trigger("download");
    this.show();
  }

  stopDownload() {
    this.#desk.trigger("stop_download");
  }

  downloadRequest() {
    return { depth: this.downloading.depth, weights: this.downloading.name };
  }

  async #receiveDownload(message) {
    Object.assign(this.downloading, { done: message.size, total: message.total, error: message.error });
    if (message.done) {
      await this.#loadNetworks();
      this.downloading.running = false;
      return this.run();
    }
    this.show();
  }

  // The address bar

  /** Writes what is on screen into the address bar, and into that of a Space's page around this one. */
  #writeLink() {
    const photo = this.selected();
    const query = linkFor(
      { depth: this.state.depth, weights: this.state.weights, target: photo?.target, contrast: photo?.contrast, stage: this.stage, example: photo?.example },
      location.search,
    );
    if (query === location.search) return;
    history.replaceState(history.state, "", query + location.hash);
    if (parent !== window) parent.postMessage({ queryString: query.slice(1) }, "https://huggingface.co");
  }

  /** How the visitor looks at the maps, and the stage they look at: for the link and the tabs below. */
  looked(display) {
    this.display = display;
    if (display.stage === this.stage) return;
    this.stage = display.stage;
    this.#writeLink();
    this.parts.get("take")?.show();
  }

  // What Gradio's own components show

  /** Updates for the depth, the weights, both classes, Run, Stop and the tabs, in this order; only what has changed. */
  controls() {
    const { say, state } = this;
    const photo = this.selected();
    const classes = (this.classes ?? []).map((each) => [each.label, each.key]);
    const choices = (this.networks?.[state.depth]?.choices ?? []).map((each) => [this.#weightsLabel(each), each.name]);
    const wanted = [
      { label: say("depth.title"), value: String(state.depth) },
      { label: say("weights.title"), choices, value: this.chosenWeights()?.name ?? null },
      { label: say("class.target"), choices: classes, value: photo?.answer?.target.key ?? photo?.target ?? null },
      { label: say("class.contrast"), choices: [[say("class.none"), NONE], ...classes], value: photo?.contrast ?? NONE },
      { value: say("run") },
      { value: say("stop"), interactive: state.running },
      ...TABS.map((tab) => ({ label: say(`tab.${tab}`) })),
    ];
    // A field that is told its choices again forgets what is being typed into it.
    return wanted.map((fields, place) => {
      const text = JSON.stringify(fields);
      if (text === this.#controls[place]) return undefined;
      this.#controls[place] = text;
      return { __type__: "update", ...fields };
    });
  }

  /** The visitor has changed a control: it no longer shows what it was told. */
  #touched(place) {
    this.#controls[place] = null;
  }

  /** Two lines: what it is, and where. */
  #weightsLabel({ title, available, downloadable, size_bytes }) {
    const where = available ? this.say("weights.here") : downloadable ? this.say("weights.far", { size: megabytes(size_bytes) }) : this.say("weights.none");
    return `${title}\n${where}`;
  }

  // Start

  async #start() {
    await this.#loadNetworks();
    const link = parseLink(location.search, this);
    this.state.depth = link.depth ?? this.start.depth;
    this.state.weights = link.weights;
    this.stage = link.stage;
    const example = link.example ?? this.start.example;
    model.replacePhotos(this.state, this.#example(example, { target: link.target, contrast: link.contrast }));
    this.#loadClasses();
    this.run();
    document.body.classList.add("rd-ready");
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`resnet-demo-${name}`, value);
  } catch {
    // A framed page may have no storage; the choice then holds until it is closed.
  }
}

export const page = new Page();
const ready = page.prepare();
window.resnetDemo = page; // Gradio's event handlers are strings: this is what they call
export const mount = (name, element, gradio) => page.mount(name, element, gradio);
