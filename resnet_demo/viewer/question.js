// What the maps answer: the class they are for, the one it is set against, and the kind of map.

import { menu } from "./controls.js";
import { element } from "./elements.js";
import { kindMenu } from "./kind_note.js";
import { pieces } from "./texts.js";

/**
 * The line above the tiles. With `on.contrast(index or null)` the other class can be chosen among the most probable
 * ones; without it, as in a report, the line only says which it is.
 */
export function questionOf(analysis, { t, texts, display, change, on }) {
  const { target, contrast, predictions } = analysis;
  const words = element(
    "h3",
    { class: "rv-asked" },
    ...pieces(texts["question.maps_for"], { class: element("b", {}, target.label) }),
  );
  const parts = [words];
  if (on.contrast) {
    const others = predictions.filter(({ index }) => index !== target.index);
    if (contrast && !others.some(({ index }) => index === contrast.index)) others.push(contrast);
    const options = [["", t("question.no_contrast")], ...others.map(({ index, label }) => [String(index), label])];
    const report = (value) => on.contrast(value === "" ? null : Number(value));
    parts.push(menu(t("question.rather_than"), options, contrast ? String(contrast.index) : "", report).node);
  } else if (contrast) {
    words.append(` ${t("question.rather_than")} `, element("b", {}, contrast.label));
  }
  return element("div", { class: "rv-question" }, ...parts, kindMenu(analysis, { t, display, change }).node);
}

/** The class of an analysis in words: "espresso", or "espresso rather than cup". */
export function classWords({ target, contrast }, t) {
  return contrast ? t("question.pair", { class: target.label, other: contrast.label }) : target.label;
}
