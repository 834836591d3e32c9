// Where photos come in: dropped anywhere on the page, pasted, chosen, taken with a camera, or an example in one click.
import { ICONS, el, icon } from "./dom.js";
import { takePhoto } from "./camera.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff,.webp,.bmp";

export function mountPicker(element, page) {
  const input = el("input", { type: "file", multiple: true, accept: ACCEPTED, class: "rd-file", id: "rd-file" });
  input.addEventListener("change", () => {
    page.addFiles([...input.files]);
    input.value = ""; // the same file again is a new choice
  });
  const lead = el("span", { class: "rd-drop-lead" });
  const choose = el("b");
  const formats = el("small");
  const zone = el("label", { class: "rd-drop", htmlFor: "rd-file" }, lead, choose, formats);
  const camera = el("button", {
    type: "button",
    class: "rd-quiet rd-camera",
    on: { click: async () => page.addFiles(await takePhoto(page, element)) },
  });
  const heading = el("h2", { class: "rd-heading" });
  const examples = el("div", { class: "rd-examples", role: "group" });
  const examplesHeading = el("h2", { class: "rd-heading rd-second" });
  element.replaceChildren(heading, input, zone, camera, examplesHeading, examples);
  acceptDropsAndPastes(zone, page);

  function show() {
    const { say } = page;
    heading.textContent = say("photos.title");
    lead.textContent = `${say("photos.drop")} `;
    choose.textContent = say("photos.choose");
    formats.textContent = say("photos.formats", page.limits);
    camera.replaceChildren(icon(ICONS.camera), say("photos.camera"));
    camera.hidden = !navigator.mediaDevices?.getUserMedia;
    examplesHeading.textContent = say("photos.examples");
    examples.setAttribute("aria-label", say("photos.examples"));
    if (examples.childElementCount !== page.examples.length) {
      examples.replaceChildren(
        ...page.examples.map((name) =>
          el(
            "button",
            {
              type: "button",
              class: "rd-thumb",
              title: name,
              "data-example": name,
              on: { click: () => page.useExample(name) },
            },
            el("img", {
              src: page.url(`ui/examples/${encodeURIComponent(name)}`),
              alt: name,
              width: 46,
              height: 46,
              loading: "lazy",
            }),
          ),
        ),
      );
    }
    const shown = page.selected()?.example;
    for (const button of examples.children) {
      button.setAttribute("aria-pressed", String(button.dataset.example === shown));
    }
  }
  return { show };
}

/** Files dropped or pasted anywhere on the page, but never text dropped or pasted into a field. */
function acceptDropsAndPastes(zone, page) {
  const holdsFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
  let depth = 0; // dragenter and dragleave come for every element passed on the way
  const mark = (on) => zone.classList.toggle("rd-over", on);
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
    page.addFiles([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    page.addFiles(files);
  });
}
