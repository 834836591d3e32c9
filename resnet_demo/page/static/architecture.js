// The tab of the architecture: the chosen network unit by unit, the two kinds of block, the paper's table of all five
// depths, and the ways of ordering a residual unit.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCount } from "../../viewer/numbers.js";
import { isBlock, networkDrawing, shapeOf, strongestOf } from "./network_drawing.js";
import { facts, fineNote, link, note, panel, problem } from "./panels.js";
import { paperTable } from "./paper_table.js";
import { table } from "./tables.js";
import { progressLine, Work } from "./work.js";

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

const STEPS = { conv: "conv", bn: "BN", relu: "ReLU" };

const boxOf = ({ kernel, out_channels, stride }) =>
  `${kernel.join("×")}, ${out_channels}${stride > 1 ? ` /${stride}` : ""}`;

export function mountArchitecture(root, page, gradio) {
  let network = null; // {key, units, …} as the server describes it
  let papers = null; // {table, orderings}
  let chosen = null;
  let failed = null;
  let seen = null; // what the photo in view does in the network: {answer, ratios by block, strongest by stage}

  const work = new Work(page, gradio, { done: receive, changed: show });

  /** The answer in view, where it is of the network that is drawn. */
  function answer() {
    const found = page.selected()?.answer;
    return found && page.payload && network?.key === `${found.network.depth}/${found.network.weights}` ? found : null;
  }

  /** Ask what the photo in view does in this network. */
  function follow() {
    const { id } = answer() ?? {};
    if (!id || seen?.answer === id || !page.isOpen("architecture")) return;
    const mine = { answer: id, ratios: {}, strongest: {} };
    seen = mine;
    work.start("residual-profile", { answers: null });
    for (const stage of page.stages) {
      page.json(`ui/results/${id}/${stage}`).then(
        (payload) => {
          mine.strongest[stage] = strongestOf(payload);
          show();
        },
        () => {}, // the picture of that stage is left out
      );
    }
  }

  function receive({ blocks }, asked) {
    if (asked.answer === seen?.answer) seen.ratios = Object.fromEntries(blocks.map(({ name, ratio }) => [name, ratio]));
  }

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
      network = { key, depth: choice.depth, ...found };
      papers = both;
      failed = null;
      if (!network.units.some((unit) => unit.name === chosen)) chosen = network.units[1].name;
    } catch {
      failed = { code: "connection", details: {} };
    }
    show();
    follow();
  }

  function show() {
    if (network && network.key !== `${page.chosenWeights()?.depth}/${page.chosenWeights()?.name}`) load();
    render(html`<div class="rd-tab">${content()}</div>`, root);
  }

  function content() {
    const { say } = page;
    if (failed) return problem(page.sentence(failed));
    if (!network) return html`<p class="rd-note">${say("work.running")}</p>`;
    const known = seen && seen.answer === answer()?.id ? seen : null;
    const choose = (name) => {
      chosen = name;
      show();
    };
    const totals = { parameters: formatCount(network.parameters), multiply_adds: formatCount(network.multiply_adds) };
    return html`
      ${note(say("arch.about"), page)}
      ${panel(
        say("arch.network", { depth: network.depth, side: network.view_size[0] }),
        `resnet${network.depth}`,
        page,
        note(say("arch.totals", totals), page),
        networkDrawing(network, {
          page,
          chosen,
          ratios: known?.ratios ?? {},
          strongest: known?.strongest ?? {},
          src: answer() ? page.payload.view.src : null,
          choose,
          inside: (name) => page.lookInside(name),
        }),
        fineNote(say(answer() ? "arch.drawing" : "arch.drawing.plain")),
        progressLine(work, page),
        unit(network.units.find((each) => each.name === chosen)),
      )}
      ${panel(
        say("arch.kinds"),
        "blocks",
        page,
        note(say("arch.kinds.read"), page),
        html`<div class="rd-two rd-wide rd-kinds">${kind("BasicBlock")}${kind("Bottleneck")}</div>`,
      )}
      ${panel(
        say("arch.table"),
        "depths",
        page,
        note(say("arch.table.read"), page),
        paperTable(papers.table, network.depth, say),
      )}
      ${panel(
        say("arch.orderings"),
        "orderings",
        page,
        note(say("arch.orderings.read"), page),
        html`<div class="rd-orderings">${papers.orderings.map(ordering)}</div>`,
      )}
    `;
  }

  /** The chosen unit: its flow, and its layers in numbers. */
  function unit({ name, kind: what, layers, projection, output_shape, parameters, multiply_adds, receptive_field }) {
    const { say } = page;
    const field = () => say("arch.field.value", { size: receptive_field.size, step: receptive_field.step });
    const all = projection ? [...layers, projection] : layers;
    return html`
      <div class="rd-unit-card" role="status">
        <h4>${name} · ${what}</h4>
        ${isBlock(what) ? link(say("arch.inside", { name }), () => page.lookInside(name)) : nothing}
        ${isBlock(what) ? flow(layers.map(boxOf), projection ? boxOf(projection) : null) : nothing}
        ${facts([
          [say("arch.output"), shapeOf(output_shape)],
          [say("facts.parameters"), formatCount(parameters)],
          [say("facts.multiply_adds"), formatCount(multiply_adds)],
          ...(receptive_field ? [[say("arch.field"), field()]] : []),
        ])}
        ${table(
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
        )}
      </div>
    `;
  }

  /** A residual unit as a flow: the branch above, the shortcut below, both into the addition. */
  function flow(branch, projection) {
    const boxes = branch.map(
      (text, place) => html`
        <span class="rd-step">${text}</span>
        <span class="rd-step rd-small-step">${place < branch.length - 1 ? "BN, ReLU" : "BN"}</span>
      `,
    );
    return html`
      <div class="rd-flow" aria-hidden="true">
        <span class="rd-end">x</span>
        <div class="rd-lanes">
          <div class="rd-lane">${boxes}</div>
          <div class="rd-lane rd-by">
            ${projection
              ? html`<span class="rd-step">${projection}, BN</span>`
              : html`<span class="rd-said">${page.say("block.identity")}</span>`}
          </div>
        </div>
        <span class="rd-end">+</span>
        <span class="rd-step rd-small-step">ReLU</span>
      </div>
    `;
  }

  /** A kind of block for 256 channels in and out, as figure 5 of the paper sets them side by side. */
  function kind(name) {
    const boxes = name === "BasicBlock" ? ["3×3, 64", "3×3, 64"] : ["1×1, 64", "3×3, 64", "1×1, 256"];
    return html`
      <div class="rd-kind">
        <h4>${name}</h4>
        ${flow(boxes, null)} ${fineNote(page.say(`arch.kind.${name}`))}
      </div>
    `;
  }

  function ordering({ name, branch, after, errors }) {
    const { say } = page;
    const step = (each) => html`<span class="rd-step rd-${each}">${STEPS[each]}</span>`;
    return html`
      <div class="rd-ordering">
        <h4>${say(`arch.ordering.${name}`)}</h4>
        <div class="rd-column">
          <span class="rd-end">x</span>
          <div class="rd-branch">${branch.map(step)}</div>
          <span class="rd-end">+</span>
          ${after.map(step)}
        </div>
        ${fineNote(say("arch.errors", { a: errors[110].toFixed(2), b: errors[164].toFixed(2) }))}
      </div>
    `;
  }

  return {
    show,
    opened: () => {
      load();
      follow();
    },
    answered: () => {
      follow();
      show();
    },
    request: () => work.request(),
    failed: () => work.failed(),
  };
}
