// Patches of photos that excite a channel, cut by the receptive field of its strongest cell.

import { element, placeAt } from "./elements.js";
import { cellBox } from "./geometry.js";
import { formatValue } from "./numbers.js";

/** The patches out of `photos` photos as a row of small pictures; a sentence tells of photos without one. */
export function patchRow(patches, photos, t) {
  const words = patches.length ? [t("patches.about")] : [];
  if (patches.length < photos) words.push(t("patches.silent", { count: photos - patches.length, photos }));
  return element(
    "section",
    { class: "rv-patches" },
    element("h3", {}, t("patches.title")),
    element("p", {}, words.join(" ")),
    element("div", { class: "rv-patch-row" }, ...patches.map((patch) => patchOf(patch, t))),
  );
}

function patchOf({ name, view, value, rows, columns, cell, box }, t) {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const image = element("img", { src: view.src, alt: t("patches.alt", { name }), draggable: "false" });
  placeAt(image, {
    left: -box.left / width,
    top: -box.top / height,
    width: view.width / width,
    height: view.height / height,
  });
  const strongest = cellBox(cell, rows, columns);
  const mark = element("i", { class: "rv-cell" });
  placeAt(mark, {
    left: (strongest.left * view.width - box.left) / width,
    top: (strongest.top * view.height - box.top) / height,
    width: ((strongest.right - strongest.left) * view.width) / width,
    height: ((strongest.bottom - strongest.top) * view.height) / height,
  });
  const frame = element("div", { class: "rv-patch-frame" }, view.src ? image : null, mark);
  frame.style.aspectRatio = `${width} / ${height}`;
  return element(
    "figure",
    { class: "rv-patch", "data-value": value },
    frame,
    element("figcaption", { title: name }, element("b", {}, formatValue(value)), ` ${name}`),
  );
}
