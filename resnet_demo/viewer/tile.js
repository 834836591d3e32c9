// One tile of the row: the view, a stage's map over it, and the marks of the pin.

import { clearMap, drawMap } from "./draw_map.js";
import { element, icon, ICONS, placeAt } from "./elements.js";
import { cellBox, pointIn, shareOf } from "./geometry.js";
import { formatCount, formatShort, formatSigned, formatValue } from "./numbers.js";

/**
 * A tile. `index` is its place in the row, 0 for the view. `on` holds hover(index, point), leave(), click(index,
 * point) and enlarge(index); without the last it is the enlarged one. `longest` is the longer side of smooth maps in
 * pixels.
 */
export class Tile {
  constructor({ index, name, t, on, longest }) {
    Object.assign(this, { index, name, t, longest, large: !on.enlarge });
    this.facts = element("small", {});
    const meaning = t(index ? `stage.${name}.meaning` : "tile.view.meaning");
    this.photo = element("img", { class: "rv-photo", alt: "", draggable: "false" });
    this.map = element("canvas", { class: "rv-map", width: 1, height: 1, "aria-hidden": "true" });
    this.none = element("p", { class: "rv-none" });
    this.across = element("i", { class: "rv-line rv-across" });
    this.down = element("i", { class: "rv-line rv-down" });
    this.cell = element("i", { class: "rv-cell" });
    this.fields = element("div", { class: "rv-fields" });
    this.face = element(
      "div",
      {
        class: "rv-face",
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("tile.role"),
        onpointermove: (event) => event.pointerType !== "touch" && on.hover(index, this.pointOf(event)),
        onpointerleave: () => on.leave(),
        onclick: (event) => on.click(index, this.pointOf(event)),
      },
      this.photo,
      this.map,
      this.none,
      element("div", { class: "rv-marks", "aria-hidden": "true" }, this.fields, this.across, this.down, this.cell),
    );
    const enlarge = on.enlarge
      ? element(
          "button",
          {
            type: "button",
            class: "rv-enlarge",
            tabindex: -1, // Enter on the tile does the same
            title: t("tile.enlarge"),
            "aria-label": t("tile.enlarge_named", { name }),
            onclick: () => on.enlarge(index),
          },
          icon(ICONS.enlarge),
        )
      : null;
    this.footer = element("div", { class: "rv-tile-foot" });
    this.value = element("div", { class: "rv-tile-value" });
    this.node = element(
      "figure",
      { class: "rv-tile", "data-tile": index, "data-name": index ? name : "view" },
      element("figcaption", { title: meaning }, element("b", {}, name), this.facts),
      element("div", { class: "rv-frame" }, this.face, enlarge),
      this.footer,
      this.value,
    );
  }

  pointOf(event) {
    const rect = this.face.getBoundingClientRect();
    return pointIn(event.clientX, event.clientY, rect) ?? { x: 0.5, y: 0.5 };
  }

  /** Show the view of an analysis, at its shape. */
  setView(view) {
    this.face.style.aspectRatio = `${view.width} / ${view.height}`;
    this.photo.hidden = !view.src;
    if (view.src) this.photo.src = view.src;
  }

  /** Paint a stage's map, or say why there is none: `drawn` is its entry of the picture's tiles. */
  paintMap(drawn, values, { threshold, lookup, smooth, kindName, className }) {
    const { t } = this;
    const shown = drawn.evidence === "shown";
    this.map.hidden = !shown;
    if (shown) {
      const longest = smooth ? this.longest : 0;
      drawMap(this.map, { ...drawn, values }, { scale: drawn.scale, threshold, lookup, longest });
    } else clearMap(this.map);
    this.node.classList.toggle("rv-silent", !shown);
    this.none.textContent = shown ? "" : t(`none.${drawn.evidence}`, { class: className });
    this.facts.textContent = t("tile.facts", {
      rows: drawn.rows,
      columns: drawn.columns,
      channels: formatCount(drawn.channels),
    });
    const format = this.large ? formatValue : formatShort;
    this.footer.replaceChildren(
      element("span", {}, t("tile.max", { value: format(drawn.max) })),
      element("span", {}, t("tile.min", { value: format(drawn.min) })),
    );
    const words = { name: this.name, kind: kindName, class: className, rows: drawn.rows, columns: drawn.columns };
    this.face.setAttribute(
      "aria-label",
      shown
        ? t("tile.label", {
            ...words,
            max: formatValue(drawn.max),
            ...drawn.maxAt,
          })
        : t("tile.label_none", { ...words, none: this.none.textContent }),
    );
  }

  /** Words of the view's tile. */
  describeView(view, share) {
    const { t } = this;
    this.facts.textContent = t("tile.pixels", view);
    this.footer.replaceChildren(element("span", {}, share));
    this.face.setAttribute("aria-label", t("tile.label_view", view));
  }

  /**
   * Show the pin: cross-hair, cell and number of a stage, and on the view the receptive fields of the chosen stage, or
   * of all stages while the view itself is chosen.
   */
  markPin(picture, view) {
    const { t, index } = this;
    const { place } = picture;
    this.node.classList.toggle("rv-chosen", picture.tile === index);
    this.face.classList.toggle("rv-pointed", place !== null);
    this.face.classList.toggle("rv-pinned", place !== null && picture.pinned);
    this.cell.hidden = index === 0 || place === null;
    this.fields.hidden = index !== 0 || place === null;
    if (!place) {
      this.value.replaceChildren();
      return;
    }
    this.across.style.top = `${100 * place.point.y}%`;
    this.down.style.left = `${100 * place.point.x}%`;
    if (index === 0) {
      const shown = picture.tile === 0 ? picture.tiles : [picture.tiles[picture.tile - 1]];
      this.fields.replaceChildren(...fieldMarks(shown, view, ({ box }) => box));
      this.value.replaceChildren(element("span", {}, t("tile.pixel", place.view)));
      return;
    }
    const drawn = picture.tiles[index - 1];
    const box = cellBox(drawn.cell, drawn.rows, drawn.columns);
    placeAt(this.cell, shareOf(box, { width: 1, height: 1 }));
    this.value.replaceChildren(
      element("b", { class: drawn.value < 0 ? "rv-below" : null }, formatSigned(drawn.value)),
      element("span", {}, t("tile.cell", drawn.cell)),
    );
  }
}

/**
 * The outlines of stages' receptive fields on a picture, named and with their true sizes; those that cover the same part
 * of it, as all do that see the whole view, share one. `boxOf` gives a field's box in pixels of the picture.
 */
export function fieldMarks(tiles, picture, boxOf) {
  const marks = new Map();
  for (const { name, field } of tiles) {
    const share = shareOf(boxOf(field), picture);
    const place = Object.values(share).join();
    const { names = [] } = marks.get(place) ?? {};
    marks.set(place, { share, names: [...names, `${name} ${field.size}`] });
  }
  return [...marks.values()].map(({ share, names }) => {
    const mark = element("i", { class: "rv-field" }, element("span", {}, names.join(", ")));
    placeAt(mark, share);
    return mark;
  });
}
