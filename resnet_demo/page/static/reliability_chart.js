// The reliability diagram (Guo et al. 2017, figure 1): accuracy over confidence, as a figure.
import { formatProbability } from "../../viewer/numbers.js";
import { plotValue, token } from "./charts.js";

/** Bars of the bins' accuracy, a dot for their mean confidence, and the line on which both are equal. */
export function reliabilityChart(bins, say) {
  const held = bins.filter(({ count }) => count);
  const told = ({ count, confidence, accuracy }) =>
    say("many.bin", { count, confidence: formatProbability(confidence), accuracy: formatProbability(accuracy) });
  return plotValue({
    height: 300,
    data: [
      {
        type: "bar",
        name: say("many.accuracy"),
        x: held.map(({ low, high }) => (low + high) / 2),
        y: held.map(({ accuracy }) => accuracy),
        width: held.map(({ low, high }) => 0.92 * (high - low)),
        text: held.map(({ count }) => String(count)),
        textposition: "outside",
        cliponaxis: false,
        customdata: held.map(told),
        hovertemplate: "%{customdata}<extra></extra>",
        marker: { color: token("accent") },
      },
      {
        type: "scatter",
        mode: "markers",
        name: say("many.confidence"),
        x: held.map(({ low, high }) => (low + high) / 2),
        y: held.map(({ confidence }) => confidence),
        hoverinfo: "skip",
        marker: { color: token("panel"), size: 9, line: { color: token("ink"), width: 2 } },
      },
      {
        type: "scatter",
        mode: "lines",
        x: [0, 1],
        y: [0, 1],
        line: { color: token("muted"), dash: "dot", width: 1.5 },
        hoverinfo: "skip",
        showlegend: false,
      },
    ],
    layout: {
      showlegend: true,
      margin: { l: 48, r: 12, t: 32, b: 40 },
      xaxis: { range: [0, 1], tickformat: ".0%", title: { text: say("many.confidence") } },
      yaxis: { range: [0, 1.08], tickformat: ".0%", title: { text: say("many.accuracy") } },
    },
  });
}
