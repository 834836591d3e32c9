// How maps are looked at: the choices of the toolbar. None of them asks the server for anything.

import { SEQUENTIAL } from "./colour.js";

/** Kinds of class activation map, as in the payload. */
export const KINDS = ["grad-cam", "grad-cam++", "xgrad-cam", "layercam", "hirescam"];

/**
 * What a first look shows. `opacity` and `threshold` are shares, 0 to 1; `signed` draws what counts against a class too,
 * `contrasted` does so in maps for one class rather than another; `untempered` is the softmax at temperature 1, and
 * `beside` a second row of maps, HiResCAM under Grad-CAM; `tools` and `more` are what is unfolded.
 */
export const DEFAULTS = {
  kind: "grad-cam",
  opacity: 0.7,
  threshold: 0,
  colours: "viridis",
  smooth: true,
  shared: false,
  signed: false,
  contrasted: true,
  untempered: false,
  beside: false,
  tools: false,
  more: false,
};

const share = (value) => typeof value === "number" && value >= 0 && value <= 1;
const flag = (value) => typeof value === "boolean";
const ACCEPTED = {
  kind: (value) => KINDS.includes(value),
  opacity: share,
  threshold: share,
  colours: (value) => SEQUENTIAL.includes(value),
  smooth: flag,
  shared: flag,
  signed: flag,
  contrasted: flag,
  untempered: flag,
  beside: flag,
  tools: flag,
  more: flag,
};

/**
 * A display as it draws an analysis: both ends of a contrast are drawn at first, as what speaks for the other class is half
 * of it. Each of the two ways to draw is remembered by itself.
 */
export const displayFor = (analysis, display) =>
  analysis?.contrast ? { ...display, signed: display.contrasted } : display;

/** Changes to the display of an analysis, as they are remembered. */
export const changesFor = (analysis, { signed, ...others }) => {
  if (signed === undefined) return others;
  return { ...others, [analysis?.contrast ? "contrasted" : "signed"]: signed };
};

/** A display from whatever was kept in a link or by a browser: what can't be used is left at its default. */
export function displayFrom(kept) {
  const usable = Object.entries(kept ?? {}).filter(([name, value]) => ACCEPTED[name]?.(value));
  return { ...DEFAULTS, ...Object.fromEntries(usable) };
}
