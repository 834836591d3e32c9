// The tab of trust: deletion and insertion, the check with forgotten layers, and what can be read from each stage.
import { mapOf, mapsOf } from "../../viewer/arrays.js";
import { KIND_NAMES } from "../../viewer/kind_note.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCorrelation, formatProbability, formatValue } from "../../viewer/numbers.js";
import { savePlot } from "./charts.js";
import { mapPicture } from "./map_picture.js";
import { button, foldedTable, link, note, panel, row, section, segments } from "./panels.js";
import { table } from "./tables.js";
import { curves, emerging, forgotten } from "./trust_charts.js";
import { progressLine, Work } from "./work.js";

const PLOTS = {
  deletion: "rd-deletion-plot",
  insertion: "rd-insertion-plot",
  forgotten: "rd-forgotten-plot",
  readout: "rd-readout-plot",
};
const NOTHING = { "cell-ablation": null, faithfulness: null, randomisation: null, readout: null };

export function mountTrust(root, page, gradio) {
  for (const [slot, id] of Object.entries(PLOTS)) document.getElementById(id).slot = slot;
  const found = { ...NOTHING, answer: null, target: null, view: null };
  let tested = "layer4"; // a stage, or "all"
  let shown = "layer4"; // whose curves are drawn
  let absolute = false; // whether correlations are told without their sign
  const work = new Work(page, gradio, { done: receive, changed: () => show() });

  /** Another answer, or the tab itself, is on screen: what was found was about another one. */
  function begin() {
    const id = page.selected()?.answer?.id;
    if (!id || !page.payload || !page.isOpen("trust") || found.answer === id) return;
    Object.assign(found, NOTHING, { answer: id, target: page.payload.target, view: page.payload.view });
    work.start("readout");
  }

  function receive(result, { what, answer }) {
    if (answer !== found.answer) return;
    found[what] = result;
    if (what === "cell-ablation") page.parts.tellOne("explorer", "measured", answer, result.stages);
    if (what === "faithfulness") shown = Object.keys(result.stages).at(-1);
    draw();
  }

  const className = () => found.target?.label ?? "";

  const draw = () => gradio.trigger("draw");

  /** The figures of the four charts; called by Gradio's event. */
  const figures = () => {
    const { faithfulness, randomisation, readout } = found;
    return [
      faithfulness ? curves(faithfulness, shown, "deletion", page.say) : undefined,
      faithfulness ? curves(faithfulness, shown, "insertion", page.say) : undefined,
      randomisation ? forgotten(randomisation, absolute, page.say) : undefined,
      readout && Object.keys(readout.stages).length ? emerging(readout, page.say) : undefined,
    ];
  };

  // Words and tables

  function show() {
    const { say } = page;
    const current = found.answer !== null && found.answer === page.selected()?.answer?.id;
    const ready = current && !work.running;
    const stale = found.answer !== null && !current;
    const parts = () => [cellsPart(ready), faithfulnessPart(ready), randomisationPart(ready), readoutPart()];
    render(
      html`
        <div class="rd-tab">
          ${note(say("trust.about"), page)}
          ${page.selected()?.answer
            ? html`<div class="rd-tab${stale ? " rd-due" : ""}">${parts()}</div>`
            : note(say("tab.nothing"), page)}
        </div>
      `,
      root,
    );
  }

  const save = (name) => link(page.say("chart.save"), () => savePlot(PLOTS[name], name));

  /** How far the work asked for beside it is. */
  const progress = (what) => progressLine(work, page, (asked) => asked?.what === what);

  const slot = (name) => html`<slot name=${name}></slot>`;

  const chart = (name) => html`
    <div class="rd-chart"><p class="rd-heading">${page.say(`trust.${name}`)}</p>${slot(name)} ${save(name)}</div>
  `;

  function cellsPart(ready) {
    const { say } = page;
    const cells = found["cell-ablation"];
    return section(
      say("trust.cells"),
      note(say("trust.cells.read", { label: className() }), page),
      row(button(say("trust.cells.go"), ready, () => work.start("cell-ablation", { stages: page.stages }), "rd-primary")),
      progress("cell-ablation"),
      cells ? trustOfMaps(cells) : nothing,
    );
  }

  /** By stage and kind of map, the rank correlation with what the cells were worth. */
  function trustOfMaps({ stages }) {
    const { say } = page;
    const kinds = Object.keys(Object.values(stages)[0].trust);
    const heads = [say("trust.stage"), say("trust.cells.count"), ...kinds.map((kind) => KIND_NAMES[kind])];
    const rows = Object.entries(stages).map(([name, { grid, cells, trust }]) => [
      name,
      say("work.done", { done: cells.shape[0], total: grid[0] * grid[1] }),
      ...kinds.map((kind) => (trust[kind] === null ? "–" : formatCorrelation(trust[kind]))),
    ]);
    return table(say("trust.cells"), heads, rows, 1);
  }

  function faithfulnessPart(ready) {
    const { say } = page;
    const { stages: all } = page;
    const { faithfulness } = found;
    const label = className();
    const test = (key) => {
      tested = key;
      show();
    };
    const choices = [...all.map((stage) => [stage, stage]), ["all", say("trust.all")]];
    const stages = tested === "all" ? all : [tested];
    return section(
      say("trust.faithfulness"),
      note(say("trust.faithfulness.read", { label }), page),
      row(
        segments(say("trust.stage"), choices, tested, test),
        button(say("trust.test"), ready, () => work.start("faithfulness", { stages }), "rd-primary"),
      ),
      progress("faithfulness"),
      faithfulness ? curvesAndAreas(faithfulness) : nothing,
    );
  }

  function curvesAndAreas({ stages, centre, probability, blurred_probability, blank_probability, blur }) {
    const { say } = page;
    const names = Object.keys(stages);
    const look = (key) => {
      shown = key;
      draw();
      show();
    };
    const area = (value) => formatValue(value);
    const rows = Object.entries(stages).map(([name, { map, shuffled, spread }]) => [
      name,
      area(map.deletion_area),
      `${area(shuffled.deletion_area)} ± ${area(spread.deletion_area)}`,
      area(map.insertion_area),
      `${area(shuffled.insertion_area)} ± ${area(spread.insertion_area)}`,
    ]);
    rows.push([say("trust.centre"), area(centre.deletion_area), "–", area(centre.insertion_area), "–"]);
    const heads = ["stage", "deletion_area", "deletion_shuffled", "insertion_area", "insertion_shuffled"];
    const left = {
      probability: formatProbability(probability),
      blurred: formatProbability(blurred_probability),
      blank: formatProbability(blank_probability),
      blur: formatValue(blur),
      shuffles: stages[shown].shuffles.length,
    };
    return [
      names.length > 1
        ? row(segments(say("trust.curves"), names.map((name) => [name, name]), shown, look))
        : nothing,
      html`<div class="rd-two rd-wide">${chart("deletion")}${chart("insertion")}</div>`,
      table(
        say("trust.areas"),
        heads.map((key) => say(`trust.${key}`)),
        rows,
      ),
      note(say("trust.left", left), page),
      stages[shown].flat ? note(say("trust.flat", { stage: shown }), page) : nothing,
    ];
  }

  function randomisationPart(ready) {
    const { say } = page;
    const { randomisation } = found;
    return section(
      say("trust.randomisation"),
      note(say("trust.randomisation.read"), page),
      row(button(say("trust.check"), ready, () => work.start("randomisation", { stages: page.stages }), "rd-primary")),
      progress("randomisation"),
      work.running && work.request().what === "randomisation" ? note(say("trust.one_by_one"), page) : nothing,
      randomisation ? correlationsAndMaps(randomisation) : nothing,
    );
  }

  function correlationsAndMaps({ layers, correlations, mean_correlations, mean_sizes, maps, randomised_maps }) {
    const { say } = page;
    const sign = (key) => {
      absolute = key === "absolute";
      draw();
      show();
    };
    const signs = ["signed", "absolute"].map((key) => [key, say(`trust.${key}`)]);
    const rows = Object.entries(absolute ? mean_sizes : mean_correlations).map(([name, values]) => [
      name,
      ...values.map((value) => (value === null ? "–" : formatCorrelation(value))),
    ]);
    const heads = [say("trust.stage"), ...layers.map((layer) => `+ ${layer}`)];
    return [
      row(segments(say("trust.correlation"), signs, absolute ? "absolute" : "signed", sign)),
      slot("forgotten"),
      save("forgotten"),
      note(say("trust.draws", { draws: Object.values(correlations)[0].shape[0] }), page),
      foldedTable("forgotten", say("chart.numbers"), heads, rows),
      panel(
        say("trust.strip"),
        "forgotten-maps",
        page,
        strip(layers, mapOf(maps.layer4), mapsOf(randomised_maps.layer4)),
      ),
    ];
  }

  /** layer4's map of the trained network, and as more and more layers are forgotten. */
  function strip(layers, trained, gone) {
    const picture = (map, label) => html`
      <figure class="rd-card">
        <figcaption class="rd-fine rd-muted">${label}</figcaption>
        ${mapPicture(page, { src: found.view.src, map, label, none: page.say("trust.nothing_for") })}
      </figure>
    `;
    return html`
      <div class="rd-cards rd-seven">
        ${picture(trained, page.say("trust.trained"))} ${gone.map((map, place) => picture(map, `+ ${layers[place]}`))}
      </div>
    `;
  }

  function readoutPart() {
    const { say } = page;
    const { readout } = found;
    const label = className();
    const about = [say("trust.readout"), note(say("trust.readout.read", { label }), page), progress("readout")];
    if (!readout) return section(...about);
    if (!Object.keys(readout.stages).length) return section(...about, note(say("trust.readout.none"), page));
    const all = [...Object.entries(readout.stages), [say("trust.network"), readout.network]];
    const heads = ["trust.stage", "table.label", "table.probability", "trust.rank", "trust.top1"];
    return section(
      ...about,
      slot("readout"),
      save("readout"),
      table(
        say("trust.readout"),
        heads.map((key) => say(key)),
        all.map(([name, { predictions, probability, rank, top1 }]) => [
          name,
          predictions[0].label,
          formatProbability(probability),
          String(rank),
          top1 === null ? "–" : formatProbability(top1),
        ]),
        2,
      ),
      readout.measured_on ? note(say("trust.measured", { data: readout.measured_on }), page) : nothing,
    );
  }

  addEventListener("rd-theme", () => setTimeout(draw));
  return {
    show,
    answered: begin,
    opened: begin,
    spoken: draw,
    request: () => work.request(),
    failed: () => work.failed(),
    figures,
  };
}
