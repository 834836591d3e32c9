// What the networks trained for CIFAR-10 say of the photo in view, side by side, and all that they see of it.
import { numbersOf, pictureOf } from "../../viewer/arrays.js";
import { html } from "../../viewer/lit-html/lit-html.js";
import { probabilityBars } from "./bars.js";
import { section, note } from "./panels.js";

const SHOWN = 3;

/** The most probable of the `classes` that an answer names, as bars show them. */
export function mostProbable({ probabilities }, classes, say) {
  return [...numbersOf(probabilities)]
    .map((probability, place) => ({ label: say(`deg.class.${classes[place]}`), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, SHOWN);
}

/** `found` is the finding about the photo, `name(run)` what the run called so is named on the page. */
export function smallNetworks(found, name, page) {
  const { say } = page;
  const answers = found.answers.map(
    (answer) => html`
      <div>
        <h4>${name(answer.run)}</h4>
        ${probabilityBars(mostProbable(answer, found.classes, say))}
      </div>
    `,
  );
  return section(
    say("deg.small"),
    note(say("deg.small.read"), page),
    html`
      <div class="rd-small-networks">
        <figure>
          <img src=${pictureOf(found.picture)} alt=${say("deg.small.picture")} width="96" height="96" />
          <figcaption class="rd-note rd-fine">${say("deg.small.picture")}</figcaption>
        </figure>
        <div class="rd-two rd-wide">${answers}</div>
      </div>
    `,
  );
}
