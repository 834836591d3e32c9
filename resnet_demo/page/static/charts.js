// Charts in the page's tokens, as figures that Gradio's plot component draws with Plotly. They are made here, from the
// numbers that the tab holds anyway, and made anew for another theme or language without a request. Gradio's pages
// carry plotly.js themselves: nothing is loaded from elsewhere, and the Python package plotly (64 MB) is not needed.

import { formatValue } from "../../viewer/numbers.js";

/** The value of a colour or font token in the theme in use. */
export const token = (name) => getComputedStyle(document.body).getPropertyValue(`--${name}`).trim();

/** The value of a plot component for a Plotly figure. */
export function plotValue({ data, layout, height = 300 }) {
  const font = { family: token("sans"), size: 12, color: token("muted") };
  const axis = {
    gridcolor: token("line"),
    zerolinecolor: token("muted"),
    linecolor: token("line"),
    tickcolor: token("line"),
    automargin: true,
    fixedrange: true,
  };
  const whole = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font,
    height,
    margin: { l: 48, r: 12, t: 8, b: 40 },
    showlegend: false,
    hoverlabel: { bgcolor: token("panel"), bordercolor: token("line"), font: { ...font, color: token("ink") } },
    legend: { orientation: "h", x: 0, y: 1.12, font },
    ...layout,
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
  const config = { displayModeBar: false, responsive: true };
  return { __type__: "update", value: { type: "plotly", plot: JSON.stringify({ data, layout: whole, config }) } };
}

/**
 * Bars over names; `marked` of them in the accent, the rest grey, and those `chosen` outlined. `texts` are what is told of
 * each on pointing.
 */
export function bars({ names, values, marked, chosen = new Set(), texts, title, height }) {
  return plotValue({
    height,
    data: [
      {
        type: "bar",
        x: names,
        y: values,
        customdata: names,
        text: texts,
        textposition: "none",
        hovertemplate: "%{text}<extra></extra>",
        marker: {
          color: names.map((name) => (marked.has(name) ? token("accent") : token("muted"))),
          line: { color: token("ink"), width: names.map((name) => (chosen.has(name) ? 3 : 0)) },
        },
      },
    ],
    layout: {
      bargap: 0.45,
      xaxis: { type: "category", showgrid: false },
      yaxis: { title: { text: title } },
    },
  });
}

/** Lines over a common x. Each is {name, x, y, colour, dash, width}, and `faint` for one of many that have one name. */
export function lines({ series, x, y, height, range, xRange }) {
  return plotValue({
    height,
    data: series.map(({ name, x: xs, y: ys, colour, dash, width, faint }) => ({
      type: "scatter",
      mode: "lines",
      name,
      x: xs,
      y: ys,
      text: ys.map((value) => formatValue(value)),
      line: { color: token(colour), dash: dash ?? "solid", width: width ?? 2 },
      ...(faint
        ? { opacity: 0.35, showlegend: false, hoverinfo: "skip" }
        : { hovertemplate: `${name}: %{text}<extra></extra>` }),
    })),
    layout: {
      showlegend: series.length > 1,
      hovermode: "x unified",
      margin: { l: 48, r: 12, t: 32, b: 40 },
      xaxis: { title: { text: x }, range: xRange, tickformat: ".0%" },
      yaxis: { title: { text: y }, range, rangemode: "tozero" },
    },
  });
}

/** A table of values as colours: `rows` and `columns` are names, `values` one list a row. */
export function heat({ rows, columns, values, colourscale, title }) {
  return plotValue({
    height: 90 + 28 * rows.length,
    data: [
      {
        type: "heatmap",
        x: columns,
        y: rows,
        z: values,
        text: values.map((each) => each.map((value) => formatValue(value))),
        colorscale: colourscale,
        colorbar: { thickness: 10, outlinewidth: 0, title: { text: title, side: "right" }, tickfont: { size: 11 } },
        hovertemplate: "%{y}, %{x}: %{text}<extra></extra>",
      },
    ],
    layout: {
      xaxis: { type: "category", showgrid: false },
      yaxis: { type: "category", autorange: "reversed", showgrid: false },
    },
  });
}

/** Call `chosen(name)` when a bar of the plot with this id is clicked. Returns what attaches it once it is drawn. */
export function onBar(id, chosen) {
  const attach = (tries = 40) => {
    const plot = document.querySelector(`#${id} .js-plotly-plot`);
    if (!plot?.on) {
      if (tries > 0) setTimeout(attach, 100, tries - 1);
      return;
    }
    plot.removeAllListeners?.("plotly_click");
    plot.on("plotly_click", ({ points }) => chosen(points[0].customdata));
  };
  return attach;
}

/** Save a plot as a PNG, twice as fine as on screen; one that Gradio is still drawing is waited for. */
export async function savePlot(id, name) {
  const drawn = () => document.querySelector(`#${id} .js-plotly-plot`);
  for (let tries = 40; tries > 0 && !drawn()?.layout; tries--) await new Promise((resolve) => setTimeout(resolve, 100));
  const plot = drawn();
  if (plot?.layout)
    window.Plotly.downloadImage(plot, {
      format: "png",
      scale: 2,
      filename: name,
      width: plot.clientWidth,
      height: plot.clientHeight,
    });
}
