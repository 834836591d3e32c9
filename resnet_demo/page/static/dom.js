// Elements without markup: whatever a visitor named or wrote becomes text, never HTML.

/** An element with properties and children. Names with a dash become attributes; `on` holds listeners. */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (name === "class") made.className = value;
    else if (name === "role" || name.includes("-")) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A line icon of 16 by 16, from the `d` of its path. */
export function icon(d) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 16 16",
    width: 16,
    height: 16,
    "aria-hidden": "true",
    class: "rd-icon",
  })) {
    svg.setAttribute(name, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  camera: "M2 5.5h3l1.2-2h3.6l1.2 2h3v7.5h-12zM8 7a2.2 2.2 0 1 0 .01 0",
  theme: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 2.5v11",
  help: "M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.1",
  add: "M8 3v10M3 8h10",
  down: "M8 3v8M4.5 8L8 11.5 11.5 8M3 13.5h10",
};

/** Keep the class `dark` of an element in a shadow root in step with the page's theme. */
export function follow(element) {
  const apply = () => element.classList.toggle("dark", window.resnetDemoTheme.dark());
  apply();
  addEventListener("rd-theme", apply);
}
