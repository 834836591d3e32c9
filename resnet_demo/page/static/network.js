// What is known of the chosen network, and the way to weights that are not on this machine.
import { el } from "./dom.js";
import { weightsInFull, weightsTitle } from "./words.js";
import { formatCount, formatLarge, formatProbability, formatSize } from "../../viewer/numbers.js";

const unknown = "…";

/** The figures of the weights in use: never another set's. */
export function mountFacts(element, page) {
  const list = el("dl", { class: "rd-facts" });
  // On a phone the figures and the weights fold under one line, so that the photo is near.
  const fold = el("button", {
    type: "button",
    class: "rd-fold",
    on: { click: () => open(fold.getAttribute("aria-expanded") !== "true") },
  });
  element.replaceChildren(fold, list);

  function open(wide) {
    fold.setAttribute("aria-expanded", String(wide));
    document.getElementById("rd-side").classList.toggle("rd-open", wide);
    list.classList.toggle("rd-open", wide);
  }
  open(false);

  function show() {
    const { say } = page;
    const info = page.chosenWeights()?.info ?? null;
    const choice = page.chosenWeights();
    fold.textContent = choice
      ? `${weightsInFull(choice, say)} · ${say(choice.available ? "weights.here" : "weights.away")}`
      : unknown;
    if (choice && !choice.available) open(true);
    const rows = [
      ["facts.block", info ? `${info.block} × ${info.blocks.reduce((a, b) => a + b, 0)}` : unknown],
      ["facts.parameters", info ? formatLarge(info.parameters) : unknown],
      [
        "facts.multiply_adds",
        info ? say("facts.at", { value: formatLarge(info.multiply_adds), side: info.view_size[0] }) : unknown,
      ],
      ["facts.top1", !info ? unknown : info.top1 === null ? say("facts.unmeasured") : formatProbability(info.top1)],
    ];
    list.replaceChildren(
      ...rows.flatMap(([key, value]) => [
        el("dt", {
          textContent: say(key, { classes: info ? formatCount(info.classes) : unknown }),
          title: say(`${key}.meaning`, { data: info?.measured_on ?? "" }),
        }),
        el("dd", { textContent: value }),
      ]),
    );
  }
  return { show };
}

/** Offers the download of the chosen weights where they are not here, and shows how far one is. */
export function mountDownload(element, page) {
  const note = el("p", { class: "rd-note" });
  const button = el("button", { type: "button", class: "rd-primary", on: { click: () => page.download() } });
  const bar = el("progress", { max: 1 });
  const told = el("span", { class: "rd-told" });
  const stop = el("button", { type: "button", class: "rd-quiet", on: { click: () => page.stopDownload() } });
  const progress = el("div", { class: "rd-progress" }, bar, told, stop);
  const problem = el("p", { class: "rd-problem", role: "alert" });
  const whole = el("div", { class: "rd-download" }, note, button, progress, problem);
  element.replaceChildren(whole);

  function show() {
    const { say } = page;
    const { downloading } = page.networks;
    const choice = page.chosenWeights();
    const missing = choice !== null && !choice.available;
    const mine = downloading.depth === choice?.depth && downloading.name === choice?.name;
    const running = downloading.running && mine;
    const failed = mine ? downloading.error : null;
    whole.hidden = !missing && !running && !failed;
    note.hidden = !missing || running;
    note.textContent = missing
      ? say(choice.downloadable ? "weights.missing" : "weights.denied", { depth: choice.depth })
      : "";
    button.hidden = !missing || !choice.downloadable || running;
    button.disabled = downloading.running;
    button.textContent = missing
      ? say("weights.get", { title: weightsTitle(choice, say), size: formatSize(choice.size_bytes) })
      : "";
    progress.hidden = !running;
    if (downloading.total) bar.value = downloading.done / downloading.total;
    else bar.removeAttribute("value");
    bar.setAttribute("aria-label", say("weights.loading"));
    told.textContent = downloading.total
      ? `${formatSize(downloading.done)} / ${formatSize(downloading.total)}`
      : say("weights.connecting");
    stop.textContent = say("stop");
    problem.hidden = !failed;
    problem.textContent = failed ? page.sentence(failed) : "";
  }
  return { show };
}
