// One map over the view it belongs to, without the viewer's marks and tools: what stands in cards and tables of maps.
import { rangeOf } from "../../viewer/arrays.js";
import { coloursOf, DIVERGING } from "../../viewer/colour.js";
import { drawMap } from "../../viewer/draw_map.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { painted } from "../../viewer/painted.js";
import { lookupOf } from "../../viewer/raster.js";
import { scaleOf } from "../../viewer/scale.js";

const LONGEST = 160; // pixels of the smooth picture

/**
 * A picture of `map`, {values, rows, columns}, over the view's picture `src`. `peak` gives several pictures one scale;
 * `marks` lie on top. A map with no evidence for the class leaves the view as it is, and `none` says so.
 */
export function mapPicture(page, asked) {
  const { src, map, label, signed = false, grey = signed, peak = null, none, marks = nothing } = asked;
  const range = rangeOf(map.values);
  const silent = !(signed ? Math.max(range.max, -range.min) > 0 : range.max > 0);
  const colours = page.colours[signed ? DIVERGING : (page.display?.colours ?? "viridis")];
  const longest = page.display?.smooth === false ? 0 : LONGEST;
  const draw = (canvas) => {
    const own = scaleOf(range, { signed, shared: false }, [range]);
    const scale = peak === null ? own : { low: signed ? -peak : 0, high: peak };
    const lookup = lookupOf(coloursOf(colours), { opacity: 0.7, signed });
    drawMap(canvas, map, { scale, threshold: 0, lookup, longest });
  };
  return html`
    <div class="rd-picture${grey ? " rd-grey" : ""}" role="img" aria-label=${silent ? `${label}. ${none}` : label}>
      <img src=${src} alt="" />
      ${silent
        ? html`<span class="rd-none">${none}</span>`
        : html`<canvas class="rd-map" width="1" height="1" ${painted(draw, map.values, peak, colours, longest)}></canvas>`}
      ${marks}
    </div>
  `;
}

/** The largest strength of several maps, for one scale. */
export function peakOf(maps, signed) {
  const ranges = maps.map(({ values }) => rangeOf(values));
  return Math.max(...ranges.map(({ min, max }) => (signed ? Math.max(max, -min) : max)));
}
