// The tab of many photos: a sortable table, what is known of their true classes, and how well the network did.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatPoints, formatProbability, formatValue } from "../../viewer/numbers.js";
import { savePlot } from "./charts.js";
import { ORDERS, WAYS, accuracyOf, areasOf, confusionsOf, inOrder, meansOf, reliabilityOf, rowsOf } from "./evaluation.js";
import { csvOf, jsonOf } from "./evaluation_files.js";
import { button, link, note, problem, row, section } from "./panels.js";
import { reliabilityChart } from "./reliability_chart.js";
import { scrolled, table } from "./tables.js";
import { keyFor } from "./truth.js";
import { progressBar, Work } from "./work.js";

const STAGE = "layer4"; // the map by whose order pixels are deleted and inserted
const SHUFFLES = 3; // of each map: over many photos few will do
const PLOT = "rd-reliability-plot";

// What each column sorts by. A true class that is none of the five comes after the fifth.
const COLUMNS = {
  file: ({ path }) => path,
  truth: ({ given }) => given,
  label: ({ label }) => label,
  probability: ({ probability }) => probability,
  margin: ({ margin }) => margin,
  place: ({ place }) => (place === 0 ? Infinity : place),
  deletion: ({ areas }) => areas?.map.deletion ?? null,
  insertion: ({ areas }) => areas?.map.insertion ?? null,
};
const WORDS = ["file", "truth", "label"];

