// The tab of degradation: what the paper and runs of our own measured, what depth does to a network before it has learnt
// anything, where the idea of residuals comes from, and the code of the block.
import { numbersOf } from "../../viewer/arrays.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatProbability, formatValue } from "../../viewer/numbers.js";
import { probabilityBars } from "./bars.js";
import { plotValue, savePlot, token } from "./charts.js";
import { centresMoved, poissonPicture, vladPicture } from "./degradation_pictures.js";
import { button, fineNote, foldedTable, link, note, panel, row, segments } from "./panels.js";
import { smallNetworks } from "./small_networks.js";
import { table } from "./tables.js";
import { COLOURS, TrainingFilm } from "./training_film.js";
import { progressLine, Work } from "./work.js";

const PLOT = "rd-initialisation-plot";
const FADE = "rd-fade-plot";

/** Top-1 errors on ImageNet in percent, ten crops, as He et al. 2016 write them in table 2. */
export const IMAGENET = { plain: { 18: "27.94", 34: "28.54" }, residual: { 18: "27.88", 34: "25.03" } };

/** Test errors of residual networks on CIFAR-10 in percent, as they stand in table 6. */
export const CIFAR = { 20: "8.75", 32: "7.51", 44: "7.17", 56: "6.97", 110: "6.43" };

export const LAYERS = [8, 14, 20, 32, 44, 56, 80, 110, 164, 200];
const DASHES = { "relu-only-pre-activation": "dot", "full-pre-activation": "dash" };
const MEASURES = ["gradient", "signal"];

