// The controls of the toolbars: each returns {node, set}, where `set` shows a value without reporting it.

import { element } from "./elements.js";

/** A row of buttons of which one is down. `options` are [value, text], or [value, text, what it means on pointing]. */
export function segmented(label, options, value, report) {
  const buttons = options.map(([option, text, meaning]) =>
    element(
      "button",
      {
        type: "button",
        title: meaning,
        class: "rv-segment",
        "data-value": option,
        onclick: () => {
          set(option);
          report(option);
        },
      },
      text,
    ),
  );
  const set = (chosen) =>
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(options[i][0] === chosen)));
  set(value);
  return { node: element("div", { class: "rv-segments", role: "group", "aria-label": label }, ...buttons), set };
}

/** A slider from 0 to 100 for a share in 0..1, with its number beside it. `meaning` is told on pointing. */
export function slider(label, value, report, meaning = null) {
  const output = element("output", { class: "rv-slider-value" });
  const input = element("input", {
    type: "range",
    min: 0,
    max: 100,
    step: 1,
    oninput: () => {
      const share = Number(input.value) / 100;
      set(share);
      report(share);
    },
  });
  const set = (share) => {
    const percent = Math.round(100 * share);
    input.value = String(percent);
    input.setAttribute("aria-valuetext", `${percent} %`);
    output.textContent = `${percent} %`;
  };
  set(value);
  const node = element("label", { class: "rv-slider", title: meaning }, element("span", {}, label), input, output);
  return { node, set, input };
}

/** A menu with its label in front. `options` are [value, text]; values are texts. */
export function menu(label, options, value, report) {
  const select = element(
    "select",
    { class: "rv-select", "aria-label": label, onchange: () => report(select.value) },
    ...options.map(([option, text]) => element("option", { value: option }, text)),
  );
  const set = (chosen) => {
    select.value = chosen;
  };
  set(value);
  return { node: element("label", { class: "rv-menu" }, element("span", {}, label), select), set, select };
}
