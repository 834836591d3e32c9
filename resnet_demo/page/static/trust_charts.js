// The charts of the tab of trust, as figures.
import { numbersOf } from "../../viewer/arrays.js";
import { formatCorrelation, formatProbability } from "../../viewer/numbers.js";
import { lines, plotValue, token } from "./charts.js";

const COLOURS = { stem: "good", layer1: "warn", layer2: "bad", layer3: "muted", layer4: "accent" };

/** Deletion or insertion for one stage: its map, its map shuffled, every shuffle faintly, and from the centre outwards. */
export function curves({ shares, stages, centre }, stage, way, say) {
  const x = [...numbersOf(shares)];
  const y = (curve) => [...numbersOf(curve[way])];
  return lines({
    height: 260,
    x: say(`trust.x.${way}`),
    y: say("trust.y"),
    range: [0, 1],
    series: [
      ...stages[stage].shuffles.map((each) => ({ name: "", x, y: y(each), colour: "muted", width: 1, faint: true })),
      { name: say("trust.map", { stage }), x, y: y(stages[stage].map), colour: "accent", width: 3 },
      { name: say("trust.shuffled"), x, y: y(stages[stage].shuffled), colour: "muted" },
      { name: say("trust.centre"), x, y: y(centre), colour: "muted", dash: "dot" },
    ],
  });
}

/**
 * Each stage's correlation with the trained map as layers are forgotten: a dot a draw, and the mean as a line; `absolute`
 * leaves the signs out.
 */
export function forgotten({ layers, correlations, mean_correlations, mean_sizes }, absolute, say) {
  const steps = [say("trust.trained"), ...layers.map((layer) => `+ ${layer}`)];
  const means = Object.entries(absolute ? mean_sizes : mean_correlations);
  const beside = (place) => (place - (means.length - 1) / 2) * 0.13; // stages side by side at each step
  const data = means.flatMap(([name, values], place) => {
    const color = token(COLOURS[name]);
    const drawn = [...numbersOf(correlations[name])].map((rho) => (absolute ? Math.abs(rho) : rho));
    const dot = (rho, i) => [1 + (i % layers.length) + beside(place), rho];
    const dots = drawn.map(dot).filter(([, rho]) => Number.isFinite(rho));
    return [
      {
        type: "scatter",
        mode: "markers",
        x: dots.map(([x]) => x),
        y: dots.map(([, rho]) => rho),
        marker: { color, size: 5, opacity: 0.55 },
        showlegend: false,
        hoverinfo: "skip",
      },
      {
        type: "scatter",
        mode: "lines",
        name,
        x: steps.map((_, step) => step + (step ? beside(place) : 0)),
        y: [1, ...values],
        text: [1, ...values].map((value) => (value === null ? "–" : formatCorrelation(value))),
        line: { color, width: 1.5 },
        hovertemplate: `${name}: %{text}<extra></extra>`,
      },
    ];
  });
  return plotValue({
    height: 320,
    data,
    layout: {
      showlegend: true,
      margin: { l: 48, r: 12, t: 32, b: 40 },
      yaxis: {
        range: [absolute ? -0.05 : -1.05, 1.05],
        title: { text: say(absolute ? "trust.correlation.absolute" : "trust.correlation") },
      },
      xaxis: { tickvals: steps.map((_, step) => step), ticktext: steps, showgrid: false, zeroline: false },
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
