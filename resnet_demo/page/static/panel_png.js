// A panel of the page as a PNG, as it is seen. The browser draws it: a copy of the panel, with its style sheets and with
// its canvases and charts as pictures, goes into an SVG and from there onto a canvas.

const SCALE = 2; // pixels of the file for one of the page
const EDGE = 16;

/** Save `panel`, an element inside a part of the page, as `<name>.png`. Rejects where the browser can't draw it. */
export async function savePanel(panel, name) {
  const width = Math.ceil(panel.scrollWidth);
  const height = Math.ceil(panel.scrollHeight);
  const sheet = styleSheet(panel.getRootNode());
  const whole = made("div", { className: "rd-whole" });
  whole.append(made("style", { textContent: sheet }), await copyOf(panel));
  const tokens = [...new Set(sheet.match(/--[\w-]+/g))].map((token) => `${token}:${valueOf(panel, token)}`);
  whole.style.cssText = `${tokens.join(";")};width:${width}px`;
  const drawn = new Image();
  drawn.src = svgOf(whole, width, height);
  await drawn.decode();
  const canvas = made("canvas", { width: SCALE * (width + 2 * EDGE), height: SCALE * (height + 2 * EDGE) });
  const context = canvas.getContext("2d");
  context.fillStyle = valueOf(panel, "--panel");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(drawn, SCALE * EDGE, SCALE * EDGE, SCALE * width, SCALE * height);
  const file = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const address = URL.createObjectURL(file);
  made("a", { href: address, download: `${name}.png` }).click();
  URL.revokeObjectURL(address);
}

const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

const valueOf = (element, token) => getComputedStyle(element).getPropertyValue(token);

const styleSheet = (root) =>
  root.adoptedStyleSheets.map(({ source }) => source.replaceAll(":host", ".rd-whole")).join("\n");

function svgOf(whole, width, height) {
  const text = new XMLSerializer().serializeToString(whole);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><foreignObject width="100%" height="100%">${text}</foreignObject></svg>`;
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}

/** A copy of what is seen of a node, without what only works on the page. */
async function copyOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.cloneNode();
  if (node.nodeType !== Node.ELEMENT_NODE || node.hidden || node.matches(".rd-save, .rd-work")) return "";
  if (node.localName === "canvas") return pictureOf(node, node.toDataURL());
  if (node.localName === "slot") return chartOf(node);
  const copy = node.cloneNode(false);
  for (const child of node.localName === "details" && !node.open ? [] : node.childNodes)
    copy.append(await copyOf(child));
  return copy;
}

function pictureOf(node, src) {
  const copy = made("img", { src, alt: "", className: node.className });
  copy.style.cssText = `${node.style.cssText};filter:none`; // a rule for photos is not meant for it
  return copy;
}

/** The chart that Gradio's component draws into a slot. */
async function chartOf(slot) {
  const plot = slot.assignedElements()[0]?.querySelector(".js-plotly-plot");
  if (!plot) return "";
  const { clientWidth: width, clientHeight: height } = plot;
  const copy = made("img", { src: await window.Plotly.toImage(plot, { format: "png", scale: SCALE, width, height }) });
  copy.style.cssText = `display:block;width:${width}px;height:${height}px`;
  return copy;
}
