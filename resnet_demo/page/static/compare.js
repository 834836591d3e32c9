// The tab that puts depths side by side: the same photo, several networks, what they say and where layer4 looks.
import { probabilityBars } from "./bars.js";
import { el } from "./dom.js";
import { mapPicture } from "./map_picture.js";
import { panel, words } from "./panels.js";
import { progressLine, Work } from "./work.js";
import { mapOf, pictureOf } from "../../viewer/arrays.js";
import { weightsInFull } from "./words.js";
import { formatCorrelation, formatCount, formatLarge, formatProbability, formatSize, formatTime } from "../../viewer/numbers.js";

const FEWEST = 2;

export function mountCompare(root, page, gradio) {
  const about = el("p", { class: "rd-note" });
  const list = el("div", { class: "rd-choices", role: "group" });
  const same = el("input", { type: "checkbox", id: "rd-same" });
  const sameLabel = el("label", { htmlFor: "rd-same" });
  const go = el("button", { type: "button", class: "rd-primary", on: { click: () => start() } });
  const hint = el("p", { class: "rd-note" });
  const out = el("div", { class: "rd-compared" });
  const work = new Work(page, gradio, {
    done: (comparison) => {
      found = comparison;
      foundFor = asked;
    },
    changed: show,
  });
  const line = progressLine(work, page);
  root.replaceChildren(
    el(
      "div",
      { class: "rd-tab" },
      about,
      list,
      el("div", { class: "rd-row rd-middle" }, go, el("span", { class: "rd-check" }, same, sameLabel)),
      hint,
      line.node,
      out,
    ),
  );

  const chosen = new Set();
  let seeded = false;
  let found = null;
  let asked = null;
  let foundFor = null; // the answer and networks that `found` is about

  /** The weights of a depth that would be compared: those in use, else what "auto" takes, else the first to be had. */
  function choiceOf(depth) {
    const { choices, auto } = page.networks.byDepth[depth];
    const name = Number(depth) === page.state.depth ? page.chosenWeights()?.name : auto;
    return choices.find((each) => each.name === name) ?? choices[0];
  }

  const depths = () => Object.keys(page.networks.byDepth).map(Number);
  const ready = () => depths().filter((depth) => chosen.has(depth) && choiceOf(depth)?.available);

  function start() {
    const networks = ready().map((depth) => ({ depth, weights: choiceOf(depth).name }));
    asked = { answer: page.selected().answer.id, name: page.selected().name, networks, same: same.checked };
    work.start("comparison", { networks, same_class: same.checked });
  }

  function row(depth) {
    const { say } = page;
    const choice = choiceOf(depth);
    const box = el("input", {
      type: "checkbox",
      id: `rd-compare-${depth}`,
      checked: chosen.has(depth) && Boolean(choice?.available),
      disabled: !choice?.available,
    });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(depth);
      else chosen.delete(depth);
      show();
    });
    const loading =
      page.networks.downloading.running &&
      page.networks.downloading.depth === depth &&
      page.networks.downloading.name === choice?.name;
    const bar = el("progress", { max: 1, "aria-label": say("weights.loading") });
    if (loading && page.networks.downloading.total)
      bar.value = page.networks.downloading.done / page.networks.downloading.total;
    return el(
      "div",
      { class: "rd-choice" },
      box,
      el(
        "label",
        { htmlFor: box.id },
        el("b", { textContent: `ResNet-${depth}` }),
        choice ? weightsInFull(choice, say) : "",
      ),
      loading
        ? bar
        : choice?.available || !choice?.downloadable
          ? el("small", { textContent: choice?.available ? say("weights.here") : say("weights.none") })
          : el("button", {
              type: "button",
              class: "rd-quiet rd-small",
              textContent: say("compare.get", { size: formatSize(choice.size_bytes) }),
              "aria-label": `${say("compare.get", { size: formatSize(choice.size_bytes) })}: ResNet-${depth}, ${weightsInFull(choice, say)}`,
              disabled: page.networks.downloading.running,
              on: {
                click: () => {
                  chosen.add(depth); // who fetches it here means to compare it
                  page.download(choice);
                },
              },
            }),
    );
  }

  function show() {
    if (!page.networks.byDepth) return;
    const { say } = page;
    if (!seeded) {
      seeded = true;
      depths()
        .filter((depth) => choiceOf(depth)?.available)
        .slice(0, 5)
        .forEach((depth) => chosen.add(depth));
    }
    about.replaceChildren(...words(say("compare.about"), page));
    list.setAttribute("aria-label", say("depth.title"));
    const focused = root.activeElement?.id;
    list.replaceChildren(...depths().map(row));
    if (focused) root.getElementById(focused)?.focus();
    sameLabel.textContent = say("compare.same", { label: page.selected()?.answer?.target.label ?? "…" });
    go.textContent = say("compare.go");
    go.disabled = work.running || ready().length < FEWEST || !page.selected()?.answer;
    const failed =
      page.networks.downloading.error && page.networks.downloading.depth !== page.state.depth
        ? page.sentence(page.networks.downloading.error)
        : "";
    hint.textContent = failed || (ready().length < FEWEST ? say("compare.few") : "");
    hint.hidden = !hint.textContent;
    line.show();
    const current = foundFor && foundFor.answer === page.selected()?.answer?.id;
    out.hidden = !found;
    out.classList.toggle("rd-due", Boolean(found) && (work.running || !current));
    if (found) out.replaceChildren(...drawn(current));
  }

  function drawn(current) {
    const { say } = page;
    const { answers, pairs, same_classes, shared_classes, agreement } = found;
    const sentences = [
      say(
        agreement === null
          ? "compare.nothing"
          : agreement === 1
            ? "compare.all"
            : agreement === 0
              ? "compare.none"
              : "compare.some",
        { share: formatProbability(agreement ?? 0) },
      ),
    ];
    if (!same_classes && shared_classes)
      sentences.push(say("compare.shared", { classes: formatCount(shared_classes) }));
    if (!current) sentences.unshift(say("compare.old"));
    return [
      panel(
        say("compare.title", { name: foundFor.name }),
        "depths-compared",
        page,
        el("p", { class: "rd-verdict", role: "status", textContent: sentences.join(" ") }),
        el("div", { class: "rd-cards" }, ...answers.map((answer) => card(answer, same_classes))),
        pairTable(answers, pairs),
      ),
    ];
  }

  function card({ analysis, shared, shared_mass }, sameClasses) {
    const { say } = page;
    const { view, network, predictions, target, stages, timings } = analysis;
    const map = mapOf(stages.layer4.cams["grad-cam"]);
    const { node } = mapPicture(page, {
      src: pictureOf(view),
      map,
      label: say("compare.map", { depth: network.depth, label: target.label }),
      none: say("map.none", { label: target.label }),
    });
    const facts = [
      ["compare.time", formatTime(timings.pass ?? 0)],
      ["facts.parameters", formatLarge(network.parameters)],
      ["facts.multiply_adds", formatLarge(network.multiply_adds)],
    ];
    return el(
      "section",
      { class: "rd-card", "data-depth": String(network.depth) },
      el("h3", {}, el("b", { textContent: `ResNet-${network.depth}` }), el("small", { textContent: network.title })),
      node,
      el("p", {
        class: "rd-note rd-fine",
        textContent: say("compare.for", { label: target.label, rows: map.rows, columns: map.columns }),
      }),
      probabilityBars(predictions),
      ...(sameClasses || !shared.length
        ? []
        : [
            el("p", { class: "rd-note rd-fine", textContent: say("compare.among", { mass: formatProbability(shared_mass) }) }),
            probabilityBars(shared),
          ]),
      el(
        "dl",
        { class: "rd-facts" },
        ...facts.flatMap(([key, value]) => [el("dt", { textContent: say(key) }), el("dd", { textContent: value })]),
      ),
    );
  }

  function pairTable(answers, pairs) {
    const { say } = page;
    const name = (place) => `ResNet-${answers[place].analysis.network.depth}`;
    const yes = (value) => (value === null ? "–" : value ? say("yes") : say("no"));
    return el(
      "div",
      { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": say("compare.pairs") },
      el(
        "table",
        { class: "rd-table" },
        el("caption", { textContent: say("compare.pairs") }),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["compare.pair", "compare.top1", "compare.common", "compare.maps"].map((key, place) =>
              el("th", {
                scope: "col",
                class: place > 1 ? "rd-number" : "",
                textContent: say(key),
                title: say(`${key}.meaning`),
              }),
            ),
          ),
        ),
        el(
          "tbody",
          {},
          ...pairs.map((pair) =>
            el(
              "tr",
              {},
              el("th", { scope: "row", textContent: `${name(pair.first)} · ${name(pair.second)}` }),
              el("td", { textContent: yes(pair.same_top1) }),
              el("td", { class: "rd-number", textContent: pair.common ?? "–" }),
              el("td", {
                class: "rd-number",
                textContent:
                  pair.map_agreement === null ? "–" : formatCorrelation(pair.map_agreement) + (pair.same_target ? "" : " *"),
              }),
            ),
          ),
        ),
      ),
      pairs.some((pair) => !pair.same_target)
        ? el("p", { class: "rd-note rd-fine", textContent: say("compare.star") })
        : null,
    );
  }

  return { show, request: () => work.request(), failed: () => work.failed(), answered: show };
}
