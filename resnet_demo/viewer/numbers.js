// Numbers as people read them, the same in the viewer, on the page, in pictures and on the command line. The rule: a true
// minus sign; three figures; thousands set apart by commas; halves rounded away from zero; and no number that says more
// than is true: what is not quite 0, 100 % or 1 never reads as if it were. export/numerals.py is the same in Python, and
// tests/numbers.json holds both to it.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const minus = (text) => text.replace("-", "−");

/** A value of a map: `figures` significant figures; powers of ten below 10 ** `smallest` and from a hundred thousand. */
export function formatValue(value, figures = 3, smallest = -4) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = value.toExponential(figures - 1).split("e");
  const power = Number(exponent);
  if (power < smallest || power > 4) {
    return minus(mantissa) + " × 10" + [...String(power)].map((digit) => SUPERSCRIPTS[digit]).join("");
  }
  return minus(value.toFixed(Math.max(0, figures - 1 - power)));
}

/** The same in the least room, for where a line has no more: two figures, and below a thousandth e−5 for × 10⁻⁵. */
export function formatShort(value) {
  const exponent = (power) => "e" + minus([...power].map(plainDigit).join(""));
  return formatValue(value, 2, -3).replace(/ × 10(.+)/, (whole, power) => exponent(power));
}

const plainDigit = (raised) => Object.keys(SUPERSCRIPTS).find((digit) => SUPERSCRIPTS[digit] === raised);

/** The same with a plus sign where it is positive: for what can be for or against. */
export function formatSigned(value, figures = 3) {
  return (value > 0 ? "+" : "") + formatValue(value, figures);
}

/** A probability, or another share in 0..1, as a percentage: one decimal, two below one per cent. */
export function formatProbability(probability) {
  const percent = 100 * probability;
  if (percent === 0) return "0 %";
  if (percent < 0.01) return "< 0.01 %";
  if (percent < 0.995) return percent.toFixed(2) + " %";
  if (percent < 100 && percent >= 99.95) return "> 99.9 %";
  return percent.toFixed(1) + " %";
}

/** A change of a probability, -1..1, in percentage points: one decimal, two below a tenth. The unit is the sentence's. */
export function formatPoints(change) {
  const points = 100 * change;
  if (points === 0) return "0";
  const size = Math.abs(points);
  if (size < 0.005) return "≈ 0";
  return (points < 0 ? "−" : "+") + size.toFixed(size < 0.095 ? 2 : 1);
}

/** A signed share in -1..1 as a percentage, with as many decimals. */
export function formatShare(share) {
  return formatPoints(share) + " %";
}

/** A rank correlation in -1..1 with two decimals: 1.00 only when it is 1, as 0.998 is not. */
export function formatCorrelation(value) {
  if (value < 1 && value >= 0.995) return "> 0.99";
  if (value > -1 && value <= -0.995) return "< −0.99";
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : minus(text);
}

/** A whole number with its thousands set apart by commas. */
export function formatCount(count) {
  return minus(String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ","));
}

/** A large number in thousands, millions or billions with at most three figures: "11.7 M", "1.81 G". */
export function formatLarge(count) {
  const rounded = Number(count.toPrecision(3));
  const [unit, name] = [[1e9, " G"], [1e6, " M"], [1e3, " k"]].find(([size]) => rounded >= size) ?? [1, ""];
  return Number((rounded / unit).toPrecision(3)) + name;
}

/** Bytes in megabytes, as downloads are usually counted (1 MB = 1,000,000 bytes): one decimal below ten. */
export function formatSize(bytes) {
  const megabytes = bytes / 1e6;
  return (megabytes < 9.95 ? megabytes.toFixed(1) : formatCount(megabytes)) + " MB";
}

/** Seconds as milliseconds, with one decimal below ten; from ten seconds on as seconds. */
export function formatTime(seconds) {
  const milliseconds = 1000 * seconds;
  if (milliseconds >= 9999.5) return seconds.toFixed(1) + " s";
  return (milliseconds < 9.95 ? milliseconds.toFixed(1) : formatCount(milliseconds)) + " ms";
}
