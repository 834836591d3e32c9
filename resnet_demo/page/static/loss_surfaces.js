// The loss around trained networks, as lines of equal loss, all in the same colours.
import { mapOf, rangeOf } from "../../viewer/arrays.js";
import { formatValue } from "../../viewer/numbers.js";
import { plotValue, token } from "./charts.js";

const LEVELS = 12;
const MOST = Math.log10(10); // guessing costs 2.3 nats; further off losses grow by powers of ten

/** Where each of so many pictures lies in a chart, [across, up] as shares of it, so many a row. */
export function places(count, columns, gap = 0.14) {
  const rows = Math.ceil(count / columns);
  const part = (place, parts) => {
    const between = gap / parts;
    const size = (1 - between * (parts - 1)) / parts;
    const from = place * (size + between);
    return [from, Math.min(1, from + size)];
  };
  return Array.from({ length: count }, (_, i) => [
    part(i % columns, columns),
    part(rows - 1 - Math.floor(i / columns), rows),
  ]);
}

/** Rows of the logarithms (base 10) of a run's losses. */
export function logarithms({ surface }) {
  const { values, rows, columns } = mapOf(surface);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => Math.log10(values[row * columns + column])),
  );
}

/** A figure of runs whose surfaces were measured; the lines `name(run)` stand above each. */
export function surfaces(runs, name) {
  const logs = runs.map(logarithms);
  const { min } = rangeOf(Float64Array.from(logs.flat(2)));
  const columns = matchMedia("(max-width: 700px)").matches ? 2 : 4;
  const axes = places(runs.length, columns);
  const suffix = (i) => (i ? i + 1 : "");
  const layout = { margin: { l: 8, r: 8, t: 40, b: 8 }, annotations: [] };
  const bare = { fixedrange: true, zeroline: false, showgrid: false, showticklabels: false, ticks: "" };
  const data = runs.map((run, i) => {
    const n = run.surface.shape[0];
    const along = Array.from({ length: n }, (_, place) => run.reach * ((2 * place) / (n - 1) - 1));
    const [across, up] = axes[i];
    const square = { constrain: "domain", constraintoward: "left", scaleanchor: `y${suffix(i)}` };
    layout[`xaxis${suffix(i)}`] = { ...bare, ...square, domain: across, anchor: `y${suffix(i)}` };
    layout[`yaxis${suffix(i)}`] = { ...bare, constrain: "domain", constraintoward: "top", domain: up, anchor: `x${suffix(i)}` };
    const place = { xref: "paper", yref: "paper", x: across[0], y: up[1], xanchor: "left", yanchor: "bottom" };
    const font = { color: token("ink"), size: 12 };
    layout.annotations.push({ ...place, text: name(run).join("<br>"), align: "left", showarrow: false, font });
    return {
      type: "contour",
      x: along,
      y: along,
      z: logs[i],
      text: logs[i].map((row) => row.map((value) => formatValue(10 ** value))),
      xaxis: `x${suffix(i)}`,
      yaxis: `y${suffix(i)}`,
      colorscale: "Viridis",
      contours: { start: min, end: MOST, size: (MOST - min) / LEVELS },
      zmin: min,
      zmax: MOST,
      showscale: false,
      hovertemplate: "%{text}<extra></extra>",
    };
  });
  return plotValue({ height: 60 + (columns === 2 ? 170 : 250) * Math.ceil(runs.length / columns), data, layout });
}
