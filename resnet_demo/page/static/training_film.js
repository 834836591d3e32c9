// How networks learnt that were trained here, epoch by epoch like a film: errors or losses, and what reaches each unit.
import { numbersOf } from "../../viewer/arrays.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatLarge, formatPoints, formatProbability, formatValue } from "../../viewer/numbers.js";
import { plotValue, savePlot, token } from "./charts.js";
import { surfaces } from "./loss_surfaces.js";
import { button, fineNote, folded, link, note, row, segments } from "./panels.js";
import { errorsAt, scaledShortcuts } from "./scaled_shortcuts.js";
import { table } from "./tables.js";
import { extremes, lengthOf, pairs, rowOf, upTo, verdict, withShortcuts } from "./training_runs.js";

const CURVES = "rd-training-plot";
const UNITS = "rd-gradients-plot";
const SCALED = "rd-shortcuts-plot";
const SURFACES = "rd-surfaces-plot";

/** Each arrangement of a unit with the colour of its lines. */
export const COLOURS = {
  plain: "bad",
  original: "accent",
  "bn-after-addition": "warn",
  "relu-before-addition": "good",
  "relu-only-pre-activation": "muted",
  "full-pre-activation": "ink",
};
const FRAME = 350; // milliseconds an epoch
const ROOM = 1.12; // beside the last epoch, for what is written there

/** Each measure's columns, and what is drawn above which the first epochs leave the chart. */
const MEASURES = { error: { most: 0.7, format: formatProbability }, loss: { most: 2, format: formatValue } };
const ALONG = { gradients: "log", shares: "linear" };

/**
 * `draw()` asks Gradio for the figures anew, `changed()` writes the tab's words anew; `paper` are the paper's test errors
 * in percent, by layers, for networks with shortcuts.
 */
export class TrainingFilm {
  #runs = [];
  #wanted = new Set();
  #at = 0;
  #timer = null;
  #measure = "error";
  #along = "gradients";

  constructor(page, { draw, changed, paper }) {
    Object.assign(this, { page, draw, changed, paper });
    document.getElementById(CURVES).slot = "training";
    document.getElementById(UNITS).slot = "gradients";
    document.getElementById(SCALED).slot = "shortcuts";
    document.getElementById(SURFACES).slot = "surfaces";
  }

  /** The runs that there are; the extremes of depth of the first seed are shown, to the end of the film. */
  set runs(runs) {
    this.#runs = runs;
    this.#wanted = new Set(extremes(runs.filter(({ seed }) => seed === runs[0].seed)).map(({ name }) => name));
    this.#at = this.#length;
    this.draw();
  }

