// The tab that puts depths side by side: the same photo, several networks, what they say and where layer4 looks.
import { mapOf, pictureOf } from "../../viewer/arrays.js";
import { pointOnPhoto, pointOnView } from "../../viewer/geometry.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import {
  formatCorrelation,
  formatCount,
  formatLarge,
  formatProbability,
  formatSize,
  formatTime,
} from "../../viewer/numbers.js";
import { probabilityBars } from "./bars.js";
import { Matrix } from "./matrix.js";
import { button, fineNote, note, panel, row, segments } from "./panels.js";
import { PhotoPair } from "./photo_pair.js";
import { scrolled } from "./tables.js";
import { progressBar, progressLine, Work } from "./work.js";
import { kinOf, weightsInFull } from "./words.js";

const FEWEST = 2;

export function mountCompare(root, page, gradio) {
  const work = new Work(page, gradio, {
    done: (comparison) => {
      found = comparison;
      foundFor = asked;
      rows = comparison.answers.map(({ analysis }) => rowOf(analysis));
    },
    changed: show,
  });
  const matrix = new Matrix(page, show);
  const photos = new PhotoPair(page, show);
  const chosen = new Set();
  let what = "depths"; // or photos
  let rows = []; // of the matrix
  let seeded = false;
  let same = false; // all explain the class that the answer on screen explains
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
    asked = { answer: page.selected().answer.id, name: page.selected().name, networks, same };
    work.start("comparison", { networks, same_class: same });
  }

  function choose(depth, wanted) {
    if (wanted) chosen.add(depth);
    else chosen.delete(depth);
    show();
  }

  /** A depth to choose, and the way to its weights where they are not here. */
  function choice(depth) {
    const its = choiceOf(depth);
    return html`
      <div class="rd-choice">
        <input
          type="checkbox"
          id="rd-compare-${depth}"
          .checked=${chosen.has(depth) && Boolean(its?.available)}
          ?disabled=${!its?.available}
          @change=${({ target }) => choose(depth, target.checked)}
        />
        <label for="rd-compare-${depth}"><b>ResNet-${depth}</b>${its ? weightsInFull(its, page.say) : ""}</label>
        ${state(depth, its)}
      </div>
    `;
  }

  function state(depth, its) {
    const { say } = page;
    const { running, done, total, ...loading } = page.networks.downloading;
    if (running && loading.depth === depth && loading.name === its?.name)
      return progressBar(done, total, say("weights.loading"));
    if (its?.available || !its?.downloadable)
      return html`<small>${say(its?.available ? "weights.here" : "weights.none")}</small>`;
    const get = say("compare.get", { size: formatSize(its.size_bytes) });
    const fetchIt = () => {
      chosen.add(depth); // who fetches it here means to compare it
      page.download(its);
    };
    return html`
      <button
        type="button"
        class="rd-quiet rd-small"
        aria-label="${get}: ResNet-${depth}, ${weightsInFull(its, say)}"
        ?disabled=${running}
        @click=${fetchIt}
      >
        ${get}
      </button>
    `;
  }

  /** Why nothing can be compared yet, or what went wrong on the way to weights. */
  function hint() {
    const { error, depth } = page.networks.downloading;
    if (error && depth !== page.state.depth) return page.sentence(error);
    return ready().length < FEWEST ? page.say("compare.few") : "";
  }

  function show() {
    if (!page.networks.byDepth) return;
    const { say } = page;
    if (!seeded) {
      seeded = true;
      for (const depth of depths().filter((each) => choiceOf(each)?.available)) chosen.add(depth);
    }
    const answer = page.selected()?.answer;
    const may = !work.running && ready().length >= FEWEST && Boolean(answer);
    const hinted = hint();
    const current = foundFor?.answer === answer?.id;
    const kinds = ["depths", "photos"].map((key) => [key, say(`compare.what.${key}`)]);
    const pick = (key) => {
      what = key;
      show();
    };
    const side = row(segments(say("tab.compare"), kinds, what, pick));
    if (what === "photos") return render(html`<div class="rd-tab">${side} ${photos.draw()}</div>`, root);
    return render(
      html`
        <div class="rd-tab">
          ${side} ${note(say("compare.about"), page)}
          <div class="rd-choices" role="group" aria-label=${say("depth.title")}>${depths().map(choice)}</div>
          ${row(
            button(say("compare.go"), may, start, "rd-primary"),
            html`<span class="rd-check">
              <input
                type="checkbox"
                id="rd-same"
                .checked=${same}
                @change=${({ target }) => (same = target.checked)}
              />
              <label for="rd-same">${say("compare.same", { label: answer?.target.label ?? "…" })}</label>
            </span>`,
          )}
          ${ready().map((depth) => kinOf(choiceOf(depth), say)).filter(Boolean).map(fineNote)}
          ${hinted ? html`<p class="rd-note">${hinted}</p>` : nothing} ${progressLine(work, page)}
          ${found
            ? html`<div class="rd-compared${work.running || !current ? " rd-due" : ""}">${compared(current)}</div>`
            : nothing}
        </div>
      `,
      root,
    );
  }

  function compared(current) {
    const { say } = page;
    const { answers, same_classes } = found;
    return panel(
      say("compare.title", { name: foundFor.name }),
      "depths-compared",
      page,
      html`<p class="rd-verdict" role="status">${verdict(current).join(" ")}</p>
        ${matrix.draw(rows, current ? (page.display?.pin ?? null) : null)}
        <div class="rd-cards">${answers.map((answer) => card(answer, same_classes))}</div>`,
      pairTable(found),
    );
  }

  function verdict(current) {
    const { say } = page;
    const { agreement, same_classes, shared_classes } = found;
    const key = { 1: "compare.all", 0: "compare.none", null: "compare.nothing" }[agreement] ?? "compare.some";
    const sentences = [say(key, { share: formatProbability(agreement ?? 0) })];
    if (!same_classes && shared_classes) sentences.push(say("compare.shared", { classes: formatCount(shared_classes) }));
    return current ? sentences : [say("compare.old"), ...sentences];
  }

  function card({ analysis, shared, shared_mass }, sameClasses) {
    const { say } = page;
    const { network, predictions, timings } = analysis;
    const facts = [
      ["compare.time", formatTime(timings.pass ?? 0)],
      ["facts.parameters", formatLarge(network.parameters)],
      ["facts.multiply_adds", formatLarge(network.multiply_adds)],
    ];
    return html`
      <section class="rd-card" data-depth=${network.depth}>
        <h3><b>ResNet-${network.depth}</b><small>${page.networks.titleOf(network, say)}</small></h3>
        ${probabilityBars(predictions)}
        ${sameClasses || !shared.length
          ? nothing
          : [fineNote(say("compare.among", { mass: formatProbability(shared_mass) })), probabilityBars(shared)]}
        <dl class="rd-facts">${facts.map(([key, value]) => html`<dt>${say(key)}</dt><dd>${value}</dd>`)}</dl>
      </section>
    `;
  }

  /** A row of the matrix: the same place of the photo in each network's own view of it. */
  function rowOf({ view, photo, box, network, predictions: [best], target, stages }) {
    const onScreen = () => page.payload;
    return {
      name: `ResNet-${network.depth}`,
      note: page.networks.titleOf(network, page.say),
      label: best.label,
      probability: best.probability,
      explained: target.label,
      src: pictureOf(view),
      maps: Object.fromEntries(page.stages.map((stage) => [stage, mapOf(stages[stage].cams["grad-cam"])])),
      at: (point) => pointOnView(pointOnPhoto(point, onScreen().photo, onScreen().box), photo, box),
      from: (point) => pointOnView(pointOnPhoto(point, photo, box), onScreen().photo, onScreen().box),
    };
  }

  function pairTable({ answers, pairs, other_photos: [mean, deviation] }) {
    const { say } = page;
    const heads = ["compare.pair", "compare.top1", "compare.common", "compare.maps"];
    const name = (place) => `ResNet-${answers[place].analysis.network.depth}`;
    const yes = (value) => (value === null ? "–" : say(value ? "yes" : "no"));
    const agreement = ({ map_agreement, same_target }) =>
      map_agreement === null ? "–" : formatCorrelation(map_agreement) + (same_target ? "" : " *");
    const line = (pair) => html`
      <tr>
        <th scope="row">${name(pair.first)} · ${name(pair.second)}</th>
        <td>${yes(pair.same_top1)}</td>
        <td class="rd-number">${pair.common ?? "–"}</td>
        <td class="rd-number">${agreement(pair)}</td>
      </tr>
    `;
    const table = html`
      <table class="rd-table">
        <caption>${say("compare.pairs")}</caption>
        <thead>
          <tr>
            ${heads.map(
              (key, place) => html`
                <th scope="col" class=${place > 1 ? "rd-number" : ""} title=${say(`${key}.meaning`)}>${say(key)}</th>
              `,
            )}
          </tr>
        </thead>
        <tbody>${pairs.map(line)}</tbody>
      </table>
      ${fineNote(say("compare.chance", { mean: formatCorrelation(mean), deviation: formatCorrelation(deviation) }))}
      ${pairs.some((pair) => !pair.same_target) ? fineNote(say("compare.star")) : nothing}
    `;
    return scrolled(say("compare.pairs"), table);
  }

  return { show, request: () => work.request(), failed: () => work.failed(), answered: show, looked: show };
}
