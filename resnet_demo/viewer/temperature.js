// The temperature of the softmax: which one the probabilities on screen are at.

import { html, nothing } from "./lit-html/lit-html.js";
import { formatValue } from "./numbers.js";

/** The temperature at which the probabilities on screen are, in words. */
export const temperatureIn = ({ network: { temperature } }, { untempered }, t) =>
  t("temperature.at", { value: formatValue(untempered ? 1 : temperature) });

/** At which temperature the probabilities are, and the way to the other; nothing where there is but one. */
export function temperatureNote({ temperature }, { t, display: { untempered }, change }) {
  if (temperature === 1) return nothing;
  const value = formatValue(untempered ? 1 : temperature);
  return html`
    <p class="rv-temperature">
      <span title=${t("temperature.meaning")}>${t("temperature.at", { value })}</span>
      <button type="button" class="rv-link" @click=${() => change({ untempered: !untempered })}>
        ${untempered ? t("temperature.fitted", { value: formatValue(temperature) }) : t("temperature.plain")}
      </button>
    </p>
  `;
}
