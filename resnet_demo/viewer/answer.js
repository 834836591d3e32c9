// The network's answer: label, certainty, where it comes from, and the most probable classes as bars.

import { element } from "./elements.js";
import { formatCount, formatProbability, formatTime, formatValue } from "./numbers.js";

/** Below this probability of its best guess the network is called unsure. */
export const UNSURE_BELOW = 0.4;

const NOT_COUNTED = ["wait", "load"]; // other people's turns and reading the network from disk are not this photo's time

/** The seconds this photo took, and the steps they went to: {total, steps: [[name, seconds]]}. */
export function timeSpent(timings) {
  const steps = Object.entries(timings).filter(([step]) => !NOT_COUNTED.includes(step));
  return { total: steps.reduce((sum, [, seconds]) => sum + seconds, 0), steps };
}

/**
 * The answer of an analysis. `on.target(index)` makes the bars buttons; without it, as in a report, they are plain
 * rows. `on.widen()` is offered where the network is unsure and knows few classes.
 */
export function answerOf(analysis, { t, on }) {
  const { photo, network, predictions, target, contrast } = analysis;
  const best = predictions[0];
  const { total, steps } = timeSpent(analysis.timings);
  const unsure = best.probability < UNSURE_BELOW;
  const source = t("answer.source", {
    name: photo.name,
    width: formatCount(photo.width),
    height: formatCount(photo.height),
    depth: network.depth,
    title: network.title,
    device: analysis.device,
    time: formatTime(total).replace(" ", "\u00a0"), // the unit stays with its number
  });
  const title = steps.map(([step, seconds]) => `${step} ${formatTime(seconds)}`).join(", ");
  return element(
    "div",
    { class: "rv-answer" },
    element(
      "h2",
      { class: "rv-name", "aria-live": "polite" },
      element("span", {}, best.label),
      " ",
      element("small", {}, formatProbability(best.probability)),
    ),
    element("p", { class: "rv-source", title }, source),
    unsure ? unsureNote(network, { t, on }) : null,
    element(
      "div",
      { class: "rv-bars", role: "group", "aria-label": t("answer.bars") },
      ...predictions.map((prediction) => bar(prediction, { target, contrast, t, on })),
    ),
  );
}

function unsureNote(network, { t, on }) {
  const words = t("answer.unsure", { classes: formatCount(network.classes) });
  const wider = on.widen && network.classes < 1000;
  return element(
    "p",
    { class: "rv-unsure" },
    words,
    wider ? element("button", { type: "button", class: "rv-link", onclick: () => on.widen() }, t("answer.widen")) : null,
  );
}

function bar(prediction, { target, contrast, t, on }) {
  const chosen = prediction.index === target.index;
  const against = prediction.index === contrast?.index;
  const percent = formatProbability(prediction.probability);
  const filled = element("i", {});
  filled.style.width = `${100 * prediction.probability}%`;
  const properties = {
    class: ["rv-bar", chosen && "rv-target", against && "rv-contrast"].filter(Boolean).join(" "),
    "data-index": prediction.index,
    title: t("answer.bar", {
      label: prediction.label,
      probability: String(prediction.probability),
      logit: formatValue(prediction.logit),
    }),
  };
  const children = [
    element(
      "span",
      { class: "rv-bar-label" },
      prediction.label,
      against ? element("small", {}, t("answer.against")) : null,
    ),
    element("span", { class: "rv-bar-track", "aria-hidden": "true" }, filled),
    element("span", { class: "rv-bar-number" }, percent),
  ];
  if (!on.target) return element("div", properties, ...children);
  return element(
    "button",
    { ...properties, type: "button", "aria-pressed": chosen, onclick: () => on.target(prediction.index) },
    ...children,
  );
}
