// Strokes of a brush, as the server takes them (results/painting.py), and what a guess painted with it is worth. Pure.

const MOST = 400; // points of one stroke

/** A new stroke. Lengths are shares of the view's side, 0..1. */
export const newStroke = ({ on, fill, radius, offset = [0, 0], source = 0 }) => ({
  on,
  fill,
  radius,
  offset,
  source,
  points: [],
});

/** The stroke with one point more, if that is a step away from the last one: steps of a third of the brush leave no gap. */
export function extended(stroke, { x, y }) {
  const [lastX, lastY] = stroke.points.slice(-2);
  const near = stroke.points.length && Math.hypot(x - lastX, y - lastY) < stroke.radius / 3;
  if (near || stroke.points.length >= 2 * MOST) return stroke;
  const round = (share) => Math.round(share * 1e4) / 1e4;
  return { ...stroke, points: [...stroke.points, round(x), round(y)] };
}

/** Which cells of a grid a stroke covers: those whose middle a disc holds, and those that a point lies in. */
export function coveredCells({ points, radius }, rows, columns) {
  const covered = new Uint8Array(rows * columns);
  const within = (value, count) => Math.min(count - 1, Math.max(0, Math.floor(value)));
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    covered[within(y * rows, rows) * columns + within(x * columns, columns)] = 1;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const away = Math.hypot((column + 0.5) / columns - x, (row + 0.5) / rows - y);
        if (away <= radius) covered[row * columns + column] = 1;
      }
    }
  }
  return covered;
}

/**
 * How well a guess found what a map holds: `score` is what lies in the covered cells as a share, 0..1, of what the best
 * as many cells hold, `chance` what cells drawn at random would reach on average. Only what is for the class counts.
 * Null where nothing was guessed or nothing is there to be found.
 */
export function scoreOf(guess, values) {
  const positive = Float64Array.from(values, (value) => Math.max(0, value));
  const total = positive.reduce((a, b) => a + b, 0);
  const count = guess.reduce((a, b) => a + b, 0);
  if (!count || !total) return null;
  const found = positive.reduce((sum, value, i) => sum + (guess[i] ? value : 0), 0);
  const best = positive.toSorted((a, b) => b - a).slice(0, count).reduce((a, b) => a + b, 0);
  return { score: found / best, chance: (total * count) / values.length / best };
}
