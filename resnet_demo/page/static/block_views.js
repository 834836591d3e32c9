// What the tab inside the block shows of its findings: tables, the answer with and without a cut, maps of one block.
import { mapOf, rangeOf } from "../../viewer/arrays.js";
import { KIND_NAMES } from "../../viewer/kind_note.js";
import { html } from "../../viewer/lit-html/lit-html.js";
import { formatPoints, formatShort, formatSigned, formatValue } from "../../viewer/numbers.js";
import { probabilityBars } from "./bars.js";
import { mapPicture, peakOf } from "./map_picture.js";
import { note, panel, row, segments } from "./panels.js";

const MAPS = ["branch", "shortcut", "total", "output"];
export const MEASURES = ["ratio", "cosine", "zero_share"];

const orDash = (format) => (value) => (value === null ? "–" : format(value));

export const number = orDash(formatValue);

/** How the changes of a lesion read: of the class's probability in percentage points, of its logit in its own units. */
export const CHANGES = { probability: orDash(formatPoints), logit: orDash(formatSigned) };

/** What a lesion's row tells: its block, both changes, and the first label without the block. */
export const lesionCells = ({ blocks: [name], probability_change, logit_change, after }) => [
  name,
  CHANGES.probability(probability_change),
  CHANGES.logit(logit_change),
  after.predictions[0]?.label ?? "–",
];

/** A table whose `heads` are [key of a text, whether numbers stand below it]. */
const tableOf = (heads, rows, say) => html`
  <table class="rd-table">
    <thead>
      <tr>
        ${heads.map(([key, numbers]) => html`<th scope="col" class=${numbers ? "rd-number" : ""}>${say(key)}</th>`)}
      </tr>
    </thead>
    <tbody>${rows}</tbody>
  </table>
`;

export function profileTable({ blocks }, say) {
  const measures = MEASURES.map((key) => [`block.measure.${key}.short`, true]);
  const rows = blocks.map(
    (block) => html`
      <tr>
        <th scope="row">${block.name}</th>
        ${MEASURES.map((key) => html`<td class="rd-number">${number(block[key])}</td>`)}
        <td>${say(block.projection ? "block.projection" : "block.identity")}</td>
      </tr>
    `,
  );
  return tableOf([["block.name"], ...measures, ["block.shortcut"]], rows, say);
}

/** The board, with a box for each block: the way to cut several together. `choose(set)` is told of a change. */
export function lesionTable({ lesions }, chosen, choose, say) {
  const heads = [
    ["block.cut"],
    ["block.name"],
    ["block.change.probability", true],
    ["block.change.logit", true],
    ["block.after"],
  ];
  const toggle = (name, cut) => {
    const next = new Set(chosen);
    if (cut) next.add(name);
    else next.delete(name);
    choose(next);
  };
  const rows = lesions.map(lesionCells).map(
    ([name, points, logit, after]) => html`
      <tr aria-selected=${String(chosen.has(name))}>
        <td>
          <input
            type="checkbox"
            id="rd-cut-${name}"
            aria-label=${say("block.cut_one", { block: name })}
            .checked=${chosen.has(name)}
            @change=${({ target }) => toggle(name, target.checked)}
          />
        </td>
        <th scope="row">${name}</th>
        <td class="rd-number">${points}</td>
        <td class="rd-number">${logit}</td>
        <td>${after}</td>
      </tr>
    `,
  );
  return tableOf(heads, rows, say);
}

/** The answer of the whole network, and with a cut. `board` says how many blocks there are. */
export function lesionDetail({ blocks, cut, before, after }, board, page) {
  const { say } = page;
  const names = blocks.length === board?.lesions.length ? say("block.every") : blocks.join(", ");
  const title = say(cut === "shortcut" ? "block.without_shortcuts" : "block.without", { blocks: names });
  const outcome = (key, { probability, predictions }) => html`
    <div>
      <p class="rd-heading">${say(key)}</p>
      ${probability === null ? note(say("block.overflow"), page) : probabilityBars(predictions)}
    </div>
  `;
  const both = html`
    <div class="rd-two">${outcome("block.before", before)}${outcome("block.after_cut", after)}</div>
  `;
  return panel(title, `without-${cut === "shortcut" ? "shortcuts" : blocks.join("-")}`, page, both);
}

const LINEAR_KINDS = ["grad-cam", "hirescam"];

/** The maps of a block's branch, shortcut, sum and output, on one scale; `pick(kind)` asks for those of another kind. */
export function blockMaps({ name: block, view, kind, ...maps }, page, pick) {
  const { say } = page;
  const all = MAPS.map((part) => mapOf(maps[part]));
  const peak = peakOf(all, true);
  const card = (map, place) => {
    const label = say(`block.map.${MAPS[place]}`);
    const { min, max } = rangeOf(map.values);
    return html`
      <figure class="rd-card">
        <figcaption><b>${label}</b></figcaption>
        ${mapPicture(page, { src: view.src, map, label, signed: true, peak, none: say("map.empty") })}
        <small class="rd-fine rd-muted">${say("map.range", { min: formatShort(min), max: formatShort(max) })}</small>
      </figure>
    `;
  };
  const figures = html`<div class="rd-cards rd-pictures">${all.map(card)}</div>`;
  const kinds = LINEAR_KINDS.map((each) => [each, KIND_NAMES[each]]);
  const choice = row(segments(say("block.maps.kind"), kinds, kind, pick));
  return panel(say("block.maps", { block }), `maps-${block}`, page, note(say("block.maps.read"), page), choice, figures);
}
