// Where photos come in: dropped anywhere on the page, pasted, chosen, taken with a camera, or an example in one click.
import { icon } from "../../viewer/icons.js";
import { html, render } from "../../viewer/lit-html/lit-html.js";
import { takePhoto } from "./camera.js";
import { STEPS } from "./controls.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp";

export function mountPicker(root, page) {
  let over = false; // something is dragged over the page
  acceptDropsAndPastes(page, (dragged) => {
    over = dragged;
    show();
  });

  function choose({ target }) {
    page.addFiles([...target.files]);
    target.value = ""; // the same file again is a new choice
  }

  /** What is on an example, {title, note} in the visitor's language. */
  function captionOf(name) {
    const { title, note } = page.captions[name] ?? {};
    return title && { title: title[page.language], note: note[page.language] };
  }

  /** The one example that Tab stops at; arrow keys go on from it. */
  const stop = () => page.examples.find((name) => name === page.selected()?.example) ?? page.examples[0];

  function walk(event) {
    const all = [...event.currentTarget.children];
    const at = all.indexOf(event.target) + (STEPS[event.key] ?? 0);
    if (!STEPS[event.key]) return;
    event.preventDefault();
    all[(at + all.length) % all.length].focus();
  }

  const example = (name) => html`
    <button
      type="button"
      class="rd-thumb"
      title="${captionOf(name)?.title ?? ""} (${name})"
      aria-pressed=${String(name === page.selected()?.example)}
      tabindex=${name === stop() ? 0 : -1}
      @click=${() => page.useExample(name)}
    >
      <img src=${page.url(`ui/examples/${encodeURIComponent(name)}`)} alt=${captionOf(name)?.title ?? name} width="46" height="46" loading="lazy" />
    </button>
  `;

  const captioned = (caption) => html`<p class="rd-note rd-fine rd-caption"><b>${caption?.title}</b> ${caption?.note}</p>`;

  function show() {
    const { say } = page;
    render(
      html`
        <h2 class="rd-heading">${say("photos.title")}</h2>
        <input type="file" multiple accept=${ACCEPTED} class="rd-file" id="rd-file" @change=${choose} />
        <label class="rd-drop${over ? " rd-over" : ""}" for="rd-file">
          <span class="rd-drop-lead">${say("photos.drop")}</span>
          <b>${say("photos.choose")}</b>
          <small>${say("photos.formats", page.limits)}</small>
        </label>
        <button
          type="button"
          class="rd-quiet rd-camera"
          ?hidden=${!navigator.mediaDevices?.getUserMedia}
          @click=${async () => page.addFiles(await takePhoto(page, root))}
        >
          ${icon("camera")}${say("photos.camera")}
        </button>
        <h2 class="rd-heading rd-second">${say("photos.examples")}</h2>
        <div class="rd-examples" role="group" aria-label=${say("photos.examples")} @keydown=${walk}>${page.examples.map(example)}</div>
        ${captioned(captionOf(page.selected()?.example))}
      `,
      root,
    );
  }
  return { show };
}

/** Files dropped or pasted anywhere on the page, but never text; `mark(dragged)` is told while some are over it. */
function acceptDropsAndPastes(page, mark) {
  const holdsFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
  let depth = 0; // dragenter and dragleave come for every element passed on the way
  addEventListener("dragenter", (event) => {
    if (holdsFiles(event.dataTransfer)) mark(++depth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (holdsFiles(event.dataTransfer)) mark(--depth > 0);
  });
  addEventListener("dragover", (event) => {
    if (holdsFiles(event.dataTransfer)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    mark((depth = 0) > 0);
    filesOf(event.dataTransfer).then((files) => page.addFiles(files));
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    page.addFiles(files);
  });
}

/** The dropped files; of folders everything in them, each file knowing its `pathInFolder`. */
async function filesOf({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.some(({ isDirectory }) => isDirectory) ? (await Promise.all(entries.map(within))).flat() : [...files];
}

async function within(entry) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [Object.assign(file, { pathInFolder: entry.fullPath.slice(1) })];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (!some.length) return (await Promise.all(inside.map(within))).flat();
    inside.push(...some);
  }
}
