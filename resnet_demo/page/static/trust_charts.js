// The charts of the tab of trust, as figures.
import { numbersOf } from "../../viewer/arrays.js";
import { formatCorrelation, formatProbability } from "../../viewer/numbers.js";
import { lines, plotValue, token } from "./charts.js";

const COLOURS = { stem: "good", layer1: "warn", layer2: "bad", layer3: "muted", layer4: "accent" };

/** Deletion or insertion for one stage: its map, its map shuffled, and from the centre outwards. */
export function curves({ shares, stages, centre }, stage, way, say) {
  const x = [...numbersOf(shares)];
  const y = (curve) => [...numbersOf(curve[way])];
  return lines({
    height: 260,
    x: say(`trust.x.${way}`),
    y: say("trust.y"),
    range: [0, 1],
    series: [
      { name: say("trust.map", { stage }), x, y: y(stages[stage].map), colour: "accent", width: 3 },
      { name: say("trust.shuffled"), x, y: y(stages[stage].shuffled), colour: "muted" },
      { name: say("trust.centre"), x, y: y(centre), colour: "muted", dash: "dot" },
    ],
  });
}

/** Each stage's correlation with the trained map as layers are forgotten. */
export function forgotten({ layers, mean_correlations }, say) {
  return plotValue({
    height: 280,
    data: Object.entries(mean_correlations).map(([name, values]) => ({
      type: "scatter",
      mode: "lines+markers",
      name,
      x: [say("trust.trained"), ...layers.map((layer) => `+ ${layer}`)],
      y: [1, ...values],
      text: [1, ...values].map((value) => (value === null ? "–" : formatCorrelation(value))),
      line: { color: token(COLOURS[name]), width: 2 },
      hovertemplate: `${name}: %{text}<extra></extra>`,
    })),
    layout: {
      showlegend: true,
      hovermode: "x unified",
      margin: { l: 48, r: 12, t: 32, b: 40 },
      yaxis: { range: [-1, 1.05], title: { text: say("trust.correlation") } },
      xaxis: { type: "category" },
    },
  });
}

/** The class's probability as each stage's probe has it, and the network's own. */
export function emerging({ stages, network }, say) {
  const rows = [...Object.entries(stages), [say("trust.network"), network]];
  return plotValue({
    height: 240,
    data: [
      {
        type: "bar",
        x: rows.map(([name]) => name),
        y: rows.map(([, each]) => each.probability),
        text: rows.map(([, { probability, rank }]) => `${formatProbability(probability)}, #${rank}`),
        textposition: "outside",
        cliponaxis: false,
        marker: { color: rows.map((_, place) => token(place === rows.length - 1 ? "accent" : "muted")) },
        hovertemplate: "%{x}: %{text}<extra></extra>",
      },
    ],
    layout: {
      bargap: 0.5,
      xaxis: { type: "category", showgrid: false },
      yaxis: { range: [0, 1], tickformat: ".0%", title: { text: say("trust.y") } },
    },
  });
}