export function mountManyPhotos(root, page, gradio) {
  document.getElementById(PLOT).slot = "reliability";
  const areas = new Map(); // what was measured, by the answer's id
  let sort = { column: null, descending: false };
  let queue = []; // answers still to be measured
  let total = 0;
  let drawn = "";
  const work = new Work(page, gradio, {
    done: (found, { answer }) => areas.set(answer, areasOf(found, STAGE)),
    changed: () => {
      if (!work.running && !work.error && queue.length) next();
      else show();
    },
  });

  const truthOf = (photo) => keyFor(photo.truth, page.networks.classes);
  const rows = () => rowsOf(page.state.photos, truthOf, areas, page.state.running);
  const unmeasured = () => page.state.photos.flatMap(({ answer }) => (answer && !areas.has(answer.id) ? answer.id : []));

  function measure() {
    queue = unmeasured();
    total = queue.length;
    next();
  }

  const next = () => work.start("faithfulness", { answer: queue.shift(), stages: [STAGE], shuffles: SHUFFLES });

  function stop() {
    queue = [];
    work.stop();
  }

  // Drawing

  function show() {
    const { say } = page;
    const known = rows();
    render(
      html`
        <div class="rd-tab">
          ${note(say("many.about", page.limits), page)} ${choosing()}
          ${known.length ? [summary(known), everyPhoto(known), confused(known), calibration(known), means(known), files(known)] : nothing}
        </div>
      `,
      root,
    );
    draw(known);
  }

  /** The figure of the chart; called by Gradio's event. */
  function figures() {
    const { bins, error } = reliabilityOf(rows());
    return [error === null ? undefined : reliabilityChart(bins, page.say)];
  }

  /** A chart is drawn where there is something to draw, and anew only where its numbers are others. */
  function draw(known) {
    const { bins, error } = reliabilityOf(known);
    const text = JSON.stringify(bins);
    if (error === null || !page.isOpen("photos") || text === drawn) return;
    drawn = text;
    gradio.trigger("draw");
  }

  function choosing() {
    const { say } = page;
    const add = ({ target }) => {
      page.addFiles([...target.files]);
      target.value = "";
    };
    const chooser = (id, text, attributes) => html`
      <input type="file" class="rd-file" id=${id} @change=${add} multiple ?webkitdirectory=${attributes.folder} accept=${attributes.accept ?? nothing} />
      <label class="rd-quiet" for=${id}>${text}</label>
    `;
    return row(
      "webkitdirectory" in HTMLInputElement.prototype ? chooser("rd-folder", say("many.folder"), { folder: true }) : nothing,
      chooser("rd-labels", say("many.labels"), { accept: ".csv,.tsv,text/csv" }),
    );
  }

  function summary(known) {
    const { say } = page;
    const { top1, top5 } = accuracyOf(known);
    const strange = [...new Set(known.filter(({ given, truth }) => given && !truth).map(({ given }) => given))];
    const told = (of) => say("many.share", { ...of, share: formatProbability(of.share), low: formatProbability(of.low), high: formatProbability(of.high) });
    return html`
      ${top1
        ? html`<dl class="rd-inline rd-figures">
            <div><dt>${say("many.top1")}</dt><dd>${told(top1)}</dd></div>
            <div><dt>${say("many.top5")}</dt><dd>${told(top5)}</dd></div>
          </dl>`
        : note(say("many.no_truth"), page)}
      ${problem(strange.length ? say("many.strange", { labels: strange.slice(0, 8).join(", "), count: strange.length }) : "")}
    `;
  }

  function everyPhoto(known) {
    const { say } = page;
    const title = say("table.title", { count: known.length });
    const order = sort.column ? inOrder(known, COLUMNS[sort.column], sort.descending) : known;
    const columns = Object.keys(COLUMNS).filter((name) => !WAYS.includes(name) || known.some(({ areas: some }) => some));
    return section(
      title,
      scrolled(
        title,
        html`<table class="rd-table rd-photo-table">
          <thead><tr>${columns.map(heading)}</tr></thead>
          <tbody>${order.map((each) => line(each, columns))}</tbody>
        </table>`,
      ),
    );
  }

  function heading(name) {
    const { say } = page;
    const chosen = sort.column === name;
    const press = () => {
      sort = { column: name, descending: chosen ? !sort.descending : !WORDS.includes(name) && name !== "place" };
      show();
    };
    const direction = sort.descending ? "descending" : "ascending";
    return html`
      <th scope="col" class=${WORDS.includes(name) ? "" : "rd-number"} aria-sort=${chosen ? direction : "none"}>
        <button type="button" class="rd-sort" title=${say(`table.${name}.meaning`)} @click=${press}>${say(`table.${name}`)}</button>
      </th>
    `;
  }

  const line = (each, columns) => html`
    <tr aria-selected=${String(each.key === page.state.selected)} class=${each.due ? "rd-due" : ""}>
      <th scope="row">
        <button type="button" class="rd-link rd-with-thumb" @click=${() => page.select(each.key)}>
          ${each.thumb ? html`<img src=${each.thumb} alt="" loading="lazy" />` : html`<i></i>`}<span>${each.path}</span>
        </button>
      </th>
      ${each.label === null ? unanswered(each, columns.length - 1) : columns.slice(1).map((name) => cell(name, each))}
    </tr>
  `;

  const unanswered = ({ error, due }, span) => html`
    <td colspan=${span} class=${error ? "rd-bad" : ""}>
      ${error ? page.sentence(error) : page.say(due ? "table.waiting" : "table.stopped")}
    </td>
  `;

  const PLAIN = {
    truth: ({ given }) => given ?? "–",
    label: ({ label }) => label,
    probability: ({ probability }) => formatProbability(probability),
    margin: ({ margin }) => (margin === null ? "–" : formatPoints(margin)),
    place: ({ place }) => (place === null ? "–" : place || page.say("many.beyond")),
    deletion: ({ areas: of }) => (of ? formatValue(of.map.deletion) : "–"),
    insertion: ({ areas: of }) => (of ? formatValue(of.map.insertion) : "–"),
  };

  const cell = (name, each) => html`
    <td class="${WORDS.includes(name) ? "" : "rd-number"}${name === "place" && each.place !== null && each.place !== 1 ? " rd-bad" : ""}">
      ${PLAIN[name](each)}
    </td>
  `;

  function confused(known) {
    const { say } = page;
    const found = confusionsOf(known);
    if (!accuracyOf(known).top1) return nothing;
    const photos = (of) => html`
      <span class="rd-confused">
        ${of.map(
          ({ key, path, thumb }) => html`
            <button type="button" class="rd-thumb" title=${path} aria-label=${path} @click=${() => page.select(key)}>
              ${thumb ? html`<img src=${thumb} alt="" loading="lazy" />` : html`<span class="rd-blank">${path.slice(-4)}</span>`}
            </button>
          `,
        )}
      </span>
    `;
    const heads = ["many.truth", "many.taken_for", "many.count", "photos.title"].map((key) => say(key));
    const lines = found.map(({ given, label, rows: of }) => [given, label, formatCount(of.length), photos(of)]);
    return section(say("many.confusions"), found.length ? table(say("many.confusions"), heads, lines, 2) : note(say("many.none_confused"), page));
  }

  function calibration(known) {
    const { say } = page;
    const { error } = reliabilityOf(known);
    const { top1 } = accuracyOf(known);
    const whole = section(
      say("many.reliability"),
      note(say("many.reliability.read"), page),
      html`<slot name="reliability"></slot>`,
      link(say("chart.save"), () => savePlot(PLOT, "reliability")),
      error === null ? nothing : note(say("many.ece", { error: formatProbability(error), count: top1.count }), page),
    );
    return html`<div ?hidden=${error === null}>${whole}</div>`;
  }

  function means(known) {
    const { say } = page;
    const left = unmeasured().length;
    const { count, ...found } = meansOf(known);
    const told = ({ mean, error }) => (error === null ? formatValue(mean) : `${formatValue(mean)} ± ${formatValue(error, 2)}`);
    const lines = () => ORDERS.map((order) => [say(`many.order.${order}`), ...WAYS.map((way) => told(found[order][way]))]);
    const heads = ["many.order", "trust.deletion", "trust.insertion"].map((key) => say(key));
    const text = say(areas.size && left ? "many.measure_more" : "many.measure", { count: left });
    return section(
      say("many.means"),
      note(say("many.means.read", { shuffles: SHUFFLES }), page),
      row(button(text, left > 0 && !work.running, measure, "rd-primary")),
      measuring(),
      count ? [table(say("many.means"), heads, lines()), note(say("many.measured", { count }), page)] : nothing,
    );
  }

  /** How many photos are measured, with a Stop; and why not, where it went wrong. */
  function measuring() {
    const { say, sentence } = page;
    const { running, place, progress, error } = work;
    const done = total - queue.length - 1;
    const part = progress?.total ? progress.done / progress.total : 0;
    return html`
      <div class="rd-work" ?hidden=${!running && !error}>
        <div class="rd-progress" role="status" ?hidden=${!running}>
          ${progressBar(done + part, total, say("work.progress"))}
          <span class="rd-told">${place ? say("answer.queue", { place }) : say("many.measuring", { done, total })}</span>
          <button type="button" class="rd-quiet" @click=${stop}>${say("stop")}</button>
        </div>
        <p class="rd-problem" role="alert" ?hidden=${!error}>${error ? sentence(error) : ""}</p>
      </div>
    `;
  }

  function files(known) {
    const { say } = page;
    const network = page.selected()?.answer?.network ?? null;
    return section(
      say("many.files"),
      row(
        button(say("many.csv"), true, () => save("evaluation.csv", "text/csv", csvOf(known))),
        button(say("many.json"), true, () => save("evaluation.json", "application/json", jsonOf(known, network))),
      ),
    );
  }

  addEventListener("rd-theme", () => setTimeout(() => gradio.trigger("draw")));
  return {
    show,
    answered: show,
    opened: show,
    spoken: () => gradio.trigger("draw"),
    request: () => work.request(),
    failed: () => work.failed(),
    figures,
  };
}

/** Hand a text to the visitor as a file. */
function save(name, type, text) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
