// Numbers as people read them: a true minus sign, three figures, thousands set apart.

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

/** A probability in 0..1 as a percentage: one decimal, two below one per cent, and never a false 0 or 100. */
export function formatProbability(probability) {
  const percent = 100 * probability;
  if (percent === 0) return "0 %";
  if (percent < 0.01) return "< 0.01 %";
  if (percent < 0.995) return percent.toFixed(2) + " %";
  if (percent < 100 && percent >= 99.95) return "> 99.9 %";
  return percent.toFixed(1) + " %";
}

/** A signed share in -1..1 as a percentage with one decimal, two below a tenth of a per cent, and never a false 0. */
export function formatShare(share) {
  const percent = 100 * share;
  if (percent === 0) return "0 %";
  const size = Math.abs(percent);
  if (size < 0.005) return "≈ 0 %";
  return (percent < 0 ? "−" : "+") + size.toFixed(size < 0.095 ? 2 : 1) + " %";
}

/** A rank correlation in -1..1 with two decimals: 1.00 only when it is 1, as 0.998 is not. */
export function formatCorrelation(value) {
  if (value < 1 && value >= 0.995) return "> 0.99";
  return minus(value.toFixed(2));
}

/** A whole number with its thousands set apart by commas. */
export function formatCount(count) {
  return minus(String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ","));
}

/** Seconds as milliseconds, or as seconds from ten on. */
export function formatTime(seconds) {
  const milliseconds = 1000 * seconds;
  if (seconds >= 10) return seconds.toFixed(1) + " s";
  return (milliseconds < 10 ? milliseconds.toFixed(1) : formatCount(milliseconds)) + " ms";
}
