// Tables that scroll sideways where they are wider than the page.
import { el } from "./dom.js";

/** A table in a frame that the keyboard can scroll too. `head` is its row of headings, `rows` those below. */
export function scrolled(label, style, head, rows) {
  return el(
    "div",
    { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": label },
    el("table", { class: `rd-table ${style}`.trim() }, el("thead", {}, head), el("tbody", {}, ...rows)),
  );
}

/**
 * A table of texts. The first column names the rows; the first `words` columns are set as words, the others, to the
 * right, as numbers.
 */
export function table(label, heads, rows, words = 1) {
  const style = (place) => (place < words ? "" : "rd-number");
  return scrolled(
    label,
    "",
    el("tr", {}, ...heads.map((text, place) => el("th", { scope: "col", class: style(place), textContent: text }))),
    rows.map(([name, ...cells]) =>
      el(
        "tr",
        {},
        el("th", { scope: "row", textContent: name }),
        ...cells.map((text, place) => el("td", { class: style(place + 1), textContent: text })),
      ),
    ),
  );
}
