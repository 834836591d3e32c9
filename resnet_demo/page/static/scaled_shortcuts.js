// What trained networks still answer as their shortcuts are scaled down.
import { numbersOf } from "../../viewer/arrays.js";
import { formatProbability } from "../../viewer/numbers.js";
import { plotValue } from "./charts.js";

const LEGEND_ROW = 20; // pixels

/** A run's errors, {scale, kept, anew}, at the scale nearest to `wanted`. */
export function errorsAt({ scaled }, wanted) {
  const scales = [...numbersOf(scaled.scales)];
  const place = scales.reduce((best, scale, i) => (Math.abs(scale - wanted) < Math.abs(scales[best] - wanted) ? i : best), 0);
  const [kept, anew] = [scaled.errors, scaled.errors_anew].map((errors) => numbersOf(errors)[place]);
  return { scale: scales[place], kept, anew };
}

/** A figure of runs whose shortcuts were scaled; `line(run, values, more)` is a run's trace, `name(run)` what it is called. */
export function scaledShortcuts(runs, line, name, say) {
  const data = runs.flatMap((run) =>
    [["errors", "kept", "solid"], ["errors_anew", "anew", "dot"]].map(([errors, told, dash]) => {
      const values = [...numbersOf(run.scaled[errors])];
      return line(run, values, {
        name: told === "kept" ? name(run) : say("deg.scaled.anew", { run: name(run) }),
        showlegend: told === "kept", // one entry a run: how lines are dashed stands above the chart
        x: [...numbersOf(run.scaled.scales)],
        text: values.map((value) => formatProbability(value)),
        line: { dash },
      });
    }),
  );
  return plotValue({
    height: 248 + LEGEND_ROW * runs.length,
    data,
    layout: {
      hovermode: "closest",
      showlegend: true,
      // Below the axis, where on a phone each run takes a row of its own.
      legend: { orientation: "h", x: 0, y: 0, yref: "container", yanchor: "bottom" },
      margin: { l: 56, r: 12, t: 8, b: 48 + LEGEND_ROW * runs.length },
      xaxis: { title: { text: say("deg.fade.scale") }, range: [1.02, -0.02] },
      yaxis: { title: { text: say("deg.curve.error") }, range: [0, 1], tickformat: ".0%" },
    },
  });
}
