// What the tabs are made of: sections, notes with their papers and terms, rows of buttons.
import { el } from "./dom.js";
import { savePanel } from "./panel_png.js";
import { table } from "./tables.js";
import { partsOf } from "./words.js";

export const note = (text, page) => el("p", { class: "rd-note" }, ...words(text, page));

export const row = (...children) => el("div", { class: "rd-row rd-middle" }, ...children);

export const section = (title, ...children) =>
  el("section", { class: "rd-panel-part" }, el("h3", { class: "rd-title3", textContent: title }), ...children);

export const button = (text, enabled, click) =>
  el("button", {
    type: "button",
    class: "rd-quiet",
    disabled: !enabled,
    textContent: text,
    "data-focus": text,
    on: { click },
  });

/** A section that can be saved as a picture of this name. */
export function panel(title, name, page, ...children) {
  const whole = section(title, ...children);
  const problem = el("p", { class: "rd-problem rd-save", hidden: true });
  const save = link(page.say("chart.save"), () =>
    savePanel(whole, name).catch(() => {
      problem.hidden = false;
      problem.textContent = page.say("chart.unsaved");
    }),
  );
  save.classList.add("rd-save");
  save.setAttribute("aria-label", `${page.say("chart.save")}: ${title}`);
  whole.firstChild.after(save);
  whole.append(problem);
  whole.classList.add("rd-saved");
  return whole;
}

export const link = (text, click) =>
  el("button", { type: "button", class: "rd-link", textContent: text, "data-focus": text, on: { click } });

/** A text whose papers are links and whose terms say on pointing, or with the focus, what they mean. */
export function words(text, { say }) {
  return partsOf(text).map(({ text: plain, paper, term }) =>
    paper
      ? el("a", { href: paper, target: "_blank", rel: "noopener", textContent: plain })
      : term
        ? el("dfn", {
            class: "rd-term",
            tabIndex: 0,
            "data-meaning": say(`term.${term}`),
            "data-focus": `term ${term}`,
            textContent: plain,
          })
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
        "data-focus": `${label} ${key}`,
        on: { click: () => pick(key) },
      }),
    ),
  );
}

const unfolded = new Set(); // what a visitor has opened stays open when it is drawn anew

/** Draw anew, and give the focus back to what stands where it was. */
export function keepingFocus(root, draw) {
  const { id, dataset } = root.activeElement ?? {};
  draw();
  if (root.activeElement) return;
  if (id) root.getElementById(id)?.focus();
  else if (dataset?.focus) root.querySelector(`[data-focus="${CSS.escape(dataset.focus)}"]`)?.focus();
}

/** Something folded away under `summary`; `name` tells it from everything else that is. */
export function folded(name, summary, content) {
  const whole = el("details", { class: "rd-details", open: unfolded.has(name) }, el("summary", { textContent: summary }), content);
  whole.addEventListener("toggle", () => {
    if (!whole.isConnected) return;
    if (whole.open) unfolded.add(name);
    else unfolded.delete(name);
  });
  return whole;
}

export const foldedTable = (name, label, heads, rows) => folded(name, label, table(label, heads, rows));
