// Tables that scroll sideways where they are wider than the page.
import { html } from "../../viewer/lit-html/lit-html.js";

/** Whatever is wider than the page, in a frame that the keyboard can scroll too. */
export const scrolled = (label, content) => html`
  <div class="rd-scroll" tabindex="0" role="region" aria-label=${label}>${content}</div>
`;

/**
 * A table of texts. The first column names the rows; the first `words` columns are set as words, the others, to the
 * right, as numbers.
 */
export function table(label, heads, rows, words = 1) {
  const style = (place) => (place < words ? "" : "rd-number");
  const head = heads.map((text, place) => html`<th scope="col" class=${style(place)}>${text}</th>`);
  const cells = (row) => row.map((text, place) => html`<td class=${style(place + 1)}>${text}</td>`);
  return scrolled(
    label,
    html`<table class="rd-table">
      <thead>
        <tr>${head}</tr>
      </thead>
      <tbody>
        ${rows.map(([name, ...row]) => html`<tr><th scope="row">${name}</th>${cells(row)}</tr>`)}
      </tbody>
    </table>`,
  );
}
