// Probabilities as a short list of bars, most probable first.
import { html } from "../../viewer/lit-html/lit-html.js";
import { formatProbability } from "../../viewer/numbers.js";

export const probabilityBars = (predictions) => html`
  <ol class="rd-bars">
    ${predictions.map(
      ({ label, probability }) => html`
        <li>
          <span title=${label}>${label}</span>
          <span>${formatProbability(probability)}</span>
          <span class="rd-track"><i style="width: ${100 * probability}%"></i></span>
        </li>
      `,
    )}
  </ol>
`;
