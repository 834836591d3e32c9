// The map of what the answer loses when a patch covers each part of the photo in turn, with its numbers in words.
import { mapOf, numbersOf } from "../../viewer/arrays.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { formatProbability, formatSigned, formatValue } from "../../viewer/numbers.js";
import { mapPicture } from "./map_picture.js";
import { note, panel } from "./panels.js";

/**
 * What the answer loses when a patch covers each part in turn; `scored` is how a guess did, null without one, and `marks`
 * is drawn over the map.
 */
export function occlusionMap(page, { occlusion, scored, marks }) {
  const { say } = page;
  const label = page.payload.target.label;
  const map = mapOf(occlusion.drops);
  const most = Math.max(...map.values);
  const at = map.values.indexOf(most);
  const facts = {
    label,
    drop: formatSigned(-most),
    logit: formatValue(occlusion.logit),
    probability: formatProbability(numbersOf(occlusion.probabilities)[at]),
    from: formatProbability(occlusion.probability),
    side: occlusion.side,
    rows: map.rows,
    columns: map.columns,
  };
  return panel(
    say("occlusion.map", facts),
    "occlusion",
    page,
    scored
      ? html`<p class="rd-score" role="status">
          ${say("occlusion.score", { score: formatProbability(scored.score), chance: formatProbability(scored.chance) })}
        </p>`
      : nothing,
    html`<div class="rd-cards rd-large">
      ${mapPicture(page, {
        src: page.payload.view.src,
        map,
        label: say("occlusion.map", facts),
        signed: true,
        none: say("map.empty"),
        marks,
      })}
    </div>`,
    note(say("occlusion.found", facts), page),
  );
}
