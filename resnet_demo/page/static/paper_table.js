// Table 1 of the paper, He et al. 2016: what each stage is made of at each depth.
import { html } from "../../viewer/lit-html/lit-html.js";
import { formatLarge } from "../../viewer/numbers.js";
import { scrolled } from "./tables.js";

/** `paper` as the document holds it; the column of `chosen`, a depth, is marked. */
export function paperTable(paper, chosen, say) {
  const depths = Object.keys(paper.parameters);
  const mark = (depth) => (Number(depth) === chosen ? "rd-here" : "");
  const cell = (depth, content) => html`<td class=${mark(depth)}>${content}</td>`;
  const stage = ({ name, paper_name, output_size, shared, cells }) => html`
    <tr>
      <th scope="row">${paper_name ? `${name} (${paper_name})` : name}</th>
      <td>${output_size} × ${output_size}</td>
      ${shared
        ? html`<td colspan=${depths.length}>${say(`arch.shared.${name}`)}</td>`
        : depths.map((depth) => cell(depth, formula(cells[depth])))}
    </tr>
  `;
  const total = (key, values) => html`
    <tr>
      <th scope="row" colspan="2">${say(key)}</th>
      ${depths.map((depth) => cell(depth, formatLarge(values[depth])))}
    </tr>
  `;
  return scrolled(
    say("arch.table"),
    html`<table class="rd-table rd-paper">
      <thead>
        <tr>
          <th scope="col">${say("arch.stage")}</th>
          <th scope="col">${say("arch.size")}</th>
          ${depths.map((depth) => html`<th scope="col" class=${mark(depth)}>ResNet-${depth}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${paper.rows.map(stage)} ${total("arch.paper_flops", paper.paper_flops)}
        ${total("arch.our_flops", paper.multiply_adds)} ${total("facts.parameters", paper.parameters)}
      </tbody>
    </table>`,
  );
}

/** The layers of a block one below the other in brackets, as the paper sets them, and how many blocks there are. */
function formula({ convolutions, repeats }) {
  const lines = convolutions.map(([kernel, channels]) => html`<span>${kernel}×${kernel}, ${channels}</span>`);
  return html`<span class="rd-brackets">${lines}</span> × ${repeats}`;
}
