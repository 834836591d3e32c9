// Probabilities as a short list of bars, most probable first.
import { el } from "./dom.js";
import { formatProbability } from "../../viewer/numbers.js";

export function probabilityBars(predictions) {
  return el(
    "ol",
    { class: "rd-bars" },
    ...predictions.map(({ label, probability }) => {
      const filled = el("i");
      filled.style.width = `${100 * probability}%`;
      return el(
        "li",
        {},
        el("span", { textContent: label, title: label }),
        el("span", { textContent: formatProbability(probability) }),
        el("span", { class: "rd-track" }, filled),
      );
    }),
  );
}
