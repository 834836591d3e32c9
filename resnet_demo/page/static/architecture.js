// The tab of the architecture: the chosen network unit by unit, the two kinds of block, the paper's table of all five
// depths, and the ways of ordering a residual unit.
import { el } from "./dom.js";
import { note, panel } from "./panels.js";
import { paperTable } from "./paper_table.js";
import { table } from "./tables.js";
import { formatCount } from "../../viewer/numbers.js";

const LAYER_COLUMNS = [
  "arch.layer",
  "arch.operation",
  "arch.kernel",
  "arch.stride",
  "arch.channels",
  "arch.output",
  "facts.parameters",
  "facts.multiply_adds",
];

const shapeOf = ([channels, height, width]) => `${channels} × ${height} × ${width}`;

export function mountArchitecture(root, page) {
  const whole = el("div", { class: "rd-tab" });
  root.replaceChildren(whole);
  let network = null; // {key, units, …} as the server describes it
  let papers = null; // {table, orderings}
  let chosen = null;
  let failed = null;

  async function load() {
    const choice = page.chosenWeights();
    if (!choice || !page.isOpen("architecture")) return;
    const key = `${choice.depth}/${choice.name}`;
    if (network?.key === key && papers) return;
    try {
      const [found, both] = await Promise.all([
        page.json(`ui/architecture/${choice.depth}/${encodeURIComponent(choice.name)}.json`),
        papers ?? page.json("ui/architecture/papers.json"),
      ]);
      if (choice !== page.chosenWeights()) return load();
      network = { key, depth: choice.depth, title: choice.title, ...found };
      papers = both;
      failed = null;
      if (!network.units.some((unit) => unit.name === chosen)) chosen = network.units[1].name;
    } catch {
      failed = { code: "connection", details: {} };
    }
    show();
  }

  function show() {
    const { say } = page;
    if (failed) return whole.replaceChildren(el("p", { class: "rd-problem", textContent: page.sentence(failed) }));
    if (!network) return whole.replaceChildren(el("p", { class: "rd-note", textContent: say("work.running") }));
    if (network.key !== `${page.chosenWeights()?.depth}/${page.chosenWeights()?.name}`) load();
    const focused = root.activeElement?.getAttribute("data-unit");
    whole.replaceChildren(
      note(say("arch.about"), page),
      panel(
        say("arch.network", { depth: network.depth, side: network.view_size[0] }),
        `resnet${network.depth}`,
        page,
        note(
          say("arch.totals", {
            parameters: formatCount(network.parameters),
            multiply_adds: formatCount(network.multiply_adds),
          }),
          page,
        ),
        drawing(),
        unit(network.units.find((each) => each.name === chosen)),
      ),
      panel(
        say("arch.kinds"),
        "blocks",
        page,
        note(say("arch.kinds.read"), page),
        el("div", { class: "rd-two rd-wide rd-kinds" }, kind("BasicBlock"), kind("Bottleneck")),
      ),
      panel(say("arch.table"), "depths", page, note(say("arch.table.read"), page), paperTable(papers.table, network.depth, say)),
      panel(
        say("arch.orderings"),
        "orderings",
        page,
        note(say("arch.orderings.read"), page),
        el("div", { class: "rd-orderings" }, ...papers.orderings.map(ordering)),
      ),
    );
    if (focused) root.querySelector(`[data-unit="${CSS.escape(focused)}"]`)?.focus();
  }

  /** One row a stage: its units in the order of the data, each with its shortcut above it. */
  function drawing() {
    const stages = [...new Set(network.units.map((each) => each.stage))];
    return el(
      "div",
      {
        class: "rd-network",
        role: "group",
        "aria-label": page.say("arch.network", { depth: network.depth, side: network.view_size[0] }),
      },
      ...stages.map((stage) => {
        const units = network.units.filter((each) => each.stage === stage);
        const output = units.at(-1).output_shape;
        return el(
          "div",
          { class: "rd-stage" },
          el("b", { textContent: stage }),
          el("small", { textContent: shapeOf(output) }),
          el("div", { class: "rd-units" }, ...units.map(unitButton)),
        );
      }),
    );
  }

  function unitButton({ name, kind: what, projection }) {
    const block = what === "BasicBlock" || what === "Bottleneck";
    const label = !block ? name : page.say(projection ? "arch.unit.projection" : "arch.unit.identity", { name });
    return el("button", {
      type: "button",
      class: `rd-unit${block ? " rd-block" : ""}${projection ? " rd-projected" : ""}`,
      "aria-pressed": String(name === chosen),
      "aria-label": label,
      title: label,
      "data-unit": name,
      textContent: block ? name.split(".")[1] : name,
      on: {
        click: () => {
          chosen = name;
          show();
        },
      },
    });
  }

  /** The chosen unit: its flow, and its layers in numbers. */
  function unit({ name, kind: what, layers, projection, output_shape, parameters, multiply_adds, receptive_field }) {
    const { say } = page;
    const facts = [
      [say("arch.output"), shapeOf(output_shape)],
      [say("facts.parameters"), formatCount(parameters)],
      [say("facts.multiply_adds"), formatCount(multiply_adds)],
      ...(receptive_field
        ? [[say("arch.field"), say("arch.field.value", { size: receptive_field.size, step: receptive_field.step })]]
        : []),
    ];
    const all = projection ? [...layers, projection] : layers;
    return el(
      "div",
      { class: "rd-unit-card", role: "status" },
      el("h4", { textContent: `${name} · ${what}` }),
      what === "BasicBlock" || what === "Bottleneck"
        ? flow(layers.map(boxOf), projection ? boxOf(projection) : null)
        : null,
      el(
        "dl",
        { class: "rd-inline" },
        ...facts.map(([term, value]) =>
          el("div", {}, el("dt", { textContent: term }), el("dd", { textContent: value })),
        ),
      ),
      table(
        say("arch.layers", { name }),
        LAYER_COLUMNS.map((key) => say(key)),
        all.map((layer) => [
          layer.name,
          say(`arch.operation.${layer.operation}`),
          layer.operation === "linear" ? "–" : layer.kernel.join(" × "),
          layer.operation === "linear" ? "–" : String(layer.stride),
          `${layer.in_channels} → ${layer.out_channels}`,
          shapeOf(layer.output_shape),
          formatCount(layer.parameters),
          formatCount(layer.multiply_adds),
        ]),
        LAYER_COLUMNS.indexOf("facts.parameters"),
      ),
    );
  }

  const boxOf = ({ kernel, out_channels, stride }) =>
    `${kernel.join("×")}, ${out_channels}${stride > 1 ? ` /${stride}` : ""}`;

  /** A residual unit as a flow: the branch above, the shortcut below, both into the addition. */
  function flow(branch, projection) {
    const boxes = branch.flatMap((text, place) => [
      el("span", { class: "rd-step", textContent: text }),
      el("span", { class: "rd-step rd-small-step", textContent: place < branch.length - 1 ? "BN, ReLU" : "BN" }),
    ]);
    return el(
      "div",
      { class: "rd-flow", "aria-hidden": "true" },
      el("span", { class: "rd-end", textContent: "x" }),
      el(
        "div",
        { class: "rd-lanes" },
        el("div", { class: "rd-lane" }, ...boxes),
        el(
          "div",
          { class: "rd-lane rd-by" },
          projection
            ? el("span", { class: "rd-step", textContent: `${projection}, BN` })
            : el("span", { class: "rd-said", textContent: page.say("block.identity") }),
        ),
      ),
      el("span", { class: "rd-end", textContent: "+" }),
      el("span", { class: "rd-step rd-small-step", textContent: "ReLU" }),
    );
  }

  /** A kind of block for 256 channels in and out, as figure 5 of the paper sets them side by side. */
  function kind(name) {
    const boxes = name === "BasicBlock" ? ["3×3, 64", "3×3, 64"] : ["1×1, 64", "3×3, 64", "1×1, 256"];
    return el(
      "div",
      { class: "rd-kind" },
      el("h4", { textContent: name }),
      flow(boxes, null),
      el("p", { class: "rd-note rd-fine", textContent: page.say(`arch.kind.${name}`) }),
    );
  }

  function ordering({ name, branch, after, errors }) {
    const { say } = page;
    const NAMES = { conv: "conv", bn: "BN", relu: "ReLU" };
    const step = (each) => el("span", { class: `rd-step rd-${each}`, textContent: NAMES[each] });
    return el(
      "div",
      { class: "rd-ordering" },
      el("h4", { textContent: say(`arch.ordering.${name}`) }),
      el(
        "div",
        { class: "rd-column" },
        el("span", { class: "rd-end", textContent: "x" }),
        el("div", { class: "rd-branch" }, ...branch.map(step)),
        el("span", { class: "rd-end", textContent: "+" }),
        ...after.map(step),
      ),
      el("p", {
        class: "rd-note rd-fine",
        textContent: say("arch.errors", { a: errors[110].toFixed(2), b: errors[164].toFixed(2) }),
      }),
    );
  }

  return { show, opened: load };
}
