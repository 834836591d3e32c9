// What the tabs are made of: sections, notes with their papers and terms, rows of buttons, tables.
import { el } from "./dom.js";
import { partsOf } from "./words.js";

export const note = (text, page) => el("p", { class: "rd-note" }, ...words(text, page));

export const row = (...children) => el("div", { class: "rd-row rd-middle" }, ...children);

export const section = (title, ...children) =>
  el("section", { class: "rd-panel-part" }, el("h3", { class: "rd-title3", textContent: title }), ...children);

export const button = (text, enabled, click) =>
  el("button", { type: "button", class: "rd-quiet", disabled: !enabled, textContent: text, on: { click } });

export const link = (text, click) =>
  el("button", { type: "button", class: "rd-link", textContent: text, on: { click } });

/** A text whose papers are links and whose terms say on pointing, or with the focus, what they mean. */
export function words(text, { say }) {
  return partsOf(text).map(({ text: plain, paper, term }) =>
    paper
      ? el("a", { href: paper, target: "_blank", rel: "noopener", textContent: plain })
      : term
        ? el("dfn", { class: "rd-term", tabIndex: 0, "data-meaning": say(`term.${term}`), textContent: plain })
        : plain,
  );
}

/** A row of buttons of which one is pressed. `choices` are [key, text]. */
export function segments(label, choices, value, pick) {
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

/** A table of numbers; the first column names the rows. `heads` and the cells of `rows` are texts. */
export function table(label, heads, rows) {
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
          ...heads.map((text, place) =>
            el("th", { scope: "col", class: place ? "rd-number" : "", textContent: text }),
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
            ...cells.map((text) => el("td", { class: "rd-number", textContent: text })),
          ),
        ),
      ),
    ),
  );
}

/** The same, folded away under its label. */
export const foldedTable = (label, heads, rows) =>
  el("details", { class: "rd-details" }, el("summary", { textContent: label }), table(label, heads, rows));