  get #shown() {
    return this.#runs.filter(({ name }) => this.#wanted.has(name));
  }

  get #length() {
    return Math.max(0, ...this.#shown.map(lengthOf));
  }

  #name(run) {
    const { say } = this.page;
    const name = say("deg.run", { arrangement: say(`deg.arrangement.${run.arrangement}`), layers: run.layers });
    return run.seed ? say("deg.run.seed", { run: name, seed: run.seed }) : name;
  }

  #lines({ arrangement, layers }) {
    const { say } = this.page;
    return [say(`deg.arrangement.${arrangement}`), say("deg.layers.value", { layers })];
  }

  /** What the page calls the run of this name. */
  named(name) {
    return this.#name(this.#runs.find((run) => run.name === name));
  }

  #seek(epoch) {
    this.#at = epoch;
    this.draw();
    this.changed();
  }

  #play() {
    if (this.#at >= this.#length) this.#at = 0;
    this.#timer = setInterval(() => {
      if (this.#at >= this.#length || !this.page.isOpen("degradation")) this.#pause();
      else this.#seek(this.#at + 1);
    }, FRAME);
    this.#seek(this.#at);
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.changed();
  }

  /** The charts, two of them as far as the film has come. */
  figures() {
    if (!this.#runs.length) return Array(4).fill(undefined);
    const [around, scaled] = [this.#around, this.#scaled];
    return [
      this.#curves(),
      this.#units(),
      scaled.length ? this.#shortcuts(scaled) : undefined,
      around.length ? surfaces(around, (run) => this.#lines(run)) : undefined,
    ];
  }

  #shortcuts(runs) {
    return scaledShortcuts(runs, (...of) => this.#line(...of), (run) => this.#name(run), this.page.say);
  }

  get #scaled() {
    return this.#shown.filter(({ scaled }) => scaled);
  }

  get #around() {
    return this.#shown.filter(({ surface }) => surface);
  }

  /** The deeper, the thicker. */
  #width({ layers }) {
    const depths = [...new Set(this.#runs.map((run) => run.layers))].sort((a, b) => a - b);
    return 1.5 + (1.5 * depths.indexOf(layers)) / Math.max(1, depths.length - 1);
  }

  #line(run, values, more) {
    return {
      type: "scatter",
      mode: "lines",
      y: values,
      hovertemplate: "%{text}<extra>%{fullData.name}</extra>",
      ...more,
      line: { color: token(COLOURS[run.arrangement]), width: this.#width(run), ...more.line },
      opacity: run.seed ? 0.5 : 1,
    };
  }

  #curves() {
    const { say } = this.page;
    const { most, format } = MEASURES[this.#measure];
    const data = this.#shown.flatMap((run) =>
      ["test", "train"].map((part) => {
        const values = upTo(run, `${part}_${this.#measure}`, this.#at);
        return this.#line(run, values, {
          name: say(`deg.curve.${part}`, { run: this.#name(run) }),
          x: upTo(run, "epochs", this.#at),
          text: values.map((value) => format(value)),
          line: { dash: part === "train" ? "dot" : "solid" },
        });
      }),
    );
    return plotValue({
      height: 340,
      data,
      layout: {
        hovermode: "closest",
        margin: { l: 56, r: 40, t: 12, b: 40 },
        ...(this.#measure === "error" ? this.#beside() : {}),
        xaxis: { title: { text: say("deg.epoch") }, range: [0, this.#length * ROOM] },
        yaxis: {
          title: { text: say(`deg.curve.${this.#measure}`) },
          range: [0, most],
          ...(this.#measure === "error" ? { tickformat: ".0%" } : {}),
        },
      },
    });
  }

  /** What stands in the chart of errors beside its curves. */
  #beside() {
    const [paper, marks] = [this.#papers(), this.#at ? this.#marked() : {}];
    return { shapes: [...paper.shapes, ...(marks.shapes ?? [])], annotations: [...paper.annotations, ...(marks.annotations ?? [])] };
  }

  /** Lines at the paper's errors of the networks that are shown, and what they are. */
  #papers() {
    const { say } = this.page;
    const known = this.#shown.filter(({ arrangement, layers, seed }) => !seed && arrangement === "original" && this.paper[layers]);
    if (!known.length) return { shapes: [], annotations: [] };
    const color = token(COLOURS.original);
    const errors = known.map(({ layers }) => say("deg.paper.line", { layers, error: this.paper[layers] })).join(", ");
    const lowest = Math.min(...known.map(({ layers }) => this.paper[layers])) / 100;
    const place = { xref: "paper", x: 0.01, y: lowest, xanchor: "left", yanchor: "top", align: "left", showarrow: false };
    return {
      shapes: known.map(({ layers }) => {
        const y = this.paper[layers] / 100;
        return { type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color, width: 1, dash: "dash" } };
      }),
      annotations: [{ ...place, text: `${say("deg.paper.lines")}<br>${errors}`, font: { color, size: 11 } }],
    };
  }

  /** Between the training errors of two depths, what the sentence below the chart says. */
  #marked() {
    const marks = pairs(this.#shown, this.#at).filter((pair) => verdict(pair) !== "alike");
    const ends = ({ shallow, deep, epoch }) => [shallow, deep].map((run) => numbersOf(run.train_error)[epoch - 1]);
    const narrow = matchMedia("(max-width: 700px)").matches;
    const colour = ({ deep }) => token(COLOURS[deep.arrangement]);
    return {
      shapes: marks.map((pair) => {
        const [y0, y1] = ends(pair);
        return { type: "line", x0: pair.epoch, x1: pair.epoch, y0, y1, line: { color: colour(pair), width: 2 } };
      }),
      annotations: marks.map((pair) => ({
        x: pair.epoch,
        y: (ends(pair)[0] + ends(pair)[1]) / 2,
        text: this.page.say("deg.points", { points: formatPoints(pair.more) }),
        showarrow: false,
        xanchor: narrow ? "right" : "left", // there is no room on the right of a phone's chart
        font: { color: colour(pair) },
      })),
    };
  }

  #units() {
    const { say } = this.page;
    const measured = this.#shown.filter((run) => run[this.#along]);
    const data = measured.map((run) => {
      const values = rowOf(run[this.#along], Math.min(this.#at, lengthOf(run)));
      const first = this.#along === "shares" ? 1 : 0; // the stem has no shortcut
      return this.#line(run, values, {
        name: this.#name(run),
        x: values.map((_, unit) => unit + first),
        text: values.map((value) => formatValue(value)),
      });
    });
    return plotValue({
      height: 260,
      data,
      layout: {
        hovermode: "closest",
        margin: { l: 64, r: 12, t: 12, b: 40 },
        xaxis: { title: { text: say("deg.unit") }, rangemode: "tozero" },
        yaxis: {
          title: { text: say(`deg.along.${this.#along}`) },
          type: ALONG[this.#along],
          exponentformat: "power",
          ...(this.#along === "shares" ? { rangemode: "tozero" } : {}),
        },
      },
    });
  }

  /** The section. */
  section() {
    const { page } = this;
    const { say } = page;
    if (!this.#runs.length) return nothing;
    const [first] = this.#runs;
    const scaled = this.#scaled;
    const toggle = (name) => {
      const others = new Set(this.#wanted);
      if (!others.delete(name)) others.add(name);
      if (others.size) this.#wanted = others;
      this.#seek(Math.min(this.#at, this.#length));
    };
    const set = (name) => (value) => {
      if (name === "measure") this.#measure = value;
      else this.#along = value;
      this.#seek(this.#at);
    };
    const chips = this.#runs.map(
      (run) => html`
        <button type="button" aria-pressed=${String(this.#wanted.has(run.name))} @click=${() => toggle(run.name)}>
          <i class="rd-run-line" style="border-top: ${this.#width(run)}px solid var(--${COLOURS[run.arrangement]})"></i>
          ${this.#name(run)}
        </button>
      `,
    );
    const playing = this.#timer !== null;
    const epoch = say("deg.epoch.value", { epoch: this.#at, epochs: this.#length });
    const choices = (names, of) => Object.keys(names).map((each) => [each, say(`deg.${of}.${each}.short`)]);
    return html`
      <section class="rd-panel-part">
        <h3 class="rd-title3">${say("deg.trained")}</h3>
        ${note(say("deg.trained.read", { epochs: lengthOf(first) }), page)}
        <div class="rd-segments rd-wrap" role="group" aria-label=${say("deg.kind")}>${chips}</div>
        ${row(
          button(say(playing ? "deg.pause" : "deg.play"), true, () => (playing ? this.#pause() : this.#play())),
          html`
            <label class="rd-range">
              <span>${say("deg.epoch")}</span>
              <input
                type="range"
                min="0"
                max=${this.#length}
                step="1"
                .value=${String(this.#at)}
                aria-valuetext=${epoch}
                @input=${({ target }) => this.#seek(Number(target.value))}
              />
              <output>${this.#at}</output>
            </label>
          `,
          segments(say("deg.measure"), choices(MEASURES, "curve"), this.#measure, set("measure")),
        )}
        <slot name="training"></slot>
        ${this.#at ? this.#told().map((text) => note(text, page)) : nothing}
        <div class="rd-under">
          ${folded("trained", say("deg.trained.table"), html`
            ${table(say("deg.trained.table"), this.#heads(), this.#rows())} ${fineNote(say("deg.trained.how"))}
          `)}
          ${link(say("chart.save"), () => savePlot(CURVES, "training"))}
        </div>
        <h4>${say("deg.along")}</h4>
        ${note(say("deg.along.read"), page)}
        ${segments(say("deg.measure"), choices(ALONG, "along"), this.#along, set("along"))}
        <slot name="gradients"></slot>
        <div ?hidden=${!scaled.length}>
          <h4>${say("deg.scaled")}</h4>
          ${scaled.length ? note(say("deg.scaled.read", { photos: formatCount(scaled[0].scaled.photos) }), page) : nothing}
          <slot name="shortcuts"></slot>
          ${scaled.map((run) => note(this.#scaledTold(run), page))}
        </div>
        <div ?hidden=${!this.#around.length}>
          <h4>${say("deg.surface")}</h4>
          ${note(say("deg.surface.read"), page)}
          <slot name="surfaces"></slot>
        </div>
      </section>
    `;
  }

  /** What the curves show after the epoch in view: a sentence for each pair of depths, and for each of plain and not. */
  #told() {
    const { say } = this.page;
    const errorAt = (epoch) => (run, part) => formatProbability(numbersOf(run[`${part}_error`])[epoch - 1]);
    const shortcuts = withShortcuts(this.#shown, this.#at).map(({ plain, residual, epoch }) => {
      const error = errorAt(epoch);
      return say("deg.verdict.shortcuts", {
        layers: plain.layers,
        epoch,
        plain: error(plain, "train"),
        residual: error(residual, "train"),
        test: error(plain, "test"),
        beside: error(residual, "test"),
      });
    });
    const depths = pairs(this.#shown, this.#at).map((pair) => {
      const error = errorAt(pair.epoch);
      return say(`deg.verdict.${verdict(pair)}`, {
        arrangement: say(`deg.arrangement.${pair.deep.arrangement}`),
        epoch: pair.epoch,
        deep: pair.deep.layers,
        shallow: pair.shallow.layers,
        train: error(pair.deep, "train"),
        other: error(pair.shallow, "train"),
        test: error(pair.deep, "test"),
        beside: error(pair.shallow, "test"),
      });
    });
    return [...depths, ...shortcuts];
  }

  #scaledTold(run) {
    const { say } = this.page;
    const [little, half] = [0.9, 0.5].map((scale) => errorsAt(run, scale));
    const shares = { little: little.kept, anew: little.anew, half: half.kept, again: half.anew };
    const told = Object.entries(shares).map(([name, value]) => [name, formatProbability(value)]);
    return say("deg.scaled.told", { run: this.#name(run), ...Object.fromEntries(told) });
  }

  #heads() {
    const heads = ["deg.kind", "deg.parameters", "deg.curve.train.error", "deg.error", "deg.paper.error"];
    return heads.map((each) => this.page.say(each));
  }

  /** Every run at its end, beside the paper's figure of one of its depth with the original unit. */
  #rows() {
    return this.#runs.map((run) => {
      const last = (measure) => formatProbability(numbersOf(run[measure]).at(-1));
      const papers = run.arrangement === "original" && this.paper[run.layers];
      return [this.#name(run), formatLarge(run.parameters), last("train_error"), last("test_error"), papers ? `${papers} %` : "–"];
    });
  }
}
