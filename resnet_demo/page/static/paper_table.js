// Table 1 of the paper, He et al. 2016: what each stage is made of at each depth.
import { el } from "./dom.js";
import { scrolled } from "./tables.js";
import { formatLarge } from "../../viewer/numbers.js";

/** `paper` as the document holds it; the column of `chosen`, a depth, is marked. */
export function paperTable(paper, chosen, say) {
  const depths = Object.keys(paper.parameters);
  const mark = (depth) => (Number(depth) === chosen ? "rd-here" : "");
  const head = el(
    "tr",
    {},
    el("th", { scope: "col", textContent: say("arch.stage") }),
    el("th", { scope: "col", textContent: say("arch.size") }),
    ...depths.map((depth) => el("th", { scope: "col", class: mark(depth), textContent: `ResNet-${depth}` })),
  );
  const stage = ({ name, paper_name, output_size, shared, cells }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", textContent: paper_name ? `${name} (${paper_name})` : name }),
      el("td", { textContent: `${output_size} × ${output_size}` }),
      ...(shared
        ? [el("td", { colSpan: depths.length, textContent: shared })]
        : depths.map((depth) => el("td", { class: mark(depth) }, ...formula(cells[depth])))),
    );
  const total = (key, values, format) =>
    el(
      "tr",
      {},
      el("th", { scope: "row", colSpan: 2, textContent: say(key) }),
      ...depths.map((depth) => el("td", { class: mark(depth), textContent: format(values[depth]) })),
    );
  return scrolled(say("arch.table"), "rd-paper", head, [
    ...paper.rows.map(stage),
    total("arch.paper_flops", paper.paper_flops, formatLarge),
    total("arch.our_flops", paper.multiply_adds, formatLarge),
    total("facts.parameters", paper.parameters, formatLarge),
  ]);
}

/** The layers of a block one below the other in brackets, as the paper sets them, and how many blocks there are. */
function formula({ convolutions, repeats }) {
  const layers = convolutions.map(([kernel, channels]) => `${kernel}×${kernel}, ${channels}`);
  return [
    el("span", { class: "rd-brackets" }, ...layers.map((layer) => el("span", { textContent: layer }))),
    ` × ${repeats}`,
  ];
}
