// One map over the view it belongs to, without the viewer's marks and tools: what stands in cards and tables of maps.
import { rangeOf } from "../../viewer/arrays.js";
import { coloursOf, DIVERGING } from "../../viewer/colour.js";
import { drawMap } from "../../viewer/draw_map.js";
import { lookupOf } from "../../viewer/raster.js";
import { scaleOf } from "../../viewer/scale.js";
import { el } from "./dom.js";

const LONGEST = 160; // pixels of the smooth picture

/**
 * A picture of `map`, {values, rows, columns}, over the view's picture `src`. `peak` gives several pictures one scale. A map with no evidence for the class leaves the view as it is, and `none` says so.
 */
export function mapPicture(page, { src, map, label, signed = false, grey = signed, peak = null, none }) {
  const range = rangeOf(map.values);
  const scale =
    peak === null ? scaleOf(range, { signed, shared: false }, [range]) : { low: signed ? -peak : 0, high: peak };
  const silent = !(signed ? Math.max(range.max, -range.min) > 0 : range.max > 0);
  const canvas = el("canvas", { class: "rd-map", width: 1, height: 1 });
  const lookup = lookupOf(coloursOf(page.colours[signed ? DIVERGING : (page.display?.colours ?? "viridis")]), {
    opacity: 0.7,
    signed,
  });
  if (!silent)
    drawMap(
      canvas,
      map,
      { scale, threshold: 0, lookup, longest: page.display?.smooth === false ? 0 : LONGEST },
    );
  return {
    node: el(
      "div",
      {
        class: `rd-picture${grey ? " rd-grey" : ""}`,
        role: "img",
        "aria-label": silent ? `${label}. ${none}` : label,
      },
      el("img", { src, alt: "" }),
      canvas,
      silent ? el("span", { class: "rd-none", textContent: none }) : null,
    ),
    range,
  };
}

/** The largest strength of several maps, for one scale. */
export function peakOf(maps, signed) {
  return Math.max(
    ...maps.map(({ values }) => {
      const { min, max } = rangeOf(values);
      return signed ? Math.max(max, -min) : max;
    }),
  );
}
