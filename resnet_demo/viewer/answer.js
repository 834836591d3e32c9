// The network's answer: label, certainty, where it comes from, and the most probable classes as bars.

import { html, nothing } from "./lit-html/lit-html.js";
import { temperatureIn } from "./temperature.js";
import { formatCount, formatProbability, formatTime, formatValue } from "./numbers.js";

/** Where more than this share of photos of other classes get an answer as sure, the doubt is said loudly. */
const LOUD_FROM = 0.5;

/** Below this probability of its best guess the network is called unsure. */
export const UNSURE_BELOW = 0.4;

const NOT_COUNTED = ["wait", "load"]; // other people's turns and reading the network from disk are not this photo's time

const NOTES = { smaller: "note.smaller", "end-missing": "note.end-missing", "12-bit": "note.12-bit" };

/** The seconds this photo took, and the steps they went to: {total, steps: [[name, seconds]]}. */
export function timeSpent(timings) {
  const steps = Object.entries(timings).filter(([step]) => !NOT_COUNTED.includes(step));
  return { total: steps.reduce((sum, [, seconds]) => sum + seconds, 0), steps };
}

/**
 * The answer of an analysis. `display.untempered` says which probabilities are shown;
 * `on.target(index)` makes the bars buttons; without it, as in a report, they are plain rows; `on.contrast(index or null)` sets a class against the one that the maps are for. `on.widen()` is offered where the network is unsure and knows few classes.
 */
export function answerOf(analysis, { t, display, on }) {
  const { photo, network } = analysis;
  const shown = (found) => (display.untempered ? { ...found, probability: found.untempered } : found);
  const predictions = analysis.predictions.map(shown);
  const [best] = predictions;
  const { total, steps } = timeSpent(analysis.timings);
  const source = t("answer.source", {
    name: photo.name,
    width: formatCount(photo.width),
    height: formatCount(photo.height),
    depth: network.depth,
    title: network.title,
    device: analysis.device,
  });
  // An answer that was there before took no time of its own; a unit stays with its number.
  const time = steps.length ? ` · ${formatTime(total).replace(" ", "\u00a0")}` : "";
  return html`
    <div class="rv-answer">
      <h2 class="rv-name" aria-live="polite">
        <span>${best.label}</span> <small title=${temperatureIn(analysis, display, t)}>${formatProbability(best.probability)}</small>
      </h2>
      <p class="rv-source" title=${steps.map(([step, seconds]) => `${step} ${formatTime(seconds)}`).join(", ")}>${source}${time}</p>
      ${photo.notes.length ? html`<p class="rv-source">${photo.notes.map((note) => t(NOTES[note])).join(" ")}</p>` : nothing}
      <div class="rv-bars" role="group" aria-label=${t("answer.bars")}>
        ${[...predictions, ...analysis.further.map(shown)].map((prediction) => bar(prediction, analysis, { t, on }))}
      </div>
      ${on.widen
        ? html`<div class="rv-doubt">${placeOfDoubt(network, t)} ${doubtOf(analysis, best, { t, on })}</div>`
        : doubtOf(analysis, best, { t, on })}
    </div>
  `;
}

/** Why the photo may show none of the classes: photos of others get such answers too, or the network is unsure. */
function doubtOf({ network, unfamiliar, as_sure }, best, { t, on }) {
  const classes = formatCount(network.classes);
  if (unfamiliar) {
    const [known, others] = [as_sure.known, as_sure.others].map(formatProbability);
    const words = t("answer.unfamiliar", { classes, known, others });
    return doubt(words, network, { t, on }, { source: network.familiarity.measured_on, loud: as_sure.others > LOUD_FROM });
  }
  if (network.familiarity) return nothing;
  return best.probability < UNSURE_BELOW ? doubt(t("answer.unsure", { classes }), network, { t, on }) : nothing;
}

/** The place of the longest doubt, unseen: where one answer follows another, nothing moves when there is one. */
function placeOfDoubt({ classes }, t) {
  const most = formatProbability(0.9999);
  const words = t("answer.unfamiliar", { classes: formatCount(classes), known: most, others: most });
  return html`<p class="rv-doubt-place" aria-hidden="true">${words} <span>${t("answer.widen")}</span></p>`;
}

const doubt = (words, { classes }, { t, on }, { source = nothing, loud = true } = {}) => html`
  <p class="rv-unsure${loud ? " rv-loud" : ""}" title=${source}>
    ${words}
    ${on.widen && classes < 1000
      ? html`<button type="button" class="rv-link" @click=${() => on.widen()}>${t("answer.widen")}</button>`
      : nothing}
  </p>
`;

/** A class as a bar; one that is not among the most probable has its `rank`. */
function bar({ index, label, probability, logit, rank = null }, { target, contrast }, { t, on }) {
  const chosen = index === target.index;
  const against = index === contrast?.index;
  const style = `rv-bar${chosen ? " rv-target" : ""}${against ? " rv-contrast" : ""}`;
  const title = t("answer.bar", { label, probability: String(probability), logit: formatValue(logit) });
  const content = html`
    <span class="rv-bar-label"
      >${label}${against ? html`<small>${t("answer.against")}</small>` : nothing}
      ${rank ? html`<small>${t("answer.rank", { rank: formatCount(rank) })}</small>` : nothing}</span
    >
    <span class="rv-bar-track" aria-hidden="true"><i style="width: ${100 * probability}%"></i></span>
    <span class="rv-bar-number">${formatProbability(probability)}</span>
  `;
  if (!on.target) return html`<div class=${style} data-index=${index} title=${title}>${content}</div>`;
  return html`
    <div class="rv-bar-row">
      <button
        type="button"
        class=${style}
        data-index=${index}
        title=${title}
        aria-pressed=${String(chosen)}
        @click=${() => on.target(index)}
      >
        ${content}
      </button>
      ${on.contrast && !chosen ? versus(against, { label, class: target.label }, () => on.contrast(against ? null : index), t) : nothing}
    </div>
  `;
}

/** The button that sets a class against the one that the maps are for, or no longer does. */
const versus = (pressed, words, click, t) => html`
  <button
    type="button"
    class="rv-versus"
    title=${t(pressed ? "answer.alone" : "answer.versus_meaning", words)}
    aria-label=${t("answer.versus_named", words)}
    aria-pressed=${String(pressed)}
    @click=${click}
  >
    ${t("answer.versus")}
  </button>
`;
