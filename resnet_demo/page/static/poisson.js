// Poisson's equation on a line, -u'' = f with u = 0 at both ends, solved step by step: by smoothing alone, and with
// corrections from coarser grids (Briggs, Henson and McCormick 2000, "A Multigrid Tutorial", chapters 2 and 3).

const DAMPING = 2 / 3; // of Jacobi's method: what smooths fastest

/** What is left of the equation at `u`: f - A u. Both are values at the inner points, `h` apart. */
export const residual = (u, f, h) => f.map((value, i) => value - (2 * u[i] - (u[i - 1] ?? 0) - (u[i + 1] ?? 0)) / h ** 2);

/** One sweep of damped Jacobi. */
export const smooth = (u, f, h) => residual(u, f, h).map((left, i) => u[i] + (DAMPING * h ** 2 * left) / 2);

/** To a grid of half as many points: each a quarter, a half and a quarter of its neighbours. */
const restrict = (fine) =>
  Array.from({ length: (fine.length - 1) / 2 }, (_, i) => (fine[2 * i] + 2 * fine[2 * i + 1] + fine[2 * i + 2]) / 4);

/** Back to the finer grid, with the means of two in between. */
const interpolate = (coarse) =>
  Array.from({ length: 2 * coarse.length + 1 }, (_, i) =>
    i % 2 ? coarse[(i - 1) / 2] : ((coarse[i / 2 - 1] ?? 0) + (coarse[i / 2] ?? 0)) / 2,
  );

/**
 * One V-cycle: smooth, have a coarser grid solve for the correction from what is left, add it, smooth. The number of
 * points is 2^k - 1. The coarser grid starts from zero: it is asked for the correction, not for the solution.
 */
export function cycle(u, f, h) {
  if (u.length === 1) return [(f[0] * h ** 2) / 2];
  const before = smooth(u, f, h);
  const left = restrict(residual(before, f, h));
  const correction = cycle(new Array(left.length).fill(0), left, 2 * h);
  const corrected = interpolate(correction).map((value, i) => before[i] + value);
  return smooth(corrected, f, h);
}

/** `steps` times `method` from `u`, where f is zero: what it leaves is the error itself. */
export function errorAfter(steps, method, u) {
  const h = 1 / (u.length + 1);
  const zero = new Array(u.length).fill(0);
  let error = u;
  for (let step = 0; step < steps; step++) error = method(error, zero, h);
  return error;
}

/** The root of the mean square. */
export const size = (values) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
