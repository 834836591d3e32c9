// An evaluation as files: a row a photo for a spreadsheet, and everything for a program. Made in the browser, as the true
// labels never leave it. Pure.
import { accuracyOf, confusionsOf, meansOf, reliabilityOf } from "./evaluation.js";

const COLUMNS = {
  file: ({ path }) => path,
  truth: ({ given }) => given,
  truth_class: ({ truth }) => truth,
  label: ({ label }) => label,
  wnid: ({ told }) => told[0]?.wnid ?? null,
  probability: ({ probability }) => probability,
  margin: ({ margin }) => margin,
  place: ({ place }) => place,
  deletion: ({ areas }) => areas?.map.deletion ?? null,
  insertion: ({ areas }) => areas?.map.insertion ?? null,
  error: ({ error }) => error?.code ?? null,
};

/** One line a photo, with a heading; the mark at its start tells spreadsheets that it is UTF-8. */
export function csvOf(rows) {
  const lines = [Object.keys(COLUMNS), ...rows.map((row) => Object.values(COLUMNS).map((of) => of(row)))];
  return "\ufeff" + lines.map((cells) => cells.map(cellOf).join(",") + "\n").join("");
}

// Where a spreadsheet would take a text for a formula, as in export/tables.py.
const FORMULA = /(^|[;|\t\r\n])(?= *[=+\-@\t\r＝＋－＠])/g;

function cellOf(value) {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = value.replace(FORMULA, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** All that is told on the page, as JSON. `network` is {depth, weights}. */
export function jsonOf(rows, network) {
  const { count: measured, ...means } = meansOf(rows);
  const photos = rows.map((row) => ({
    ...Object.fromEntries(Object.entries(COLUMNS).map(([name, of]) => [name, of(row)])),
    top: row.told.map(({ wnid, index, label, probability }) => ({ wnid, index, label, probability })),
  }));
  const confusions = confusionsOf(rows).map(({ given, label, rows: of }) => ({
    truth: given,
    label,
    files: of.map(({ path }) => path),
  }));
  const whole = {
    type: "evaluation",
    network,
    ...accuracyOf(rows),
    calibration: reliabilityOf(rows),
    confusions,
    areas: { measured, stage: "layer4", ...means },
    photos,
  };
  return JSON.stringify(whole, null, 1) + "\n";
}
