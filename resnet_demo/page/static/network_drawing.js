// The chosen network as one drawing over the whole width: boxes in the shape of what each unit puts out, arcs for the
// shortcuts, and for the photo in view how much each block adds and what the strongest channel of each stage answers to.
import { float16 } from "../../viewer/arrays.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatShort } from "../../viewer/numbers.js";
import { mapPicture } from "./map_picture.js";

const HIGHEST = 132; // px of a unit with as many rows as the stem
const LOWEST = 30;
const ALL_WIDE = 620; // px that all units take together
const WIDEST = [24, 84]; // px of a unit with most channels: in a deep network, and at most
const THICKEST = 6; // px of an arc by which everything passes

export const isBlock = (kind) => kind === "BasicBlock" || kind === "Bottleneck";

export const shapeOf = ([channels, height, width]) => `${formatCount(channels)} × ${height} × ${width}`;

/** The share of a block's sum that its branch makes up, 0 to 1: |F| / (|F| + |shortcut|). `ratio` is |F| / |shortcut|. */
export const shareOfBranch = (ratio) => ratio / (1 + ratio);

/** The strongest channel of a stage from its feature maps as the server sends them: {id, map}. */
export function strongestOf({ ids: [id], maps, scales: [scale], rows, columns }) {
  // The first of the channels sent is the one with most evidence; the others are not unpacked.
  const bytes = atob(maps).slice(0, 2 * rows * columns);
  return { id, map: { values: float16(btoa(bytes), rows * columns, scale), rows, columns } };
}

/**
 * The drawing of `network`. `ratios` are |F|/|shortcut| by block and `strongest` the strongest channel by stage, both of the
 * photo in view and empty where they are not known; `src` is its view. `choose(name)` is told of a unit that is clicked,
 * `inside(name)` of a block that is to be looked into.
 */
export function networkDrawing(network, { page, chosen, ratios, strongest, src, choose, inside }) {
  const { say } = page;
  const label = say("arch.network", { depth: network.depth, side: network.view_size[0] });
  const stages = [...new Set(network.units.map((each) => each.stage))];
  const [, rows] = network.units[0].output_shape;
  const most = Math.max(...network.units.map(({ output_shape: [channels] }) => channels));
  const widths = network.units.map(({ output_shape: [channels] }) => Math.sqrt(channels / most));
  const fitting = ALL_WIDE / widths.reduce((sum, width) => sum + width, 0);
  const widest = Math.min(WIDEST[1], Math.max(WIDEST[0], fitting));

  function box(unit) {
    const { name, kind, projection, output_shape: [channels, height] } = unit;
    const block = isBlock(kind);
    const ratio = ratios[name];
    const share = ratio === undefined || ratio === null ? null : shareOfBranch(ratio);
    const text = block ? say(projection ? "arch.unit.projection" : "arch.unit.identity", { name }) : name;
    const told = share === null ? text : `${text}. ${say("arch.ratio", { ratio: formatShort(ratio) })}`;
    const size = share === null ? "…" : formatShort(ratio);
    const style = [
      `--high: ${Math.max(LOWEST, HIGHEST * Math.sqrt(height / rows))}px`,
      `--wide: ${widest * Math.sqrt(channels / most)}px`,
      `--share: ${Math.round(100 * (share ?? 0))}%`,
      `--arc: ${share === null ? 1.5 : 1 + (THICKEST - 1) * (1 - share)}px`,
    ].join("; ");
    return html`
      <div class="rd-unit-column" style=${style}>
        <button
          type="button"
          class="rd-unit${block ? " rd-block" : ""}${projection ? " rd-projected" : ""}"
          aria-pressed=${String(name === chosen)}
          aria-label=${told}
          title=${told}
          data-unit=${name}
          @click=${() => choose(name)}
        >
          ${block ? name.split(".")[1] : name}
        </button>
        ${block
          ? html`<button type="button" class="rd-link rd-ratio" title=${say("arch.inside", { name })} aria-label="${size}: ${say("arch.inside", { name })}" @click=${() => inside(name)}>
              ${size}
            </button>`
          : html`<span class="rd-ratio"></span>`}
      </div>
    `;
  }

  /** What the strongest channel of a stage hands on to the next. */
  function edge(stage) {
    const found = strongest[stage];
    if (!found) return html`<div class="rd-edge"><div class="rd-picture"></div><small>…</small></div>`;
    const words = say("arch.edge", { stage, channel: found.id });
    return html`
      <div class="rd-edge" title=${words}>
        ${mapPicture(page, { src, map: found.map, label: words, none: say("arch.silent") })}
        <small>#${found.id}</small>
      </div>
    `;
  }

  function part(stage) {
    const units = network.units.filter((each) => each.stage === stage);
    return html`
      <div class="rd-stage">
        <b>${stage}</b><small>${shapeOf(units.at(-1).output_shape)}</small>
        <div class="rd-units">${units.map(box)}</div>
      </div>
      ${src && stage !== "head" ? edge(stage) : nothing}
    `;
  }

  return html`
    <div class="rd-scroll" tabindex="0" role="region" aria-label=${label}>
      <div class="rd-network${widest < 60 ? " rd-dense" : ""}" role="group" aria-label=${label}>${stages.map(part)}</div>
    </div>
  `;
}
