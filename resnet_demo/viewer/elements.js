// DOM elements from plain values. Text becomes text nodes and nothing else: no markup is ever parsed, so a file name or
// label can't become one.

/**
 * An element. `properties` are attributes, except `class`, functions named on… (listeners) and booleans (present or
 * absent; for aria-… the words true and false). null and undefined are left out. Children are nodes or texts.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean" && !name.startsWith("aria-")) node.toggleAttribute(name, value);
    else node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** A line drawing on a 16 by 16 grid in the colour of the text; `path` is an SVG path. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", "aria-hidden": "true", class: "rv-icon" })) {
    svg.setAttribute(name, value);
  }
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  enlarge: "M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  previous: "M10 3L5 8l5 5",
  next: "M6 3l5 5-5 5",
};

/** Put an element at a share of its parent: {left, top, width, height} in 0..1. */
export function placeAt(node, share) {
  for (const [side, value] of Object.entries(share)) node.style[side] = `${100 * value}%`;
}

/** A picture that is decoded before anyone sees it, so that it never appears later than the words beside it. */
export async function decoded(source) {
  if (!source) return;
  const image = new Image();
  image.src = source;
  await image.decode();
}