export function mountDegradation(root, page, gradio) {
  document.getElementById(PLOT).slot = "initialisation";
  document.getElementById(FADE).slot = "fade";

  const found = new Map(); // "56/plain" to its signal, for the answer in view
  let about = null; // that answer
  let fade = null; // the answer as the shortcuts are scaled down
  let small = null; // what the networks for CIFAR-10 say of its photo
  let at = 0; // the place of the scale in view
  let layers = 56;
  let wanted = new Set(["plain", "original"]);
  let measure = "gradient";
  let cycles = 2;
  let code = null;
  let trained = null;
  let shownCode = "BasicBlock";
  let copied = false;

  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const film = new TrainingFilm(page, { draw, changed: () => show(), paper: CIFAR });
  const answerId = () => page.selected()?.answer?.id ?? null;
  const key = (name) => `${layers}/${name}`;
  const drawn = () => [...wanted].filter((name) => found.has(key(name)));

  /** Ask for what is to be drawn and not known yet. */
  function begin() {
    if (!answerId() || !page.isOpen("degradation")) return;
    if (about !== answerId()) {
      found.clear();
      fade = null;
      small = null;
      at = 0;
    }
    about = answerId();
    const missing = [...wanted].filter((name) => !found.has(key(name)));
    // What is being asked about the photo already is waited for: when it is there, the rest is asked for as it then stands.
    const once = (what) => {
      const { what: running, answer } = work.running ? work.request() : {};
      if (running !== what || answer !== about) work.start(what);
    };
    if (!fade) once("shortcut-fade");
    else if (!small && trained?.length) once("small-answers");
    else if (missing.length) work.start("initialisation", { layers, arrangements: missing });
    draw();
  }

  function receive(result, { what, answer }) {
    if (answer !== answerId()) return;
    if (what === "shortcut-fade") fade = { ...result, label: page.payload.target.label };
    else if (what === "small-answers") small = result;
    else for (const network of result.networks) found.set(`${result.layers}/${network.arrangement}`, network);
    begin();
    show();
  }

  async function opened() {
    begin();
    const [source, runs] = await Promise.all(
      ["architecture/code", "degradation/runs"].map((name) => page.json(`ui/${name}.json`).catch(() => null)),
    );
    code ??= source;
    if (!trained && runs) {
      trained = runs;
      film.runs = runs;
      begin();
    }
    show();
  }

  function draw() {
    gradio.trigger("draw");
  }

  /** The figures of all charts; called by Gradio's event. */
  const figures = () => [initialFigure(), fade ? fadeFigure() : undefined, ...film.figures()];

  function fadeFigure() {
    const { say } = page;
    const x = [...numbersOf(fade.scales)];
    const shown = fade.outcomes.map(({ probability }) => probability);
    return plotValue({
      height: 240,
      data: [
        {
          type: "scatter",
          mode: "lines+markers",
          x,
          y: shown,
          text: shown.map((value) => (value === null ? "–" : formatProbability(value))),
          line: { color: token("accent"), width: 2 },
          marker: { size: x.map((_, place) => (place === at ? 12 : 5)), color: token("accent") },
          hovertemplate: "%{text}<extra></extra>",
        },
      ],
      layout: {
        xaxis: { title: { text: say("deg.fade.scale") }, range: [1.02, -0.02] },
        yaxis: { title: { text: say("trust.y") }, range: [0, 1.05], tickformat: ".0%" },
      },
    });
  }

  function initialFigure() {
    const { say } = page;
    const names = drawn();
    if (!names.length) return undefined;
    const series = names.map((name) => {
      const values = [...numbersOf(found.get(key(name))[measure])];
      return {
        type: "scatter",
        mode: "lines",
        name: say(`deg.arrangement.${name}`),
        x: values.map((_, unit) => unit),
        y: values,
        text: values.map((value) => formatValue(value)),
        line: { color: token(COLOURS[name]), width: 2, dash: DASHES[name] ?? "solid" },
        hovertemplate: `${say(`deg.arrangement.${name}`)}: %{text}<extra></extra>`,
      };
    });
    return plotValue({
      height: 320,
      data: series,
      layout: {
        showlegend: true,
        hovermode: "x unified",
        margin: { l: 64, r: 12, t: 32, b: 40 },
        xaxis: { title: { text: say("deg.unit") }, rangemode: "tozero" },
        yaxis: { title: { text: say(`deg.measure.${measure}`) }, type: "log", exponentformat: "power" },
      },
    });
  }

  function show() {
    if (about && about !== answerId() && page.isOpen("degradation") && answerId()) begin();
    render(
      html`
        <div class="rd-tab">
          <section class="rd-panel-part">${note(page.say("deg.about"), page)}</section>
          ${film.section()} ${small ? smallNetworks(small, (run) => film.named(run), page) : nothing} ${measured()}
          ${fade ? faded() : nothing} ${beforeTraining()} ${ideas()} ${code ? sourceCode() : nothing}
        </div>
      `,
      root,
    );
  }

  /** What the paper reports, in its own figures. */
  function measured() {
    const { say } = page;
    const percent = (value) => `${value} %`;
    const imagenet = Object.entries(IMAGENET).map(([kind, errors]) => {
      const more = errors[34] - errors[18];
      const change = say(more > 0 ? "deg.worse" : "deg.better", { points: formatValue(Math.abs(more)) });
      return [say(`deg.kind.${kind}`), percent(errors[18]), percent(errors[34]), change];
    });
    const heads = ["deg.kind", "deg.layers.18", "deg.layers.34", "deg.deeper"].map((each) => say(each));
    const cifar = Object.entries(CIFAR).map(([depth, error]) => [depth, percent(error)]);
    return panel(
      say("deg.measured"),
      "degradation-measured",
      page,
      note(say("deg.measured.read"), page),
      table(say("deg.measured.imagenet"), heads, imagenet),
      note(say("deg.measured.why"), page),
      foldedTable("cifar", say("deg.measured.cifar"), [say("deg.layers"), say("deg.error")], cifar),
    );
  }

  /** The network of the answer in view, its shortcuts scaled down. */
  function faded() {
    const { say } = page;
    const { probability, predictions } = fade.outcomes[at];
    const scale = formatValue(numbersOf(fade.scales)[at], 2);
    const move = ({ target }) => {
      at = Number(target.value);
      draw();
      show();
    };
    return html`
      <section class="rd-panel-part${about === answerId() ? "" : " rd-due"}">
        <h3 class="rd-title3">${say("deg.fade")}</h3>
        ${note(say("deg.fade.read", { label: fade.label }), page)}
        <slot name="fade"></slot>
        ${row(html`
          <label class="rd-range">
            <span>${say("deg.fade.scale")}</span>
            <input
              type="range"
              min="0"
              max=${fade.outcomes.length - 1}
              step="1"
              .value=${String(at)}
              aria-valuetext=${scale}
              @input=${move}
            />
            <output>${scale}</output>
          </label>
        `)}
        ${probability === null ? note(say("block.overflow"), page) : probabilityBars(predictions)}
      </section>
    `;
  }

  function beforeTraining() {
    const { say } = page;
    const known = Boolean(answerId());
    const toggle = (name) => {
      const others = new Set(wanted);
      if (!others.delete(name)) others.add(name);
      if (others.size) wanted = others;
      begin();
      show();
    };
    const pick = ({ target }) => {
      layers = LAYERS[target.value];
      begin();
      show();
    };
    const chips = Object.keys(COLOURS).map(
      (name) => html`
        <button type="button" aria-pressed=${String(wanted.has(name))} @click=${() => toggle(name)}>
          ${say(`deg.arrangement.${name}`)}
        </button>
      `,
    );
    const redraw = (which) => {
      measure = which;
      draw();
      show();
    };
    const names = drawn();
    const rows = names.map((name) => {
      const { signal, gradient, growth } = found.get(key(name));
      const [all, back] = [numbersOf(signal), numbersOf(gradient)];
      return [say(`deg.arrangement.${name}`), all.at(-1), back.at(-1), back[0], growth].map((value) =>
        typeof value === "number" ? formatValue(value) : (value ?? "–"),
      );
    });
    const heads = ["deg.arrangement", "deg.last.signal", "deg.last.gradient", "deg.first.gradient", "deg.growth"];
    return html`
      <section class="rd-panel-part">
        <h3 class="rd-title3">${say("deg.before")}</h3>
        ${note(say("deg.before.read"), page)}
        ${known ? nothing : note(say("tab.nothing"), page)}
        <div class="rd-segments rd-wrap" role="group" aria-label=${say("deg.arrangement")}>${chips}</div>
        ${row(
          html`
            <label class="rd-range">
              <span>${say("deg.layers")}</span>
              <input
                type="range"
                min="0"
                max=${LAYERS.length - 1}
                step="1"
                .value=${String(LAYERS.indexOf(layers))}
                aria-valuetext=${say("deg.layers.value", { layers })}
                @change=${pick}
              />
              <output>${layers}</output>
            </label>
          `,
          segments(say("deg.measure"), MEASURES.map((each) => [each, say(`deg.measure.${each}.short`)]), measure, redraw),
        )}
        ${progressLine(work, page)}
        <div ?hidden=${!names.length}><slot name="initialisation"></slot></div>
        ${names.length ? fineNote(told(names)) : nothing}
        ${names.length
          ? html`<div class="rd-under">
              ${foldedTable("initialisation", say("chart.numbers"), heads.map((each) => say(each)), rows)}
              ${link(say("chart.save"), () => savePlot(PLOT, "initialisation"))}
            </div>`
          : nothing}
      </section>
    `;
  }

  /** What the chart says, in a sentence a network. */
  const told = (names) =>
    names
      .map((name) => [name, found.get(key(name)).growth])
      .filter(([, growth]) => typeof growth === "number")
      .map(([name, growth]) =>
        page.say("deg.told", {
          arrangement: page.say(`deg.arrangement.${name}`),
          units: (layers - 2) / 2,
          growth: formatValue(growth),
        }),
      )
      .join(" ");

  function ideas() {
    const { say } = page;
    const move = ({ target }) => {
      cycles = Number(target.value);
      show();
    };
    return panel(
      say("deg.ideas"),
      "residual-ideas",
      page,
      note(say("deg.ideas.read"), page),
      html`
        <div class="rd-two rd-wide">
          <div>
            <h4>${say("deg.vlad")}</h4>
            ${note(say("deg.vlad.read"), page)} ${vladPicture(say, show)}
            ${button(say("deg.vlad.back"), centresMoved(), () => { centresMoved(true); show(); })}
          </div>
          <div>
            <h4>${say("deg.poisson")}</h4>
            ${note(say("deg.poisson.read"), page)}
            <label class="rd-range">
              <span>${say("deg.poisson.cycles")}</span>
              <input
                type="range"
                min="0"
                max="6"
                step="1"
                .value=${String(cycles)}
                aria-valuetext=${say("deg.poisson.steps", { cycles, sweeps: 6 * cycles })}
                @input=${move}
              />
              <output>${cycles}</output>
            </label>
            ${poissonPicture(cycles, say)}
          </div>
        </div>
      `,
    );
  }

  function sourceCode() {
    const { say } = page;
    const [, pieces] = code.find(([name]) => name === shownCode);
    const pick = (name) => {
      shownCode = name;
      copied = false;
      show();
    };
    const copy = async () => {
      await navigator.clipboard.writeText(pieces.map(([, text]) => text).join(""));
      copied = true;
      show();
    };
    return html`
      <section class="rd-panel-part">
        <h3 class="rd-title3">${say("deg.code")}</h3>
        ${note(say("deg.code.read"), page)}
        ${row(
          segments(say("deg.code.part"), code.map(([name]) => [name, say(`deg.code.${name}`)]), shownCode, pick),
          link(say(copied ? "deg.code.copied" : "deg.code.copy"), copy),
        )}
        <pre class="rd-code rd-source" tabindex="0" aria-label=${say(`deg.code.${shownCode}`)}><code>${pieces.map(
          ([kind, text]) => (kind ? html`<span class="rd-code-${kind}">${text}</span>` : text),
        )}</code></pre>
      </section>
    `;
  }

  addEventListener("rd-theme", () => setTimeout(draw));
  return { show, answered: begin, opened, spoken: draw, request: () => work.request(), failed: () => work.failed(), figures };
}
