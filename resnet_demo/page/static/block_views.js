// What the tab inside the block shows of its findings: tables, the answer with and without a cut, maps of one block.
import { probabilityBars } from "./bars.js";
import { el } from "./dom.js";
import { mapPicture, peakOf } from "./map_picture.js";
import { note, panel } from "./panels.js";
import { mapOf } from "../../viewer/arrays.js";
import { formatPoints, formatShort, formatSigned, formatValue } from "../../viewer/numbers.js";

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

const columns = (keys, say) =>
  el(
    "thead",
    {},
    el(
      "tr",
      {},
      ...keys.map((key) =>
        el("th", { scope: "col", class: /\.short$|^block\.change\./.test(key) ? "rd-number" : "", textContent: say(key) }),
      ),
    ),
  );

export function profileTable({ blocks }, say) {
  const heads = ["block.name", ...MEASURES.map((key) => `block.measure.${key}.short`), "block.shortcut"];
  const rows = blocks.map((block) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", textContent: block.name }),
      ...MEASURES.map((key) => el("td", { class: "rd-number", textContent: number(block[key]) })),
      el("td", { textContent: say(block.projection ? "block.projection" : "block.identity") }),
    ),
  );
  return el("table", { class: "rd-table" }, columns(heads, say), el("tbody", {}, ...rows));
}

/** The board, with a box for each block: the way to cut several together. `choose(set)` is told of a change. */
export function lesionTable({ lesions }, chosen, choose, say) {
  const heads = [
    "block.cut",
    "block.name",
    "block.change.probability",
    "block.change.logit",
    "block.after",
  ];
  const rows = lesions.map((lesion) => {
    const [name, points, logit, after] = lesionCells(lesion);
    const label = say("block.cut_one", { block: name });
    const box = el("input", { type: "checkbox", id: `rd-cut-${name}`, checked: chosen.has(name), "aria-label": label });
    box.addEventListener("change", () => {
      const next = new Set(chosen);
      if (box.checked) next.add(name);
      else next.delete(name);
      choose(next);
    });
    return el(
      "tr",
      { "aria-selected": String(chosen.has(name)) },
      el("td", {}, box),
      el("th", { scope: "row", textContent: name }),
      el("td", { class: "rd-number", textContent: points }),
      el("td", { class: "rd-number", textContent: logit }),
      el("td", { textContent: after }),
    );
  });
  return el("table", { class: "rd-table" }, columns(heads, say), el("tbody", {}, ...rows));
}

/** The answer of the whole network, and with a cut. `board` says how many blocks there are. */
export function lesionDetail({ blocks, cut, before, after }, board, page) {
  const { say } = page;
  const names = blocks.length === board?.lesions.length ? say("block.every") : blocks.join(", ");
  const title = say(cut === "shortcut" ? "block.without_shortcuts" : "block.without", { blocks: names });
  const outcome = (key, { probability, predictions }) =>
    el(
      "div",
      {},
      el("p", { class: "rd-heading", textContent: say(key) }),
      probability === null
        ? note(say("block.overflow"), page)
        : probabilityBars(predictions),
    );
  const both = el("div", { class: "rd-two" }, outcome("block.before", before), outcome("block.after_cut", after));
  return panel(title, `without-${cut === "shortcut" ? "shortcuts" : blocks.join("-")}`, page, both);
}

/** Grad-CAM of a block's branch, shortcut, sum and output, on one scale. */
export function blockMaps({ name: block, view, ...maps }, page) {
  const { say } = page;
  const all = MAPS.map((kind) => mapOf(maps[kind]));
  const peak = peakOf(all, true);
  const figures = MAPS.map((kind, place) => {
    const label = say(`block.map.${kind}`);
    const shown = { src: view.src, map: all[place], label, signed: true, peak, none: say("map.empty") };
    const { node, range } = mapPicture(page, shown);
    const ends = { min: formatShort(range.min), max: formatShort(range.max) };
    return el(
      "figure",
      { class: "rd-card" },
      el("figcaption", {}, el("b", { textContent: label })),
      node,
      el("small", { class: "rd-fine rd-muted", textContent: say("map.range", ends) }),
    );
  });
  const row = el("div", { class: "rd-cards rd-pictures" }, ...figures);
  return panel(say("block.maps", { block }), `maps-${block}`, page, note(say("block.maps.read"), page), row);
}
