// What trained networks still answer as their shortcuts are scaled down.
import { numbersOf } from "../../viewer/arrays.js";
import { formatProbability } from "../../viewer/numbers.js";
import { plotValue } from "./charts.js";

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
        name: say(`deg.scaled.${told}`, { run: name(run) }),
        x: [...numbersOf(run.scaled.scales)],
        text: values.map((value) => formatProbability(value)),
        line: { dash },
      });
    }),
  );
  return plotValue({
    height: 280,
    data,
    layout: {
      hovermode: "closest",
      showlegend: true,
      margin: { l: 56, r: 12, t: 32, b: 48 },
      xaxis: { title: { text: say("deg.fade.scale") }, range: [1.02, -0.02] },
      yaxis: { title: { text: say("deg.curve.error") }, range: [0, 1], tickformat: ".0%" },
    },
  });
}
