// The tab of stimuli: what the channels of each stage are tuned to, for several networks side by side; one channel's
// tuning curves; and a sheet to draw on.
import { numbersOf, pictureOf } from "../../viewer/arrays.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCorrelation, formatValue } from "../../viewer/numbers.js";
import { bestOf } from "./channel_search.js";
import { button, channelLink, facts, foldedTable, note, panel, row, section, segments } from "./panels.js";
import { Sketch } from "./sketch.js";
import { colourOf, curveChart, shareChart, shareText, sheetPicture } from "./tuning_charts.js";
import { progressLine, Work } from "./work.js";

const PROPERTIES = [
  ...["orientation", "frequency", "colour", "curvature", "classes"],
  ...["texture", "shape", "place", "size", "turn"],
];
const FIRST = 12; // channels that are named of a property
const hueOf = (degrees) => `hsl(${degrees} 80% 50%)`;

/** Whether a tuning tells of a property: of classes only that of weights with class profiles does. */
const tells = ({ stages }, key) => Object.values(stages).every(({ indices }) => key in indices);

export function mountStimuli(root, page, gradio) {
  const found = new Map(); // by key, a network's tuning
  let queue = [];
  let chosen = { stage: "layer4", channel: 0 };
  let property = "orientation";
  let answering = null; // {answer, stage, channels}: those that the photo in view excites, most first

  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const sketch = new Sketch(page, (file) => page.addFiles([file]));
  const keyOf = ({ depth, weights }) => `${depth}/${weights}`;
  const inView = () => page.selected()?.answer?.network ?? null;
  const current = () => inView() && found.get(keyOf(inView()));

  /** Every network that is on this server, the one in view first. */
  function networks() {
    const byDepth = page.networks.byDepth ?? {};
    const here = Object.entries(byDepth).flatMap(([depth, { choices, auto }]) =>
      choices.filter(({ name }) => name === auto).map(({ name }) => ({ depth: Number(depth), weights: name })),
    );
    const mine = inView();
    return mine ? [mine, ...here.filter((each) => keyOf(each) !== keyOf(mine))] : here;
  }

  const missing = () => networks().filter((each) => !found.has(keyOf(each)));

  function measure(wanted) {
    queue = [...wanted];
    next();
  }

  function next() {
    const network = queue.shift();
    if (network) work.start("tuning", network);
  }

  function receive(result, { depth, weights }) {
    const { sheet, columns, pictures } = result;
    const drawn = { src: pictureOf(sheet), columns, rows: Math.ceil(pictures / columns) };
    found.set(keyOf({ depth, weights }), { ...result, sheet: drawn });
    next();
    answered();
  }

  /** Which channels the photo in view, a drawing for example, excites most beside what the bench's pictures do. */
  async function answered() {
    const tuning = current();
    const id = page.selected()?.answer?.id;
    if (!tuning || !id || !page.isOpen("stimuli")) return show();
    const { stage } = chosen;
    const best = bestOf(tuning.stages[stage]);
    const channels = best.map((_, channel) => channel);
    try {
      const rows = await page.json(`ui/channels/${stage}?ids=${id}&channels=${channels.join()}`);
      const peaks = rows[id]?.peaks;
      if (!peaks || page.selected()?.answer?.id !== id || chosen.stage !== stage) return undefined;
      const beside = channels.map((channel) => ({ channel, value: peaks[channel] / (best[channel] || Infinity) }));
      answering = { id, stage, channels: beside.sort((a, b) => b.value - a.value).slice(0, FIRST) };
    } catch {
      answering = null;
    }
    return show();
  }

  function choose(fields) {
    const stage = fields.stage ?? chosen.stage;
    const last = current() ? current().stages[stage].best.shape[0] - 1 : 0;
    const channel = Math.min(Math.max(0, fields.channel ?? chosen.channel), last);
    const other = stage !== chosen.stage;
    chosen = { stage, channel };
    if (other) answered();
    show();
  }

  function show() {
    const { say } = page;
    const first = [...found.values()][0];
    render(
      html`
        <div class="rd-tab">
          ${section(
            say("stimuli.title"),
            note(say("stimuli.about"), page),
            row(
              inView() && !current()
                ? button(say("stimuli.go", inView()), !work.running, () => measure([inView()]), "rd-primary")
                : nothing,
              missing().length > (current() ? 0 : 1)
                ? button(say("stimuli.all"), !work.running, () => measure(missing()))
                : nothing,
            ),
            progressLine(work, page),
          )}
          ${found.size ? shares(first) : nothing} ${current() ? [channelPart(current()), listPart(current())] : nothing}
          ${section(say("sketch.title"), note(say("sketch.about"), page), sketch.view())}
        </div>
      `,
      root,
    );
  }

  /** The one chart: what each stage learns, every depth side by side. */
  function shares(first) {
    const { say } = page;
    const stages = Object.keys(first.stages);
    const all = [...found.values()];
    const name = ({ depth }) => `ResNet-${depth}`;
    const charted = (key) =>
      all.flatMap((each, place) => {
        const over = (table) => stages.map((stage) => each.stages[stage][table][key]);
        const nulls = over("null_shares");
        const known = nulls.every((share) => share !== undefined);
        return tells(each, key) ? [{ name: name(each), place, shares: over("shares"), nulls: known ? nulls : null }] : [];
      });
    const rows = all.flatMap((each) =>
      PROPERTIES.filter((key) => tells(each, key)).map((key) => [
        `${name(each)}, ${say(`tuned.${key}`)}`,
        ...stages
          .map((stage) => each.stages[stage])
          .map((its) => shareText(its.shares[key], its.null_shares[key])),
      ]),
    );
    return panel(
      say("stimuli.shares"),
      "stimuli",
      page,
      note(say("stimuli.shares.read"), page),
      html`<p class="rd-key">
        ${all.map((each, place) => html`<span><i style="background: ${colourOf(place)}"></i>${name(each)}</span>`)}
        <span><i class="rd-dotted"></i>${say("stimuli.null")}</span>
      </p>`,
      html`<div class="rd-multiples">
        ${PROPERTIES.map(
          (key) => html`
            <section>
              <h4>${say(`tuned.${key}`)}</h4>
              ${charted(key).length ? shareChart(say(`tuned.${key}`), stages, charted(key)) : nothing}
              ${key === "classes" ? missingClasses(all, charted(key)) : nothing} ${note(say(`tuned.${key}.read`), page)}
            </section>
          `,
        )}
      </div>`,
      foldedTable("stimuli", say("chart.numbers"), [say("trust.stage"), ...stages], rows),
    );
  }

  /** Of which networks it is not known what their channels make of classes, and of which not what chance gives. */
  function missingClasses(all, charted) {
    const { say } = page;
    const told = [
      ["tuned.classes.without", all.filter((each) => !tells(each, "classes")).map(({ depth }) => `ResNet-${depth}`)],
      ["tuned.classes.no_null", charted.filter(({ nulls }) => !nulls).map(({ name }) => name)],
    ];
    return told
      .filter(([, names]) => names.length)
      .map(([key, names]) => note(say(key, { networks: names.join(", ") }), page));
  }

  /** One channel: its curves, its indices and the pictures that excite it most. */
  function channelPart(tuning) {
    const { say } = page;
    const { stage, channel } = chosen;
    const of = tuning.stages[stage];
    const names = Object.keys(tuning.stages).map((each) => [each, each]);
    const at = (table) => [...numbersOf(table).subarray(channel * table.shape[1], (channel + 1) * table.shape[1])];
    const best = at(of.best).filter((picture) => picture >= 0);
    const index = (key) => (of.indices[key] ? formatCorrelation(numbersOf(of.indices[key])[channel]) : "–");
    const number = html`<label class="rd-number-field">
      ${say("stimuli.channel")}
      <input
        type="number"
        min="0"
        max=${of.best.shape[0] - 1}
        .value=${String(channel)}
        @change=${({ target }) => choose({ channel: Number(target.value) })}
      />
    </label>`;
    return section(
      say("stimuli.one", { stage, channel }),
      row(
        segments(say("trust.stage"), names, stage, (each) => choose({ stage: each })),
        number,
      ),
      best.length
        ? html`<div class="rd-best">
            ${best.map((picture) => sheetPicture(tuning.sheet, picture, 64, say("stimuli.picture", { picture })))}
          </div>`
        : note(say("stimuli.silent"), page),
      html`<div class="rd-curves">
        ${Object.entries(tuning.steps).map(([key, steps]) =>
          curveChart(
            say(`curve.${key}`),
            steps.map((step) => stepText(key, step)),
            at(of.curves[key]),
            key === "hue" ? hueOf : undefined,
          ),
        )}
      </div>`,
      facts(PROPERTIES.map((key) => [say(`tuned.${key}`), index(key)])),
      note(say("stimuli.one.read"), page),
      html`<p class="rd-note">${channelLink(page, { stage, channel }, say("lab.one.atlas"))}</p>`,
    );
  }

  /** The names of places hold a sign each; contours are words. */
  const stepText = (key, step) => (key === "contour" ? page.say(`contour.${step.replace(" ", ".")}`) : step);

  /** The channels of the stage that are most tuned to something, and those that the photo in view excites. */
  function listPart(tuning) {
    const { say } = page;
    const { stage } = chosen;
    if (!tells(tuning, property)) property = PROPERTIES[0];
    const values = [...numbersOf(tuning.stages[stage].indices[property])];
    const ranked = values
      .map((value, channel) => ({ channel, value }))
      .sort((a, b) => b.value - a.value)
      .slice(0, FIRST);
    const chips = (list, format) => html`<div class="rd-chips">
      ${list.map(
        ({ channel, value }) => html`
          <button type="button" aria-pressed=${String(channel === chosen.channel)} @click=${() => choose({ channel })}>
            <b>#${channel}</b> ${format(value)}
          </button>
        `,
      )}
    </div>`;
    const mine = answering?.id === page.selected()?.answer?.id && answering?.stage === stage;
    return section(
      say("stimuli.list", { stage }),
      segments(
        say("stimuli.property"),
        PROPERTIES.filter((key) => tells(tuning, key)).map((key) => [key, say(`tuned.${key}`)]),
        property,
        (key) => {
          property = key;
          show();
        },
      ),
      chips(ranked, formatCorrelation),
      mine
        ? [
            note(say("stimuli.answering", { name: page.selected().name, stage }), page),
            chips(answering.channels, (value) => `× ${formatValue(value, 2)}`),
          ]
        : nothing,
    );
  }

  return {
    show,
    answered,
    opened: () => answered(),
    choose,
    request: () => work.request(),
    failed: () => work.failed(),
  };
}
