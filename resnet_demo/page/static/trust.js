// The tab of trust: deletion and insertion, the check with forgotten layers, and what can be read from each stage.
import { savePlot } from "./charts.js";
import { el } from "./dom.js";
import { mapPicture } from "./map_picture.js";
import { curves, emerging, forgotten } from "./trust_charts.js";
import { progressLine, Work } from "./work.js";
import { percent } from "./words.js";

const STAGES = ["stem", "layer1", "layer2", "layer3", "layer4"];
const PLOTS = {
  deletion: "rd-deletion-plot",
  insertion: "rd-insertion-plot",
  forgotten: "rd-forgotten-plot",
  readout: "rd-readout-plot",
};
const CLEAR = { faithfulness: null, randomisation: null, readout: null };

export function mountTrust(root, page, gradio) {
  for (const [slot, id] of Object.entries(PLOTS)) document.getElementById(id).slot = slot;
  const slots = Object.fromEntries(Object.keys(PLOTS).map((name) => [name, el("slot", { name })]));
  const found = { ...CLEAR, answer: null };
  let tested = "layer4"; // a stage, or "all"
  let shown = "layer4"; // whose curves are drawn
  const work = new Work(page, gradio, { done: receive, changed: show });
  const line = progressLine(work, page);
  const parts = Object.fromEntries(
    ["about", "faithfulness", "randomisation", "readout"].map((name) => [
      name,
      el("section", { class: "rd-panel-part" }),
    ]),
  );
  root.replaceChildren(
    el("div", { class: "rd-tab" }, parts.about, line.node, parts.faithfulness, parts.randomisation, parts.readout),
  );

  function begin() {
    const id = page.selected()?.answer?.id;
    if (!id || !page.isOpen("trust") || found.answer === id) return;
    Object.assign(found, CLEAR, { answer: id });
    work.start("readout");
  }

  function receive(result, asked) {
    found[asked.what] = result;
    if (asked.what === "faithfulness") shown = Object.keys(result.stages).at(-1);
    draw();
  }

  const draw = () => gradio.trigger("draw");

  /** The figures of the four charts; called by Gradio's event. */
  const figures = () => {
    const { faithfulness, randomisation, readout } = found;
    return [
      faithfulness ? curves(faithfulness, shown, "deletion", page.say) : undefined,
      faithfulness ? curves(faithfulness, shown, "insertion", page.say) : undefined,
      randomisation ? forgotten(randomisation, page.say) : undefined,
      readout?.stages ? emerging(readout, page.say) : undefined,
    ];
  };

  // Words and tables

  function show() {
    const { say } = page;
    const answer = page.selected()?.answer;
    const ready = Boolean(answer) && !work.running;
    line.show();
    const label = answer?.target.label ?? "";
    parts.about.replaceChildren(
      el("p", { class: "rd-note", textContent: say("trust.about") }),
      ...(answer ? [] : [el("p", { class: "rd-note", textContent: say("tab.nothing") })]),
    );
    showFaithfulness(ready, label);
    showRandomisation(ready);
    showReadout(label);
    const stale = found.answer !== null && found.answer !== answer?.id;
    for (const part of [parts.faithfulness, parts.randomisation, parts.readout]) part.classList.toggle("rd-due", stale);
  }

  const heading = (key) => el("h3", { class: "rd-title3", textContent: page.say(key) });
  const asked = () => (tested === "all" ? STAGES : [tested]);

  function segments(label, choices, value, pick) {
    return el(
      "div",
      { class: "rd-segments rd-wrap", role: "group", "aria-label": label },
      ...choices.map(([key, text]) =>
        el("button", {
          type: "button",
          textContent: text,
          "aria-pressed": String(key === value),
          on: { click: () => pick(key) },
        }),
      ),
    );
  }

  function showFaithfulness(ready, label) {
    const { say } = page;
    const { faithfulness } = found;
    const made = [
      heading("trust.faithfulness"),
      el("p", { class: "rd-note", textContent: say("trust.faithfulness.read", { label }) }),
      el(
        "div",
        { class: "rd-row rd-middle" },
        segments(
          say("trust.stage"),
          [...STAGES.map((stage) => [stage, stage]), ["all", say("trust.all")]],
          tested,
          (key) => {
            tested = key;
            show();
          },
        ),
        el("button", {
          type: "button",
          class: "rd-primary",
          disabled: !ready,
          textContent: say("trust.test"),
          on: { click: () => work.start("faithfulness", { stages: asked() }) },
        }),
      ),
    ];
    if (faithfulness) {
      const names = Object.keys(faithfulness.stages);
      if (names.length > 1) {
        made.push(
          segments(
            say("trust.curves"),
            names.map((name) => [name, name]),
            shown,
            (key) => {
              shown = key;
              draw();
              show();
            },
          ),
        );
      }
      made.push(
        el("div", { class: "rd-two rd-wide" }, chart("deletion"), chart("insertion")),
        areas(faithfulness),
        el("p", {
          class: "rd-note",
          textContent: say("trust.left", {
            probability: percent(faithfulness.probability),
            blurred: percent(faithfulness.blurred),
            blank: percent(faithfulness.blank),
          }),
        }),
      );
      if (faithfulness.stages[shown].flat)
        made.push(el("p", { class: "rd-note", textContent: say("trust.flat", { stage: shown }) }));
    }
    parts.faithfulness.replaceChildren(...made);
  }

  function chart(name) {
    return el(
      "div",
      { class: "rd-chart" },
      el("p", { class: "rd-heading", textContent: page.say(`trust.${name}`) }),
      slots[name],
      el("button", {
        type: "button",
        class: "rd-link",
        textContent: page.say("chart.save"),
        on: { click: () => savePlot(PLOTS[name], name) },
      }),
    );
  }

  function table(keys, rows, label) {
    const { say } = page;
    return el(
      "div",
      { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": label },
      el(
        "table",
        { class: "rd-table" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...keys.map((key, place) =>
              el("th", { scope: "col", class: place ? "rd-number" : "", textContent: say(key) }),
            ),
          ),
        ),
        el(
          "tbody",
          {},
          ...rows.map(([name, ...cells]) =>
            el(
              "tr",
              {},
              el("th", { scope: "row", textContent: name }),
              ...cells.map((cell) => el("td", { class: "rd-number", textContent: cell })),
            ),
          ),
        ),
      ),
    );
  }

  function areas({ stages, centre }) {
    const two = (value) => value.toFixed(3);
    const rows = Object.entries(stages).map(([name, { map, shuffled }]) => [
      name,
      two(map.deletion_area),
      two(shuffled.deletion_area),
      two(map.insertion_area),
      two(shuffled.insertion_area),
    ]);
    rows.push([page.say("trust.centre"), two(centre.deletion_area), "–", two(centre.insertion_area), "–"]);
    return table(
      [
        "trust.stage",
        "trust.deletion_area",
        "trust.deletion_shuffled",
        "trust.insertion_area",
        "trust.insertion_shuffled",
      ],
      rows,
      page.say("trust.areas"),
    );
  }

  function showRandomisation(ready) {
    const { say } = page;
    const { randomisation } = found;
    const made = [
      heading("trust.randomisation"),
      el("p", { class: "rd-note", textContent: say("trust.randomisation.read") }),
      el(
        "div",
        { class: "rd-row" },
        el("button", {
          type: "button",
          class: "rd-primary",
          disabled: !ready,
          textContent: say("trust.check"),
          on: { click: () => work.start("randomisation", { stages: STAGES }) },
        }),
      ),
    ];
    if (randomisation) {
      const rows = Object.entries(randomisation.correlations).map(([name, values]) => [
        name,
        ...values.map((value) => (value === null ? "–" : value.toFixed(2))),
      ]);
      made.push(
        slots.forgotten,
        el("button", {
          type: "button",
          class: "rd-link",
          textContent: say("chart.save"),
          on: { click: () => savePlot(PLOTS.forgotten, "randomisation") },
        }),
        el("p", { class: "rd-note", textContent: say("trust.draws", { draws: randomisation.draws }) }),
        strip(randomisation),
        el(
          "details",
          { class: "rd-details" },
          el("summary", { textContent: say("chart.numbers") }),
          el(
            "div",
            { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": say("chart.numbers") },
            el(
              "table",
              { class: "rd-table" },
              el(
                "thead",
                {},
                el(
                  "tr",
                  {},
                  el("th", { scope: "col", textContent: say("trust.stage") }),
                  ...randomisation.layers.map((layer) =>
                    el("th", { scope: "col", class: "rd-number", textContent: `+ ${layer}` }),
                  ),
                ),
              ),
              el(
                "tbody",
                {},
                ...rows.map(([name, ...cells]) =>
                  el(
                    "tr",
                    {},
                    el("th", { scope: "row", textContent: name }),
                    ...cells.map((cell) => el("td", { class: "rd-number", textContent: cell })),
                  ),
                ),
              ),
            ),
          ),
        ),
      );
    }
    parts.randomisation.replaceChildren(...made);
  }

  /** layer4's map of the trained network, and as more and more layers are forgotten. */
  function strip({ layers, maps }) {
    const { say } = page;
    const { rows, columns, trained, forgotten: gone } = maps.layer4;
    const view = page.payload.view.src;
    const picture = (map, label) =>
      el(
        "figure",
        { class: "rd-card" },
        el("figcaption", { class: "rd-fine rd-muted", textContent: label }),
        mapPicture(page, { src: view, map, rows, columns, label, none: say("trust.nothing_for") }).node,
      );
    return el(
      "div",
      { class: "rd-cards rd-seven" },
      picture(trained, say("trust.trained")),
      ...gone.map((map, place) => picture(map, `+ ${layers[place]}`)),
    );
  }

  function showReadout(label) {
    const { say } = page;
    const { readout } = found;
    const made = [
      heading("trust.readout"),
      el("p", { class: "rd-note", textContent: say("trust.readout.read", { label }) }),
    ];
    if (readout && !readout.stages) made.push(el("p", { class: "rd-note", textContent: say("trust.readout.none") }));
    if (readout?.stages) {
      const all = [...Object.entries(readout.stages), [say("trust.network"), readout.network]];
      made.push(
        slots.readout,
        el("button", {
          type: "button",
          class: "rd-link",
          textContent: say("chart.save"),
          on: { click: () => savePlot(PLOTS.readout, "readout") },
        }),
        table(
          ["trust.stage", "table.label", "table.probability", "trust.rank", "trust.top1"],
          all.map(([name, each]) => [
            name,
            each.predictions[0].label,
            percent(each.probability),
            String(each.rank),
            each.top1 === null ? "–" : percent(each.top1),
          ]),
          say("trust.readout"),
        ),
      );
      if (readout.measured_on)
        made.push(
          el("p", { class: "rd-note rd-fine", textContent: say("trust.measured", { data: readout.measured_on }) }),
        );
    }
    parts.readout.replaceChildren(...made);
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
